"""A carrier's control side on paper."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from dragoman.domain.call import CallId, CallSetup, Role
from dragoman.domain.outcome import DialFailure
from dragoman.errors import DialError


@dataclass
class FakeTelephony:
    """Implements ports.Telephony. Every dial is refused as `refuses` says, or raises, after `dial_s`."""

    refuses: DialFailure | None = None
    raises: Exception | None = None
    hang_up_raises: Exception | None = None
    dial_s: float = 0.0
    hang_up_s: float = 0.0
    dialled: list[tuple[CallId, Role]] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    closed: list[tuple[str, bool]] = field(default_factory=list)
    keepsakes: dict[str, str] = field(default_factory=dict)

    async def dial(self, setup: CallSetup, role: Role) -> str:
        self.dialled.append((setup.call_id, role))
        await asyncio.sleep(self.dial_s)
        if self.raises is not None:
            raise self.raises
        if self.refuses is not None:
            raise DialError(self.refuses, "the carrier refused the call")
        return f"CA-{setup.call_id}-{role.value}"

    async def hang_up(self, carrier_call: str, account: str = "") -> None:
        self.hung_up.append(carrier_call)
        await asyncio.sleep(self.hang_up_s)
        if self.hang_up_raises is not None:
            raise self.hang_up_raises

    async def close_task(self, task: str, *, taken: bool) -> None:
        self.closed.append((task, taken))
        if self.hang_up_raises is not None:
            raise self.hang_up_raises

    def keepsake(self, call_id: CallId) -> str:
        return self.keepsakes.get(call_id, "")

    def remember(self, call_id: CallId, keepsake: str) -> None:
        self.keepsakes[call_id] = keepsake
