"""Without a carrier no leg is placed, and nothing else happens."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.domain.call import CallId, Role
from dragoman.domain.outcome import DialFailure
from dragoman.errors import DialError
from dragoman.no_telephone import NoTelephone
from dragoman.ports import Telephony
from tests.fakes.relay_parts import setup

pytestmark = pytest.mark.contract


def test_no_leg_is_placed_and_there_is_nothing_to_end() -> None:
    async def scene() -> None:
        telephony: Telephony = NoTelephone()
        with pytest.raises(DialError) as refused:
            await telephony.dial(setup(), Role.AGENT)
        assert refused.value.failure is DialFailure.FAILED
        await telephony.hang_up("CA1")
        await telephony.close_task("WT1", taken=True)
        telephony.remember(CallId("c"), telephony.keepsake(CallId("c")))
        assert telephony.keepsake(CallId("c")) == ""

    asyncio.run(scene())
