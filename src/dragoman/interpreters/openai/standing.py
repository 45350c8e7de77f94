"""Whether a session still stands: ready in time, refusals, messages that cannot be read; its end is told once. Pure.

What the three machines have in common: each owns one `Standing`, and one `Asked` for its configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from dragoman.domain.speech import Trouble, TroubleKind
from dragoman.errors import RemoteWireError
from dragoman.interpreters.openai import faults
from dragoman.interpreters.openai.broken import Broken
from dragoman.interpreters.realtime.wire.envelope import ErrorDetail

SETUP: Final = "setup-"
"""How the ids of our configurations begin."""

EventT = TypeVar("EventT")


class Asked:
    """The configuration that we ask for, and with which transcription: each is tried in turn, "" = none."""

    def __init__(self, transcriptions: Iterable[str]) -> None:
        self._transcriptions = list(dict.fromkeys(transcriptions))

    @property
    def transcription(self) -> str:
        return self._transcriptions[0]

    @property
    def event_id(self) -> str:
        return f"{SETUP}{len(self._transcriptions)}"

    def next_for(self, error: ErrorDetail) -> bool:
        """Whether there is another to try, now that this transcription is refused."""
        if len(self._transcriptions) == 1 or "transcription" not in (error.param or error.message):
            return False
        self._transcriptions.pop(0)
        return True


def answers_setup(error: ErrorDetail) -> bool:
    """Whether an error answers a configuration of ours."""
    return error.event_id is not None and error.event_id.startswith(SETUP)


class Standing:
    """One session's. `over` is final."""

    def __init__(self, ready_s: float, tell: Callable[[Trouble], None]) -> None:
        self._ready_s, self._tell = ready_s, tell
        self._opened_at: float | None = None
        self._broken = Broken()
        self.over = False

    def opened(self, now: float) -> None:
        """The socket is open: from here the server has `ready_s` to accept our configuration."""
        self._opened_at = now

    def wait(self, now: float) -> None:
        """It is not ready yet: give up when it takes too long."""
        if self._opened_at is not None and now - self._opened_at > self._ready_s:
            self.fail(TroubleKind.UPSTREAM, f"the session was not ready within {self._ready_s:g} s")

    def fail(self, kind: TroubleKind, message: str) -> None:
        """It is of no more use."""
        if not self.over:
            self.over = True
            self._tell(Trouble(kind, message, fatal=True))

    def asks_again(self, asked: Asked, error: ErrorDetail) -> bool:
        """The server does not take our configuration: whether the next one is to be sent. Without one, all is over."""
        if error.event_id != asked.event_id:
            return False  # it answers an earlier one
        if asked.next_for(error):
            return True
        kind = faults.kind_of_setup(error.code, error.type)
        if kind is TroubleKind.BAD_REQUEST:
            self.fail(kind, f"the server refused our configuration: {error.message}")
        else:
            self.fail(kind, faults.explained(kind, error.code or error.type))
        return False

    def refused(self, error: ErrorDetail) -> None:
        """An error that answers nothing of ours, or what we can do without."""
        kind = faults.kind_of(error.code, error.type)
        if kind in faults.FATAL:
            self.fail(kind, faults.explained(kind, error.code or error.type))
        else:
            self._tell(Trouble(kind, error.message, fatal=False))

    def read(self, decode: Callable[[bytes], EventT], message: bytes, now: float) -> EventT | None:
        """What a message is; None when it is broken. A few of those are told, a flood of them ends the session."""
        try:
            return decode(message)
        except RemoteWireError as error:
            if self._broken.came(now):
                self._tell(Trouble(TroubleKind.UPSTREAM, str(error), fatal=False))
            elif self._broken.flood:
                self.fail(TroubleKind.UPSTREAM, "the server sends what cannot be read")
            return None
