"""The account's calls-per-second limit: requests queue for it instead of failing on it. Pure."""

from __future__ import annotations


class Pace:
    """Hands out turns at absolute distances, so that waiting never adds up late wake-ups."""

    def __init__(self, per_second: float) -> None:
        self._interval_s = 1 / per_second
        self._free_at = 0.0

    def wait_s(self, now: float) -> float:
        """Take the next turn; how long from `now` (seconds) until it has come."""
        turn = max(now, self._free_at)
        self._free_at = turn + self._interval_s
        return turn - now
