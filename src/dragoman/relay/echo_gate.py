"""Keeps what is played to a party from being heard as if that party had said it.

A speakerphone hands the interpreter's voice back to us: late, quieter, coloured. The gate learns, for each delay up to
`window_ms` + `tail_ms` and each band of frequency, how much of what was played may come back: the *return*, in dB. It
is a low quantile of microphone less played level. Where there is an echo the microphone never falls below it, however
much the party talks over it; where there is none, the pauses of the party soon push the return down. While microphone
and playback go up and down together it is echo alone, and the return rises to the middle of what is measured. What
returns and noise explain, with a margin, is echo; a frame of which a good part is louder is the party's own voice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio.bands import BANDS, FLOOR_DBFS, Levels, band_levels
from dragoman.audio.level import quiet_codes, voiced
from dragoman.domain.audio import FRAME_MS, PCMU_FRAME_BYTES, PCMU_SILENCE

WINDOW_MS = 400
"""The longest way of an echo: from our playback clock's ear back into our hands."""

TAIL_MS = 250
"""How long a room goes on sounding."""

FRAME_S: Final = FRAME_MS / 1000
KEPT_SLOTS: Final = 256
"""What was played is kept for 5 s, in slots of one frame: the window, and what is sent ahead of the ear."""

FIRST_RETURN_DB: Final = -9.0
TAIL_SLOPE_DB: Final = 2.0
"""Before anything is learned: a loud speakerphone, in a room that dies by 2 dB a frame."""
LEAST_RETURN_DB: Final = -60.0
MOST_RETURN_DB: Final = 6.0

AUDIBLE_DBFS: Final = -55.0
"""What is played, or explained in any band, below this is no echo that anybody would translate."""
TEACHES_DBFS: Final = -50.0
"""Only bands that were played louder than this say anything about the return."""

FALL_DB: Final = 2.0
RISE_DB: Final = 0.08
"""Steps per frame: the quantile that a return follows is 0.08 in 2.08, about 4 %."""
ALIKE_RISE_DB: Final = 2.0
ALIKE: Final = 0.65
"""Microphone and playback go up and down together: echo and nothing else. Then the return follows the median."""
FORGET: Final = 0.97
MEAN_SHARE: Final = 0.02
FIRST_MEAN_DBFS: Final = -50.0
"""Likeness is of the last 0.7 s or so, and of what differs from the mean of the last second."""

MARGIN_DB: Final = 9.0
"""How far a frame's echo may rise above what is expected of it."""
HELD_MARGIN_DB: Final = 6.0
"""The same while the party's own voice is there: words are not chopped."""
OWN_SHARE: Final = 0.5
OWN_DBFS: Final = -48.0
"""The party's own voice: at least this share of a frame's power and this loud, above what is explained."""

NOISE_FALL_DB: Final = 1.0
NOISE_RISE_DB: Final = 0.05
FIRST_NOISE_DBFS: Final = -48.0
"""Noise is what the microphone falls to in each band; at first no more than this in any."""

HANG_FRAMES: Final = 3
HANG_MOST_FRAMES: Final = 12
"""Each frame of own voice keeps the gate open for 3 more, at most 12: one false frame lets little through."""

LATE_SLOTS: Final = 10
SLIP_SHARE: Final = 0.05
"""The microphone's frames are counted, as they come in bursts; the count follows the clock slowly, or at once."""


Matrix = npt.NDArray[np.float32]
"""A row per slot or delay, the oldest first; a column per band where it has two dimensions."""


def _power(levels: Levels) -> Levels:
    power: Levels = np.float32(10) ** (levels * np.float32(0.1))
    return power


_OWN_POWER: Final = 10 ** (OWN_DBFS / 10)
_INAUDIBLE_CODES: Final = quiet_codes(AUDIBLE_DBFS)


def _silence(audio: bytes) -> bytes:
    return bytes([PCMU_SILENCE]) * len(audio)


