"""The demo's recorded sentences, and what can be measured of speech: its words, its pitch, its clicks."""

from __future__ import annotations

from importlib import resources

import numpy as np
import numpy.typing as npt

from dragoman.audio import g711, wav
from dragoman.audio.level import voiced

FRAME = 160
WINDOW = 320


def sentences() -> list[bytes]:
    """Each sentence as mu-law."""
    folder = resources.files("dragoman.cli.demo") / "recordings"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".wav")), key=lambda file: file.name)
    return [g711.encode(wav.read(file.read_bytes()).samples) for file in files]


def frames(audio: bytes) -> list[bytes]:
    """Whole frames; what is over is left."""
    return [audio[at : at + FRAME] for at in range(0, len(audio) - FRAME + 1, FRAME)]


def phone_frames(sound: npt.NDArray[np.float32]) -> list[bytes]:
    """Frames of mu-law of a sound at 16 kHz between -1 and 1 whose band is the telephone's."""
    return frames(g711.encode(np.clip(sound[::2] * 32767, -32000, 32000).astype(np.int16)))


def tone(hz: float, ms: float, peak: float = 8000.0) -> bytes:
    """A sine that begins and ends at nought, or nearly."""
    at = np.arange(int(ms * 8))
    return g711.encode(np.rint(peak * np.sin(2 * np.pi * hz * at / 8000)).astype(np.int16))


def words(audio: bytes) -> list[tuple[int, int]]:
    """Runs of voiced frames as (first byte, byte after the last)."""
    runs: list[tuple[int, int]] = []
    for number, frame in enumerate(frames(audio)):
        if not voiced(frame):
            continue
        if runs and runs[-1][1] == number * FRAME:
            runs[-1] = (runs[-1][0], (number + 1) * FRAME)
        else:
            runs.append((number * FRAME, (number + 1) * FRAME))
    return runs


def energy(audio: bytes) -> float:
    return float(np.square(g711.decode(audio).astype(np.float64)).sum())


def loudest_hz(audio: bytes) -> float:
    """The strongest sine in it."""
    sound = g711.decode(audio).astype(np.float64)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size), 1 << 16))
    return float(np.fft.rfftfreq(1 << 16, 1 / 8000)[spectrum.argmax()])


def pitch_change(before: bytes, after: bytes, ratio: float) -> float:
    """How many times higher the voice is at the same place in `after`, which is `ratio` times as fast: the median.

    The fundamental (67 to 400 Hz) is found by autocorrelation in windows of 40 ms, every 10 ms.
    """
    one, other = (g711.decode(audio).astype(np.float64) for audio in (before, after))
    changes: list[float] = []
    for at in range(0, one.size - WINDOW, 80):
        beside = int((at + WINDOW / 2) / ratio - WINDOW / 2)
        if 0 <= beside <= other.size - WINDOW:
            was, became = _window_hz(one[at : at + WINDOW]), _window_hz(other[beside : beside + WINDOW])
            if was and became:
                changes.append(became / was)
    assert len(changes) >= 40, "too little of this is voiced"
    return float(np.median(changes))


def _window_hz(sound: npt.NDArray[np.float64]) -> float | None:
    """The fundamental of a window, or None where it is not plainly voiced."""
    if np.sqrt(np.square(sound).mean()) < 1000:
        return None
    length = WINDOW - 121
    head = sound[:length]
    shifted = np.lib.stride_tricks.sliding_window_view(sound, length)[20:121]
    likeness = shifted @ head / (np.linalg.norm(head) * np.linalg.norm(shifted, axis=1) + 1.0)
    best = int(likeness.argmax())
    if likeness[best] < 0.7 or not 0 < best < likeness.size - 1:
        return None
    left, here, right = likeness[best - 1 : best + 2]
    return float(8000 / (20 + best + 0.5 * (left - right) / (left - 2 * here + right)))


def largest_jump(audio: bytes) -> int:
    """The largest step from one sample to the next."""
    return int(np.abs(np.diff(g711.decode(audio).astype(np.int32))).max())
