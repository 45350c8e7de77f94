"""Speech faster or slower at the same pitch, as a stream.

Overlap-add by waveform similarity (WSOLA: Verhelst and Roelands, ICASSP 1993), with the steps turned round: sound
passes byte for byte, and where time is owed, a seam is made at the lag (2.5 to 15 ms, so one or more pitch periods) at
which the sound is most like itself. Faster, it fades into what comes a lag later; slower, it says the lag twice.
Nothing between two seams is touched, so pitch and timbre cannot change there. Why no library:
docs/adr/0008-time-stretch.md.
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio.convert import to_bytes, to_samples
from dragoman.audio.level import amplitude
from dragoman.domain.audio import AudioFormat

SLOWEST: Final = 0.8
FASTEST: Final = 1.25
"""Beyond these speech loses its sounds. The limits of `ratio`: 1.25 plays 1.25 s of speech in a second."""

SHORTEST: Final = 20
LONGEST: Final = 120
"""Lags tried, in samples at 8 kHz: pitch periods from 400 Hz down to 67 Hz. At other rates all lengths here are so many
times more."""

OVERLAP: Final = 120
"""Samples compared and faded over at a seam (15 ms). No less than LONGEST, so that no sample is left out whole."""

WINDOW: Final = LONGEST + OVERLAP
"""What a seam must see (30 ms): less than this is held."""

DUE: Final = 40
"""A seam is looked for when this many samples are owed."""

OVERDUE: Final = 160
"""And made, however poor the likeness, when this many are."""

LIKENESS: Final = 0.6
"""Normalised cross correlation from which a seam is not heard."""

WAIT: Final = 80
"""After a poor likeness the next place is tried this many samples on: a consonant is let through as it is."""

QUIET: Final = amplitude(-50.0) ** 2 * WINDOW
"""A window with less energy than this is silence: any lag will do."""

Sound = npt.NDArray[np.float64]


@functools.cache
def _rise(size: int) -> Sound:
    return (np.arange(size) + 0.5) / size


class Stretch:
    """One stream. The ratio may change at every push; at 1.0 what is held is let go and bytes pass untouched."""

    def __init__(self, fmt: AudioFormat = AudioFormat.PCMU_8K) -> None:
        self._format = fmt
        self._scale = fmt.rate_hz // AudioFormat.PCMU_8K.rate_hz
        self._sample_bytes = fmt.sample_bytes
        self._window_bytes = WINDOW * self._scale * fmt.sample_bytes
        self._held = b""
        self._gained_bytes = 0
        self._ratio = 1.0
        self._rate = 0.0  # samples owed per sample that comes
        self._owed = 0.0  # samples still to be left out, or to be said twice, when `_passing` have passed
        self._passing = 0  # samples that go by before the next seam is tried

    @property
    def held_bytes(self) -> int:
        """What waits inside for a seam: less than 30 ms."""
        return len(self._held)

    @property
    def gained_bytes(self) -> int:
        """How much shorter the stream became, since the start; negative when it became longer."""
        return self._gained_bytes

    def push(self, audio: bytes, ratio: float) -> bytes:
        """The next piece, of any length, at `ratio` (0.8 to 1.25, else ValueError); about len / ratio bytes."""
        if ratio != self._ratio:
            self._aim(ratio)
        if ratio == 1.0:
            return self.flush() + audio if self._held else audio
        return self._stretched(self._held + audio)

    def flush(self) -> bytes:
        """What is held, untouched. The stream may go on after it."""
        held, self._held = self._held, b""
        return held

    def reset(self) -> None:
        """Forget what is held."""
        self._held = b""
        self._aim(1.0)

    def _aim(self, ratio: float) -> None:
        """From here on at another ratio; what is owed in the other sense, or at all when time is left alone, is not."""
        if not SLOWEST <= ratio <= FASTEST:
            raise ValueError(f"cannot play speech at {ratio} times its speed: {SLOWEST} to {FASTEST} is possible")
        goes_on = (self._ratio - 1.0) * (ratio - 1.0) > 0.0
        self._owed = self._owed - self._passing * self._rate if goes_on else 0.0
        self._ratio, self._rate = ratio, abs(1.0 - 1.0 / ratio)
        if ratio != 1.0:
            self._pass(self._until_due())

    def _until_due(self) -> int:
        return int(max(DUE * self._scale - self._owed, 0.0) / self._rate)

    def _pass(self, samples: int) -> None:
        """Let so many go by first. They are counted now, so that it does not matter in which pieces they come."""
        self._passing = samples
        self._owed += samples * self._rate

    def _stretched(self, audio: bytes) -> bytes:
        out = bytearray()
        at = 0
        while True:
            passed = audio[at : at + self._passing * self._sample_bytes]
            out += passed
            at += len(passed)
            self._passing -= len(passed) // self._sample_bytes
            if self._passing or len(audio) - at < self._window_bytes:
                break
            seam, used = self._seam(audio[at : at + self._window_bytes])
            if not used:
                self._pass(WAIT * self._scale)
                continue
            out += seam
            at += used
            self._owed += (used * self._rate - abs(used - len(seam))) / self._sample_bytes
            self._gained_bytes += used - len(seam)
            self._pass(self._until_due())
        self._held = audio[at:]
        return bytes(out)

    def _seam(self, window: bytes) -> tuple[bytes, int]:
        """What to play for the first bytes of a window, and how many these are; nothing where no seam fits yet."""
        sound = to_samples(window, self._format).astype(np.float64)
        lag, likeness = best_lag(sound, self._scale)
        if likeness < LIKENESS and self._owed < OVERDUE * self._scale:
            return b"", 0
        overlap = OVERLAP * self._scale
        now, later = sound[:overlap], sound[lag : lag + overlap]
        if self._ratio > 1.0:
            return self._faded(now, later), (lag + overlap) * self._sample_bytes
        return window[: lag * self._sample_bytes] + self._faded(later, now), overlap * self._sample_bytes

    def _faded(self, first: Sound, second: Sound) -> bytes:
        """Audio that begins as the one and ends as the other."""
        return to_bytes(np.rint(first + (second - first) * _rise(first.size)).astype(np.int16), self._format)


def best_lag(sound: Sound, scale: int = 1) -> tuple[int, float]:
    """The lag at which a window is most like its beginning, and how like it is (-1 to 1); `scale` as many times 8 kHz.

    At higher rates they are told apart at 8 kHz first, and then to the sample near the best.
    """
    if scale > 1:
        coarse, _ = best_lag(sound.reshape(-1, scale).mean(axis=1))
        return _finest(sound, coarse * scale, scale)
    energy = np.concatenate((np.zeros(1), np.cumsum(np.square(sound))))
    if energy[WINDOW] < QUIET:
        return LONGEST, 1.0
    later = energy[SHORTEST + OVERLAP : WINDOW + 1] - energy[SHORTEST : LONGEST + 1]
    product = np.correlate(sound[SHORTEST:], sound[:OVERLAP], "valid")
    likeness = product / np.sqrt(energy[OVERLAP] * later + 1.0)
    best = int(likeness.argmax())
    return SHORTEST + best, float(likeness[best])


def _finest(sound: Sound, near: int, scale: int) -> tuple[int, float]:
    """The best lag around one that was found in coarse steps, and how like it is."""
    overlap = OVERLAP * scale
    now = sound[:overlap]
    energy = float(now @ now)
    if energy + float(sound[overlap:] @ sound[overlap:]) < QUIET * scale:
        return LONGEST * scale, 1.0
    best, likeness = near, -1.0
    for lag in range(max(near - scale, SHORTEST * scale), min(near + scale, LONGEST * scale) + 1):
        later = sound[lag : lag + overlap]
        found = float(now @ later) / np.sqrt(energy * float(later @ later) + 1.0)
        if found > likeness:
            best, likeness = lag, float(found)
    return best, likeness