class EchoGate:
    """The gate at one leg's microphone: `played` tells what its ear is given, `pass_through` what may be heard.

    mu-law only. While nothing audible was played for window and tail, frames go through at the price of a comparison.
    """

    def __init__(self, *, tail_ms: int = TAIL_MS, window_ms: int = WINDOW_MS) -> None:
        if tail_ms < 0 or window_ms < 0 or tail_ms + window_ms > KEPT_SLOTS // 2 * FRAME_MS:
            raise ValueError(f"window and tail must be 0 to {KEPT_SLOTS // 2 * FRAME_MS} ms together")
        self._played = _Played((window_ms + tail_ms) // FRAME_MS + 1)
        self._returns = _Returns(window_ms // FRAME_MS + 1, tail_ms // FRAME_MS)
        self._linger_s = (window_ms + tail_ms) / 1000 + FRAME_S
        self._silent_from = float("-inf")
        self._next_slot: int | None = None
        self._slip = 0.0
        self._evidence = 0
        self._hang = 0
        self._noise = np.full(BANDS, FLOOR_DBFS, np.float32)
        self._is_new = True

    def played(self, audio: bytes, heard_at: float) -> None:
        """`audio` reaches the ear from `heard_at` on, by our playback clock; it may lie ahead by up to 2 s."""
        loud_until = self._played.write(audio, heard_at)
        if loud_until is not None:
            self._silent_from = max(self._silent_from, loud_until + self._linger_s)

    def cleared(self, now: float) -> None:
        """What the ear has not heard by `now` it never will."""
        self._played.clear_from(now)
        self._silent_from = min(self._silent_from, now + self._linger_s)

    def pass_through(self, frame: bytes, now: float) -> bytes:
        """The same bytes, or as much silence. `now` is the time of the end of what was heard (one frame or more)."""
        if now > self._silent_from:
            self._next_slot = None
            self._close()
            return frame
        if len(frame) <= PCMU_FRAME_BYTES:
            return frame if not frame or self._passes(frame, now) else _silence(frame)
        pieces = [frame[at : at + PCMU_FRAME_BYTES] for at in range(0, len(frame), PCMU_FRAME_BYTES)]
        began = now - len(pieces) * FRAME_S
        passed = [self._passes(piece, began + (i + 1) * FRAME_S) for i, piece in enumerate(pieces)]
        if all(passed):
            return frame
        return b"".join(piece if ok else _silence(piece) for piece, ok in zip(pieces, passed, strict=True))

    def _passes(self, frame: bytes, now: float) -> bool:
        played = self._played.until(self._slot(now))
        heard = band_levels(frame)
        echo = self._returns.explain(played)
        self._returns.learn(heard, played)
        self._learn_noise(heard)
        if float(echo.max()) + MARGIN_DB < AUDIBLE_DBFS:
            self._close()
            return True
        if voiced(frame) and self._is_own(heard, echo):
            self._evidence = min(self._evidence + HANG_FRAMES, HANG_MOST_FRAMES)
            self._hang = max(self._hang - 1, self._evidence)
            return True
        if self._hang:
            self._hang -= 1
            return True
        self._close()
        return False

    def _is_own(self, heard: Levels, echo: Levels) -> bool:
        """Whether a good part of what was heard is explained neither by echo nor by noise."""
        margin_db = HELD_MARGIN_DB if self._hang else MARGIN_DB
        explained = np.maximum(echo + np.float32(margin_db), self._noise + np.float32(MARGIN_DB))
        power = _power(heard)
        own = float(np.maximum(power - _power(explained), 0).sum())
        return own > max(OWN_SHARE * float(power.sum()), _OWN_POWER)

    def _learn_noise(self, heard: Levels) -> None:
        if self._is_new:
            self._noise = np.minimum(heard, np.float32(FIRST_NOISE_DBFS))
            self._is_new = False
        self._noise += np.where(heard < self._noise, np.float32(-NOISE_FALL_DB), np.float32(NOISE_RISE_DB))

    def _close(self) -> None:
        self._evidence = self._hang = 0

    def _slot(self, now: float) -> int:
        """The slot that a frame which ends at `now` was heard in."""
        by_clock = round(now / FRAME_S) - 1
        slot = self._next_slot
        if slot is None or abs(by_clock - slot) > LATE_SLOTS:
            slot, self._slip = by_clock, 0.0
        else:
            self._slip += SLIP_SHARE * (by_clock - slot - self._slip)
            if abs(self._slip) >= 1:
                slot, self._slip = slot + (1 if self._slip > 0 else -1), 0.0
        self._next_slot = slot + 1
        return slot


@dataclass(frozen=True, slots=True)
class _Window:
    """What was played in the slots from which an echo may come now, the oldest first."""

    levels: Matrix
    deviations: Matrix
    """Levels less their mean."""
    energies: Matrix
    """Sum of the squares of a slot's deviations."""


class _Played:
    """Levels of what was played, by slot; a ring that is kept twice, so that each window is one piece."""

    def __init__(self, window_slots: int) -> None:
        self._window_slots = window_slots
        self._levels = np.full((2 * KEPT_SLOTS, BANDS), FLOOR_DBFS, np.float32)
        self._deviations = np.zeros((2 * KEPT_SLOTS, BANDS), np.float32)
        self._energies = np.zeros(2 * KEPT_SLOTS, np.float32)
        self._mean = np.full(BANDS, FIRST_MEAN_DBFS, np.float32)
        self._known = 0
        self._next_slot = 0

    def write(self, audio: bytes, heard_at: float) -> float | None:
        """Keep it; says when its last audible frame ends, if there is any."""
        slot = round(heard_at / FRAME_S)
        if abs(slot - self._next_slot) <= 1:
            slot = self._next_slot
        loud_until = None
        for at in range(0, len(audio), PCMU_FRAME_BYTES):
            frame = audio[at : at + PCMU_FRAME_BYTES]
            if voiced(frame, _INAUDIBLE_CODES):
                self._blank_to(slot)
                self._put(slot, band_levels(frame))
                loud_until = heard_at + (at + len(frame)) / 8000
            slot += 1
        self._next_slot = slot
        return loud_until

    def clear_from(self, now: float) -> None:
        """Nothing was played from `now` on."""
        first = round(now / FRAME_S)
        for slot in range(max(first, self._known - KEPT_SLOTS + 1), self._known + 1):
            self._set(slot, np.float32(FLOOR_DBFS))

    def until(self, slot: int) -> _Window:
        """What was played in `slot` and before."""
        self._blank_to(slot)
        end = slot % KEPT_SLOTS + KEPT_SLOTS + 1
        begin = end - self._window_slots
        return _Window(self._levels[begin:end], self._deviations[begin:end], self._energies[begin:end])

    def _blank_to(self, slot: int) -> None:
        for later in range(max(self._known + 1, slot - KEPT_SLOTS + 1), slot + 1):
            self._set(later, np.float32(FLOOR_DBFS))
        self._known = max(self._known, slot)

    def _put(self, slot: int, levels: Levels) -> None:
        self._mean += np.float32(MEAN_SHARE) * (levels - self._mean)
        self._set(slot, np.maximum(levels, self._levels[slot % KEPT_SLOTS]))

    def _set(self, slot: int, levels: Levels | np.float32) -> None:
        deviations = levels - self._mean
        energy = np.dot(deviations, deviations)
        for at in (slot % KEPT_SLOTS, slot % KEPT_SLOTS + KEPT_SLOTS):
            self._levels[at] = levels
            self._deviations[at] = deviations
            self._energies[at] = energy


class _Returns:
    """What may come back, by delay and band, in dB; and how alike microphone and playback are, by delay."""

    def __init__(self, window_slots: int, tail_slots: int) -> None:
        slots = window_slots + tail_slots
        late = np.maximum(np.arange(slots)[::-1] - window_slots + 1, 0)
        self._returns = np.repeat((FIRST_RETURN_DB - TAIL_SLOPE_DB * late)[:, None], BANDS, axis=1).astype(np.float32)
        self._mean = np.full(BANDS, FIRST_MEAN_DBFS, np.float32)
        self._together = np.zeros(slots, np.float32)
        self._played_alone = np.zeros(slots, np.float32)
        self._heard_alone = 0.0

    def explain(self, played: _Window) -> Levels:
        """The levels that an echo may have now."""
        levels: Levels = (self._returns + played.levels).max(axis=0)
        return levels

    def learn(self, heard: Levels, played: _Window) -> None:
        """One more frame from the microphone."""
        rise = np.where(self._alike(heard, played), np.float32(ALIKE_RISE_DB), np.float32(RISE_DB))
        steps = np.where(heard - played.levels < self._returns, np.float32(-FALL_DB), rise[:, None])
        steps *= played.levels > np.float32(TEACHES_DBFS)
        self._returns += steps
        np.maximum(self._returns, np.float32(LEAST_RETURN_DB), out=self._returns)
        np.minimum(self._returns, np.float32(MOST_RETURN_DB), out=self._returns)

    def _alike(self, heard: Levels, played: _Window) -> npt.NDArray[np.bool_]:
        """By delay: whether the microphone's levels have lately followed the playback's."""
        deviation = heard - self._mean
        self._mean += np.float32(MEAN_SHARE) * deviation
        self._together = np.float32(FORGET) * self._together + played.deviations @ deviation
        self._played_alone = np.float32(FORGET) * self._played_alone + played.energies
        self._heard_alone = FORGET * self._heard_alone + float(deviation @ deviation)
        both_alone = np.sqrt(self._played_alone * np.float32(self._heard_alone))
        alike: npt.NDArray[np.bool_] = self._together > np.float32(ALIKE) * both_alone
        return alike
