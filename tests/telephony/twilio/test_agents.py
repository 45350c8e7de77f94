"""The contact centre's doors: pairing, queueing, and TaskRouter's word."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest

from dragoman.domain.call import (
    Accepted,
    AgentRoute,
    AgentVia,
    DialFailed,
    Notice,
    QueueMoved,
    Role,
    TaskKnown,
)
from dragoman.domain.outcome import DialFailure
from tests.fakes.scripted_switchboard import ENGLISH, setup_of
from tests.fakes.twilio_desk import ACCOUNT, WORKFLOW, Desk, document, target_of, verbs

pytestmark = pytest.mark.unit


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def dialled_digits(desk: Desk, call_id: str) -> str:
    """Place the agent's leg of a call; the digits that it will key."""
    desk.switchboard.setups.setdefault(call_id, setup_of(call_id))
    await desk.twilio.telephony.dial(desk.switchboard.setups[call_id], Role.AGENT)
    return dict(parse_qsl(desk.created[-1].content.decode()))["SendDigits"].removeprefix("ww")


def task(answer_root: object) -> dict[str, str]:
    assert hasattr(answer_root, "find")
    attributes: dict[str, str] = json.loads(answer_root.find("Enqueue/Task").text)
    return attributes


# ---- /outbound-call --------------------------------------------------------------------------------------------------


async def test_a_leg_is_asked_for_its_digits_and_queued_with_its_call(desk: Desk) -> None:
    digits = await dialled_digits(desk, "c1")
    gather = document(await desk.post("/outbound-call", {"CallSid": "CAagent"})).find("Gather")
    assert gather is not None
    assert list(gather) == []
    assert gather.get("numDigits") == str(len(digits))
    root = document(await desk.post(target_of(gather.get("action") or ""), {"CallSid": "CAagent", "Digits": digits}))
    assert verbs(root) == ["Enqueue"]
    assert root[0].get("workflowSid") == WORKFLOW
    assert target_of(root[0].get("waitUrl") or "") == "/queue?call=c1"
    attributes = task(root)
    assert attributes["dragoman_call"] == "c1"
    assert (attributes["caller_language"], attributes["agent_language"]) == ("es", "en")
    assert attributes["caller"] == "+34600000001"
    assert attributes["name"] == "+34600000001 (Spanish)"
    assert attributes["panel_url"] == "https://calls.example.com/api/calls/c1/captions"
    desk.tokens.open_panel(attributes["panel_token"], "c1")


async def test_a_sip_header_pairs_without_digits() -> None:
    desk = Desk(flex_sip_domain="agents.sip.twilio.com")
    route = AgentRoute(AgentVia.FLEX_SIP, "agents.sip.twilio.com")
    desk.switchboard.setups["c1"] = setup_of("c1", route=route)
    await desk.twilio.telephony.dial(desk.switchboard.setups["c1"], Role.AGENT)
    to = dict(parse_qsl(desk.created[-1].content.decode()))["To"]
    root = document(await desk.post("/outbound-call", {"SipHeader_X-Dragoman-Call": to.partition("=")[2]}))
    assert task(root)["dragoman_call"] == "c1"


@pytest.mark.parametrize("name", ['Bobby "; DROP', "</Task><Play>x</Play>", '","dragoman_call":"other"', "é" * 5000])
async def test_what_a_caller_is_called_cannot_change_the_task(desk: Desk, name: str) -> None:
    desk.switchboard.setups["c1"] = setup_of("c1", caller=name)
    desk.switchboard.setups["c1"] = setup_of("c1", caller=name)
    digits = await dialled_digits(desk, "c1")
    root = document(await desk.post("/outbound-call?try=1", {"Digits": digits}))
    assert [one.tag for one in root.iter()] == ["Response", "Enqueue", "Task"]
    attributes = task(root)
    assert attributes["dragoman_call"] == "c1"
    assert name.startswith(attributes["caller"])


