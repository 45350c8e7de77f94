"""The port of the store: what outlives a process."""

from __future__ import annotations

import datetime
from typing import Protocol

from dragoman.domain.call import CallId
from dragoman.domain.kept import KeptCall


class CallStore(Protocol):
    """The living calls of all nodes, where they outlive a process, and what each day cost. What fails raises
    StoreError within 10 s.

    A call belongs to the node that saved it last. It may be claimed when it is one's own (an earlier process of the
    same name), handed back (`node` ""), or stale: neither saved nor touched since `stale_before` (Unix time).
    """

    async def save(self, kept: KeptCall) -> None:
        """Keep the call as it is now, in place of what was kept of it."""

    async def claim(self, call_id: CallId, node: str, now: float, stale_before: float) -> KeptCall | None:
        """The call as it was kept; from now on it belongs to `node`, and was saved `now`. None when it is not there or
        another's. Of several nodes that claim at once, one gets it.
        """

    async def has(self, call_id: CallId) -> bool:
        """Whether it is there, whoever's it is."""

    async def claimable(self, node: str, stale_before: float) -> list[CallId]:
        """The calls that `node` could claim, those saved last first."""

    async def touch(self, node: str, now: float) -> None:
        """All calls of `node` live at `now` (Unix time)."""

    async def drop(self, call_id: CallId) -> None:
        """The call is over: nothing of it remains. Not there is not an error."""

    async def spend(self, day: datetime.date, usd: float) -> float:
        """So much more was spent on that day; what all nodes together have spent on it, in US dollars."""

    async def aclose(self) -> None:
        """Close what is open. Idempotent."""
