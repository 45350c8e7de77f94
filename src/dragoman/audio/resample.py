"""Streaming sample rate conversion among 8, 16 and 24 kHz: a polyphase FIR as one matrix product per call.

Each block of 16 output groups is one row times a fixed Toeplitz matrix, so BLAS does the work; nothing is held back but
the filter's own 2 ms. Taps are whole numbers held in float64: every sum is exact, so the same audio gives the same
samples however it is cut into pieces.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio.g711 import Samples

TAPS_PER_PHASE: Final = 32
CUTOFF: Final = 0.96
"""Corner of the low pass, as a share of the lower rate's Nyquist frequency."""
KAISER_BETA: Final = 5.7
"""With CUTOFF the best of a grid for this length: between 8 and 24 kHz flat within 0.04 dB from 300 to 3400 Hz, down by
59 dB from 4.3 kHz and by 65 dB from 4.6 kHz up (docs/benchmarks.md, "Sound")."""
TAP_SCALE: Final = 1 << 20
LOUDEST: Final = 32767.0
BLOCK: Final = 16
RATES_HZ: Final = frozenset({8000, 16000, 24000})

Matrix = npt.NDArray[np.float64]


class Resampler:
    """One stream from `source_hz` to `target_hz`. Takes any length; less than a block (2 ms) is kept for later."""

    def __init__(self, source_hz: int, target_hz: int) -> None:
        if source_hz == target_hz or not {source_hz, target_hz} <= RATES_HZ:
            raise ValueError(f"cannot resample {source_hz} Hz to {target_hz} Hz")
        common = math.gcd(source_hz, target_hz)
        self._up, self._down = target_hz // common, source_hz // common
        self._taps = TAPS_PER_PHASE * max(self._up, self._down)
        self._block = self._down * BLOCK
        self._past = -(-self._taps // self._up) - 1
        self._width = self._past + self._block
        self._matrix = _toeplitz(self._up, self._down, self._taps, self._past)
        self._strides = (self._block * self._matrix.itemsize, self._matrix.itemsize)
        self._held: Matrix = np.zeros(self._past, np.float64)
        self._proto_khz = source_hz * self._up / 1000

    @property
    def delay_ms(self) -> float:
        """How much later a sound comes out than it went in: half the filter."""
        return (self._taps - 1) / 2 / self._proto_khz

    def push(self, samples: Samples) -> Samples:
        """Convert; the answer is as long as the whole blocks that are complete by now."""
        buffer: Matrix = np.concatenate((self._held, samples), dtype=np.float64)
        rows = (buffer.size - self._past) // self._block
        self._held = buffer[rows * self._block :]
        if not rows:
            return np.empty(0, np.int16)
        # Rows overlap by the filter's past; BLAS wants them apart, hence the copy. `ndarray`, `minimum` and `maximum`
        # in place of `as_strided` and `clip`: the same, at half the cost of a 20 ms frame.
        windows: Matrix = np.ndarray((rows, self._width), np.float64, buffer, 0, self._strides)
        out: Matrix = windows.copy() @ self._matrix
        np.rint(out, out=out)
        np.minimum(out, LOUDEST, out=out)
        np.maximum(out, -LOUDEST - 1, out=out)
        return out.astype(np.int16).ravel()

    def flush(self) -> Samples:
        """What is still inside, pushed out by silence; then the stream starts afresh."""
        waiting = self._held.size - self._past
        half = -(-self._taps // (2 * self._up))
        wanted = -(-(waiting + half) * self._up // self._down)
        blocks = -(-(waiting + half) // self._block)
        out = self.push(np.zeros(blocks * self._block - waiting, np.int16))
        self.reset()
        return out[:wanted]

    def reset(self) -> None:
        """Forget what was heard."""
        self._held = np.zeros(self._past, np.float64)


def _low_pass(up: int, down: int, taps: int) -> Matrix:
    """Windowed sinc at the upsampled rate, each phase of unit gain, as whole numbers."""
    wide = max(up, down)
    time = np.arange(taps) - (taps - 1) / 2
    ideal = np.sinc(time * CUTOFF / wide) * np.kaiser(taps, KAISER_BETA)
    taper: Matrix = np.rint(ideal / ideal.sum() * up * TAP_SCALE)
    return taper


def _toeplitz(up: int, down: int, taps: int, past: int) -> Matrix:
    """The matrix that turns (past + one block) input samples into one block of output samples, at their own scale."""
    taper = _low_pass(up, down, taps) / TAP_SCALE  # a power of two: nothing is rounded
    matrix = np.zeros((past + down * BLOCK, up * BLOCK))
    for column in range(up * BLOCK):
        newest, phase = divmod(column * down, up)
        picked = taper[phase::up]
        matrix[past + newest - np.arange(picked.size), column] = picked
    return matrix
