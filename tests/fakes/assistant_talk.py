"""Scripts of an assistant's call: a caller, an assistant, and a carrier with ways that take time."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any, TypeVar

from dragoman.assistant_ports import Answering, AssistantEvent
from dragoman.domain.assistant_effects import AssistantEffect, RunTool
from dragoman.domain.effects import Clear, Hear, Mark, Play
from dragoman.domain.persona import Persona
from dragoman.domain.speech import Digit, Heard, Reached, Spoke, SpokeAll
from dragoman.domain.tools import ToolAsked, ToolResult
from dragoman.relay.conversing import Conversing
from tests.fakes.personas import EN, persona

BEGAN = 100.0
FRAME_S = 0.02
QUIET = b"\xff" * 160
T = TypeVar("T")


def voice(ms: int, seed: int = 1) -> bytes:
    """Loud, no tone, and without a pause."""
    return random.Random(seed).randbytes(ms * 8)


def sound(ms: int, mark: int = 0x20) -> bytes:
    """Speech of an assistant: `mark` tells the pieces apart at the carrier."""
    return bytes([mark]) * (ms * 8)


class Carrier:
    """Plays what it is given, and knows what it played of what, told apart by the bytes. Times are seconds.

    `there_s`, `back_s`: the ways; `begins_s`: how late an empty buffer begins; `jitter_s`: by how much marks are held
    up at the most.
    """

    def __init__(
        self, *, there_s: float = 0.0, back_s: float = 0.0, begins_s: float = 0.0, jitter_s: float = 0.0, seed: int = 1
    ) -> None:
        self._there_s, self._back_s, self._begins_s, self._jitter_s = there_s, back_s, begins_s, jitter_s
        self._random = random.Random(seed)
        self._pieces: list[tuple[int, float, float]] = []
        self._ends = 0.0
        self._marks: list[tuple[str, float]] = []
        self._coming: list[tuple[float, str]] = []
        self._last_back = 0.0
        self.lost_marks = False

    def given(self, effects: Iterable[AssistantEffect], now: float) -> None:
        at = now + self._there_s
        self._returned(at)
        for effect in effects:
            match effect:
                case Play(audio):
                    begins = self._ends if self._ends > at else at + self._begins_s
                    self._ends = begins + len(audio) / 8000
                    self._pieces.append((audio[0], begins, self._ends))
                case Mark(name):
                    self._marks.append((name, max(self._ends, at)))
                case Clear():
                    self._pieces = [(m, b, min(e, max(at, b))) for m, b, e in self._pieces]
                    self._ends = at
                    self._marks = [(name, min(ends, at)) for name, ends in self._marks]
                case _:
                    pass
        self._returned(at)

    def _returned(self, at: float) -> None:
        for name, ends in [one for one in self._marks if one[1] <= at]:
            self._marks.remove((name, ends))
            self._last_back = max(self._last_back, ends + self._back_s + self._random.uniform(0, self._jitter_s))
            self._coming.append((self._last_back, name))

    def marks(self, now: float) -> list[tuple[float, str]]:
        """Those that came back by `now`, and when."""
        self._returned(now)
        back = [(at, name) for at, name in self._coming if at <= now]
        self._coming = [(at, name) for at, name in self._coming if at > now]
        return [] if self.lost_marks else back

    def played_ms(self, mark: int) -> float:
        """How much was played of what consists of this byte."""
        return round(sum(ends - begins for one, begins, ends in self._pieces if one == mark) * 1000, 6)


class AssistantScript:
    """Plays a caller and an assistant against the lane, with a clock of its own that ticks every 20 ms."""

    def __init__(self, who: Persona | None = None, carrier: Carrier | None = None, **fields: Any) -> None:
        self.lane = Conversing(who or persona(**fields), EN, BEGAN)
        self.carrier = carrier or Carrier()
        self.now = BEGAN
        self.effects: list[AssistantEffect] = []
        self._responses = 0
        self.lane.joined()

    def do(self, effects: Iterable[AssistantEffect]) -> list[AssistantEffect]:
        done = [*effects]
        self.carrier.given(done, self.now)
        self.effects += done
        return done

    def frame(self, audio: bytes = QUIET) -> list[AssistantEffect]:
        """20 ms: marks come back, the caller's frame ends, the clock ticks."""
        before = len(self.effects)
        self.now += FRAME_S
        for at, name in self.carrier.marks(self.now):
            self.do(self.lane.reached(Reached(name), max(at, self.now - FRAME_S)))
        self.do(self.lane.hear(Heard(audio, 0), self.now))
        self.do(self.lane.tick(self.now))
        return self.effects[before:]

    def call(self, audio: bytes) -> list[AssistantEffect]:
        """The caller makes a sound."""
        before = len(self.effects)
        for at in range(0, len(audio), 160):
            self.frame(audio[at : at + 160])
        return self.effects[before:]

    def wait(self, seconds: float) -> list[AssistantEffect]:
        before = len(self.effects)
        for _ in range(round(seconds / FRAME_S)):
            self.frame()
        return self.effects[before:]

    def heed(self, *events: AssistantEvent) -> list[AssistantEffect]:
        return [effect for event in events for effect in self.do(self.lane.heed(event, self.now))]

    def answer(self, item: str, *pieces: bytes, said: str = "") -> list[AssistantEffect]:
        """A whole response at once, faster than it is heard."""
        self._responses += 1
        name = f"resp_{self._responses}"
        spoken = [Spoke(piece, item) for piece in pieces]
        return self.heed(Answering(name, True, said), *spoken, SpokeAll(item), Answering(name, False, said))

    def press(self, digits: str) -> list[AssistantEffect]:
        return [effect for one in digits for effect in self.do(self.lane.digit(Digit(one), self.now))]

    def tool(self, asked: ToolAsked, result: ToolResult) -> list[AssistantEffect]:
        """The tool that was run last under this name answers."""
        ran = [one.asked for one in of(RunTool, self.effects) if one.asked == asked]
        return self.do(self.lane.tool_done(ran[-1] if ran else asked, result, self.now))


def of(kind: type[T], effects: Iterable[object]) -> list[T]:
    return [one for one in effects if isinstance(one, kind)]


def given_to_assistant(effects: Iterable[object]) -> bytes:
    return b"".join(one.audio for one in of(Hear, effects))
