"""Calls that we place, at the account's pace; and what calls may cost, and how many there may be."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.domain.call import Notice
from dragoman.domain.outcome import Outcome, Result
from dragoman.interpreters.openai import translation
from dragoman.telephony.twilio.emulator import CallStatus, Phone
from tests.rig.captions import Reader
from tests.rig.people import voice
from tests.rig.town import AGENTS_PHONE, CALLER, DIRECT, LINE, Town, quick, said, together, town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

WANTED = {"to": CALLER, "language": "es"}


def said_to(here: Town, address: str) -> list[str]:
    """What Twilio said on the legs that were placed to an address."""
    legs = [leg for leg in here.twilio.exchange.calls.values() if leg.to.startswith(address)]
    return [line.text for leg in legs for line in leg.log if line.kind.value == "say"]


def text(here: Town, notice: Notice, tag: str) -> str:
    language = here.app.book.find(tag)
    assert language is not None
    return here.app.notices.text(notice, language)


# ---- Outbound --------------------------------------------------------------------------------------------------------


async def test_the_agent_is_fetched_first_and_then_the_customer_is_called() -> None:
    await together(by_task(), by_phone())


async def by_task() -> None:
    async with town("conversation") as here:
        here.twilio.answers(CALLER, "human")
        answer = await here.api("POST", "/api/calls", WANTED)
        assert answer.status_code == 201
        reader = Reader(here.address(answer.json()["captions"]))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(reader.read())
            reservation = await here.reserved()
            assert not any(leg.to == CALLER for leg in here.twilio.exchange.calls.values())
            agent = await reservation.accept()
            customer = await here.twilio.called(CALLER)
            await here.streamed(customer)
            await here.twilio.ticker.beats(60)  # the whisper
            talk = await here.talk(customer, agent, answer.json()["call_id"])
            await here.exchange(talk, 500, 900)
            assert said(customer) == []
            customer.hang_up()
            await agent.ended()
        assert sorted(reader.texts("source")) == ["marker 500", "marker 900"]
        assert (await here.record()).outcome == Outcome(Result.CALLER, "hung up")


async def by_phone() -> None:
    """The agent's own phone, in a language of this call's, with the address given by the request."""
    async with town("conversation") as here:
        here.twilio.answers(CALLER, "human")
        here.twilio.answers("client:carla", "human")
        answer = await here.api("POST", "/api/calls", WANTED | {"agent": "client:carla", "agent_language": "fr"})
        assert answer.status_code == 201
        agent, customer = await here.twilio.called("client:carla"), await here.twilio.called(CALLER)
        await here.streamed(customer)
        await here.exchange(await here.talk(customer, agent, here.call_id), 500, 900)
        agent.hang_up()
        await customer.ended()
        record = await here.record()
    assert (record.caller_language, record.agent_language) == ("es", "fr")


async def test_the_agent_is_told_when_the_customer_cannot_be_had() -> None:
    wanted = (("machine", Notice.NO_AGENT), ("busy", Notice.BUSY), ("no-answer", Notice.NO_AGENT))
    await together(*(customer_cannot_be_had(rule, notice) for rule, notice in wanted))


async def customer_cannot_be_had(rule: str, notice: Notice) -> None:
    async with town("echo", env=DIRECT) as here:
        here.twilio.answers(AGENTS_PHONE, "human")
        here.twilio.answers(CALLER, rule)
        assert (await here.api("POST", "/api/calls", WANTED)).status_code == 201
        agent, customer = await here.twilio.called(AGENTS_PHONE), await here.twilio.called(CALLER)
        await agent.ended()
        assert said(agent)[-1] == text(here, notice, "en")
        await here.until(lambda: customer.leg is not None and customer.leg.status.over)
        failure = {"machine": "voicemail"}.get(rule, rule)
        assert (await here.record()).outcome == Outcome(Result.CALLER, f"caller: {failure}")
        assert said(customer) == [], "a machine is told nothing"


async def test_without_an_agent_no_customer_is_called() -> None:
    async with town("echo", env=DIRECT) as here:
        here.twilio.answers(AGENTS_PHONE, "busy")
        assert (await here.api("POST", "/api/calls", WANTED)).status_code == 201
        assert (await here.record()).outcome == Outcome(Result.AGENT, "agent: busy")
        assert not any(leg.to == CALLER for leg in here.twilio.exchange.calls.values())


async def test_calls_wait_for_the_accounts_pace_and_none_fails() -> None:
    calls, per_second = 5, 4
    env = {**DIRECT, "TWILIO_CALLS_PER_SECOND": str(per_second)}
    async with town("echo", env=env, carrier_pace=quick(calls_per_second=float(per_second))) as here:
        here.twilio.answers(AGENTS_PHONE, "human")
        here.twilio.answers(CALLER, "human")
        answers = await asyncio.gather(*(here.api("POST", "/api/calls", WANTED) for _ in range(calls)))
        assert [answer.status_code for answer in answers] == [201] * calls
        customers: list[Phone] = [await here.twilio.called(CALLER, 20) for _ in range(calls)]
        for customer in customers:
            await here.streamed(customer)
        await here.until(lambda: [view.state for view in here.app.calls.calls()] == ["interpreting"] * calls)
        placed = sorted(leg.created for leg in here.twilio.exchange.calls.values())
        assert len(placed) == 2 * calls
        waited_s = (placed[-1] - placed[0]).total_seconds()
        assert waited_s > (len(placed) - 1) / per_second - 0.5, "they were not all asked for at once"
        assert all(leg.status is CallStatus.IN_PROGRESS for leg in here.twilio.exchange.calls.values())


# ---- Limits ----------------------------------------------------------------------------------------------------------


async def test_limits_are_told_to_those_whom_they_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "CHARGE_S", 0.5)
    await together(a_calls_limit("conversation"), a_calls_limit("translation"), a_days_limit(), a_limit_of_calls())


async def a_calls_limit(engine: str) -> None:
    async with town(engine, env={"DRAGOMAN_MAX_USD_PER_CALL": "0.0000001"}) as here:
        talk = await here.interpreted()
        talk.caller.say(voice(500))
        await talk.caller.ended()
        await talk.agent.ended()
        assert said(talk.caller)[-1] == text(here, Notice.LIMIT, "es")
        assert said_to(here, "sip:agent@") == [text(here, Notice.LIMIT, "en")]
        record = await here.record()
        assert record.outcome == Outcome(Result.US, "spending limit of the call")
        assert record.usd > 0
        assert here.open_sessions == []


async def a_days_limit() -> None:
    async with town("conversation", env={"DRAGOMAN_MAX_USD_PER_DAY": "0.0000001"}) as here:
        talk = await here.interpreted()
        talk.caller.say(voice(500))
        await here.until(lambda: talk.agent_ear.heard_answer(500))
        assert here.state == "interpreting", "who is talking goes on"
        talk.caller.hang_up()
        await here.record()
        refused = await here.dial("+34600000002", key="3")
        await refused.ended()
        assert said(refused)[-1] == text(here, Notice.BUSY, "fr")
        assert (await here.api("POST", "/api/calls", WANTED)).status_code == 503
        metrics = (await here.api("GET", "/metrics")).text
        assert 'dragoman_calls_refused_total{reason="max-usd-per-day"} 2.0' in metrics


async def a_limit_of_calls() -> None:
    async with town("echo", env={"DRAGOMAN_MAX_CALLS": "1"}) as here:
        first = await here.dial()
        await here.streamed(first)
        refused = await here.dial("+34600000002")
        await refused.ended()
        assert said(refused)[-1] == text(here, Notice.BUSY, "es")
        assert len(here.app.calls.calls()) == 1
        first.hang_up()
        await here.record()
        third = await here.dial("+34600000003")
        await here.streamed(third)
        assert sum(leg.to == LINE for leg in here.twilio.exchange.calls.values()) == 3
