"""A script for one lane: plays frames and events against it, with a clock that ticks every 20 ms."""

from __future__ import annotations

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Role
from dragoman.domain.ear import OriginalMode
from dragoman.domain.effects import Caption, Hear, LaneEffect, Mark, Play, Publish
from dragoman.domain.speech import Heard, InterpreterEvent
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.lane import Lane
from dragoman.relay.lane_plan import LanePlan
from dragoman.relay.transcript import Utterance

BEGAN = 100.0
"""The clock's reading when the call began."""


def lane(
    *,
    passthrough: bool = False,
    original: bool = False,
    mode: OriginalMode = OriginalMode.FULL,
    gate: bool = False,
    names: bool = True,
    opened: bool = True,
    sink: bool = True,
) -> Lane:
    plan = LanePlan(
        source=Role.CALLER,
        source_language="es",
        target_language="en",
        sink_format=AudioFormat.PCMU_8K,
        engine="fake",
        passthrough=passthrough,
        ear=EarPlan(original=mode if original else OriginalMode.OFF),
        opening_gate=gate,
        names_utterances=names,
    )
    made = Lane(plan, BEGAN)
    if opened:
        made.open()
    if sink:
        made.sink_joined()
    return made


def heard(audio: bytes) -> Heard:
    return Heard(audio, 0)


def given_to_engine(effects: list[LaneEffect]) -> bytes:
    return b"".join(effect.audio for effect in effects if isinstance(effect, Hear))


def played(effects: list[LaneEffect]) -> bytes:
    return b"".join(effect.audio for effect in effects if isinstance(effect, Play))


def marks(effects: list[LaneEffect]) -> list[str]:
    return [effect.name for effect in effects if isinstance(effect, Mark)]


def captions(effects: list[LaneEffect]) -> list[Caption]:
    return [effect.caption for effect in effects if isinstance(effect, Publish)]


class Script:
    """Plays frames and events against a lane, with a clock of its own that ticks every 20 ms."""

    def __init__(self, one: Lane) -> None:
        self.lane = one
        self.now = BEGAN
        self.effects: list[LaneEffect] = []

    def say(self, audio: bytes) -> list[LaneEffect]:
        """The source says so much, in frames; each arrives when it ends."""
        before = len(self.effects)
        for at in range(0, len(audio), 160):
            self.wait(1)
            self.effects += self.lane.hear(heard(audio[at : at + 160]), self.now)
        return self.effects[before:]

    def wait(self, frames: int) -> list[LaneEffect]:
        before = len(self.effects)
        for _ in range(frames):
            self.now += 0.02
            self.effects += self.lane.tick(self.now)
        return self.effects[before:]

    def engine(self, event: InterpreterEvent) -> list[LaneEffect]:
        effects = list(self.lane.speak(event, self.now))
        self.effects += effects
        return effects

    @property
    def utterance(self) -> Utterance:
        (one,) = self.lane.transcript.utterances
        return one
