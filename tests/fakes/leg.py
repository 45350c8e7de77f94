"""A leg on paper: what it was given to play is kept, and played out by the loop's clock as a carrier would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Digit, Heard, LegClosed, LegEvent, Reached


@dataclass
class FakeLeg:
    """Implements ports.Leg.

    `returns_marks`: marks come back when the audio before them has been played (or cleared). `stops_on_close`: the
    carrier says `stop` when we close. `broken` raises from `play`. `closes_late`: closing takes until `end` is called.
    `played` holds (loop time, audio).
    """

    leg_id: str = "stream-1"
    carrier_call: str = ""
    format: AudioFormat = AudioFormat.PCMU_8K
    returns_marks: bool = True
    stops_on_close: bool = False
    broken: bool = False
    closes_late: bool = False
    played: list[tuple[float, bytes]] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    cleared: int = 0
    closing: bool = False
    over: bool = False
    most_ahead_ms: float = 0.0
    _listen: Callable[[LegEvent], None] | None = None
    _early: list[LegEvent] = field(default_factory=list)
    _played_until: float = 0.0
    _outstanding: dict[str, asyncio.TimerHandle] = field(default_factory=dict)
    _at_ms: int = 0

    # ---- The port ----------------------------------------------------------------------------------------------------

    def attach(self, listen: Callable[[LegEvent], None]) -> None:
        self._listen = listen
        for event in self._early:
            listen(event)
        self._early.clear()

    def play(self, audio: bytes) -> None:
        if self.broken:
            raise RuntimeError("this leg's play is broken")
        if self.over:
            return
        assert len(audio) % self.format.frame_bytes == 0, "whole frames only"
        now = asyncio.get_running_loop().time()
        self.played.append((now, audio))
        self._played_until = max(self._played_until, now) + self.format.ms(len(audio)) / 1000
        self.most_ahead_ms = max(self.most_ahead_ms, (self._played_until - now) * 1000)

    def mark(self, name: str) -> None:
        if self.over:
            return
        self.marks.append(name)
        if self.returns_marks:
            loop = asyncio.get_running_loop()
            self._outstanding[name] = loop.call_at(max(self._played_until, loop.time()), self._reach, name)

    def clear(self) -> None:
        self.cleared += 1
        self._played_until = asyncio.get_running_loop().time()
        for name, timer in list(self._outstanding.items()):
            timer.cancel()
            self._reach(name)

    def close(self) -> None:
        self.closing = True
        if not self.closes_late:
            self.end(clean=self.stops_on_close, reason="closed by us")

    # ---- For tests ---------------------------------------------------------------------------------------------------

    @property
    def ear(self) -> bytes:
        """All that was played, in order."""
        return b"".join(audio for _, audio in self.played)

    def hear(self, audio: bytes) -> None:
        """The party says something: one message."""
        self._emit(Heard(audio, self._at_ms))
        self._at_ms += 20

    def press(self, digit: str) -> None:
        self._emit(Digit(digit))

    def end(self, *, clean: bool, reason: str = "") -> None:
        """The media connection is over."""
        if self.over:
            return
        self.over = True
        for timer in self._outstanding.values():
            timer.cancel()
        self._emit(LegClosed(clean, reason))

    def _reach(self, name: str) -> None:
        del self._outstanding[name]
        self._emit(Reached(name))

    def _emit(self, event: LegEvent) -> None:
        if self._listen is None:
            self._early.append(event)
        else:
            self._listen(event)
