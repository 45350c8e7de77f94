"""A leg at Twilio: one call resource, its two directions of audio, and whoever is at the far end of the wire.

Each beat of the network gives every leg one frame in (`heard`) and one frame out (`played`). What is played comes from
the leg's `source`: a clip, another leg, a stream's playback. Frames are passed on as they are; nothing is mixed.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from dragoman.domain.audio import PCMU_FRAME_BYTES
from dragoman.telephony.twilio.emulator import ids
from dragoman.telephony.twilio.emulator.playback import SILENCE


class CallStatus(enum.Enum):
    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    COMPLETED = "completed"
    CANCELED = "canceled"

    @property
    def over(self) -> bool:
        return self in _OVER


_OVER: Final = frozenset(
    {CallStatus.BUSY, CallStatus.FAILED, CallStatus.NO_ANSWER, CallStatus.COMPLETED, CallStatus.CANCELED}
)


class Direction(enum.Enum):
    INBOUND = "inbound"
    OUTBOUND_API = "outbound-api"
    OUTBOUND_DIAL = "outbound-dial"


class Line(enum.Enum):
    """What a line of a leg's log is about."""

    VERB = "verb"
    SAY = "say"
    FETCH = "fetch"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class LogLine:
    kind: Line
    text: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Fetch:
    """TwiML to be asked of the app."""

    url: str
    method: str = "POST"
    form: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Inline:
    """TwiML that came with a REST request."""

    text: str


Script = Fetch | Inline


class Far(Protocol):
    """The other end of a leg's wire: a phone, or another leg."""

    def voice(self) -> bytes:
        """The next 20 ms out of their mouth."""
        ...

    def hear(self, frame: bytes) -> None: ...

    def keyed(self, digit: str) -> None:
        """Twilio plays a key tone to them."""
        ...

    def answered(self) -> None:
        """Twilio took their call."""
        ...

    def gone(self, status: CallStatus) -> None:
        """The leg is over."""
        ...


class Source(Protocol):
    """What a leg plays: one frame per beat."""

    def pull(self) -> bytes: ...


class Clip:
    """Audio of any length, once, `loop` times, or (loop 0) without end. `done` is set with its last frame."""

    __slots__ = ("_at", "_audio", "_left", "done")

    def __init__(self, audio: bytes, loop: int = 1) -> None:
        short = -len(audio) % PCMU_FRAME_BYTES
        self._audio = audio + SILENCE[:short]
        self._at = 0
        self._left = loop if loop > 0 else -1
        self.done = asyncio.Event()
        if not audio or not loop >= 0:
            self.done.set()

    def pull(self) -> bytes:
        if self.done.is_set():
            return SILENCE
        frame = self._audio[self._at : self._at + PCMU_FRAME_BYTES]
        self._at += PCMU_FRAME_BYTES
        if self._at >= len(self._audio):
            self._at = 0
            self._left -= 1
            if self._left == 0:
                self.done.set()
        return frame


@dataclass(frozen=True, slots=True)
class Bridge:
    """Plays what another leg hears, after an optional clip (Flex's beep)."""

    other: Leg
    before: Clip | None = None

    def pull(self) -> bytes:
        if self.before is not None and not self.before.done.is_set():
            return self.before.pull()
        return self.other.heard


class Ear(Protocol):
    """Who listens for keys and speech on a leg: a <Gather>, a stream."""

    def key(self, digit: str) -> None: ...

    def speaking(self) -> None:
        """Speech began."""
        ...

    def speech(self, text: str) -> None:
        """Speech ended; `text` is what a recogniser would make of it ("" = nothing)."""
        ...


