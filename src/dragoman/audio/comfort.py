"""A very soft sound that says: something is on its way. Single notes that swell and go, far below speech."""

from __future__ import annotations

import functools
from typing import Final

import numpy as np

from dragoman.audio.convert import to_bytes
from dragoman.domain.audio import AudioFormat

NOTES_HZ: Final = (392.0, 523.3, 440.0, 329.6)
SPACING_S: Final = 1.0
SWELL_S: Final = 0.9
"""A note rises and falls for so long; then there is a little silence before the next one."""
PEAK: Final = 250.0
"""A steady sound stays below what counts as voice (level.voiced) only if hardly a sample is above -42 dBFS, which is
260: so this is as loud as it can be, -45 dBFS of a note at its height."""
LOOP_FRAMES: Final = int(len(NOTES_HZ) * SPACING_S * 50)


def comfort_sound(number: int, fmt: AudioFormat = AudioFormat.PCMU_8K) -> bytes:
    """One 20 ms frame, `number` frames after the sound began; it repeats every 4 s."""
    at = number % LOOP_FRAMES * fmt.frame_bytes
    return _loop(fmt)[at : at + fmt.frame_bytes]


@functools.cache
def _loop(fmt: AudioFormat) -> bytes:
    sound = np.zeros(LOOP_FRAMES * fmt.frame_bytes // fmt.sample_bytes)
    time_s = np.arange(int(SWELL_S * fmt.rate_hz)) / fmt.rate_hz
    swell = PEAK * np.sin(np.pi * time_s / SWELL_S) ** 2
    for number, note_hz in enumerate(NOTES_HZ):
        begins = int(number * SPACING_S * fmt.rate_hz)
        sound[begins : begins + time_s.size] = swell * np.sin(2 * np.pi * note_hz * time_s)
    return to_bytes(np.rint(sound).astype(np.int16), fmt)
