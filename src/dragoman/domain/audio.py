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

    @property
    def rate_hz(self) -> int:
        return self.value[1]

    @property
    def sample_bytes(self) -> int:
        return self.value[2]

    @property
    def frame_bytes(self) -> int:
        """Bytes in one 20 ms frame."""
        return self.rate_hz * self.sample_bytes * FRAME_MS // 1000

    def ms(self, size_bytes: int) -> float:
        """How long `size_bytes` of this format lasts."""
        return size_bytes * 1000 / (self.rate_hz * self.sample_bytes)

    def bytes_for(self, ms: float) -> int:
        """How many bytes `ms` of this format take, cut to a whole sample."""
        return int(self.rate_hz * ms / 1000) * self.sample_bytes

    def silence(self, ms: float) -> bytes:
        """`ms` of digital silence."""
        return self.blank(self.bytes_for(ms))

    def blank(self, size_bytes: int) -> bytes:
        """So many bytes of digital silence."""
        return (bytes([PCMU_SILENCE]) if self is AudioFormat.PCMU_8K else b"\0") * size_bytes
