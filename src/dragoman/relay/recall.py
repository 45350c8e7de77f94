"""Finds the calls that an earlier process left, or another one handed back, and gives each to who carries its kind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog

from dragoman.domain.call import CallId
from dragoman.errors import Refused
from dragoman.observe.metrics import Metrics
from dragoman.relay.keeper import Keeper
from dragoman.relay.memories import AnyMemory

SWEEP_S: Final = 30.0
"""So often we look for calls whose node died, and which nobody asked for."""

MemoryT = TypeVar("MemoryT", bound=AnyMemory)


@dataclass(frozen=True, slots=True)
class _Taker:
    known: Callable[[str], bool]
    take_up: Callable[[Any, float], None]


class Recall:
    """One node's. `run` must be running for calls to be found that nobody asks for, and for `keeper` to write."""

    def __init__(self, keeper: Keeper, metrics: Metrics) -> None:
        self.keeper = keeper
        self._metrics = metrics
        self._takers: dict[type, _Taker] = {}
        self._claiming = asyncio.Lock()
        self._found = asyncio.Event()
        self._closed = False
        self._log = structlog.get_logger()

    def gives(
        self, kind: type[MemoryT], known: Callable[[str], bool], take_up: Callable[[MemoryT, float], None]
    ) -> None:
        """Calls that remember this kind of thing go to `take_up`, with the seconds since that was written. It may
        raise: then the call cannot go on. `known`: whether it has such a call already.
        """
        self._takers[kind] = _Taker(known, take_up)

    async def found(self) -> None:
        """Until the calls that an earlier process left are taken up: before that no webhook should be answered."""
        await self._found.wait()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.keeper.run())
            while True:
                try:
                    for call_id in () if self._closed else await self.keeper.claimable():
                        await self.recall(call_id)
                finally:
                    self._found.set()
                await asyncio.sleep(SWEEP_S)

    def close(self) -> None:
        """Take none up any more: this process is about to hand back what it has, and would carry it to nobody's ear."""
        self._closed = True

    def may_be_known(self, call_id: str) -> bool:
        """Whether a call that is not known here, and was looked for just now, may be known soon: its leg asks again."""
        return self._closed or self.keeper.may_have(call_id)

    async def recall(self, call_id: str) -> None:
        """Have the call taken up, if it is not known here and that can be done."""
        if self._known(call_id):
            return
        if self.keeper.in_doubt and self._claiming.locked():
            return  # whoever asks is told to ask again, and need not wait in a row until the carrier loses patience
        async with self._claiming:
            if not self._known(call_id) and not self._closed:
                await self._claim(CallId(call_id))

    async def _claim(self, call_id: CallId) -> None:
        claimed = await self.keeper.claim(call_id)
        if claimed is None:
            return
        if self._closed:  # meanwhile: whoever asks next takes it up
            self.keeper.follow(call_id, lambda: claimed[0])
            await self.keeper.hand_back(call_id)
            return
        self._give(call_id, *claimed)

    def _known(self, call_id: str) -> bool:
        return any(taker.known(call_id) for taker in self._takers.values())

    def _give(self, call_id: CallId, remembered: AnyMemory, ago_s: float) -> None:
        try:
            taker = self._takers.get(type(remembered))
            if taker is None:
                raise Refused("nobody here carries calls of its kind")
            taker.take_up(remembered, ago_s)
        except Exception as error:  # noqa: BLE001 - it would cost all calls, of each process that finds it
            bug = not isinstance(error, Refused)
            self._log.error("a call of an earlier process cannot go on", call=call_id, reason=str(error), exc_info=bug)
            self.keeper.over(call_id)
            return
        self._metrics.taken_up.labels("found").inc()
        self._log.info("found a call of an earlier process", call=call_id, ago_s=round(ago_s, 1))
