"""Every exception of ours, as one tree.

    DragomanError
    ├── SettingsError          a setting is missing or wrong; says which and what to do
    ├── WireError              a message broke a protocol's rules
    │   ├── LocalWireError     we were about to send it: our bug
    │   └── RemoteWireError    they sent it
    ├── UpstreamError          a vendor answered with an error, or not at all; carries status and a retry hint
    ├── DialError              a leg could not be placed; carries a DialFailure
    ├── Refused                a door stayed shut; carries the reason for the log and the answer
    │   └── RoomRefused        a room's door did; carries which reason it was
    ├── ModelError             a model file is missing, broken, or not to be had
    └── StoreError             the store of living calls did not do what was asked

How a call ended is data (`domain.outcome`), not an exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dragoman.domain.call import Notice
    from dragoman.domain.outcome import DialFailure
    from dragoman.domain.room import Shut


class DragomanError(Exception):
    """Base of all exceptions that Dragoman raises on purpose."""


class SettingsError(DragomanError):
    """One or more settings are missing or wrong."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class WireError(DragomanError):
    """A message broke a protocol's rules."""


class LocalWireError(WireError):
    """We were about to send a message that the protocol forbids: our bug."""


class RemoteWireError(WireError):
    """The other side sent a message that the protocol forbids."""


class UpstreamError(DragomanError):
    """A vendor's service answered with an error, or did not answer.

    `status` is the HTTP status (0 when there was no answer), `code` the vendor's own error code. `unsure`: what was
    asked for may have been done all the same.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: int | str | None = None,
        retry_after_s: float | None = None,
        unsure: bool = False,
    ) -> None:
        self.unsure = unsure
        self.status = status
        self.code = code
        self.retry_after_s = retry_after_s
        super().__init__(message)


class DialError(DragomanError):
    """A leg could not be placed; `unsure`: as far as we know."""

    def __init__(self, failure: DialFailure, message: str, *, unsure: bool = False) -> None:
        self.failure = failure
        self.unsure = unsure
        super().__init__(message)


class Refused(DragomanError):
    """A door stayed shut: `reason` is fit for a log and for the answer (no personal data).

    `notice` is what a caller hears of it; None = there is nobody to tell, or nothing special.
    """

    def __init__(self, reason: str, notice: Notice | None = None) -> None:
        self.reason = reason
        self.notice = notice
        super().__init__(reason)


class RoomRefused(Refused):
    """A door of a room stayed shut: `why` for programs, `reason` for people."""

    def __init__(self, why: Shut, reason: str) -> None:
        self.why = why
        super().__init__(reason)


class ModelError(DragomanError):
    """A model file is missing, broken, or could not be fetched."""


class StoreError(DragomanError):
    """The store of living calls did not do what was asked. The text names no call and no party."""
