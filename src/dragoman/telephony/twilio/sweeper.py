"""Ends orphans: legs that we placed, that live on at Twilio, and whose call is over.

Every minute each leg that is not known to be over is looked at: is its call known here? If not, Twilio is asked about
the leg, and what still lives there is hung up and reported. A leg that we did not place is never touched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import structlog
from prometheus_client import Counter

from dragoman.errors import UpstreamError
from dragoman.ports import Switchboard
from dragoman.telephony.twilio.dialler import Dialler
from dragoman.telephony.twilio.placed import PlacedLeg, PlacedLegs
from dragoman.telephony.twilio.rest import Rest

EVERY_S: Final = 60.0

_OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


class _CallBody(msgspec.Struct):
    status: str


class Sweeper:
    """`swept` counts the orphans that were ended."""

    def __init__(
        self,
        placed: PlacedLegs,
        rest: Rest,
        dialler: Dialler,
        switchboard: Switchboard,
        swept: Counter,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._placed = placed
        self._rest = rest
        self._dialler = dialler
        self._switchboard = switchboard
        self._swept = swept
        self._sleep = sleep
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Sweep once a minute until cancelled."""
        while True:
            await self._sleep(EVERY_S)
            await self.sweep()

    async def sweep(self) -> int:
        """Look at every leg once; how many orphans were ended. What Twilio refuses is tried again the next time."""
        ended = 0
        for leg in self._placed.all():
            # A call that is over is known for a minute more, while its legs are told so.
            if self._switchboard.find(leg.call_id) is not None:
                continue
            try:
                ended += await self._end(leg)
            except UpstreamError as refused:
                self._log.warning("orphaned leg not ended", carrier_call=leg.sid, call=leg.call_id, reason=str(refused))
            except Exception:  # noqa: BLE001 - the sweeper runs beside the calls: its fault must not end them
                self._log.exception("orphaned leg not ended", carrier_call=leg.sid, call=leg.call_id)
        return ended

    async def _end(self, leg: PlacedLeg) -> bool:
        if not await self._lives(leg):
            self._placed.over(leg.sid)
            return False
        await self._dialler.hang_up(leg.sid, leg.account)
        self._placed.over(leg.sid)
        self._swept.inc()
        self._log.warning("orphaned leg ended", carrier_call=leg.sid, call=leg.call_id)
        return True

    async def _lives(self, leg: PlacedLeg) -> bool:
        try:
            answer = await self._rest.fetch(leg.account, leg.sid)
            return msgspec.json.decode(answer, type=_CallBody).status not in _OVER
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise UpstreamError("Twilio answered something that is not a call") from None
        except UpstreamError as refused:
            if refused.status == 404:
                return False
            raise
