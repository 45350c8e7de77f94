"""Queues and agents: Enqueue, offers, acceptance, transfer, and the events that tell of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from dragoman.telephony.twilio.emulator import Phone, TwilioEmulator
from dragoman.telephony.twilio.emulator.tones import beep
from tests.fakes.twilio_app import TwilioApp, twiml

pytestmark = pytest.mark.pair

OURS = "+15550100001"
CALLER = "+34600000001"
WORKFLOW = "WW" + "1" * 32
EVENTS = {
    "task.created",
    "task.canceled",
    "task.completed",
    "task.transfer-initiated",
    "task.transfer-completed",
    "reservation.created",
    "reservation.accepted",
    "reservation.rejected",
    "reservation.timeout",
    "reservation.canceled",
    "reservation.completed",
    "workflow.timeout",
}


def enqueue(inside: str = "", attributes: str = 'waitUrl=""') -> str:
    return f'<Enqueue workflowSid="{WORKFLOW}" action="/left" {attributes}>{inside}</Enqueue>'


@pytest.fixture
async def caller(app: TwilioApp, twilio: TwilioEmulator) -> Phone:
    """A caller who waits in the queue with a task of ours."""
    twilio.workspace(f"{app.url}/events-status", EVENTS)
    twilio.workflow(WORKFLOW)
    app.pages["/voice"] = twiml(enqueue('<Task priority="3">{"call": "c1", "name": "Zoe"}</Task>'))
    app.pages["/left"] = twiml("<Say>left</Say>")
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.connected()
    return phone


def told(app: TwilioApp) -> list[str]:
    return [hit.form["EventType"] for hit in app.at("/events-status")]


async def event(app: TwilioApp, kind: str, timeout_s: float = 5) -> dict[str, str]:
    async with asyncio.timeout(timeout_s):
        while True:
            for hit in app.at("/events-status"):
                if hit.form["EventType"] == kind:
                    return hit.form
            await asyncio.sleep(0.01)


async def test_an_agent_accepts_and_the_two_hear_each_other(
    app: TwilioApp, twilio: TwilioEmulator, caller: Phone
) -> None:
    reservation = await twilio.worker("Alice").reservation()
    phone = await reservation.accept()
    form = await event(app, "reservation.accepted")
    phone.say(b"\x61" * 1600)
    caller.say(b"\x62" * 1600)
    await phone.said()
    await caller.said()
    await twilio.ticker.beats(4)
    assert b"\x61" * 1600 in caller.ear
    assert b"\x62" * 1600 in phone.ear
    attributes = json.loads(form["TaskAttributes"])
    assert attributes["call"] == "c1"
    assert attributes["call_sid"] == caller.call_sid
    assert attributes["from"] == CALLER
    assert attributes["conference"]["participants"] == {"worker": phone.call_sid, "customer": caller.call_sid}
    assert form["ReservationSid"] == reservation.sid == form["ResourceSid"]
    assert form["ResourceType"] == "reservation"
    assert form["WorkerName"] == "Alice"
    assert form["TaskPriority"] == "3"
    assert form["WorkflowSid"] == WORKFLOW
    assert form["WorkspaceSid"] == twilio.router.workspace.sid
    hit = app.at("/events-status")[0]
    assert RequestValidator(twilio.auth_token).validate(hit.url, hit.form, hit.headers["x-twilio-signature"])


async def test_only_events_in_the_filter_are_sent(app: TwilioApp, twilio: TwilioEmulator, caller: Phone) -> None:
    twilio.router.workspace.events_filter = frozenset({"reservation.accepted"})
    await (await twilio.worker("Alice").reservation()).accept()
    await event(app, "reservation.accepted")
    assert "task-queue.entered" not in told(app)
    assert "reservation.created" not in told(app)


async def test_the_agent_hangs_up_and_the_queues_action_runs(
    app: TwilioApp, twilio: TwilioEmulator, caller: Phone
) -> None:
    phone = await (await twilio.worker("Alice").reservation()).accept()
    phone.hang_up()
    hit = await app.hit("/left")
    assert hit.form["QueueResult"] == "bridged"
    assert hit.form["QueueSid"].startswith("QU")
    assert hit.form["QueueTime"].isdecimal()
    await event(app, "task.completed")
    await caller.ended()


async def test_the_caller_hangs_up_and_the_agent_is_free_again(
    app: TwilioApp, twilio: TwilioEmulator, caller: Phone
) -> None:
    worker = twilio.worker("Alice")
    phone = await (await worker.reservation()).accept()
    assert not worker.free
    caller.hang_up()
    await phone.ended()
    await event(app, "task.completed")
    assert worker.free
    assert app.at("/left") == []


async def test_the_caller_hangs_up_while_waiting(app: TwilioApp, twilio: TwilioEmulator, caller: Phone) -> None:
    reservation = await twilio.worker("Alice").reservation()
    caller.hang_up()
    form = await event(app, "task.canceled")
    assert form["TaskCanceledReason"] == "hangup"
    assert "reservation.canceled" in told(app)
    with pytest.raises(RuntimeError, match="canceled"):
        await reservation.accept()


async def test_a_rejected_offer_goes_to_somebody_else(app: TwilioApp, twilio: TwilioEmulator, caller: Phone) -> None:
    alice, bob = twilio.worker("Alice"), twilio.worker("Bob")
    first = await alice.reservation()
    first.reject()
    second = await bob.reservation()
    assert second.task is first.task
    await event(app, "reservation.rejected")
    await second.accept()
    assert (await event(app, "reservation.accepted"))["WorkerName"] == "Bob"


async def test_an_offer_that_times_out_sends_the_worker_offline(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.workspace(f"{app.url}/events-status", EVENTS)
    twilio.workflow(WORKFLOW, reservation_timeout_s=0.05)
    worker = twilio.worker("Alice")
    app.pages["/voice"] = twiml(enqueue())
    await twilio.phone(CALLER).call(OURS)
    await event(app, "reservation.timeout")
    assert not worker.available


async def test_a_task_that_nobody_takes_leaves_the_queue(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.workspace(f"{app.url}/events-status", EVENTS)
    twilio.workflow(WORKFLOW, task_timeout_s=0.05)
    app.pages["/voice"] = twiml(enqueue())
    app.pages["/left"] = twiml("<Hangup/>")
    await twilio.phone(CALLER).call(OURS)
    assert (await app.hit("/left")).form["QueueResult"] == "leave"
    await event(app, "task.canceled")
    assert told(app)[-2:] == ["workflow.timeout", "task.canceled"]


async def test_a_transfer_is_a_second_acceptance_of_the_same_task(
    app: TwilioApp, twilio: TwilioEmulator, caller: Phone
) -> None:
    first = await twilio.worker("Alice").reservation()
    alice = await first.accept()
    bobs = twilio.worker("Bob")
    first.transfer(bobs)
    bob = await (await bobs.reservation()).accept()
    await alice.ended()
    await event(app, "task.transfer-completed")
    accepted = [hit.form for hit in app.at("/events-status") if hit.form["EventType"] == "reservation.accepted"]
    assert [form["WorkerName"] for form in accepted] == ["Alice", "Bob"]
    assert accepted[0]["TaskSid"] == accepted[1]["TaskSid"]
    bob.say(b"\x63" * 800)
    await bob.said()
    await twilio.ticker.beats(4)
    assert b"\x63" * 800 in caller.ear
    assert not twilio.leg(caller.call_sid).over.is_set()


async def test_flex_beeps_when_the_agent_joins(app: TwilioApp, twilio: TwilioEmulator, caller: Phone) -> None:
    twilio.router.workspace.beep = True
    await (await twilio.worker("Alice").reservation()).accept()
    async with asyncio.timeout(5):
        while beep() not in caller.ear:
            await twilio.ticker.beats(1)


@pytest.mark.parametrize(("attributes", "music"), [('waitUrl=""', False), ("", True)])
async def test_what_the_waiting_call_hears(
    app: TwilioApp, twilio: TwilioEmulator, attributes: str, music: bool
) -> None:
    twilio.workflow(WORKFLOW)
    app.pages["/voice"] = twiml(enqueue(attributes=attributes))
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.connected()
    await twilio.ticker.beats(6)
    assert bool(phone.ear.strip(b"\xff")) is music


async def test_hold_music_can_be_forced_as_flex_does(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.workspace("", (), hold_music=True)
    twilio.workflow(WORKFLOW)
    app.pages["/voice"] = twiml(enqueue())
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.connected()
    await twilio.ticker.beats(6)
    assert phone.ear.strip(b"\xff")


async def test_a_waiting_document_is_run_and_can_leave(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.workflow(WORKFLOW)
    app.pages["/voice"] = twiml(enqueue(attributes='waitUrl="/wait"'))
    app.pages["/wait"] = twiml("<Say>please wait</Say><Leave/>")
    app.pages["/left"] = twiml("<Hangup/>")
    await twilio.phone(CALLER).call(OURS)
    assert (await app.hit("/left")).form["QueueResult"] == "leave"
    assert {"QueuePosition", "QueueSid", "QueueTime", "CurrentQueueSize"} <= app.at("/wait")[0].form.keys()


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (enqueue("<Task>{broken</Task>"), 14221),
        (enqueue("<Task>[1]</Task>"), 14221),
        (enqueue().replace(WORKFLOW, "WW" + "9" * 32), 14220),
    ],
)
async def test_a_task_that_cannot_be_made(app: TwilioApp, twilio: TwilioEmulator, document: str, code: int) -> None:
    twilio.workflow(WORKFLOW)
    app.pages["/voice"] = twiml(document)
    app.pages["/left"] = twiml("<Hangup/>")
    await twilio.phone(CALLER).call(OURS)
    assert (await app.hit("/left")).form["QueueResult"] == "error"
    assert twilio.alerts.codes() == [code]
    assert twilio.router.tasks == {}


async def test_fifty_calls_each_get_their_own_agent(app: TwilioApp, twilio: TwilioEmulator) -> None:
    """No crossed audio: each caller's marker is heard by exactly one agent, the one with that call's task."""
    twilio.workflow(WORKFLOW)
    app.pages["/voice"] = twiml(enqueue())
    callers = [await twilio.phone(CALLER).call(OURS) for _ in range(50)]
    workers = [twilio.worker(f"Agent{number}") for number in range(50)]
    reservations = [await worker.reservation() for worker in workers]
    agents = await asyncio.gather(*(reservation.accept() for reservation in reservations))
    markers = {phone.call_sid: bytes([number + 1]) * 480 for number, phone in enumerate(callers)}
    for phone in callers:
        phone.say(markers[phone.call_sid])
    await twilio.ticker.beats(12)
    for reservation, agent in zip(reservations, agents, strict=True):
        heard = agent.ear.strip(b"\xff")
        assert reservation.task.leg is not None
        assert heard == markers[reservation.task.leg.sid]


# ---- REST ------------------------------------------------------------------------------------------------------------


async def off(call: Any, *args: Any, **kwargs: Any) -> Any:
    async with asyncio.timeout(10):
        return await asyncio.to_thread(call, *args, **kwargs)


@pytest.fixture
async def space(twilio: TwilioEmulator) -> Any:
    client = Client(twilio.account_sid, twilio.auth_token)
    client.taskrouter.base_url = twilio.base_url
    return client.taskrouter.v1.workspaces(twilio.router.workspace.sid)


async def test_the_sdk_sets_the_event_callback(app: TwilioApp, twilio: TwilioEmulator, space: Any) -> None:
    url = f"{app.url}/events-status"
    changed = await off(space.update, event_callback_url=url, events_filter="task.created,task.canceled")
    assert changed.event_callback_url == url
    assert changed.events_filter == "task.canceled,task.created"
    twilio.workflow(WORKFLOW)
    app.pages["/voice"] = twiml(enqueue())
    await twilio.phone(CALLER).call(OURS)
    await event(app, "task.created")


async def test_the_sdk_cancels_a_task(app: TwilioApp, twilio: TwilioEmulator, caller: Phone, space: Any) -> None:
    (task,) = await off(space.tasks.list)
    assert task.assignment_status == "pending"
    assert json.loads(task.attributes)["call"] == "c1"
    done = await off(space.tasks(task.sid).update, assignment_status="canceled", reason="tired")
    assert done.assignment_status == "canceled"
    assert (await event(app, "task.canceled"))["TaskCanceledReason"] == "tired"
    assert (await app.hit("/left")).form["QueueResult"] == "leave"


async def test_the_sdk_leaves_an_agent_with_the_after_call_work(
    app: TwilioApp, twilio: TwilioEmulator, caller: Phone, space: Any
) -> None:
    reservation = await twilio.worker("Alice").reservation()
    agent = await reservation.accept()
    done = await off(space.tasks(reservation.task.sid).update, assignment_status="wrapping", reason="over")
    assert done.assignment_status == "wrapping"
    agent.hang_up()
    await event(app, "task.completed")
    assert [one.type for one in twilio.router.events].count("task.wrapup") == 1


async def test_the_sdk_accepts_a_reservation(app: TwilioApp, twilio: TwilioEmulator, caller: Phone, space: Any) -> None:
    twilio.worker("Alice")
    (task,) = await off(space.tasks.list)
    (reservation,) = await off(space.tasks(task.sid).reservations.list)
    await off(space.tasks(task.sid).reservations(reservation.sid).update, reservation_status="accepted")
    phone = await twilio.called("client:Alice")
    await phone.connected()
    await event(app, "reservation.accepted")
    events = await off(space.events.list, task_sid=task.sid, event_type="reservation.accepted")
    assert [one.event_data["reservation_sid"] for one in events] == [reservation.sid]
    assert [one.friendly_name for one in await off(space.workers.list)] == ["Alice"]
    assert [one.sid for one in await off(space.workflows.list)] == [WORKFLOW]


async def test_the_sdk_makes_a_task_without_a_call(twilio: TwilioEmulator, space: Any) -> None:
    twilio.workflow(WORKFLOW)
    task = await off(space.tasks.create, attributes='{"a": 1}', workflow_sid=WORKFLOW)
    assert (await off(space.tasks(task.sid).fetch)).assignment_status == "pending"
