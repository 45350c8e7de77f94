"""When a party spoke, from the loudness of what was heard: for engines that do not say so themselves."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

HANGOVER_S = 0.5
"""A pause shorter than this belongs to the stretch."""

KEPT = 64


@dataclass(slots=True)
class Stretch:
    """One stretch of voice, in seconds of the caller's clock."""

    began: float
    ended: float


class Mouth:
    """Stretches of voice of one leg, oldest first; each is handed out once."""

    def __init__(self) -> None:
        self._stretches: deque[Stretch] = deque(maxlen=KEPT)

    def heard(self, *, voiced: bool, now: float) -> None:
        """One frame was heard; `now` is the time of its end."""
        if not voiced:
            return
        last = self._stretches[-1] if self._stretches else None
        if last is not None and now - last.ended <= HANGOVER_S:
            last.ended = now
        else:
            self._stretches.append(Stretch(now - 0.02, now))

    @property
    def speaking_since(self) -> float | None:
        return self._stretches[-1].began if self._stretches else None

    def claim(self, now: float) -> Stretch | None:
        """The oldest stretch not yet claimed that began before `now`; later ones stay."""
        return self._stretches.popleft() if self._stretches and self._stretches[0].began <= now else None
