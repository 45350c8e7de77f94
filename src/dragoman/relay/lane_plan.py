"""How a lane is wired."""

from __future__ import annotations

from dataclasses import dataclass, field

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Role
from dragoman.domain.manner import BargeIn
from dragoman.relay.ear_plan import EarPlan


@dataclass(frozen=True, slots=True)
class LanePlan:
    """`passthrough`: both parties share the language. `opening_gate`: the source's phone may play sounds before its
    party speaks. `names_utterances`: the engine takes turns and names them; otherwise the transcript cuts them.
    `barge_in`: what becomes of the interpreter's voice when the sink's party begins to speak.
    """

    source: Role
    source_language: str
    target_language: str
    sink_format: AudioFormat
    engine: str
    source_format: AudioFormat = AudioFormat.PCMU_8K
    passthrough: bool = False
    opening_gate: bool = False
    names_utterances: bool = True
    barge_in: BargeIn = BargeIn.LET_FINISH
    ear: EarPlan = field(default_factory=EarPlan)

    @property
    def sink(self) -> Role:
        return self.source.other
