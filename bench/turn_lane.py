"""A caller and an assistant in turns: one lane, from the caller's mouth to the model and back into the caller's ear.

Both have mu-law, so a frame that comes out must be the frame that went in, byte for byte. While the caller hears the
assistant, the app may give the model silence for what the caller says nothing in: such frames count by their place.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np

from bench.lane_log import EarCount, LaneLog, LaneTimes, Pacing
from bench.stamps import MAGIC, STAMP, Kind, Script, Side
from dragoman.domain.audio import PCMU_FRAME_BYTES

SPEAKS: Final = 100
"""Frames that the caller says, and the assistant says back."""
WAITS: Final = 150
"""From the caller's last frame to the next turn: the answer, and a second in which the line is silent."""
IN_TURNS: Final = Script(SPEAKS, WAITS)


class TurnLane(LaneLog):
    """A `LaneLog` that compares bytes. `at_once`: the model says its answers faster than they are heard.

    Then most frames of an answer wait for the ear, and only its first tells how long the app took.
    """

    def __init__(
        self, call: int, side: Side, script: Script, capacity: int, pacing: Pacing | None, *, at_once: bool = False
    ) -> None:
        super().__init__(call, side, script, capacity, pacing)
        self._at_once = at_once

    def hear(self, audio: bytes, now: float, count: EarCount) -> None:
        """As of a `LaneLog`; a frame of this lane with other bytes counts as altered."""
        super().hear(audio, now, count)
        for at in range(0, len(audio) - PCMU_FRAME_BYTES + 1, PCMU_FRAME_BYTES):
            magic, call, side, _, number = STAMP.unpack_from(audio, at)
            ours = magic == MAGIC and call == self.call and side == self.side
            if ours and audio[at : at + PCMU_FRAME_BYTES] != self.frame(number):
                count.altered += 1

    def begins(self, number: int) -> bool:
        """Whether a turn begins with this frame."""
        return self.kind(number) is Kind.SPEECH and (number == 0 or self.kind(number - 1) is Kind.PAUSE)

    def window(self, began: float, ended: float) -> LaneTimes:
        """As of a `LaneLog`; `first` are the first frames of the answers that were said within the window."""
        times = super().window(began, ended)
        echoed, heard = np.frombuffer(self.echoed, np.float64), np.frombuffer(self.heard, np.float64)
        within = np.flatnonzero((echoed >= began) & (echoed < ended))
        firsts = np.array([number for number in within if self.begins(int(number))], np.int64)
        first = heard[firsts] - echoed[firsts]
        if not self._at_once:
            return dataclasses.replace(times, first=first)
        rest = np.setdiff1d(within, firsts)
        lost = np.full(int(np.isnan(heard[rest]).sum()), np.nan)
        return dataclasses.replace(times, first=first, down=np.concatenate([first, lost]))
