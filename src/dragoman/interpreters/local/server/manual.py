"""The input buffer of a session without turn detection: it grows until the client commits it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat

_LEAST_MS: Final = 100
_MOST_MS: Final = 120_000


class ManualBuffer:
    """The newest two minutes."""

    def __init__(self, fmt: AudioFormat) -> None:
        self._fmt = fmt
        self._audio = bytearray()

    def hear(self, audio: bytes) -> None:
        self._audio += audio
        del self._audio[: max(0, len(self._audio) - self._fmt.bytes_for(_MOST_MS))]

    def take(self) -> NDArray[np.float32] | None:
        """All of it as 16 kHz samples; None (and it stays) when it is shorter than 100 ms."""
        if self._fmt.ms(len(self._audio)) < _LEAST_MS:
            return None
        converter = Converter(self._fmt, AudioFormat.PCM16_16K)
        audio = converter.convert(bytes(self._audio)) + converter.flush()
        self._audio.clear()
        return np.frombuffer(audio, "<i2").astype(np.float32) / 32768.0
