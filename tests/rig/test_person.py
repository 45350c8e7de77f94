"""The key for a person: who presses it is dialled through, the other party is told and released."""

from __future__ import annotations

import pytest

from dragoman.telephony.twilio.emulator.line import Direction
from tests.rig.town import town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

CALLER_HZ, AGENT_HZ = 500, 900


async def test_where_nobody_is_set_the_party_is_told_and_the_interpreter_goes_on() -> None:
    async with town("conversation") as here:
        talk = await here.interpreted()
        talk.caller.press("0")
        await here.until(lambda: talk.caller_ear.heard_all(400))
        assert talk.agent_ear.sound_ms == 0, "the other one hears nothing of it"
        again = await here.talk(talk.caller, talk.agent, talk.call_id)
        await here.exchange(again, CALLER_HZ, AGENT_HZ)
        assert here.state == "interpreting"
        dialled = [leg for leg in here.twilio.exchange.calls.values() if leg.direction is Direction.OUTBOUND_DIAL]
        assert dialled == []
