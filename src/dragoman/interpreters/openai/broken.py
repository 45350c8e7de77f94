"""Messages of a server that cannot be read: a few are told, many in a short time end the session. Pure."""

from __future__ import annotations

from collections import deque
from typing import Final

TOLD: Final = 3
"""So many are told of; a log is no place for thousands."""
FLOOD: Final = 50
FLOOD_S: Final = 10.0


class Broken:
    """One session's."""

    def __init__(self) -> None:
        self._count = 0
        self._times: deque[float] = deque(maxlen=FLOOD)

    def came(self, now: float) -> bool:
        """One came; whether it is worth telling."""
        self._count += 1
        self._times.append(now)
        return self._count <= TOLD

    @property
    def flood(self) -> bool:
        """Whether the server has lost its mind."""
        return len(self._times) == FLOOD and self._times[-1] - self._times[0] <= FLOOD_S
