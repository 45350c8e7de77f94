"""The carrier as it is wired, and its promises as `ports.Telephony`."""

from __future__ import annotations

import pytest

from dragoman.domain.call import Role
from dragoman.errors import DialError
from dragoman.telephony import twilio
from tests.fakes.scripted_switchboard import ScriptedSwitchboard, setup_of
from tests.fakes.twilio_desk import PUBLIC_URL, Desk, twilio_settings

pytestmark = pytest.mark.unit


def test_every_door_is_there() -> None:
    desk = Desk()
    assert {route.path for route in desk.routes} == {
        "/incoming-call",
        "/leg",
        "/fallback",
        "/outbound-call",
        "/queue",
        "/reservation-accepted",
        "/call-status",
        "/stream-status",
    }
    assert all({"GET", "POST"} <= (route.methods or set()) for route in desk.routes)
    assert set(desk.twilio.media_doors(ScriptedSwitchboard(), desk.tokens)) == {"/intercept"}


async def test_an_opened_carrier_fails_clearly_where_nobody_listens(unused_tcp_port: int) -> None:
    settings = twilio_settings(base_url=f"http://127.0.0.1:{unused_tcp_port}")
    async with twilio.opened(settings, PUBLIC_URL) as carrier:
        with pytest.raises(DialError, match="cannot be reached"):
            await carrier.telephony.dial(setup_of("c1"), Role.AGENT)
