"""How much of a queue is only delay: the least that lay in it at any time of late, before more came.

A queue that never runs near dry holds audio that protects nobody from anything: the ear is late by that much.
"""

from __future__ import annotations

HALF_S = 2.5
"""The least of the last 2.5 to 5 s counts."""


class Standing:
    """`note` how much was in the queue each time before more came; times are seconds of the caller's clock."""

    def __init__(self) -> None:
        self._before = 0.0
        self._now = float("inf")
        self._half_began = float("-inf")

    def note(self, behind_ms: float, now: float) -> None:
        """So much lay in the queue at `now`."""
        if now - self._half_began > HALF_S:
            long_ago = now - self._half_began > 2 * HALF_S
            self._before = 0.0 if long_ago else self._now
            self._now = float("inf")
            self._half_began = now
        self._now = min(self._now, behind_ms)

    @property
    def ms(self) -> float:
        """What has been in it all the time."""
        return min(self._before, self._now)
