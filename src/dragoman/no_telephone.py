"""`ports.Telephony` where there is no carrier: no leg can be placed, and there is nothing to end."""

from __future__ import annotations

from dragoman.domain.call import CallId, CallSetup, Role
from dragoman.domain.outcome import DialFailure
from dragoman.errors import DialError


class NoTelephone:
    """Implements `ports.Telephony`."""

    async def dial(self, setup: CallSetup, role: Role) -> str:
        """Raise DialError."""
        raise DialError(DialFailure.FAILED, "no telephone is set")

    async def hang_up(self, carrier_call: str, account: str = "") -> None:
        """There is no leg."""

    async def close_task(self, task: str, *, taken: bool) -> None:
        """There is no desk."""

    def keepsake(self, call_id: CallId) -> str:
        return ""

    def remember(self, call_id: CallId, keepsake: str) -> None:
        """There is nothing to know again."""
