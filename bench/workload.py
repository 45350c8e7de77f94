"""What the calls carry: frames with a stamp through conversation sessions, or tones through translation sessions;
between two parties, or a caller and an assistant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from bench.answering_stand_in import AnsweringSession
from bench.lane_log import EarCount, LaneLog, Pacing
from bench.stamps import Script, Side
from bench.stand_in import EchoSession, Wiring
from bench.tone_lane import ToneLane, settle
from bench.translation_stand_in import TranslationEcho
from bench.turn_lane import IN_TURNS, TurnLane
from dragoman.ports import MediaSocket


class Workload(Protocol):
    """`engine` is the setting's value, `path` where the model listens. `sides` are those of a call who have a phone.

    `tail_s`: so long calls go on after the window, for its last frames to arrive.
    """

    engine: str
    path: str
    sides: Sequence[Side]
    script: Script
    tail_s: float

    def lane(self, call: int, side: Side, script: Script, capacity: int, pacing: Pacing | None) -> LaneLog: ...

    def session(self, wiring: Wiring) -> MediaSocket: ...

    def settle(self, lanes: Sequence[LaneLog], wiring: Wiring, ears: EarCount) -> None:
        """After the calls: work out what could not be worked out while they ran."""
        ...


class Conversation:
    """Frames keep their bytes, so each is recognised as it passes."""

    engine = "conversation"
    path = "/v1/realtime"
    sides: Sequence[Side] = tuple(Side)
    script = Script()
    tail_s = 1.0

    def lane(self, call: int, side: Side, script: Script, capacity: int, pacing: Pacing | None) -> LaneLog:
        return LaneLog(call, side, script, capacity, pacing)

    def session(self, wiring: Wiring) -> MediaSocket:
        return EchoSession(wiring)

    def settle(self, lanes: Sequence[LaneLog], wiring: Wiring, ears: EarCount) -> None:
        pass


class Translation:
    """8 kHz to 24 kHz and back: only what sounds is left, so all is recorded and recognised afterwards."""

    engine = "translation"
    path = "/v1/realtime/translations"
    sides: Sequence[Side] = tuple(Side)
    script = Script()
    tail_s = 1.0

    def lane(self, call: int, side: Side, script: Script, capacity: int, pacing: Pacing | None) -> LaneLog:
        return ToneLane(call, side, script, capacity, pacing)

    def session(self, wiring: Wiring) -> MediaSocket:
        return TranslationEcho(wiring)

    def settle(self, lanes: Sequence[LaneLog], wiring: Wiring, ears: EarCount) -> None:
        settle([lane for lane in lanes if isinstance(lane, ToneLane)], wiring, ears)


class Assistant:
    """Frames keep their bytes. Caller and assistant take turns; `at_once`: it answers faster than is heard."""

    engine = "conversation"
    path = "/v1/realtime"
    sides: Sequence[Side] = (Side.CALLER,)
    script = IN_TURNS
    tail_s = 4.0

    def __init__(self, *, at_once: bool = False) -> None:
        self._at_once = at_once

    def lane(self, call: int, side: Side, script: Script, capacity: int, pacing: Pacing | None) -> LaneLog:
        return TurnLane(call, side, script, capacity, pacing, at_once=self._at_once)

    def session(self, wiring: Wiring) -> MediaSocket:
        return AnsweringSession(wiring, at_once=self._at_once)

    def settle(self, lanes: Sequence[LaneLog], wiring: Wiring, ears: EarCount) -> None:
        pass


CONVERSATION: Final[Workload] = Conversation()
TRANSLATION: Final[Workload] = Translation()
