"""Audio formats and the arithmetic between bytes and milliseconds."""

from __future__ import annotations

import enum

FRAME_MS = 20
"""Length of one frame, everywhere."""

PCMU_FRAME_BYTES = 160
"""One frame of 8 kHz mu-law: the carrier's unit."""

PCMU_SILENCE = 0xFF
"""The mu-law byte for silence (positive zero)."""


class AudioFormat(enum.Enum):
    """A mono audio format: MIME type, samples per second, bytes per sample."""

    PCMU_8K = ("audio/pcmu", 8000, 1)
    PCM16_16K = ("audio/pcm", 16000, 2)
    PCM16_24K = ("audio/pcm", 24000, 2)

    def __init__(self, _mime: str, rate_hz: int, sample_bytes: int) -> None:
        # Plain attributes: they are asked for with each frame, and what an enum works out costs 0.3 us a time.
        self.rate_hz = rate_hz
        self.sample_bytes = sample_bytes
        self.frame_bytes = rate_hz * sample_bytes * FRAME_MS // 1000
        """Bytes in one 20 ms frame."""
        self._bytes_per_s = rate_hz * sample_bytes

    def ms(self, size_bytes: int) -> float:
        """How long `size_bytes` of this format lasts."""
        return size_bytes * 1000 / self._bytes_per_s

    def bytes_for(self, ms: float) -> int:
        """How many bytes `ms` of this format take, cut to a whole sample."""
        return int(self.rate_hz * ms / 1000) * self.sample_bytes

    def silence(self, ms: float) -> bytes:
        """`ms` of digital silence."""
        return self.blank(self.bytes_for(ms))

    def blank(self, size_bytes: int) -> bytes:
        """So many bytes of digital silence."""
        return (bytes([PCMU_SILENCE]) if self is AudioFormat.PCMU_8K else b"\0") * size_bytes
