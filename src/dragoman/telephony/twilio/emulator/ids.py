"""Twilio's identifiers and dates, as it writes them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from email.utils import format_datetime


def sid(prefix: str) -> str:
    """A fresh identifier: two letters that say the kind (`CA`, `MZ`, `WT`...) and 32 hex digits."""
    return prefix + secrets.token_hex(16)


def now() -> datetime:
    """The date as Twilio's resources carry it (UTC, whole seconds)."""
    return datetime.now(UTC).replace(microsecond=0)


def rfc2822(moment: datetime | None) -> str | None:
    """`Sat, 21 Nov 2026 10:00:00 +0000`: the classic API and the call callbacks."""
    return None if moment is None else format_datetime(moment)


def iso8601(moment: datetime | None) -> str | None:
    """`2026-11-21T10:00:00Z`: Studio, TaskRouter and the stream callbacks."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
