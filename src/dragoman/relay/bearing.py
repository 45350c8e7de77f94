"""When what an interpreter was given left the mouth: its audio has a clock of its own, which stops and drifts."""

from __future__ import annotations

from collections import deque

DRIFT_S = 0.06
"""How far the audio's own clock may run from ours before we take a new bearing."""

HAIR_MS = 1.0
KEPT = 600


class Bearing:
    """`given` tells what the interpreter gets and when it was said; `said_at` answers for a place in that."""

    def __init__(self) -> None:
        self._given_s = 0.0
        self._bearing_s = float("-inf")
        self._anchors: deque[tuple[float, float]] = deque(maxlen=KEPT)

    def given(self, length_s: float, began: float) -> None:
        """The interpreter is given audio that left the mouth from `began` on."""
        bearing_s = began - self._given_s
        if abs(bearing_s - self._bearing_s) > DRIFT_S:
            self._bearing_s = bearing_s
            self._anchors.append((self._given_s, bearing_s))
        self._given_s += length_s

    def said_at(self, at_ms: float, now: float) -> float:
        """When the audio at `at_ms` of what was given came out of the mouth; never later than `now`."""
        for given_s, bearing_s in reversed(self._anchors):
            if given_s * 1000 <= at_ms + HAIR_MS:
                return min(bearing_s + at_ms / 1000, now)
        return now

    def restart(self) -> None:
        """Another interpreter counts from the start."""
        self._given_s = 0.0
        self._bearing_s = float("-inf")
        self._anchors.clear()
