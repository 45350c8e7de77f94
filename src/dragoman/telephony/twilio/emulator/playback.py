"""What Twilio does with the audio an app sends it: one FIFO that drains 8000 bytes a second, with marks in it. Pure."""

from __future__ import annotations

from collections import deque
from typing import Final

from dragoman.domain.audio import PCMU_FRAME_BYTES, PCMU_SILENCE, AudioFormat

SILENCE: Final = bytes([PCMU_SILENCE]) * PCMU_FRAME_BYTES
"""One frame in which nobody speaks."""


class Playback:
    """A bidirectional stream's buffer at Twilio. `pull` is its clock: one call is 20 ms.

    `play`, `mark` and `clear` return the names of the marks that go back to the app now, in order.
    """

    __slots__ = ("_chunks", "_limit_bytes", "_marks", "_offset", "_played_bytes", "_taken_bytes", "heard_bytes")

    def __init__(self, limit_ms: float) -> None:
        self._limit_bytes = AudioFormat.PCMU_8K.bytes_for(limit_ms)
        self._chunks: deque[bytes] = deque()
        self._offset = 0
        self._marks: deque[tuple[int, str]] = deque()
        self._taken_bytes = 0
        self._played_bytes = 0
        self.heard_bytes = 0
        """What was played since the start; what was cleared was not."""

    @property
    def waiting_bytes(self) -> int:
        """Audio that has not been played yet."""
        return self._taken_bytes - self._played_bytes

    def play(self, audio: bytes) -> bool:
        """Queue audio of any length; False when what goes beyond the limit was thrown away."""
        room = self._limit_bytes - self.waiting_bytes
        kept = audio if len(audio) <= room else audio[: max(room, 0)]
        if kept:
            self._chunks.append(kept)
            self._taken_bytes += len(kept)
        return len(kept) == len(audio)

    def mark(self, name: str) -> list[str]:
        """Label this place in the queue; with nothing queued the mark is back at once."""
        if self.waiting_bytes == 0:
            return [name]
        self._marks.append((self._taken_bytes, name))
        return []

    def clear(self) -> list[str]:
        """Empty the queue; every outstanding mark goes back."""
        self._chunks.clear()
        self._offset = 0
        self._played_bytes = self._taken_bytes
        return self._reached()

    def pull(self) -> tuple[bytes, list[str]]:
        """The next 20 ms for the party's ear (padded with silence), and the marks that were reached in it."""
        chunks = self._chunks
        if not chunks:
            return SILENCE, []
        if not self._offset and len(chunks[0]) == PCMU_FRAME_BYTES:
            frame = chunks.popleft()
            self._played_bytes += PCMU_FRAME_BYTES
            self.heard_bytes += PCMU_FRAME_BYTES
        else:
            frame = self._gathered()
        return frame, self._reached() if self._marks else []

    def _gathered(self) -> bytes:
        """A frame from chunks that do not happen to be frames."""
        frame = bytearray()
        while self._chunks and len(frame) < PCMU_FRAME_BYTES:
            chunk = self._chunks[0]
            part = chunk[self._offset : self._offset + PCMU_FRAME_BYTES - len(frame)]
            frame += part
            self._offset += len(part)
            if self._offset == len(chunk):
                self._chunks.popleft()
                self._offset = 0
        self._played_bytes += len(frame)
        self.heard_bytes += len(frame)
        return bytes(frame) + SILENCE[len(frame) :]

    def _reached(self) -> list[str]:
        reached = []
        while self._marks and self._marks[0][0] <= self._played_bytes:
            reached.append(self._marks.popleft()[1])
        return reached
