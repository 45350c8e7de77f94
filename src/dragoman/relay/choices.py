"""How often a party may change its mind where each change opens sessions with engines. Pure."""

from __future__ import annotations

from typing import Final

CHOICES: Final = 4
CHOICE_S: Final = 5.0
"""So many changes at once, and for long one in so many seconds."""


class Choices:
    """One party's, or one call's. Times are seconds of the caller's clock."""

    def __init__(self) -> None:
        self._counted, self._at = 0.0, 0.0

    def take(self, now: float) -> bool:
        """One more. False: that is too often, and it does not count."""
        counted = max(self._counted - (now - self._at) / CHOICE_S, 0.0)
        if counted > CHOICES - 1:
            return False
        self._counted, self._at = counted + 1, now
        return True
