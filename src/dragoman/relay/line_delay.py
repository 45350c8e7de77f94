"""How late a carrier begins to play what it is given, apart from how long its word takes to come back. Pure.

A mark behind audio comes back late by both; one that meets an empty buffer comes back at once, late by the way alone.
The difference is the carrier's own. Held-up marks come later, never earlier: the earliest of the last few are right.
Times are seconds of the caller's clock.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from dragoman.domain.effects import Mark

PREFIX: Final = "d"
"""Begins the names of our marks; the playout's begin otherwise."""
USUAL_S: Final = 0.03
"""How late a carrier begins, until we know."""
EARLY_S: Final = 0.04
"""A mark behind audio may come so early: a carrier may send it when it begins with the last frame before it."""
MOST_S: Final = 0.25
"""What seems to be later is no buffer."""
EMPTY_S: Final = 0.5
"""So long after the last audio should have ended, the carrier has none left."""
KEPT: Final = 16
ENOUGH: Final = 8
SOON_S: Final = 0.06
"""Between marks until there are enough of a kind..."""
LATER_S: Final = 1.0
"""...then behind audio..."""
SELDOM_S: Final = 10.0
"""...and into an empty buffer."""
LOST_S: Final = 10.0


class LineDelay:
    """One stream's. Ask `due` after each sending and tick; tell `reached` of every mark."""

    def __init__(self) -> None:
        self._back_s: deque[float] = deque(maxlen=KEPT)
        self._late_s: deque[float] = deque(maxlen=KEPT)
        self._flying: dict[str, tuple[float, bool]] = {}
        self._count = 0
        self._sounded = float("-inf")
        self._asked = float("-inf")

    @property
    def begins_s(self) -> float:
        """How late the carrier begins to play."""
        if not self._back_s or not self._late_s:
            return USUAL_S
        return min(max(min(self._late_s) - min(self._back_s), 0.0), MOST_S)

    def due(self, now: float, ahead_s: float) -> Mark | None:
        """A mark to send now, behind `ahead_s` of audio that the carrier has to play; None: not now."""
        sounds = ahead_s > 0
        if sounds:
            self._sounded = max(self._sounded, now + ahead_s)
        elif now - self._sounded < EMPTY_S:
            return None
        known = self._late_s if sounds else self._back_s
        pause_s = SOON_S if len(known) < ENOUGH else LATER_S if sounds else SELDOM_S
        if now - self._asked < pause_s:
            return None
        self._asked = now
        self._count += 1
        name = f"{PREFIX}{self._count}"
        self._flying[name] = (now + ahead_s, sounds)
        return Mark(name)

    def reached(self, name: str, now: float) -> bool:
        """A mark came back; whether it was one of these."""
        expected, sounds = self._flying.pop(name, (None, False))
        if expected is not None and (-EARLY_S if sounds else 0.0) <= now - expected <= LOST_S:
            (self._late_s if sounds else self._back_s).append(now - expected)
        return name.startswith(PREFIX)

    def cleared(self, now: float) -> None:
        """The carrier's buffer was emptied, or the stream is new: marks under way say nothing."""
        self._flying.clear()
        self._sounded = min(self._sounded, now)
