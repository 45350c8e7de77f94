"""Writes living calls down as they change, and finds those that another process left. Never in a call's way.

Whatever the store does, or does not, calls go on: what failed is logged (once until it works again), counted, and tried
again with the next change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from dragoman.domain.call import CallId
from dragoman.domain.kept import KeptCall
from dragoman.errors import StoreError
from dragoman.observe.metrics import Metrics
from dragoman.ports import Clock
from dragoman.relay import memories
from dragoman.relay.memories import AnyMemory
from dragoman.store_ports import CallStore

PACE_S = 1.0
"""What is not urgent is written so often at most, for each `PACE_BYTES` that a call has grown to."""

PACE_BYTES = 64 * 1024

TOUCH_S = 4.0
"""So often a node says that its calls live."""

STALE_S = 15.0
"""A call that its node has not touched for so long has lost it."""

DOUBT_S = 60.0
"""A call that a failing store may have is not given up before it has failed for so long."""

ELSEWHERE_S = 60.0
"""A leg whose call another node has may ask again for so long: in `STALE_S` we know whether that node is dead."""

_ELSEWHERE_KEPT_S = 600.0

FAILS = 3

CLAIM_LIMIT = 1000
"""So many calls are taken up at once."""

_ABOUT_S = 0.001
"""What is due by then is due."""

_NEVER = (float("-inf"), float("-inf"))

T = TypeVar("T")


@dataclass(slots=True)
class _Page:
    """What is known of one living call's copy in the store. `due_at`: when it is to be written; None = it is true."""

    remember: Callable[[], AnyMemory]
    due_at: float | None
    written_at: float = float("-inf")
    size_bytes: int = 0


