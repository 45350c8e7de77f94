"""How long a room may last, and how many may be in it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dragoman.domain.room import Ending


@dataclass(frozen=True, slots=True)
class RoomLimits:
    """Of one room; seconds, 0 = no limit (but for `max_parties`).

    `empty_s`: so long nobody need be there, at the start too. `idle_s`: so long nobody need say anything. `kept_s`:
    when it is over its transcript can be fetched for so long. `max_usd`: what its engines may cost. `duck_db`: how much
    lower the others' own voices are under the interpreters, where a page does not say. `echo_gate`: a page's microphone
    is watched for what its own loudspeaker plays, to which browsers see themselves.
    """

    max_parties: int = 8
    max_s: float = 4 * 3600.0
    empty_s: float = 600.0
    idle_s: float = 1200.0
    kept_s: float = 1800.0
    max_usd: float = 0.0
    duck_db: float = -18.0
    echo_gate: bool = False


DESERTED_S = 1.0
"""When the server stops, it waits no longer than this for a room that nobody is in."""


class RoomPatience:
    """When one room ends by itself. Times are seconds of the caller's clock."""

    def __init__(self, limits: RoomLimits, now: float) -> None:
        self._limits = limits
        self._stopping = False
        self._began = self._there_at = self._voice_at = now

    def there(self, now: float) -> None:
        """Somebody is there."""
        self._there_at = now

    def voice(self, now: float) -> None:
        """Somebody says something, or joined."""
        self._voice_at = now

    def stopping(self) -> None:
        """The server stops: what nobody is in need not go on."""
        self._stopping = True

    def lasted_s(self, now: float) -> float:
        """How long it has lasted."""
        return round(now - self._began, 3)

    def left_s(self, now: float) -> float:
        """How long it may last still; `inf` without a limit."""
        return max(self._began + self._limits.max_s - now, 0.0) if self._limits.max_s else float("inf")

    def due(self, now: float) -> Ending | None:
        """Whether it is over, and why."""
        limits = self._limits
        if self.left_s(now) <= 0:
            return Ending.TIME_LIMIT
        if self._stopping and now - self._there_at >= DESERTED_S:
            return Ending.STOPPED
        if limits.empty_s and now - self._there_at >= limits.empty_s:
            return Ending.EXPIRED
        if limits.idle_s and now - max(self._voice_at, self._began) >= limits.idle_s:
            return Ending.IDLE
        return None
