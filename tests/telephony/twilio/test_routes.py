"""Which door stands at which path."""

from __future__ import annotations

import pytest

from dragoman.domain.call import DialFailed, LegEnded, Role, TaskKnown
from dragoman.domain.outcome import DialFailure
from tests.fakes.scripted_switchboard import setup_of
from tests.fakes.twilio_desk import Desk, document, verbs

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("target", "first"),
    [
        ("/incoming-call", "Gather"),
        ("/incoming-call?lang=es", "Hangup"),
        ("/leg?call=gone&role=caller", "Hangup"),
        ("/outbound-call", "Gather"),
        ("/fallback?lang=es", "Say"),
    ],
)
async def test_doors_that_answer_with_twiml(target: str, first: str) -> None:
    assert verbs(document(await Desk().post(target)))[0] == first


async def test_doors_that_only_listen() -> None:
    desk = Desk()
    desk.switchboard.setups["c1"] = setup_of("c1")
    lost = {"EventType": "task.canceled", "TaskAttributes": '{"dragoman_call":"c1"}'}
    for target, form in (
        ("/reservation-accepted", lost),
        ("/call-status?call=c1&role=caller", {"CallStatus": "completed"}),
        ("/stream-status?call=c1&role=caller", {"StreamEvent": "stream-stopped"}),
    ):
        answer = await desk.post(target, form)
        assert (answer.status_code, answer.content) == (204, b"")
    assert desk.switchboard.told == [
        ("c1", TaskKnown("")),
        ("c1", DialFailed(Role.AGENT, DialFailure.NO_AGENT)),
        ("c1", LegEnded(Role.CALLER, carrier_call="CA1")),
    ]
