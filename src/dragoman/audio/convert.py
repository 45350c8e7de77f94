"""From one audio format to another, as a stream."""

from __future__ import annotations

import numpy as np

from dragoman.audio import g711
from dragoman.audio.g711 import Samples
from dragoman.audio.resample import Resampler
from dragoman.domain.audio import AudioFormat


def to_samples(audio: bytes, fmt: AudioFormat) -> Samples:
    """Whole samples of a format as an array."""
    return g711.decode(audio) if fmt is AudioFormat.PCMU_8K else np.frombuffer(audio, dtype="<i2").astype(np.int16)


def to_bytes(samples: Samples, fmt: AudioFormat) -> bytes:
    """An array as bytes of a format (at the format's own rate)."""
    return g711.encode(samples) if fmt is AudioFormat.PCMU_8K else samples.astype("<i2").tobytes()


class Converter:
    """One stream from `source` to `target`. Half a sample is kept for the next piece; equal formats pass untouched."""

    def __init__(self, source: AudioFormat, target: AudioFormat) -> None:
        self._source, self._target = source, target
        rates = (source.rate_hz, target.rate_hz)
        self._resampler = Resampler(*rates) if rates[0] != rates[1] else None
        self._half = b""
        self._by_two = source.sample_bytes == 2
        self.passes = source is target
        """Nothing is to be done: the formats are equal."""

    def convert(self, audio: bytes) -> bytes:
        """The next piece, of any length. With a change of rate up to 2 ms stay inside until `flush`."""
        if self._by_two:
            audio = self._whole(audio)
        if self.passes or not audio:
            return audio
        samples = to_samples(audio, self._source)
        if self._resampler is not None:
            samples = self._resampler.push(samples)
        return to_bytes(samples, self._target)

    def flush(self) -> bytes:
        """What is still inside; then the stream starts afresh."""
        self._half = b""
        return b"" if self._resampler is None else to_bytes(self._resampler.flush(), self._target)

    def reset(self) -> None:
        """Forget what is inside."""
        self._half = b""
        if self._resampler is not None:
            self._resampler.reset()

    def _whole(self, audio: bytes) -> bytes:
        if self._half:
            audio = self._half + audio
        if len(audio) % 2:
            self._half = audio[-1:]
            return audio[:-1]
        self._half = b""
        return audio
