"""Words of the lab: two tones at once that tell which utterance of which call they are, and whose voice says them.

A code is a low tone and a high one, each of sixteen. Only pairs with an even sum are words, so that one tone misheard
is no other word. A party speaks in the lower half of the telephone band (with breath, or it would pass for a key), the
interpreter says the same word `SHIFT_HZ` higher. So an ear knows an original voice from an interpretation, and both
from another call's.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio import g711
from dragoman.domain.audio import PCMU_FRAME_BYTES

EACH: Final = 16
STEP_HZ: Final = 40
LOW_HZ: Final = 400
HIGH_HZ: Final = LOW_HZ + (EACH + 0.5) * STEP_HZ
SHIFT_HZ: Final = 1500
PAIRS: Final = tuple((low, high) for low in range(EACH) for high in range(EACH) if (low + high) % 2 == 0)
CODES: Final = len(PAIRS)
"""128 words, 0 to 127."""
NO_CODE: Final = -1

RATE_HZ: Final = 8000
FULL_SCALE: Final = 32768.0
LOUDNESS: Final = 0.15 * FULL_SCALE
"""The peak of each tone."""
BREATH: Final = 0.1 * FULL_SCALE
WINDOW_BYTES: Final = 4 * PCMU_FRAME_BYTES
"""A frame is read with its neighbours, 80 ms: tones 40 Hz apart need so much."""
HEARD: Final = 0.06 * LOUDNESS
"""A tone weaker than this, 24 dB below the spoken one, is none."""
ABOVE: Final = 3.0
"""By so much a tone must stand above the middle one of its group."""
BALANCE: Final = 3.0
"""By so much the tones of one word may differ."""
STEADY_FRAMES: Final = 3
"""A word shorter than this was not said: edges and clicks sound like anything."""
LOUD: Final = 10 ** (-55 / 20) * FULL_SCALE
"""From here on a frame is no silence (rms)."""

Codes = npt.NDArray[np.int64]
Wave = npt.NDArray[np.float64]

_GROUPS_HZ: Final = np.array(
    [base + shift + STEP_HZ * np.arange(EACH) for shift in (0, SHIFT_HZ) for base in (float(LOW_HZ), HIGH_HZ)]
)
_TIME_S: Final = np.arange(WINDOW_BYTES) / RATE_HZ
_WINDOW: Final = np.hanning(WINDOW_BYTES)
_TURNS: Final = (np.exp(-2j * np.pi * np.outer(_TIME_S, _GROUPS_HZ.ravel())) * _WINDOW[:, None]) * 2 / _WINDOW.sum()
_REAL: Final = np.ascontiguousarray(_TURNS.real)
_IMAGINARY: Final = np.ascontiguousarray(_TURNS.imag)
_BY_PAIR: Final = np.full((EACH, EACH), NO_CODE)
for _code, _pair in enumerate(PAIRS):
    _BY_PAIR[_pair] = _code


@dataclass(frozen=True, slots=True)
class Reading:
    """A recording, frame by frame (20 ms): whether it is loud, and which word is said in which voice (-1: none)."""

    loud: npt.NDArray[np.bool_]
    originals: Codes
    answers: Codes


def tones_hz(code: int) -> tuple[float, float]:
    """The tones of a word as a party says it."""
    low, high = PAIRS[code]
    return LOW_HZ + low * STEP_HZ, HIGH_HZ + high * STEP_HZ


def spoken(code: int, ms: int) -> bytes:
    """A word of `ms` as a party says it: 8 kHz mu-law."""
    wave = wave_of(tones_hz(code), ms, RATE_HZ)
    wave += np.random.default_rng(code).uniform(-BREATH, BREATH, wave.size)
    return g711.encode(np.rint(wave).astype(np.int16))


def answer(code: int, ms: int, rate_hz: int) -> npt.NDArray[np.int16]:
    """The same word in the interpreter's voice."""
    shifted = tuple(hz + SHIFT_HZ for hz in tones_hz(code))
    return np.rint(wave_of(shifted, ms, rate_hz)).astype(np.int16)


def wave_of(tones: tuple[float, ...], ms: int, rate_hz: int) -> Wave:
    """Tones of `LOUDNESS` each, with ramps of 5 ms."""
    time_s = np.arange(ms * rate_hz // 1000) / rate_hz
    wave = LOUDNESS * sum((np.sin(2 * np.pi * hz * time_s) for hz in tones), np.zeros(time_s.size))
    ramp = np.minimum(1.0, np.minimum(time_s, time_s[::-1]) / 0.005)
    faded: Wave = wave * ramp
    return faded


def read(samples: npt.NDArray[np.int16]) -> Reading:
    """Read 8 kHz samples; what is left of the last whole frame is ignored."""
    count = samples.size // PCMU_FRAME_BYTES
    sound = samples[: count * PCMU_FRAME_BYTES].astype(np.float64)
    level = np.sqrt(np.square(sound).reshape(count, PCMU_FRAME_BYTES).mean(axis=1)) if count else np.zeros(0)
    loud = level > LOUD
    originals, answers = np.full(count, NO_CODE), np.full(count, NO_CODE)
    found = np.flatnonzero(loud)
    if found.size:
        margin = (WINDOW_BYTES - PCMU_FRAME_BYTES) // 2
        padded = np.pad(sound, margin)
        windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_BYTES)[found * PCMU_FRAME_BYTES]
        strength = np.hypot(windows @ _REAL, windows @ _IMAGINARY).reshape(found.size, 4, EACH)
        originals[found] = _words(strength[:, 0], strength[:, 1])
        answers[found] = _words(strength[:, 2], strength[:, 3])
    return Reading(loud, _steady(originals), _steady(answers))


def read_mulaw(mulaw: bytes) -> Reading:
    """Read a recording of an ear or a mouth."""
    return read(g711.decode(mulaw))


def _words(low: Wave, high: Wave) -> Codes:
    """The word of each window, by the strengths of its two groups of tones."""
    clear = np.ones(low.shape[0], np.bool_)
    tops = []
    for group in (low, high):
        top = group.max(axis=1)
        tops.append(top)
        clear &= (top > HEARD) & (top > ABOVE * np.median(group, axis=1))
    clear &= (tops[0] < BALANCE * tops[1]) & (tops[1] < BALANCE * tops[0])
    words: Codes = np.where(clear, _BY_PAIR[low.argmax(axis=1), high.argmax(axis=1)], NO_CODE)
    return words


def _steady(codes: Codes) -> Codes:
    """Without words that were too short to be said."""
    kept = codes.copy()
    for run in runs(codes):
        if run.code != NO_CODE and run.frames < STEADY_FRAMES:
            kept[run.begins : run.ends] = NO_CODE
    return kept


@dataclass(frozen=True, slots=True)
class Run:
    """Frames in a row that hold the same."""

    code: int
    begins: int
    ends: int

    @property
    def frames(self) -> int:
        return self.ends - self.begins


def runs(codes: Codes) -> list[Run]:
    """All of it, cut wherever it changes."""
    if not codes.size:
        return []
    cuts = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), codes.size]
    return [Run(int(codes[begins]), begins, ends) for begins, ends in itertools.pairwise(cuts)]
