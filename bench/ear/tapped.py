"""An engine that is listened to: what it was given when, and what it said when. It changes nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.ear.scenes import BYTES_PER_MS
from dragoman.domain.call import Role
from dragoman.domain.speech import (
    Captioned,
    InterpreterEvent,
    Side,
    SpeechBegan,
    SpeechStopped,
    Spoke,
    SpokeAll,
    Unclear,
)
from dragoman.ports import Engine, Interpreter, Wanted


@dataclass(slots=True)
class Spoken:
    """One utterance. Times are ms of the tap's clock; `audio` as it came, with the time and end of each piece of it."""

    key: str
    began_ms: float | None = None
    stopped_ms: float | None = None
    source: str = ""
    target: str = ""
    audio: bytearray = field(default_factory=bytearray)
    arrived: list[tuple[int, float]] = field(default_factory=list)
    over: bool = False
    refused: bool = False
    cancelled: bool = False

    def ready_ms(self, at_ms: float) -> float:
        """When what lies at `at_ms` of the audio had come."""
        return next(time for size, time in self.arrived if at_ms * BYTES_PER_MS < size)


@dataclass(slots=True)
class Tap:
    """One direction. `given`: 8 kHz mu-law; `marks`: how many bytes had been given at which time."""

    utterances: dict[str, Spoken] = field(default_factory=dict)
    given: bytearray = field(default_factory=bytearray)
    marks: list[tuple[int, float]] = field(default_factory=list)

    def clock_ms(self, at_ms: float) -> float:
        """When what lies at `at_ms` of what the engine was given was given."""
        size = round(at_ms * BYTES_PER_MS)
        place = min(bisect_right(self.marks, (size, float("inf"))), len(self.marks) - 1)
        marked, time_ms = self.marks[place]
        return time_ms - (marked - size) / BYTES_PER_MS


class TappedEngine:
    """Implements ports.Engine around another. `clock` gives ms of the recordings' time; set it once they run."""

    def __init__(self, inner: Engine) -> None:
        self._inner = inner
        self.name = inner.name
        self.capabilities = inner.capabilities
        self.clock: Callable[[], float] = lambda: 0.0
        self.taps = {role: Tap() for role in Role}

    def interpreter(self, wanted: Wanted, listen: Callable[[InterpreterEvent], None]) -> TappedInterpreter:
        return TappedInterpreter(self, wanted, listen, self._inner)


class TappedInterpreter:
    """Implements ports.Interpreter."""

    def __init__(
        self, engine: TappedEngine, wanted: Wanted, listen: Callable[[InterpreterEvent], None], inner: Engine
    ) -> None:
        self._engine = engine
        self._tap = engine.taps[wanted.speaker]
        self._listen = listen
        self._before = len(self._tap.given)
        self._inner: Interpreter = inner.interpreter(wanted, self._heard)

    async def run(self) -> None:
        await self._inner.run()

    def hear(self, audio: bytes) -> None:
        self._tap.given += audio
        self._tap.marks.append((len(self._tap.given), self._engine.clock()))
        self._inner.hear(audio)

    def interrupt(self, heard_ms: int) -> None:
        """What was said to the end and is not answered to the end will not be."""
        for one in self._tap.utterances.values():
            one.cancelled |= one.stopped_ms is not None and not one.over
        self._inner.interrupt(heard_ms)

    def close(self) -> None:
        self._inner.close()

    def _heard(self, event: InterpreterEvent) -> None:
        self._note(event)
        self._listen(event)

    def _note(self, event: InterpreterEvent) -> None:
        match event:
            case SpeechBegan(key, at_ms):
                self._of(key).began_ms = self._clock_ms(at_ms)
            case SpeechStopped(key, at_ms):
                self._of(key).stopped_ms = self._clock_ms(at_ms)
            case Spoke(audio, key):
                one = self._of(key)
                one.audio += audio
                one.arrived.append((len(one.audio), self._engine.clock()))
            case Captioned(side, text, key, whole):
                one = self._of(key)
                if side is Side.SOURCE:
                    one.source = text if whole else one.source + text
                else:
                    one.target = text if whole else one.target + text
            case SpokeAll(key):
                self._of(key).over = True
            case Unclear(key):
                self._of(key).refused = self._of(key).over = True
            case _:
                pass

    def _of(self, key: str) -> Spoken:
        name = f"{self._before}.{key}"
        return self._tap.utterances.setdefault(name, Spoken(name))

    def _clock_ms(self, at_ms: float) -> float:
        return self._tap.clock_ms(at_ms + self._before / BYTES_PER_MS)
