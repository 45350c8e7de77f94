"""What was played to a party, by 20 ms slots, and how much of it may come back into the microphone."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio.bands import BANDS, FLOOR_DBFS, Levels, band_levels
from dragoman.audio.level import quiet_codes, voiced
from dragoman.domain.audio import FRAME_MS, PCMU_FRAME_BYTES, PCMU_SILENCE

FRAME_S: Final = FRAME_MS / 1000
KEPT_SLOTS: Final = 256
"""What was played is kept for 5 s, in slots of one frame: the window, and what is sent ahead of the ear."""

BATCH_FRAMES: Final = 8
"""The microphone's frames are learned from together, at most so many."""

AUDIBLE_DBFS: Final = -55.0
"""What is played, or explained in any band, below this is no echo that anybody would translate."""
INAUDIBLE_CODES: Final = quiet_codes(AUDIBLE_DBFS)

FIRST_RETURN_DB: Final = -9.0
TAIL_SLOPE_DB: Final = 2.0
"""Before anything is learned: a loud speakerphone, in a room that dies by 2 dB a frame."""
LEAST_RETURN_DB: Final = -60.0
MOST_RETURN_DB: Final = 6.0

TEACHES_DBFS: Final = -50.0
"""Only bands that were played louder than this say anything about the return."""
NEVER_DBFS: Final = -1000.0

FALL_DB: Final = 2.0
RISE_DB: Final = 0.08
"""Steps per frame: the quantile that a return follows is 0.08 in 2.08, about 4 %."""
ALIKE_RISE_DB: Final = 2.0
ALIKE: Final = 0.65
"""Microphone and playback go up and down together: echo and nothing else. Then the return follows the median."""
FORGET: Final = 0.97
STEADY_SHARE: Final = 0.01
MEAN_SHARE: Final = 0.02
FIRST_MEAN_DBFS: Final = -50.0
"""Likeness is of the last 0.7 s or so, and of what differs from the mean of the last second; what is steady, of 2 s."""

PEAK_FALL_DB: Final = 0.05
"""How loud each band is ever played: the loudest yet, less this per frame."""

Matrix = npt.NDArray[np.float32]
"""A row per slot or delay, the oldest first; a column per band where it has two dimensions."""

_FLOAT_BYTES: Final = 4
_SILENCE: Final = bytes([PCMU_SILENCE]) * PCMU_FRAME_BYTES
_FADING: Final = np.float32(FORGET) ** np.arange(BATCH_FRAMES, dtype=np.float32)[::-1]


