"""The last seconds of what one interpreter was given, when it was said, and where in it is voice.

Places and lengths are counted in 1/8000 s, in any format: of mu-law that is a byte."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from typing import Final

from dragoman.audio.arithmetic import arithmetic
from dragoman.domain.audio import AudioFormat

BYTES_PER_S: Final = 8000
WINDOW_BYTES: Final = 160
"""Voice is looked for in pieces of 20 ms of the tape, however it came."""
PAUSE_BYTES: Final = BYTES_PER_S // 2
"""A longer silence divides two stretches."""
LEAST_VOICE_BYTES: Final = 5 * WINDOW_BYTES
"""Less voice is a click, unless it goes on."""
BREATH_BYTES: Final = 3 * WINDOW_BYTES
"""Between two words there may be as much quiet as this."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A stretch of voice between two pauses: places on the tape, and how much in between is voiced, in bytes."""

    began: int
    ended: int
    voiced: int

    @property
    def length_s(self) -> float:
        return (self.ended - self.began) / BYTES_PER_S


class Tape:
    """Places on it are counted since it was last wiped; what lies before `start` is gone. Pieces are whole frames."""

    def __init__(self, kept_s: float, fmt: AudioFormat = AudioFormat.PCMU_8K) -> None:
        self._voiced = arithmetic(fmt).voiced
        self._scale = fmt.bytes_for(1000) // BYTES_PER_S
        self._limit = round(kept_s * BYTES_PER_S)
        self._pieces: deque[tuple[bytes, float]] = deque()
        self._size = 0
        self.end = 0

    @property
    def start(self) -> int:
        return self.end - min(self._size, self._limit)

    def add(self, audio: bytes, now: float) -> None:
        """The hot path: more was said, the last sample at `now`."""
        size = len(audio) // self._scale
        self._pieces.append((audio, now))
        self.end += size
        self._size += size
        while self._size - len(self._pieces[0][0]) // self._scale >= self._limit:
            self._size -= len(self._pieces.popleft()[0]) // self._scale

    def wipe(self) -> None:
        """Nothing was said yet; places count from 0."""
        self._pieces.clear()
        self._size = self.end = 0

    def since(self, place: int) -> bytes:
        """What is kept of all from `place` on."""
        kept = b"".join([audio for audio, _ in self._pieces])
        return kept[len(kept) - (self.end - max(place, self.start)) * self._scale :] if place < self.end else b""

    def length(self, audio: bytes) -> int:
        """How much of the tape such a piece takes."""
        return len(audio) // self._scale

    def said_at(self, place: int) -> float:
        """When the sample at `place` (0 <= place <= end) came out of the mouth; 0 when the tape is empty."""
        begins: list[int] = []
        at = self.end - self._size
        for audio, _ in self._pieces:
            begins.append(at)
            at += len(audio) // self._scale
        if not begins:
            return 0.0
        index = max(bisect_right(begins, place) - 1, 0)
        audio, now = self._pieces[index]
        return now - (begins[index] + len(audio) // self._scale - place) / BYTES_PER_S

    def stretches(self, place: int) -> list[Voice]:
        """The stretches of voice from `place` on, oldest first, clicks left out; the last one may have just begun."""
        found: list[Voice] = []
        began = ended = loud = 0
        for at in self._voiced_windows(place):
            if loud and at - ended >= PAUSE_BYTES:
                found.append(Voice(began, ended, loud))
                loud = 0
            if not loud:
                began = at
            ended = min(at + WINDOW_BYTES, self.end)
            loud += ended - at
        if loud:
            found.append(Voice(began, ended, loud))
        return [one for one in found if one.voiced >= LEAST_VOICE_BYTES or one.ended > self.end - WINDOW_BYTES]

    def breath_before(self, place: int, not_before: int) -> int:
        """The end of the last short quiet between two words before `place`; `place` itself when there is none."""
        last = None
        previous = not_before
        for at in self._voiced_windows(not_before):
            if at > place:
                break
            if at - previous >= BREATH_BYTES:
                last = at
            previous = at + WINDOW_BYTES
        return place if last is None else last

    def _voiced_windows(self, place: int) -> list[int]:
        """Where each window begins that is voiced. Windows lie at whole multiples of their length."""
        first = max(place, self.start)
        first += -first % WINDOW_BYTES
        audio = self.since(first)
        scale, size = self._scale, WINDOW_BYTES * self._scale
        return [first + at // scale for at in range(0, len(audio), size) if self._voiced(audio[at : at + size])]
