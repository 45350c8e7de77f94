"""What the emulator does wrong on purpose, and how fast it does the rest. Values."""

from __future__ import annotations

import enum
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an emulated session works. Seconds of wall clock (divided by `speed`), milliseconds of sound.

    `lead` is how much faster than real time audio comes. Deltas are cut between `delta_low_ms` and `delta_high_ms`. In
    a translation, `behind_ms` of input pass between the end of an utterance and the first words of its translation, an
    utterance ends after `pause_ms` of silence, and one that does not end is cut after `cut_ms`; `drain_lead` is how
    much faster than real time the rest comes after `session.close`.
    """

    speed: float = 1.0
    updated_s: float = 0.02
    first_audio_s: float = 0.05
    lead: float = 6.0
    delta_low_ms: int = 60
    delta_high_ms: int = 400
    late_deltas: int = 2
    """How many audio deltas of a cancelled response are in flight: one of them comes after its `response.done`."""
    transcription_s: float = 0.15
    commit_error_s: float = 0.8
    pause_ms: int = 400
    cut_ms: int = 8000
    behind_ms: int = 400
    drain_lead: float = 4.7
    expires_after_s: float = 3600.0
    """How long a session may live; not divided by `speed`."""


class Ending(enum.Enum):
    """How a session is cut off."""

    DROP = "drop"
    """The TCP connection goes away without a close frame: 1006 at the client."""
    SERVER_ERROR = "server-error"
    """`server_error` and close 1011."""
    EXPIRE = "expire"
    """`session_expired` and close 1001, before its time."""
    LEAVE = "leave"
    """Close 1001 without a word before it, as a server that is being replaced."""
    STALL = "stall"
    """Nothing more comes and nothing is read, but the socket stays open."""
    MUTE = "mute"
    """All is read and taken, and nothing more is said."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The upgrade (or any HTTP request) is answered with an error status instead."""

    status: int
    code: str
    message: str
    retry_after_s: int | None = None


UNAUTHORISED = Refusal(401, "invalid_api_key", "Incorrect API key provided.")
FORBIDDEN = Refusal(403, "insufficient_permissions", "You have insufficient permissions for this operation.")
TOO_MANY = Refusal(429, "rate_limit_exceeded", "Rate limit reached for requests.", retry_after_s=1)
NO_QUOTA = Refusal(429, "insufficient_quota", "You exceeded your current quota.")
BROKEN = Refusal(500, "server_error", "The server had an error while processing your request.")


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults of one session. `after_ms` counts appended audio; None is never, 0 is before any."""

    refuse: Refusal | None = None
    connect_delay_s: float = 0.0
    updated_delay_s: float = 0.0
    ending: Ending | None = None
    ending_after_ms: int = 0
    corrupt_after_ms: int | None = None
    """One message that is not JSON."""
    unknown_after_ms: int | None = None
    """One event of a type that nobody knows."""
    burst_ms: int = 0
    """Output audio is held back until this much is there (or nothing more comes), then sent at once."""
    no_transcription: bool = False
    """`…transcription.failed` instead of `completed`."""


NO_FAULTS = Faults()