async def test_fifty_legs_in_another_order_find_their_own_calls(desk: Desk) -> None:
    words = {f"c{number}": await dialled_digits(desk, f"c{number}") for number in range(50)}
    for call_id, digits in sorted(words.items(), key=lambda one: one[1]):
        root = document(await desk.post("/outbound-call?try=1", {"CallSid": f"CA{call_id}", "Digits": digits}))
        assert task(root)["dragoman_call"] == call_id


async def test_no_digits_are_waited_for_twice_and_then_it_ends_politely(desk: Desk) -> None:
    target, asked = "/outbound-call", 0
    root = document(await desk.post(target))
    while (redirect := root.find("Redirect")) is not None:
        asked += 1
        assert asked < 5
        root = document(await desk.post(target_of(redirect.text or "")))
    assert asked == 2
    assert verbs(root) == ["Say", "Hangup"]
    assert root[0].text == desk.notices.text(Notice.FAILED, ENGLISH)
    assert desk.switchboard.told == []


@pytest.mark.parametrize("form", [{"Digits": "0000000000"}, {"SipHeader_X-Dragoman-Call": "guess"}])
async def test_a_guess_ends_politely_and_creates_nothing(desk: Desk, form: dict[str, str]) -> None:
    await dialled_digits(desk, "c1")
    root = document(await desk.post("/outbound-call?try=2", form))
    assert verbs(root) == ["Say", "Hangup"]
    assert desk.switchboard.told == []


async def test_digits_are_good_for_one_leg_and_its_repeated_webhook(desk: Desk) -> None:
    digits = await dialled_digits(desk, "c1")
    for _ in range(2):
        root = document(await desk.post("/outbound-call?try=1", {"CallSid": "CAagent", "Digits": digits}))
        assert verbs(root) == ["Enqueue"]
    root = document(await desk.post("/outbound-call?try=2", {"CallSid": "CAother", "Digits": digits}))
    assert verbs(root) == ["Say", "Hangup"]


async def test_a_leg_that_comes_after_its_call_is_over_ends_politely(desk: Desk) -> None:
    digits = await dialled_digits(desk, "c1")
    desk.switchboard.setups.clear()
    assert verbs(document(await desk.post("/outbound-call?try=2", {"Digits": digits}))) == ["Say", "Hangup"]


async def test_a_leg_that_comes_too_late_ends_politely(desk: Desk) -> None:
    digits = await dialled_digits(desk, "c1")
    desk.time.now += 10_000
    assert verbs(document(await desk.post("/outbound-call?try=2", {"Digits": digits}))) == ["Say", "Hangup"]


# ---- /queue ----------------------------------------------------------------------------------------------------------


async def waits(desk: Desk, place: str) -> list[str]:
    return verbs(document(await desk.post("/queue?call=c1", {"QueuePosition": place, "QueueTime": "9"})))


async def test_who_waits_in_the_queue_hears_nothing_and_the_caller_learns_the_place(desk: Desk) -> None:
    assert await waits(desk, "3") == ["Pause"]
    assert desk.switchboard.told == [("c1", QueueMoved(3))]


@pytest.mark.parametrize("place", ["", "0", "-1", "99999", "first", "٣"])
async def test_a_place_that_is_none_is_not_told(desk: Desk, place: str) -> None:
    assert await waits(desk, place) == ["Pause"]
    assert desk.switchboard.told == []


async def test_without_places_the_queue_is_silent_by_itself() -> None:
    desk = Desk(queue_position=False)
    digits = await dialled_digits(desk, "c1")
    root = document(await desk.post("/outbound-call?try=1", {"Digits": digits}))
    assert root[0].get("waitUrl") == ""


async def left_queue(desk: Desk, result: str) -> list[str]:
    digits = await dialled_digits(desk, "c1")
    action = document(await desk.post("/outbound-call?try=1", {"Digits": digits}))[0].get("action") or ""
    return verbs(document(await desk.post(target_of(action), {"QueueResult": result, "QueueTime": "9"})))


