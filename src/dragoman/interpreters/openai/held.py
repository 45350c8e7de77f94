"""Audio that waits for a session: bounded, oldest dropped first."""

from __future__ import annotations

from collections import deque
from typing import Final

from dragoman.domain.audio import AudioFormat

HELD_S: Final = 30


class Held:
    """A bounded first-in first-out of audio in one format."""

    def __init__(self, fmt: AudioFormat, limit_ms: float = HELD_S * 1000) -> None:
        self._format = fmt
        self._limit_bytes = fmt.bytes_for(limit_ms)
        self._pieces: deque[bytes] = deque()
        self._bytes = 0
        self.dropped_bytes = 0

    @property
    def dropped_ms(self) -> float:
        """How much was lost because the session took too long."""
        return self._format.ms(self.dropped_bytes)

    @property
    def held_ms(self) -> float:
        return self._format.ms(self._bytes)

    def push(self, audio: bytes) -> None:
        """Keep audio; the oldest goes when it is too much."""
        self._pieces.append(audio)
        self._bytes += len(audio)
        while self._bytes > self._limit_bytes:
            oldest = self._pieces.popleft()
            self._bytes -= len(oldest)
            excess = self._limit_bytes - self._bytes
            if excess > 0 and len(oldest) > excess:
                kept = oldest[-(excess // self._format.sample_bytes * self._format.sample_bytes) :]
                self._pieces.appendleft(kept)
                self._bytes += len(kept)
                self.dropped_bytes += len(oldest) - len(kept)
                return
            self.dropped_bytes += len(oldest)

    def take(self) -> bytes:
        """All of it, in order; nothing is held afterwards."""
        audio = b"".join(self._pieces)
        self._pieces.clear()
        self._bytes = 0
        return audio