class Keeper:
    """The store, as this node's calls use it. `clock` only grows; `wall` is Unix time, which other processes read.

    `run` must be running for anything to be written; `claim`, `claimable` and `hand_back` ask the store at once.
    """

    def __init__(self, store: CallStore, node: str, metrics: Metrics, clock: Clock, wall: Clock) -> None:
        self._store = store
        self._node = node
        self._metrics = metrics
        self._clock = clock
        self._wall = wall
        self._pages: dict[CallId, _Page] = {}
        metrics.keeps("calls written down", self._pages.__len__)
        self._dropped: list[CallId] = []
        self._news = asyncio.Event()
        self._touched_at = float("-inf")
        self._failures = 0
        self._well_since = float("-inf")
        self._doubted = _NEVER
        self._elsewhere: dict[str, float] = {}
        self._log = structlog.get_logger()

    # -- What the calls tell -------------------------------------------------------------------------------------------

    def follow(self, call_id: CallId, remember: Callable[[], AnyMemory]) -> None:
        """A call begins, or goes on here: `remember` gives what is to be written."""
        self._pages[call_id] = _Page(remember, due_at=self._clock())
        self._news.set()

    def changed(self, call_id: CallId, at_once: bool) -> None:
        """The call is not any more as it was written."""
        page = self._pages.get(call_id)
        if page is None:
            return
        pace_s = PACE_S * max(1.0, page.size_bytes / PACE_BYTES)
        due_at = self._clock() if at_once else max(page.written_at + pace_s, self._clock())
        if page.due_at is None or due_at < page.due_at:
            page.due_at = due_at
            self._news.set()

    def over(self, call_id: CallId, *, stays: bool = False) -> None:
        """Nothing more is written of the call, and nothing remains of it unless it `stays` for another process."""
        self._pages.pop(call_id, None)
        if not stays:
            self._dropped.append(call_id)
            self._news.set()

    # -- Writing -------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Write until cancelled."""
        self._touched_at = self._clock()  # not at once: what an earlier process left is as old as it is
        while True:
            self._news.clear()
            await self._write_due()
            if self._clock() - self._touched_at >= TOUCH_S - _ABOUT_S:
                self._touched_at = self._clock()
                await self._tried(lambda: self._store.touch(self._node, self._wall()), "touch")
            await self._rest()

    async def finish(self) -> None:
        """Write what is still to be written: the last word of calls that are over."""
        await self._write_due()

    async def _rest(self) -> None:
        """Until something is due."""
        due = [page.due_at for page in self._pages.values() if page.due_at is not None]
        wake_at = min([self._touched_at + TOUCH_S, *due])
        try:
            async with asyncio.timeout(max(wake_at - self._clock(), 0.0)):
                await self._news.wait()
        except TimeoutError:
            return

    async def _write_due(self) -> None:
        """What is due by now, and calls that are new: those first, for the one in which they began may be over next."""
        until = self._clock() + _ABOUT_S
        while True:
            new = self._due(self._clock() + _ABOUT_S, new=True)
            if new is None and self._dropped:
                await self._drop_next()
            elif (due := new or self._due(until)) is not None:
                await self._write(*due, self._node)
            else:
                return

    def _due(self, until: float, *, new: bool = False) -> tuple[CallId, _Page] | None:
        """Of what is due by then, what was written least lately."""
        due = [
            (call_id, page)
            for call_id, page in self._pages.items()
            if page.due_at is not None and page.due_at <= until and (not new or page.written_at == float("-inf"))
        ]
        return min(due, key=lambda one: one[1].written_at, default=None)

    async def _drop_next(self) -> None:
        call_id = self._dropped.pop(0)
        try:
            await self._tried(lambda: self._store.drop(call_id), "drop")
        except asyncio.CancelledError:  # `run`: `finish` does it
            self._dropped.insert(0, call_id)
            raise

    async def _write(self, call_id: CallId, page: _Page, node: str) -> bool:
        try:
            kept = self._page(call_id, page, node)
        except Exception:  # noqa: BLE001 - what an installed engine says may be no text: it costs that call its copy
            page.due_at = None
            self._metrics.store_failures.labels("save").inc()
            self._log.exception("a call cannot be written down", call=call_id)
            return False
        if await self._tried(lambda: _boxed(self._store.save(kept)), "save"):
            return True
        # It stays to be written, but not in a hurry.
        due_at = self._clock() + PACE_S
        page.due_at = due_at if page.due_at is None else min(page.due_at, due_at)
        return False

    def _page(self, call_id: CallId, page: _Page, node: str) -> KeptCall:
        """The call as it is now. Taken before the store is waited for: what changes meanwhile is due anew."""
        version, body = memories.written(page.remember())
        page.due_at, page.written_at, page.size_bytes = None, self._clock(), len(body)
        return KeptCall(call_id, node, self._wall(), version, body)

    async def hand_back(self, call_id: CallId) -> bool:
        """The call is nobody's: whoever asks first takes it up. False when the store does not know it.

        A store that failed `FAILS` times in a row is not asked: each answer that does not come takes seconds, and there
        may be a hundred calls.
        """
        page = self._pages.pop(call_id, None)
        return page is not None and self._failures < FAILS and await self._write(call_id, page, "")

    # -- Finding -------------------------------------------------------------------------------------------------------

    async def claimable(self) -> list[CallId]:
        """Calls without a living node, those that were written last first."""
        stale = self._stale_before(self._wall())
        found = await self._tried(lambda: self._store.claimable(self._node, stale), "claimable")
        return [call_id for call_id in found or [] if call_id not in self._pages][:CLAIM_LIMIT]

    async def claim(self, call_id: CallId) -> tuple[AnyMemory, float] | None:
        """Take the call up: what it remembers, and how many seconds ago that was written. None: there is no such call,
        it is another node's, or it cannot be read (and then nothing of it remains).
        """
        if call_id in self._pages:
            return None
        now = self._wall()
        stale = self._stale_before(now)
        asked = await self._tried(lambda: _boxed(self._store.claim(call_id, self._node, now, stale)), "claim")
        self._note_doubt(asked is None)
        if asked is None:
            return None
        (kept,) = asked
        if kept is None:
            await self._note_elsewhere(call_id)
            return None
        self._elsewhere.pop(call_id, None)
        read = memories.read(kept.body, kept.version)
        if read is None:
            self._log.error("a kept call cannot be read", call=call_id, version=kept.version)
            self.over(call_id)
            return None
        return read, max(now - kept.saved_at, 0.0)

    async def lost(self, call_id: CallId) -> bool:
        """Whether a call that was taken up from a node that seemed dead is that one's again, or over: it lives."""
        asked = await self._tried(lambda: _boxed(self._store.claim(call_id, self._node, self._wall(), 0.0)), "claim")
        return asked == (None,)

    def _stale_before(self, now: float) -> float:
        """A call that was last touched before then is a dead node's. While the store failed nobody could touch any."""
        doubtful = self._failures or self._clock() - self._well_since < STALE_S
        return 0.0 if doubtful else now - STALE_S

    async def _note_elsewhere(self, call_id: CallId) -> None:
        """It was not to be claimed: because another node has it, which may live?"""
        if not await self._tried(lambda: self._store.has(call_id), "has"):
            self._elsewhere.pop(call_id, None)
            return
        now = self._clock()
        self._elsewhere = {one: since for one, since in self._elsewhere.items() if now - since < _ELSEWHERE_KEPT_S}
        self._elsewhere.setdefault(call_id, now)

    def may_have(self, call_id: str) -> bool:
        """Whether the store, asked for the call just now, may give it soon: it did not answer, or another node has the
        call, and hands it back or is found to be dead.
        """
        since = self._elsewhere.get(call_id, float("-inf"))
        return self.in_doubt or self._clock() - since < ELSEWHERE_S

    def _note_doubt(self, in_vain: bool) -> None:
        (first, last), now = self._doubted, self._clock()
        self._doubted = (first if now - last < DOUBT_S else now, now) if in_vain else _NEVER

    @property
    def in_doubt(self) -> bool:
        """The store was asked for a call in vain: one that is not known here may be in it."""
        first, _ = self._doubted
        return self._clock() - first < DOUBT_S

    # -- When the store fails ------------------------------------------------------------------------------------------

    async def _tried(self, ask: Callable[[], Awaitable[T]], what: str) -> T | None:
        try:
            answer = await ask()
        except StoreError as error:
            self._metrics.store_failures.labels(what).inc()
            if not self._failures:
                self._log.error("living calls are not kept: a restart would lose them", what=what, reason=str(error))
            self._failures += 1
            return None
        if self._failures:
            self._log.info("living calls are kept again")
            self._failures = 0
            self._well_since = self._clock()
            self._write_all_anew()
        return answer

    def _write_all_anew(self) -> None:
        """A store that failed may have lost what it had, of calls that are quiet too."""
        for page in self._pages.values():
            page.due_at = self._clock() if page.due_at is None else min(page.due_at, self._clock())
        self._news.set()


async def _boxed(work: Awaitable[T]) -> tuple[T]:
    """So that an answer of None is not taken for none."""
    return (await work,)
