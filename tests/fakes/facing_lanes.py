"""Both lanes of a call that face each other, driven frame by frame; what they want done is done on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Notice, Role
from dragoman.domain.ear import OriginalMode
from dragoman.domain.effects import (
    Across,
    Announced,
    Ask,
    Caption,
    Clear,
    Hear,
    Interrupt,
    LaneEffect,
    Mark,
    Play,
    Publish,
)
from dragoman.domain.manner import BargeIn
from dragoman.domain.speech import Heard, InterpreterEvent, Spoke, SpokeAll
from dragoman.relay.ear_plan import USUAL_EAR, EarPlan
from dragoman.relay.floor import Floor
from dragoman.relay.lane import Lane
from dragoman.relay.lane_plan import LanePlan
from dragoman.relay.same_speech import SameSpeech
from tests.fakes.relay_parts import SILENT, frame

BEGAN = 100.0
CALLER, AGENT = Role.CALLER, Role.AGENT


@dataclass
class EarLog:
    """All that one party was given to hear, and when (audio with the clock's reading)."""

    played: list[tuple[float, bytes]] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    cleared: int = 0

    @property
    def audio(self) -> bytes:
        return b"".join(audio for _, audio in self.played)

    def since(self, at: float) -> bytes:
        return b"".join(audio for when, audio in self.played if when > at - 1e-6)


def lane_plan(
    source: Role,
    *,
    barge_in: BargeIn = BargeIn.LET_FINISH,
    ear: EarPlan = USUAL_EAR,
    original: OriginalMode = OriginalMode.OFF,
    names: bool = True,
    gate: bool = False,
) -> LanePlan:
    source_language, target_language = ("es", "en") if source is CALLER else ("en", "es")
    return LanePlan(
        source,
        source_language,
        target_language,
        AudioFormat.PCMU_8K,
        "fake",
        barge_in=barge_in,
        opening_gate=gate,
        names_utterances=names,
        ear=replace(ear, original=original),
    )


class FacingLanes:
    """`lanes` by who speaks, everything else by whose it is. Marks come back when `returns_marks`, in time."""

    def __init__(
        self,
        *,
        barge_in: BargeIn = BargeIn.LET_FINISH,
        ear: EarPlan = USUAL_EAR,
        original: OriginalMode = OriginalMode.OFF,
        names: bool = True,
        gate: bool = False,
        long_turn_s: float = 25.0,
        same_speech: SameSpeech | None = None,
    ) -> None:
        self.floor = Floor(long_turn_s=long_turn_s)
        self.now = BEGAN
        self.lanes = {
            role: Lane(
                lane_plan(role, barge_in=barge_in, ear=ear, original=original, names=names, gate=gate),
                BEGAN,
                same_speech=same_speech if role is CALLER else None,
                floor=self.floor,
            )
            for role in Role
        }
        self.ears = {role: EarLog() for role in Role}
        self.given: dict[Role, bytearray] = {role: bytearray() for role in Role}
        self.interrupted: dict[Role, list[int]] = {role: [] for role in Role}
        self.captions: list[Caption] = []
        self.asked: list[tuple[Role, Notice]] = []
        self.announced: list[tuple[Role, str, bool]] = []
        for role, lane in self.lanes.items():
            lane.face(self.lanes[role.other])
            lane.open()
            lane.sink_joined()

    def step(self, *, caller: bytes = SILENT, agent: bytes = SILENT) -> None:
        """20 ms in which both say something; b"" = that leg sends nothing."""
        self.now += 0.02
        for role, lane in self.lanes.items():
            self.perform(role, lane.tick(self.now))
        for role, audio in ((CALLER, caller), (AGENT, agent)):
            if audio:
                self.perform(role, self.lanes[role].hear(Heard(audio, 0), self.now))

    def talk(self, seconds: float, *who: Role) -> None:
        """Those say something for so long, and the others nothing."""
        for number in range(round(seconds * 50)):
            voice = frame(5000 + number)
            self.step(caller=voice if CALLER in who else SILENT, agent=voice if AGENT in who else SILENT)

    def spoke(self, speaker: Role, audio: bytes, key: str = "u1", *, whole: bool = False) -> None:
        """The interpreter of `speaker` says so much."""
        self.notice(speaker, Spoke(audio, key))
        if whole:
            self.notice(speaker, SpokeAll(key))

    def notice(self, speaker: Role, event: InterpreterEvent) -> None:
        self.perform(speaker, self.lanes[speaker].speak(event, self.now))

    def returned(self, listener: Role, mark: str) -> None:
        """The carrier of `listener` returns a mark."""
        speaker = listener.other
        self.perform(speaker, self.lanes[speaker].reached(mark, self.now))

    def perform(self, speaker: Role, effects: Sequence[LaneEffect]) -> None:  # noqa: C901 - one branch per effect
        listener = speaker.other
        for effect in effects:
            match effect:
                case Hear(audio):
                    self.given[speaker] += audio
                case Play(audio):
                    self.ears[listener].played.append((self.now, audio))
                case Mark(name):
                    self.ears[listener].marks.append(name)
                case Clear():
                    self.ears[listener].cleared += 1
                case Interrupt(heard_ms):
                    self.interrupted[speaker].append(heard_ms)
                case Across(beyond):
                    self.perform(listener, beyond)
                case Publish(caption):
                    self.captions.append(caption)
                case Ask(notice):
                    self.asked.append((speaker, notice))
                case Announced(label, whole):
                    self.announced.append((listener, label, whole))
