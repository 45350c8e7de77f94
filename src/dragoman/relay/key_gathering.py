"""Keys that a caller presses become one entry: until a pause, or the `#` that ends it. Pure."""

from __future__ import annotations

from typing import Final

PAUSE_S: Final = 1.5
MOST_KEYS: Final = 32
END_KEY: Final = "#"


class KeyGathering:
    """One caller's. Times are seconds of the caller's clock."""

    def __init__(self) -> None:
        self._keys = ""
        self._at = 0.0

    @property
    def gathers(self) -> bool:
        """An entry is under way."""
        return bool(self._keys)

    def pressed(self, digit: str, now: float) -> str:
        """One more key; the entry, if that ends it, else ""."""
        self._keys += digit
        self._at = now
        return self._taken() if digit == END_KEY or len(self._keys) >= MOST_KEYS else ""

    def due(self, now: float) -> str:
        """The entry, if nothing was pressed for a while, else ""."""
        return self._taken() if self._keys and now - self._at >= PAUSE_S else ""

    def _taken(self) -> str:
        keys, self._keys = self._keys, ""
        return keys
