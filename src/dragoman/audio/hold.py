"""What a waiting party hears: a quiet chord now and then, and a chime. Made here, so it is nobody's music."""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio import g711
from dragoman.domain.audio import PCMU_FRAME_BYTES

RATE_HZ: Final = 8000
LOOP_S: Final = 12
LOOP_FRAMES: Final = LOOP_S * 50
CHORDS: Final = ((0.0, (392.0, 493.9, 587.3)), (4.0, (329.6, 440.0, 523.3)), (8.0, (349.2, 440.0, 587.3)))
"""When in the loop (s) which notes (Hz) sound."""
DECAY_S: Final = 0.9
ATTACK_S: Final = 0.05
NOTE_PEAK: Final = 900.0
"""One note of a chord at its loudest: the chord stays near -25 dBFS at its peak."""
STRUM_S: Final = 0.09
CHIME: Final = ((0.0, 659.3), (0.16, 880.0))
CHIME_MS: Final = 600
CUE: Final = ((0.0, 587.3), (0.14, 440.0))
CUE_MS: Final = 400

Sound = npt.NDArray[np.float64]


def hold_sound(at_frame: int) -> bytes:
    """One 20 ms mu-law frame of the hold sound, `at_frame` frames after it began; it repeats every 12 s."""
    at = at_frame % LOOP_FRAMES * PCMU_FRAME_BYTES
    return _loop()[at : at + PCMU_FRAME_BYTES]


def chime() -> bytes:
    """600 ms of mu-law: two soft rising notes."""
    return _notes(CHIME, CHIME_MS, decay_s=0.18, peak=2500.0)


def cue() -> bytes:
    """400 ms of mu-law: two very soft falling notes, which ask a speaker to pause."""
    return _notes(CUE, CUE_MS, decay_s=0.12, peak=1200.0)


@functools.cache
def _notes(notes: tuple[tuple[float, float], ...], length_ms: int, *, decay_s: float, peak: float) -> bytes:
    sound = np.zeros(length_ms * RATE_HZ // 1000)
    for start_s, note_hz in notes:
        _strike(sound, start_s, note_hz, decay_s=decay_s, peak=peak)
    fade = RATE_HZ // 50
    sound[-fade:] *= np.linspace(1, 0, fade)
    return g711.encode(np.rint(sound).astype(np.int16))


@functools.cache
def _loop() -> bytes:
    sound = np.zeros(LOOP_S * RATE_HZ)
    for start_s, notes in CHORDS:
        for number, note_hz in enumerate(notes):
            _strike(sound, start_s + number * STRUM_S, note_hz, decay_s=DECAY_S, peak=NOTE_PEAK)
    return g711.encode(np.rint(sound).astype(np.int16))


def _strike(sound: Sound, start_s: float, note_hz: float, *, decay_s: float, peak: float) -> None:
    """Add one soft bell note; its tail wraps around the end, so that a loop has no seam."""
    length = min(sound.size, int(decay_s * 6 * RATE_HZ))
    time_s = np.arange(length) / RATE_HZ
    shape = np.minimum(time_s / ATTACK_S, 1.0) * np.exp(-time_s / decay_s)
    note = np.sin(2 * np.pi * note_hz * time_s) + 0.15 * np.sin(4 * np.pi * note_hz * time_s)
    where = (int(start_s * RATE_HZ) + np.arange(length)) % sound.size
    np.add.at(sound, where, peak * shape * note)
