"""What the calls carry: frames with a stamp through conversation sessions, or tones through translation sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from bench.lane_log import EarCount, LaneLog, Pacing
from bench.stamps import Script, Side
from bench.stand_in import EchoSession, Wiring
from bench.tone_lane import ToneLane, settle
from bench.translation_stand_in import TranslationEcho
from dragoman.ports import MediaSocket


class Workload(Protocol):
    """`engine` is the setting's value, `path` where the model listens."""

    engine: str
    path: str

    def lane(self, call: int, side: Side, script: Script, capacity: int, pacing: Pacing | None) -> LaneLog: ...

    def session(self, wiring: Wiring) -> MediaSocket: ...

    def settle(self, lanes: Sequence[LaneLog], wiring: Wiring, ears: EarCount) -> None:
        """After the calls: work out what could not be worked out while they ran."""
        ...


class Conversation:
    """Frames keep their bytes, so each is recognised as it passes."""

    engine = "conversation"
    path = "/v1/realtime"

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

    def lane(self, call: int, side: Side, script: Script, capacity: int, pacing: Pacing | None) -> LaneLog:
        return ToneLane(call, side, script, capacity, pacing)

    def session(self, wiring: Wiring) -> MediaSocket:
        return TranslationEcho(wiring)

    def settle(self, lanes: Sequence[LaneLog], wiring: Wiring, ears: EarCount) -> None:
        settle([lane for lane in lanes if isinstance(lane, ToneLane)], wiring, ears)


CONVERSATION: Final[Workload] = Conversation()
TRANSLATION: Final[Workload] = Translation()
