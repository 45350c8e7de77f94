"""How a call ended, and on whose side. Data, not exceptions."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Result(enum.Enum):
    """Whose act or fault ended the call."""

    CALLER = "caller"
    AGENT = "agent"
    UPSTREAM = "upstream"
    """The carrier or the speech model failed."""
    US = "us"
    """We ended it: a limit, a drain, a fault of ours."""
    UNKNOWN = "unknown"


class DialFailure(enum.Enum):
    """Why a leg could not be placed or was not answered."""

    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"
    REJECTED = "rejected"
    """The carrier's REST API refused the request."""
    VOICEMAIL = "voicemail"
    NO_AGENT = "no-agent"
    """The task was cancelled or timed out before anybody accepted it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`result` says whose side, `reason` is one lower-case phrase without personal data ("hung up")."""

    result: Result
    reason: str
