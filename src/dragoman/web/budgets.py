"""How often somebody may do something: so many times in a while, each by a key such as an address. No clock here."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

MOST_KEYS: Final = 20_000
"""Whose counts are kept; of more, who was quiet for longest is forgotten."""


class Budget:
    """Buckets that refill evenly: `most` at once, and `most` in `within_s` for long."""

    def __init__(self, most: int, within_s: float, *, most_keys: int = MOST_KEYS) -> None:
        self._most = most
        self._per_s = most / within_s
        self._most_keys = most_keys
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, key: str, now: float) -> float:
        """0.0: one was spent. Else nothing was, and there is one again in so many seconds."""
        left, at = self._left.pop(key, (float(self._most), now))
        left = min(left + (now - at) * self._per_s, float(self._most))
        waits_s = 0.0 if left >= 1 else (1 - left) / self._per_s
        self._left[key] = (left if waits_s else left - 1, now)
        if len(self._left) > self._most_keys:
            self._left.popitem(last=False)
        return waits_s
