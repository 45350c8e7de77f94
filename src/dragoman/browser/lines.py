"""Who places legs where agents answer in browsers: theirs ring in pages, all others are the carrier's."""

from __future__ import annotations

import msgspec

from dragoman.browser.agent_desk import LEG_PREFIX, AgentDesk
from dragoman.domain.call import CallId, CallSetup, Role
from dragoman.ports import Telephony


class _Keepsake(msgspec.Struct, frozen=True):
    leg: str = ""
    page: str = ""
    carrier: str = ""


class Lines:
    """A `ports.Telephony` over the carrier's and the desk's."""

    def __init__(self, carrier: Telephony, desk: AgentDesk) -> None:
        self._carrier, self._desk = carrier, desk

    async def dial(self, setup: CallSetup, role: Role) -> str:
        if setup.by_carrier(role):
            return await self._carrier.dial(setup, role)
        return self._desk.ring(setup)

    async def hang_up(self, carrier_call: str, account: str = "") -> None:
        if carrier_call.startswith(LEG_PREFIX):
            self._desk.hang_up(carrier_call)
        else:
            await self._carrier.hang_up(carrier_call, account)

    async def close_task(self, task: str, *, taken: bool) -> None:
        await self._carrier.close_task(task, taken=taken)

    def keepsake(self, call_id: CallId) -> str:
        kept = _Keepsake(*self._desk.keepsake(call_id), self._carrier.keepsake(call_id))
        return msgspec.json.encode(kept).decode() if kept != _Keepsake() else ""

    def remember(self, call_id: CallId, keepsake: str) -> None:
        """What a process wrote that had no pages is the carrier's alone."""
        try:
            kept = msgspec.json.decode(keepsake, type=_Keepsake) if keepsake else _Keepsake()
        except (msgspec.DecodeError, UnicodeError):
            return
        if kept.leg.startswith(LEG_PREFIX):
            self._desk.remember(call_id, kept.leg, kept.page)
        self._carrier.remember(call_id, kept.carrier if kept != _Keepsake() else keepsake)