@pytest.mark.parametrize("result", ["leave", "error", "system-error", "queue-full"])
async def test_a_queue_that_gives_up_is_a_failure_of_the_agent_s_leg(desk: Desk, result: str) -> None:
    assert await left_queue(desk, result) == ["Hangup"]
    assert desk.switchboard.told == [("c1", DialFailed(Role.AGENT, DialFailure.NO_AGENT))]


@pytest.mark.parametrize(
    "result", ["bridged", "hangup", "redirected", "redirected-from-bridged", "bridging-in-process", "?"]
)
async def test_a_queue_that_did_its_work_is_no_failure(desk: Desk, result: str) -> None:
    assert await left_queue(desk, result) == ["Hangup"]
    assert desk.switchboard.told == []


# ---- /reservation-accepted -------------------------------------------------------------------------------------------


def event(kind: str, **more: str) -> dict[str, str]:
    attributes = json.dumps({"dragoman_call": "c1", "from": "+12025550123", "call_sid": "CAx"})
    return {"EventType": kind, "TaskAttributes": attributes, "ReservationSid": "WR1", "TaskSid": "WT1"} | more


async def test_an_accepted_reservation_is_told_to_its_call(desk: Desk) -> None:
    assert (await desk.post("/reservation-accepted", event("reservation.accepted"))).status_code == 204
    assert desk.switchboard.told == [("c1", Accepted(Role.AGENT, "WR1"))]


async def test_the_same_acceptance_twice_is_told_with_the_same_name(desk: Desk) -> None:
    for _ in range(2):
        await desk.post("/reservation-accepted", event("reservation.accepted"))
    assert set(desk.switchboard.told) == {("c1", Accepted(Role.AGENT, "WR1"))}


@pytest.mark.parametrize("kind", ["task.canceled", "workflow.timeout"])
async def test_a_lost_task_is_told_to_its_call(desk: Desk, kind: str) -> None:
    await desk.post("/reservation-accepted", event(kind, TaskAssignmentStatus="canceled"))
    lost = DialFailed(Role.AGENT, DialFailure.NO_AGENT)
    assert desk.switchboard.told == [("c1", TaskKnown("")), ("c1", lost)], "and there is nothing left to close"


async def test_where_the_task_is_is_told_to_its_call(desk: Desk) -> None:
    where = {"AccountSid": ACCOUNT, "WorkspaceSid": "WS" + "b" * 32, "TaskSid": "WT" + "c" * 32}
    for kind in ("task.created", "reservation.accepted", "task.wrapup"):
        await desk.post("/reservation-accepted", event(kind, **where))
    known = TaskKnown("/".join(where.values()))
    assert [one for _, one in desk.switchboard.told if isinstance(one, TaskKnown)] == [known, known, TaskKnown("")]
    assert isinstance(desk.switchboard.told[2][1], Accepted)


@pytest.mark.parametrize(
    "form",
    [
        event("reservation.created"),
        event("reservation.completed"),
        event("worker.activity.update"),
        event("made.up"),
        event("reservation.accepted", TaskAttributes="{broken"),
        event("reservation.accepted", TaskAttributes='{"from":"+34600000001"}'),
        event("reservation.accepted", ReservationSid=""),
    ],
)
async def test_whatever_else_is_taken_and_changes_nothing(desk: Desk, form: dict[str, str]) -> None:
    answer = await desk.post("/reservation-accepted", form)
    assert answer.status_code == 204
    assert desk.switchboard.told == []


async def test_broken_attributes_are_logged_in_one_line(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    await desk.post("/reservation-accepted", event("reservation.accepted", TaskAttributes="{broken"))
    printed = capsys.readouterr()
    assert (printed.out + printed.err).strip().count("\n") == 0


async def test_an_event_without_a_type_is_a_bad_request(desk: Desk) -> None:
    assert (await desk.post("/reservation-accepted")).status_code == 400
