"""When a party spoke, from the loudness of what was heard: for engines that do not say so themselves."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from dragoman.domain.audio import FRAME_MS

HANGOVER_S = 0.5
"""A pause shorter than this belongs to the stretch."""

KEPT = 64


@dataclass(slots=True)
class Stretch:
    """One stretch of voice, in seconds of the caller's clock. It grows while the party goes on."""

    began: float
    ended: float


class Mouth:
    """Stretches of voice of one leg, oldest first; each is handed out once."""

    def __init__(self) -> None:
        self._unclaimed: deque[Stretch] = deque(maxlen=KEPT)
        self._latest: Stretch | None = None

    def heard(self, *, voiced: bool, now: float) -> None:
        """One frame was heard; `now` is the time of its end."""
        if not voiced:
            return
        latest = self._latest
        if latest is not None and now - latest.ended <= HANGOVER_S:
            latest.ended = now
            return
        self._latest = Stretch(now - FRAME_MS / 1000, now)
        self._unclaimed.append(self._latest)

    def pass_over(self, before: float) -> Stretch | None:
        """Nobody will claim what ended before that; the last such stretch, if there is any."""
        passed: Stretch | None = None
        while self._unclaimed and self._unclaimed[0].ended < before:
            passed = self._unclaimed.popleft()
        return passed

    def pass_noise(self, before: float) -> None:
        """What ended before that was a noise, if there is anything later that may be claimed."""
        while len(self._unclaimed) > 1 and self._unclaimed[0].ended < before:
            self._unclaimed.popleft()

    def claim(self) -> Stretch | None:
        """The oldest stretch not yet claimed. One that still grows goes on growing in the hands of its owner."""
        return self._unclaimed.popleft() if self._unclaimed else None
