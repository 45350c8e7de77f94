"""Database files that could not be read any more: put aside for whoever wants to look, and deleted after some days.

They hold what was said in calls that ran then, so they must not lie there for ever.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

SUFFIX: Final = ".unreadable"

KEPT_DAYS: Final = 7
"""So long the last one is kept; the one before goes when it comes."""

_LOGS: Final = ("-wal", "-shm")
_DAY_S: Final = 86400.0


def put_aside(file: Path, now: float) -> Path:
    """Rename it, and take its logs away; `now` is Unix time, from which its days are counted. Raises OSError."""
    aside = file.with_name(file.name + SUFFIX)
    file.replace(aside)
    for log in _LOGS:
        file.with_name(file.name + log).unlink(missing_ok=True)
    os.utime(aside, (now, now))
    return aside


def outdated(file: Path, now: float) -> Path | None:
    """What was put aside of this file, deleted just now because its days are over; None when there is no such file."""
    aside = file.with_name(file.name + SUFFIX)
    with contextlib.suppress(OSError):
        if now - aside.stat().st_mtime >= KEPT_DAYS * _DAY_S:
            aside.unlink()
            return aside
    return None
