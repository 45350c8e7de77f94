"""How calls end: who hangs up, what is left behind (nothing), and what a caller who gets nobody is told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from dragoman.domain.call import Notice
from dragoman.domain.outcome import Outcome, Result
from dragoman.relay import live, presence
from dragoman.telephony.twilio.emulator import CallStatus, Faults, Phone
from tests.rig.town import AGENTS_PHONE, CALLER, DIRECT, WORKFLOW_SID, Talk, Town, said, together, town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]


def told(here: Town, phone: Phone, notice: Notice, tag: str = "es") -> bool:
    """Whether the last that the phone's party was told is `notice`, in their language."""
    language = here.app.book.find(tag)
    assert language is not None
    return said(phone)[-1:] == [here.app.notices.text(notice, language)]


# ---- Hanging up ------------------------------------------------------------------------------------------------------


async def test_either_hang_up_ends_both_legs_both_sessions_and_every_task() -> None:
    async with town("conversation") as here:
        before = here.tasks
        for who, result in (("caller", Result.CALLER), ("agent", Result.AGENT)):
            talk = await here.interpreted()
            assert (here.app.server.media_sockets, len(here.open_sessions)) == (2, 2)
            assert here.tasks != before
            quitter, other = (talk.caller, talk.agent) if who == "caller" else (talk.agent, talk.caller)
            quitter.hang_up()
            await other.ended()
            assert (await here.record_of(talk.call_id)).outcome == Outcome(result, "hung up")
            await nothing_is_left(here, before)
        assert all(leg.status.over for leg in here.twilio.exchange.calls.values())


async def nothing_is_left(here: Town, before: list[str]) -> None:
    """No tasks, sessions, sockets, living calls: as it was `before`."""
    await here.until(lambda: here.tasks == before)
    assert (here.app.server.media_sockets, here.open_sessions, here.app.calls.calls()) == (0, [], [])


async def test_a_caller_who_hangs_up_while_waiting_ends_the_agents_side_too() -> None:
    async with town("conversation") as here:
        before = here.tasks
        caller = await here.dial()
        reservation = await here.reserved()
        await here.streamed(caller)
        caller.hang_up()
        await here.record()
        await here.until(lambda: reservation.task.status.over)
        await here.until(lambda: all(leg.status.over for leg in here.twilio.exchange.calls.values()))
        await nothing_is_left(here, before)
        assert here.models.sessions == []


async def test_the_api_ends_a_call() -> None:
    async with town("echo") as here:
        talk = await here.interpreted()
        assert (await here.api("POST", f"/api/calls/{talk.call_id}/hangup")).status_code == 202
        await talk.caller.ended()
        await talk.agent.ended()
        assert (await here.record()).outcome == Outcome(Result.US, "ended by the api")
        assert (await here.api("POST", f"/api/calls/{talk.call_id}/hangup")).status_code == 404


async def test_a_stream_that_dies_with_its_phone_ends_the_call_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """No `stop`, no close, and no status callback for a leg that we did not place."""
    monkeypatch.setattr(presence, "REJOIN_S", 1.0)
    async with town("conversation") as here:
        before = here.tasks
        one, other = await here.interpreted(worker="Alice"), await here.interpreted("+34600000002", worker="Bob")
        here.twilio.faults.streams_without_stop = 2
        one.caller.hang_up()
        other.agent.hang_up()
        await one.agent.ended()
        await other.caller.ended()
        await here.record(2)
        await nothing_is_left(here, before)


# ---- Nobody to talk to -----------------------------------------------------------------------------------------------


async def test_a_caller_who_gets_no_agent_is_told_in_their_language() -> None:
    await together(
        *(no_agent_at_a_phone(rule, notice) for rule, notice in PHONES.items()),
        task_is_canceled(),
        task_times_out(),
    )


PHONES = {"busy": Notice.BUSY, "no-answer": Notice.NO_AGENT, "failed": Notice.FAILED}
"""How the agent's own phone meets the call, and what the caller is told."""


async def no_agent_at_a_phone(rule: str, notice: Notice) -> None:
    async with town("echo", env=DIRECT) as here:
        here.twilio.answers(AGENTS_PHONE, rule)
        caller = await here.dial()
        await caller.ended(30)
        assert told(here, caller, notice)
        record = await here.record()
        assert record.outcome.reason == f"agent: {rule}"
        assert record.outcome.result is (Result.UPSTREAM if rule == "failed" else Result.AGENT)


async def task_is_canceled() -> None:
    async with town("echo") as here:
        caller = await here.dial()
        reservation = await here.reserved()
        await here.streamed(caller)
        here.twilio.router.cancel(reservation.task, "Nobody is here")
        await caller.ended(30)
        assert told(here, caller, Notice.NO_AGENT)
        assert (await here.record()).outcome == Outcome(Result.AGENT, "agent: no-agent")


async def task_times_out() -> None:
    async with town("echo") as here:
        here.twilio.workflow(WORKFLOW_SID, task_timeout_s=0.7)
        caller = await here.dial(key="3")
        await caller.ended(30)
        assert told(here, caller, Notice.NO_AGENT, "fr")
        assert (await here.record()).outcome == Outcome(Result.AGENT, "agent: no-agent")


async def test_an_agent_who_rejects_is_not_the_end() -> None:
    async with town("conversation") as here:
        caller = await here.dial()
        offered = await here.reserved("Alice")
        here.twilio.worker("Bob")
        offered.reject()
        talk = await here.accepted(caller, await here.reserved("Bob"))
        await here.exchange(talk, 500, 900)


# ---- The carrier's API fails -----------------------------------------------------------------------------------------


async def test_when_the_agent_cannot_be_dialled_the_caller_is_told_and_the_next_call_works() -> None:
    refusals: list[Mapping[str, object]] = [
        {"rest_not_allowed": True},
        {"rest_server_error": 10},
        {"rest_too_many": 10},
    ]
    await together(*(cannot_dial(Faults(**refusal)) for refusal in refusals))  # type: ignore[arg-type]


async def cannot_dial(faults: Faults) -> None:
    async with town("echo", faults=faults) as here:
        caller = await here.dial()
        await caller.ended(30)
        assert told(here, caller, Notice.FAILED)
        assert caller.leg is not None
        assert caller.leg.status is CallStatus.COMPLETED
        assert (await here.record()).outcome.result is Result.UPSTREAM
        faults.rest_not_allowed, faults.rest_server_error, faults.rest_too_many = False, 0, 0
        talk: Talk = await here.interpreted("+34600000002")
        assert here.state == "interpreting"
        assert talk.caller.address != CALLER


async def test_a_server_that_stops_tells_both_parties(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "FAREWELL_S", 1.0)
    async with town("echo", env={"DRAGOMAN_DATABASE": "off"}) as here:
        talk = await here.interpreted()
        await asyncio.gather(here.app.calls.drain(0.1), talk.caller.ended(), talk.agent.ended())
        assert told(here, talk.caller, Notice.FAILED, "es")
        refused = await here.twilio.phone("+34600000002").call("+15555550101")
        await here.asked(refused)
        refused.press("2")
        await refused.ended()
        assert told(here, refused, Notice.BUSY, "es"), "nothing new is taken"