class Played:
    """What was played, by slot: bytes at once, levels when they are asked for.

    Both are rings; that of levels is kept twice, so that each window is one piece.
    """

    def __init__(self, window_slots: int) -> None:
        self.mean = np.full(BANDS, FIRST_MEAN_DBFS, np.float32)
        self._window_slots = window_slots
        self._audio = bytearray(_SILENCE * KEPT_SLOTS)
        self._levels = np.full((2 * KEPT_SLOTS, BANDS), FLOOR_DBFS, np.float32)
        self._peak = np.full(BANDS, FLOOR_DBFS, np.float32)
        self._known = 0
        self._measured = 0
        self._next_slot = 0

    def write(self, audio: bytes, heard_at: float) -> float | None:
        """Keep it; says when its last audible frame ends, if there is any."""
        slot = round(heard_at / FRAME_S)
        if abs(slot - self._next_slot) <= 1:
            slot = self._next_slot
        slots = -(-len(audio) // PCMU_FRAME_BYTES)
        self._next_slot = slot + slots
        for at in range((slots - 1) * PCMU_FRAME_BYTES, -1, -PCMU_FRAME_BYTES):
            frame = audio[at : at + PCMU_FRAME_BYTES]
            if voiced(frame, INAUDIBLE_CODES):
                self._blank_to(slot - 1)
                self._keep(slot, audio.ljust(slots * PCMU_FRAME_BYTES, _SILENCE[:1]))
                self._known = max(self._known, slot + slots - 1)
                return heard_at + (at + len(frame)) / 8000
        return None

    def clear_from(self, now: float) -> None:
        """Nothing was played from `now` on."""
        first = max(round(now / FRAME_S), self._known - KEPT_SLOTS + 1)
        if first <= self._known:
            self._keep(first, _SILENCE * (self._known - first + 1))

    def until(self, slot: int, slots: int = 1) -> Matrix:
        """Levels of `slot` and those before it: a window for it, and for each of the last `slots` of them."""
        self._blank_to(slot)
        wanted = self._window_slots + slots - 1
        if self._measured < slot:
            self._measure(max(self._measured + 1, slot - wanted - BATCH_FRAMES))
        end = slot % KEPT_SLOTS + KEPT_SLOTS + 1
        return self._levels[end - wanted : end]

    def peak(self, levels: Matrix, frames: int) -> Levels:
        """How loud it ever is in each band; `levels` are the latest, and `frames` of them new."""
        self._peak -= np.float32(PEAK_FALL_DB * frames)
        np.maximum(self._peak, levels.max(axis=0), out=self._peak)
        return self._peak

    def _blank_to(self, slot: int) -> None:
        if slot > self._known:
            first = max(self._known + 1, slot - KEPT_SLOTS + 1)
            self._keep(first, _SILENCE * (slot - first + 1))
            self._known = slot

    def _keep(self, slot: int, audio: bytes) -> None:
        self._measured = min(self._measured, slot - 1)
        at = slot % KEPT_SLOTS * PCMU_FRAME_BYTES
        while len(audio) > len(self._audio) - at:
            room = len(self._audio) - at
            self._audio[at:], audio, at = audio[:room], audio[room:], 0
        self._audio[at : at + len(audio)] = audio

    def _measure(self, slot: int) -> None:
        """Levels of `slot` and all that is known after it."""
        while slot <= self._known:
            at = slot % KEPT_SLOTS
            end = min(at + self._known - slot + 1, KEPT_SLOTS)
            levels = band_levels(bytes(self._audio[at * PCMU_FRAME_BYTES : end * PCMU_FRAME_BYTES]))
            self._levels[at:end] = self._levels[at + KEPT_SLOTS : end + KEPT_SLOTS] = levels
            audible = (levels.max(axis=1) > np.float32(AUDIBLE_DBFS)).astype(np.float32)
            share = np.float32(1 / max(1 / MEAN_SHARE, end - at))
            self.mean += share * (audible @ levels - audible.sum() * self.mean)
            slot += end - at
        self._measured = self._known


class Returns:
    """What may come back, by delay and band, in dB; and how alike microphone and playback are, by delay."""

    def __init__(self, window_slots: int, tail_slots: int) -> None:
        slots = window_slots + tail_slots
        late = np.maximum(np.arange(slots)[::-1] - window_slots + 1, 0)
        self._returns = np.repeat((FIRST_RETURN_DB - TAIL_SLOPE_DB * late)[:, None], BANDS, axis=1).astype(np.float32)
        self._mean = np.full(BANDS, FIRST_MEAN_DBFS, np.float32)
        self._together = np.zeros(slots, np.float32)
        self._played_alone = np.zeros(slots, np.float32)
        self._heard_alone = 0.0
        self._likeness = np.zeros(slots, np.float32)
        self._steadily = np.zeros(slots, np.float32)
        self.steady = 0.0
        """The highest likeness that lasts for seconds at one delay."""
        self._sums = np.empty_like(self._returns)
        self.most: Levels = self._returns.max(axis=0)
        """Of all delays, by band."""

    def explain(self, played: Matrix) -> Levels:
        """The levels that an echo may have now, from one window."""
        levels: Levels = np.maximum.reduce(np.add(self._returns, played, out=self._sums))
        return levels

    def learn(self, heard: Matrix, played: Matrix) -> None:
        """From some frames of the microphone, a row each, and all their windows; `compare` comes before."""
        self._follow(heard, played, np.where(self._likeness > ALIKE, np.float32(ALIKE_RISE_DB), np.float32(RISE_DB)))
        np.maximum(self._returns, np.float32(LEAST_RETURN_DB), out=self._returns)
        np.minimum(self._returns, np.float32(MOST_RETURN_DB), out=self._returns)
        self.most = self._returns.max(axis=0)

    def _follow(self, heard: Matrix, played: Matrix, rise: Matrix) -> None:
        """A step for each frame; only what was played loud enough teaches."""
        teaches = played > np.float32(TEACHES_DBFS)
        taught = np.where(teaches, played, np.float32(NEVER_DBFS))
        # Windows of all frames, a row each, all delays and bands in it: the same memory, read with other strides.
        shape, row = (len(heard), self._returns.size), BANDS
        windows = np.ndarray(shape, np.float32, taught, 0, (row * _FLOAT_BYTES, _FLOAT_BYTES))
        rises = np.ndarray(shape, np.bool_, teaches, 0, (row, 1)) * np.repeat(rise, BANDS)
        apart = np.empty((len(heard), *self._returns.shape), np.float32)
        apart[:] = heard[:, None, :]
        apart = apart.reshape(shape)
        apart -= windows
        returns = self._returns.reshape(-1)
        for difference, step in zip(apart, rises, strict=True):
            np.putmask(step, difference < returns, -FALL_DB)
            returns += step

    def compare(self, heard: Matrix, deviations: Matrix) -> float:
        """How the microphone's levels have lately followed the playback's, both less their means; 1 at most.

        `deviations` are the playback's, as one piece of memory; the answer is that of the delay at which it is highest.
        """
        frames, delays = len(heard), len(self._returns)
        fading = _FADING[-frames:]
        deviation = heard - self._mean
        self._mean += np.float32(MEAN_SHARE) * deviation.sum(axis=0)
        faded = fading[:, None] * deviation
        energies = np.einsum("ij,ij->i", deviations, deviations)
        # A row per delay, which begins one slot after the row before: the same memory, read with other strides.
        row = BANDS * _FLOAT_BYTES
        shifted = np.ndarray((delays, frames * BANDS), np.float32, deviations, 0, (row, _FLOAT_BYTES))
        shifted_energies = np.ndarray((delays, frames), np.float32, energies, 0, (_FLOAT_BYTES, _FLOAT_BYTES))
        forget = FORGET**frames
        self._together *= np.float32(forget)
        self._together += shifted @ faded.reshape(-1)
        self._played_alone *= np.float32(forget)
        self._played_alone += shifted_energies @ fading
        self._heard_alone = forget * self._heard_alone + float(np.vdot(faded, deviation))
        both_alone = np.sqrt(self._played_alone * np.float32(self._heard_alone))
        np.divide(self._together, np.maximum(both_alone, np.float32(1e-6)), out=self._likeness)
        self._steadily += np.float32(STEADY_SHARE * frames) * (self._likeness - self._steadily)
        self.steady = float(self._steadily.max())
        return float(self._likeness.max())
