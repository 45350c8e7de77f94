"""The heartbeat of a server that has one: pieces of silence while the model says nothing. Pure.

Not every server beats. One that did so regularly and then sends nothing at all is gone, although its socket is open.
"""

from __future__ import annotations

from typing import Final

REGULAR: Final = 10
"""After so many beats with no longer gap than `GAP_S` the next one may be expected."""
GAP_S: Final = 2.0
GONE_S: Final = 10.0


class Pulse:
    """One session's."""

    def __init__(self) -> None:
        self._beats = 0
        self._heard_at = float("-inf")

    def heard(self, now: float) -> None:
        """Any message came."""
        if self._beats < REGULAR and now - self._heard_at > GAP_S:
            self._beats = 0
        self._heard_at = now

    def beat(self) -> None:
        """It was a heartbeat."""
        self._beats += 1

    def gone(self, now: float) -> bool:
        """Whether it used to beat and does so no longer."""
        return self._beats >= REGULAR and now - self._heard_at > GONE_S
