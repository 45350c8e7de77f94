"""A store of living calls in memory."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace

from dragoman.domain.call import CallId
from dragoman.domain.kept import KeptCall
from dragoman.errors import StoreError


@dataclass
class FakeCallStore:
    """Implements store_ports.CallStore. `broken` fails everything; two nodes may share one."""

    kept: dict[CallId, KeptCall] = field(default_factory=dict)
    broken: bool = False
    saves: list[KeptCall] = field(default_factory=list)
    spent: dict[datetime.date, float] = field(default_factory=dict)

    async def save(self, kept: KeptCall) -> None:
        self._check()
        self.saves.append(kept)
        self.kept[kept.call_id] = kept

    async def claim(self, call_id: CallId, node: str, now: float, stale_before: float) -> KeptCall | None:
        self._check()
        kept = self.kept.get(call_id)
        if kept is None or not _claimable(kept, node, stale_before):
            return None
        self.kept[call_id] = replace(kept, node=node, saved_at=now)
        return kept

    async def has(self, call_id: CallId) -> bool:
        self._check()
        return call_id in self.kept

    async def claimable(self, node: str, stale_before: float) -> list[CallId]:
        self._check()
        found = [kept for kept in self.kept.values() if _claimable(kept, node, stale_before)]
        return [kept.call_id for kept in sorted(found, key=lambda kept: -kept.saved_at)]

    async def touch(self, node: str, now: float) -> None:
        self._check()
        for call_id, kept in self.kept.items():
            if kept.node == node:
                self.kept[call_id] = replace(kept, saved_at=now)

    async def drop(self, call_id: CallId) -> None:
        self._check()
        self.kept.pop(call_id, None)

    async def spend(self, day: datetime.date, usd: float) -> float:
        self._check()
        self.spent[day] = self.spent.get(day, 0.0) + usd
        return self.spent[day]

    async def aclose(self) -> None:
        """Nothing is open."""

    def _check(self) -> None:
        if self.broken:
            raise StoreError("the store is broken on purpose")


def _claimable(kept: KeptCall, node: str, stale_before: float) -> bool:
    return kept.node in ("", node) or kept.saved_at < stale_before
