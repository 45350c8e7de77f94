"""One direction of one call told by its tones: what passed is recorded as it comes, and recognised after the call.

The model's pieces of 200 ms are longer than what an app lets lie at the carrier, so when a frame leaves the app tells
little. What counts is when it sounds in the ear, beside when it would sound if each piece were there at once.
"""

from __future__ import annotations

import math
from array import array
from base64 import b64decode
from collections.abc import Sequence
from typing import Final

import numpy as np

from bench import tones
from bench.lane_log import NEVER, EarCount, LaneLog, LaneTimes, Pacing, Times
from bench.stamps import Kind, Script, Side
from bench.stand_in import Record, Wiring
from dragoman.audio import g711
from dragoman.audio.resample import Resampler
from dragoman.domain.audio import FRAME_MS

PHONE_HZ: Final = 8000
ENGINE_HZ: Final = 24000
FRAME: Final = PHONE_HZ * FRAME_MS // 1000
FRAME_S: Final = FRAME_MS / 1000
PIECE_S: Final = 0.2
PIECE: Final = ENGINE_HZ // 5
"""Samples of a piece."""
DELAY_S: Final = Resampler(PHONE_HZ, ENGINE_HZ).delay_ms / 1000
"""By so much a sound lies later within the pieces than within what was said."""
NEAR_S: Final = 0.00075
"""As exactly as a row of frames is placed."""
HOP_MS: Final = 4
SURE: Final = 0.9
"""A session is a lane's when so much of what it heard bears the lane's signs."""


