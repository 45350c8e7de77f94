"""What Twilio tells about legs and streams on the side."""

from __future__ import annotations

import itertools

import pytest

from dragoman.domain.call import Accepted, AgentRoute, AgentVia, CallEvent, CallId, DialFailed, Dialled, LegEnded, Role
from dragoman.domain.outcome import DialFailure
from dragoman.telephony.twilio.doors import Webhook
from dragoman.telephony.twilio.parts import Parts
from dragoman.telephony.twilio.placed import PlacedLegs
from dragoman.telephony.twilio.statuses import ENDED_KEPT, StatusDoors
from tests.fakes.scripted_switchboard import setup_of
from tests.fakes.twilio_desk import Desk

pytestmark = pytest.mark.unit

DIRECT = AgentRoute(AgentVia.DIRECT, "client:alice")


async def told(desk: Desk, role: str, *statuses: str, **more: str) -> list[CallEvent]:
    for status in statuses:
        answer = await desk.post(f"/call-status?call=c1&role={role}", {"CallStatus": status, **more})
        assert answer.status_code == 204
    return [event for _call, event in desk.switchboard.told]


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.switchboard.setups["c1"] = setup_of("c1")
    return made


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        ("busy", DialFailure.BUSY),
        ("failed", DialFailure.FAILED),
        ("no-answer", DialFailure.NO_ANSWER),
        ("canceled", DialFailure.CANCELED),
    ],
)
async def test_a_leg_that_failed_is_told_with_its_reason(desk: Desk, status: str, failure: DialFailure) -> None:
    assert await told(desk, "agent", status) == [DialFailed(Role.AGENT, failure, "CA1")]


async def test_a_leg_that_is_over_is_told(desk: Desk) -> None:
    assert await told(desk, "agent", "completed") == [LegEnded(Role.AGENT, carrier_call="CA1")]


async def test_a_flex_leg_s_answer_is_no_acceptance(desk: Desk) -> None:
    assert await told(desk, "agent", "in-progress") == []


async def test_a_leg_on_its_way_is_told_by_its_id_and_known_to_the_sweeper(desk: Desk) -> None:
    """Nobody may have heard the answer to the order for it."""
    ours = LegEnded(Role.AGENT, carrier_call="CA1")
    assert await told(desk, "agent", "initiated", "ringing") == [Dialled(Role.AGENT, "CA1")] * 2
    assert [leg.call_id for leg in desk.twilio._placed.all()] == ["c1"]
    assert (await told(desk, "agent", "completed", "ringing"))[2:] == [ours], "late news of a leg that is over"
    assert desk.twilio._placed.all() == []


async def test_an_agent_s_own_phone_accepts_by_answering(desk: Desk) -> None:
    desk.switchboard.setups["c1"] = setup_of("c1", route=DIRECT)
    assert await told(desk, "agent", "in-progress") == [Accepted(Role.AGENT, "CA1")]


async def test_a_customer_who_is_called_accepts_by_answering() -> None:
    desk = Desk(machine_detection=False)
    desk.switchboard.setups["c1"] = setup_of("c1", first=Role.AGENT)
    assert await told(desk, "caller", "in-progress") == [Accepted(Role.CALLER, "CA1")]


async def test_while_twilio_listens_for_a_machine_picked_up_is_not_yet_accepted(desk: Desk) -> None:
    desk.switchboard.setups["c1"] = setup_of("c1", first=Role.AGENT)
    assert await told(desk, "caller", "in-progress") == []
    assert await told(desk, "caller", "in-progress", AnsweredBy="human") == [Accepted(Role.CALLER, "CA1")]


async def test_a_machine_is_voicemail_and_nothing_else(desk: Desk) -> None:
    desk.switchboard.setups["c1"] = setup_of("c1", first=Role.AGENT)
    assert await told(desk, "caller", "in-progress", "completed", AnsweredBy="machine_start") == [
        DialFailed(Role.CALLER, DialFailure.VOICEMAIL, "CA1")
    ]


async def test_an_incoming_caller_does_not_accept_twice(desk: Desk) -> None:
    assert await told(desk, "caller", "in-progress") == []


@pytest.mark.parametrize("order", list(itertools.permutations(["ringing", "in-progress", "completed"])))
async def test_after_the_end_late_news_are_passed_over(desk: Desk, order: tuple[str, ...]) -> None:
    desk.switchboard.setups["c1"] = setup_of("c1", route=DIRECT)
    events = await told(desk, "agent", *order, "completed", "in-progress", "busy")
    assert events[-1] == LegEnded(Role.AGENT, carrier_call="CA1")
    assert sum(isinstance(event, LegEnded | DialFailed) for event in events) == 1


@pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "canceled"])
async def test_the_number_s_own_callback_tells_that_a_caller_is_gone(desk: Desk, status: str) -> None:
    desk.switchboard.callers["CA7"] = CallId("c1")
    await desk.post("/call-status", {"CallSid": "CA7", "CallStatus": "in-progress"})
    await desk.post("/call-status", {"CallSid": "CAother", "CallStatus": status})
    assert desk.switchboard.told == []
    assert (await desk.post("/call-status", {"CallSid": "CA7", "CallStatus": status})).status_code == 204
    assert desk.switchboard.told == [("c1", LegEnded(Role.CALLER, carrier_call="CA7"))]


async def test_a_leg_that_is_over_is_nobodys_orphan(desk: Desk) -> None:
    await desk.twilio.telephony.dial(desk.switchboard.setups.setdefault("c1", setup_of("c1")), Role.AGENT)
    placed = desk.twilio._placed
    for status in ("ringing", "in-progress"):
        await told(desk, "agent", status, CallSid="CAdialled1")
        assert [leg.sid for leg in placed.all()] == ["CAdialled1"]
    await told(desk, "agent", "completed", CallSid="CAdialled1")
    assert placed.all() == []


async def test_the_end_of_one_leg_is_not_the_end_of_another(desk: Desk) -> None:
    await told(desk, "agent", "completed")
    assert (await told(desk, "caller", "completed", CallSid="CA2"))[-1] == LegEnded(Role.CALLER, carrier_call="CA2")


async def test_what_is_remembered_is_bounded(desk: Desk) -> None:
    fields = {"switchboard": desk.switchboard, "settings": desk.settings, "placed": PlacedLegs()}
    parts = Parts(**{name: fields.get(name) for name in Parts.__dataclass_fields__})  # type: ignore[arg-type]
    doors = StatusDoors(parts)
    for number in range(ENDED_KEPT + 50):
        sid = f"CA{number}"
        doors.call(Webhook({"CallSid": sid, "CallStatus": "completed"}, {"call": "c1", "role": "agent"}, "AC1"))
    assert len(doors._ended) == ENDED_KEPT


@pytest.mark.parametrize("target", ["/call-status?call=", "/call-status?call=c1", "/call-status?call=c1&role=x"])
async def test_a_status_needs_its_call_and_its_role(desk: Desk, target: str) -> None:
    assert (await desk.post(target, {"CallStatus": "busy"})).status_code == 400


async def test_an_unknown_status_is_passed_over(desk: Desk) -> None:
    assert await told(desk, "agent", "teleported") == []


@pytest.mark.parametrize("what", ["stream-started", "stream-stopped", "stream-error"])
async def test_a_stream_s_status_is_logged_and_changes_nothing(
    desk: Desk, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    form = {"StreamEvent": what, "StreamSid": "MZ1", "StreamError": "bad"}
    assert (await desk.post("/stream-status?call=c1&role=agent", form)).status_code == 204
    assert desk.switchboard.told == []
    printed = capsys.readouterr()
    assert what in printed.out + printed.err
