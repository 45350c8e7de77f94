"""What engines have cost today: what this process spent, and what all processes that share a store did. Pure.

A day is one of UTC. Money counts for the day on which it was spent (as far as that was looked at in time: `Till` looks
once a second), whichever call it was spent for and whenever that ends.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Day:
    """US dollars. `ours`: this process's. `untold`: how much of that the store does not know. `all`: its last word."""

    ours: float = 0.0
    untold: float = 0.0
    all: float = 0.0


class Purse:
    """`spent` tells what this process has spent since it began: it only grows."""

    def __init__(self, spent: Callable[[], float]) -> None:
        self._spent = spent
        self._seen = spent()
        self._days: dict[datetime.date, _Day] = {}

    def today_usd(self, today: datetime.date) -> float:
        """What was spent today, by all as far as we know."""
        day = self._look(today)
        # A store that was begun anew knows less than we do.
        return max(day.all, day.ours - day.untold) + day.untold

    def owed(self, today: datetime.date) -> tuple[datetime.date, float]:
        """What the store is to be told next: so much more was spent on that day. Often nothing more, of today."""
        self._look(today)
        for day, kept in self._days.items():
            if day != today and kept.untold:
                return day, kept.untold
        self._days = {today: self._days[today]}
        return today, self._days[today].untold

    def told(self, day: datetime.date, usd: float, all_usd: float) -> None:
        """The store was told, and says that all have spent `all_usd` on that day."""
        kept = self._days.setdefault(day, _Day())
        kept.untold -= usd
        kept.all = all_usd

    def _look(self, today: datetime.date) -> _Day:
        spent = self._spent()
        day = self._days.setdefault(today, _Day())
        day.ours += spent - self._seen
        day.untold += spent - self._seen
        self._seen = spent
        return day
