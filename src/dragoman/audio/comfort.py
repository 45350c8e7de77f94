"""A very soft sound that says: something is on its way. Single notes that swell and go, far below speech."""

from __future__ import annotations

import functools
from typing import Final

import numpy as np

from dragoman.audio import g711
from dragoman.domain.audio import PCMU_FRAME_BYTES

RATE_HZ: Final = 8000
NOTES_HZ: Final = (392.0, 523.3, 440.0, 329.6)
SPACING_S: Final = 1.0
SWELL_S: Final = 0.9
"""A note rises and falls for so long; then there is a little silence before the next one."""
PEAK: Final = 250.0
"""A steady sound stays below what counts as voice (level.voiced) only if hardly a sample is above -42 dBFS, which is
260: so this is as loud as it can be, -45 dBFS of a note at its height."""
LOOP_FRAMES: Final = int(len(NOTES_HZ) * SPACING_S * 50)


def comfort_sound(number: int) -> bytes:
    """One 20 ms mu-law frame, `number` frames after the sound began; it repeats every 4 s."""
    at = number % LOOP_FRAMES * PCMU_FRAME_BYTES
    return _loop()[at : at + PCMU_FRAME_BYTES]


@functools.cache
def _loop() -> bytes:
    sound = np.zeros(LOOP_FRAMES * PCMU_FRAME_BYTES)
    time_s = np.arange(int(SWELL_S * RATE_HZ)) / RATE_HZ
    swell = PEAK * np.sin(np.pi * time_s / SWELL_S) ** 2
    for number, note_hz in enumerate(NOTES_HZ):
        begins = int(number * SPACING_S * RATE_HZ)
        sound[begins : begins + time_s.size] = swell * np.sin(2 * np.pi * note_hz * time_s)
    return g711.encode(np.rint(sound).astype(np.int16))
