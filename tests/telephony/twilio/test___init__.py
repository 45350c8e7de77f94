"""The carrier as it is wired, and its promises as `ports.Telephony`."""

from __future__ import annotations

import pytest

from dragoman.domain.call import Role
from dragoman.domain.reception import ConnectPerson
from dragoman.errors import DialError
from dragoman.telephony import twilio
from tests.fakes.scripted_reception import ScriptedReception
from tests.fakes.scripted_switchboard import ENGLISH, ScriptedSwitchboard, setup_of
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
    assert {route.path for route in desk.assistant_routes} == {
        "/twilio/voice",
        "/twilio/voice/next",
        "/twilio/voice/whisper",
        "/twilio/voice/status",
        "/twilio/voice/fallback",
    }
    assert all({"GET", "POST"} <= (route.methods or set()) for route in desk.every_route)
    assert set(desk.twilio.media_doors(ScriptedSwitchboard(), desk.tokens)) == {"/intercept"}
    assert set(desk.twilio.assistant_doors(ScriptedReception(), desk.tokens)) == {"/twilio/stream"}


async def test_what_is_remembered_of_calls_is_counted() -> None:
    desk = Desk()
    kept = desk.twilio.kept()
    assert {name: count() for name, count in kept.items()} == {"pairing words": 0, "placed legs": 0, "whispers": 0}
    desk.reception.says["call-CA1"] = ConnectPerson("+12025550199", "Wants a refund.", ENGLISH)
    await desk.post("/twilio/voice")
    assert kept["whispers"]() == 1


async def test_an_opened_carrier_fails_clearly_where_nobody_listens(unused_tcp_port: int) -> None:
    settings = twilio_settings(base_url=f"http://127.0.0.1:{unused_tcp_port}")
    async with twilio.opened(settings, PUBLIC_URL) as carrier:
        with pytest.raises(DialError, match="cannot be reached"):
            await carrier.telephony.dial(setup_of("c1"), Role.AGENT)
