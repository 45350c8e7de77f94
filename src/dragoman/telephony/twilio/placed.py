"""The legs that we placed and that are not known to be over: what the sweeper compares with the living calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LIMIT: Final = 10_000


@dataclass(frozen=True, slots=True)
class PlacedLeg:
    """`sid` is the carrier's id of it, `account` whose."""

    sid: str
    call_id: str
    account: str


class PlacedLegs:
    """Never awaits. Above `limit` the oldest are forgotten: the carrier's time limit ends those."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._legs: dict[str, PlacedLeg] = {}

    def add(self, sid: str, call_id: str, account: str) -> None:
        """The carrier took our order."""
        self._legs[sid] = PlacedLeg(sid, call_id, account)
        if len(self._legs) > self._limit:
            del self._legs[next(iter(self._legs))]

    def over(self, sid: str) -> None:
        """The leg is over, or is the carrier's from now on (its party talks with a person)."""
        self._legs.pop(sid, None)

    def of(self, call_id: str) -> list[PlacedLeg]:
        """The legs of one call."""
        return [leg for leg in self._legs.values() if leg.call_id == call_id]

    def all(self) -> list[PlacedLeg]:
        return list(self._legs.values())

    def __len__(self) -> int:
        return len(self._legs)