class ToneLane(LaneLog):
    """A `LaneLog` whose `given`, `echoed` and `heard` are filled in by `settle`.

    ready: when the last frame of its piece was said, so that the piece could go; sounded: when it began to sound in the
    ear; soonest: when it would have, had the app passed on at once what the model said; ideal: and what was said.
    """

    def __init__(self, call: int, side: Side, script: Script, capacity: int, pacing: Pacing | None = None) -> None:
        super().__init__(call, side, script, capacity, pacing)
        self.signs = tones.signs(call, side)
        self.ready, self.sounded, self.soonest, self.ideal = (array("d", [NEVER]) * capacity for _ in range(4))
        self._came: list[float] = []
        self._played: list[bytes] = []

    def frame(self, number: int) -> bytes:
        if self.kind(number) is Kind.PAUSE:
            return tones.QUIET
        return tones.speech(number, int(self.signs[number % tones.NUMBERS]))

    def hear(self, audio: bytes, now: float, count: EarCount) -> None:
        self._came.append(now)
        self._played.append(audio)

    def passed(self, record: Record, found: tones.Found, placed: Times) -> int:
        """What this lane's session heard, and where; how many frames there were another lane's."""
        sent = np.frombuffer(self.sent, np.float64)[: self.count]
        ready = list(record.came)
        ours: list[tuple[int, int, float]] = []
        for at, number, sign in zip(placed.tolist(), found.number.tolist(), found.sign.tolist(), strict=True):
            piece = min(int(at // PIECE), len(ready) - 1)
            frame = self._which(number, sign, record.came[piece], sent)
            if frame is None or self.given[frame] == self.given[frame]:  # not NaN: it came before
                continue
            within_s = at / ENGINE_HZ - piece * PIECE_S - DELAY_S
            last = frame + math.ceil((PIECE_S - NEAR_S - within_s) / FRAME_S) - 1
            ready[piece] = self.sent[min(last, self.count - 1)]
            self.given[frame], self.echoed[frame] = record.came[piece], record.went[piece]
            ours.append((frame, piece, within_s))
        lengths = [PIECE_S if one else 0.0 for one in record.pieces]
        soonest, ideal = _playing(record.went, lengths), _playing(ready, lengths)
        for frame, piece, within_s in ours:
            self.ready[frame] = ready[piece]
            self.soonest[frame] = soonest[piece] + within_s + DELAY_S
            self.ideal[frame] = ideal[piece] + within_s
        return int(np.count_nonzero(self.signs[found.number] != found.sign))

    def listen(self, count: EarCount) -> None:
        """What the listener's phone played."""
        sent = np.frombuffer(self.sent, np.float64)[: self.count]
        audio = g711.decode(b"".join(self._played)).astype(np.float64)
        sizes = [len(one) for one in self._played]
        ends = np.cumsum(sizes)
        begins = _playing(self._came, [size / PHONE_HZ for size in sizes])
        found = tones.find(audio, PHONE_HZ, HOP_MS)
        placed = tones.settled(found, audio, PHONE_HZ)
        for at, number, sign in zip(placed.tolist(), found.number.tolist(), found.sign.tolist(), strict=True):
            message = min(int(np.searchsorted(ends, at, side="right")), len(sizes) - 1)
            frame = self._which(number, sign, self._came[message], sent)
            if frame is None:
                count.strangers += 1
            elif self.heard[frame] == self.heard[frame]:
                count.repeated += 1
            else:
                self.heard[frame] = self._came[message]
                self.sounded[frame] = begins[message] + (at - (int(ends[message]) - sizes[message])) / PHONE_HZ

    def _which(self, number: int, sign: int, now: float, sent: Times) -> int | None:
        """The latest frame of that number that had been sent by then; None when the sign is another lane's."""
        latest = int(np.searchsorted(sent, now, side="right")) - 1
        frame = latest - (latest - number) % tones.NUMBERS
        ours = frame >= 0 and self.signs[number] == sign and self.kind(frame) is Kind.SPEECH
        return frame if ours else None

    def window(self, began: float, ended: float) -> LaneTimes:
        """As of a `LaneLog`, but of speech only: silence bears no sign."""
        sent, given, echoed, ready, sounded, soonest, ideal = (
            np.frombuffer(one, np.float64)
            for one in (self.sent, self.given, self.echoed, self.ready, self.sounded, self.soonest, self.ideal)
        )
        speech = np.fromiter((self.kind(n) is Kind.SPEECH for n in range(len(sent))), np.bool_, len(sent))
        up = (sent >= began) & (sent < ended) & speech
        down = (echoed >= began) & (echoed < ended)
        return LaneTimes(
            up=(given - ready)[up],
            down=(sounded - soonest)[down],
            hold=np.zeros(0),
            unsaid=0,
            collect=(ready - sent)[up],
            across=(sounded - ideal)[up],
        )


def _playing(came: Sequence[float], lengths_s: Sequence[float]) -> list[float]:
    """When each piece begins to sound in an ear that plays what it has, one after the other."""
    begins = []
    ends = 0.0
    for at, length_s in zip(came, lengths_s, strict=True):
        begins.append(max(at, ends))
        ends = begins[-1] + length_s if length_s else ends
    return begins


def settle(lanes: Sequence[ToneLane], wiring: Wiring, ears: EarCount) -> None:
    """Give each session's record to the lane whose signs it bears, and recognise what each phone played."""
    all_signs = np.stack([lane.signs for lane in lanes])
    taken: set[int] = set()
    for record in wiring.records:
        audio = _samples(record)
        found = tones.find(audio, ENGINE_HZ, HOP_MS)
        if not found.at.size:
            continue
        bears = (all_signs[:, found.number] == found.sign).mean(axis=1)
        best = int(bears.argmax())
        if bears[best] < SURE or best in taken:
            wiring.refused.append("a session that is no one lane's")
            continue
        taken.add(best)
        wiring.strangers += lanes[best].passed(record, found, tones.settled(found, audio, ENGINE_HZ))
    for lane in lanes:
        lane.listen(ears)


def _samples(record: Record) -> tones.Wave:
    pieces = [np.frombuffer(b64decode(one), "<i2") if one else np.zeros(PIECE, np.int16) for one in record.pieces]
    return np.concatenate([np.zeros(0), *pieces])
