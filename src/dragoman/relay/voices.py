"""The own voices of several parties in one ear, as one stream of frames. Pure.

One of them keeps the time: each of its frames goes on at once, with one frame of each other party who has brought one.
So two who speak at once are heard at once, and nobody's frames queue behind another's.
"""

from __future__ import annotations

from collections import deque

from dragoman.audio.arithmetic import arithmetic
from dragoman.domain.audio import AudioFormat

STALE_S = 0.1
"""Whose frames have not come for so long keeps the time no more."""

KEPT_FRAMES = 5
"""The others' frames wait for so long (100 ms); older ones are left out."""


class Voices:
    """One ear's."""

    def __init__(self, fmt: AudioFormat) -> None:
        self._mix = arithmetic(fmt).mix
        self._leader = ""
        self._led_at = float("-inf")
        self._others: dict[str, deque[bytes]] = {}

    def heard(self, speaker: str, frame: bytes, now: float) -> bytes | None:
        """A frame of this party's voice; what is to be heard now, or None: it waits for whoever keeps the time."""
        if speaker != self._leader and now - self._led_at <= STALE_S:
            self._others.setdefault(speaker, deque(maxlen=KEPT_FRAMES)).append(frame)
            return None
        self._leader, self._led_at = speaker, now
        mine = self._others.pop(speaker, None)
        if mine:
            mine.append(frame)
            frame = mine.popleft()
            self._others[speaker] = mine
        for name, frames in list(self._others.items()):
            if name != speaker and frames:
                frame = self._mix(frame, frames.popleft())
            if not frames:
                del self._others[name]
        return frame