class Leg:
    """One call resource. Everything that happens on it goes through `become`, `end`, `replace`."""

    def __init__(
        self, account_sid: str, from_: str, to: str, direction: Direction, clock: Callable[[], float], parent: str = ""
    ) -> None:
        self.sid = ids.sid("CA")
        self.account_sid = account_sid
        self.from_ = from_
        self.to = to
        self.direction = direction
        self.parent = parent
        self.status = CallStatus.RINGING if direction is Direction.INBOUND else CallStatus.QUEUED
        self.created = ids.now()
        self.started: datetime | None = None
        self.finished: datetime | None = None
        self.answered_by = ""
        self.extra: dict[str, str] = {}
        """Further webhook parameters: SIP headers, ForwardedFrom."""
        self.far: Far | None = None
        self.heard = SILENCE
        self.played = SILENCE
        self.source: Source | None = None
        self.tap: Callable[[bytes], None] | None = None
        self.ear: Ear | None = None
        self.cut_stream: Callable[[], None] | None = None
        self.streamed_ms: Callable[[], float] | None = None
        """How much of the app's sound the stream that runs here has played."""
        self.cleared_at_ms: list[float] = []
        """And how much of it that was at each `clear`."""
        """Tears the living stream's connection, as a dying network does."""
        self.slow_stream: Callable[[float], None] | None = None
        """Has the living stream read its messages with so many seconds between them."""
        self.script: Script | None = None
        self.fallback: Fetch | None = None
        self.program: asyncio.Task[CallStatus] | None = None
        self.life: asyncio.Task[None] | None = None
        self.over = asyncio.Event()
        self.outcome: asyncio.Future[CallStatus] = asyncio.get_running_loop().create_future()
        """How an outbound leg's ringing ended: in-progress, or why not."""
        self.on_status: Callable[[Leg], None] = _unheard
        self.log: list[LogLine] = []
        self._clock = clock

    def note(self, kind: Line, text: str) -> None:
        self.log.append(LogLine(kind, text, self._clock()))

    @property
    def live(self) -> bool:
        return self.status is CallStatus.IN_PROGRESS

    def become(self, status: CallStatus) -> None:
        """Go to a state that is not the end."""
        if self.status.over or self.status is status:
            return
        self.status = status
        if status is CallStatus.IN_PROGRESS:
            self.started = ids.now()
        self.on_status(self)

    def answer(self) -> None:
        """Twilio takes an incoming call: audio flows from now on. Idempotent."""
        if self.status is CallStatus.RINGING and self.direction is Direction.INBOUND:
            self.become(CallStatus.IN_PROGRESS)
            if self.far is not None:
                self.far.answered()

    def end(self, status: CallStatus = CallStatus.COMPLETED) -> None:
        """Finish the leg, whatever it is doing. Idempotent."""
        if self.over.is_set():
            return
        self.status = status
        self.finished = ids.now()
        self.over.set()
        if not self.outcome.done():
            self.outcome.set_result(status)
        if self.life is not None and asyncio.current_task() is not self.life:
            self.life.cancel()
        self.on_status(self)
        if self.far is not None:
            self.far.gone(status)

    def replace(self, script: Script) -> None:
        """Run another document from now on (REST update): whatever verb is running is cut off."""
        self.script = script
        if self.program is not None:
            self.program.cancel()

    # ---- From the far end --------------------------------------------------------------------------------------------

    def far_answered(self) -> None:
        if not self.outcome.done():
            self.outcome.set_result(CallStatus.IN_PROGRESS)

    def far_gone(self, status: CallStatus) -> None:
        """They hung up, or never took the call."""
        if self.live:
            self.end(CallStatus.COMPLETED)
        elif self.direction is Direction.INBOUND:
            self.end(CallStatus.CANCELED)
        elif not self.outcome.done():
            self.outcome.set_result(status)

    def far_keyed(self, digit: str) -> None:
        if self.ear is not None and self.live:
            self.ear.key(digit)

    def far_speaking(self) -> None:
        if self.ear is not None and self.live:
            self.ear.speaking()

    def far_spoke(self, text: str) -> None:
        if self.ear is not None and self.live:
            self.ear.speech(text)


class Hairpin:
    """The wire between two of Twilio's own legs: a call that leaves to one of its numbers and comes in again."""

    __slots__ = ("other",)

    def __init__(self, other: Leg) -> None:
        self.other = other

    def voice(self) -> bytes:
        return self.other.played

    def hear(self, frame: bytes) -> None:
        """The other leg takes it from there itself, with its next beat."""

    def keyed(self, digit: str) -> None:
        self.other.far_keyed(digit)

    def answered(self) -> None:
        self.other.far_answered()

    def gone(self, status: CallStatus) -> None:
        self.other.far_gone(status)


def _unheard(_: Leg) -> None:
    """Nobody wants to know."""
