"""What a waiting party hears: a quiet chord now and then, and a chime. Made here, so it is nobody's music."""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio.convert import to_bytes
from dragoman.domain.audio import AudioFormat

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


def hold_sound(at_frame: int, fmt: AudioFormat = AudioFormat.PCMU_8K) -> bytes:
    """One 20 ms frame of the hold sound, `at_frame` frames after it began; it repeats every 12 s."""
    at = at_frame % LOOP_FRAMES * fmt.frame_bytes
    return _loop(fmt)[at : at + fmt.frame_bytes]


def chime() -> bytes:
    """600 ms of mu-law: two soft rising notes."""
    return _notes(CHIME, CHIME_MS, AudioFormat.PCMU_8K, decay_s=0.18, peak=2500.0)


def cue(fmt: AudioFormat = AudioFormat.PCMU_8K) -> bytes:
    """400 ms: two very soft falling notes, which ask a speaker to pause."""
    return _notes(CUE, CUE_MS, fmt, decay_s=0.12, peak=1200.0)


@functools.cache
def _notes(
    notes: tuple[tuple[float, float], ...], length_ms: int, fmt: AudioFormat, *, decay_s: float, peak: float
) -> bytes:
    sound = np.zeros(length_ms * fmt.rate_hz // 1000)
    for start_s, note_hz in notes:
        _strike(sound, start_s, note_hz, fmt.rate_hz, decay_s=decay_s, peak=peak)
    fade = fmt.rate_hz // 50
    sound[-fade:] *= np.linspace(1, 0, fade)
    return to_bytes(np.rint(sound).astype(np.int16), fmt)


@functools.cache
def _loop(fmt: AudioFormat) -> bytes:
    sound = np.zeros(LOOP_S * fmt.rate_hz)
    for start_s, notes in CHORDS:
        for number, note_hz in enumerate(notes):
            _strike(sound, start_s + number * STRUM_S, note_hz, fmt.rate_hz, decay_s=DECAY_S, peak=NOTE_PEAK)
    return to_bytes(np.rint(sound).astype(np.int16), fmt)


def _strike(sound: Sound, start_s: float, note_hz: float, rate_hz: int, *, decay_s: float, peak: float) -> None:
    """Add one soft bell note; its tail wraps around the end, so that a loop has no seam."""
    length = min(sound.size, int(decay_s * 6 * rate_hz))
    time_s = np.arange(length) / rate_hz
    shape = np.minimum(time_s / ATTACK_S, 1.0) * np.exp(-time_s / decay_s)
    note = np.sin(2 * np.pi * note_hz * time_s) + 0.15 * np.sin(4 * np.pi * note_hz * time_s)
    where = (int(start_s * rate_hz) + np.arange(length)) % sound.size
    np.add.at(sound, where, peak * shape * note)
