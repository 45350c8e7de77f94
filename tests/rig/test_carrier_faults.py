"""What goes wrong at the carrier before and beside the talk: queues, phones that fail, callers who are gone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dragoman.domain.call import Notice
from dragoman.domain.outcome import Outcome, Result
from dragoman.relay import placing, presence
from dragoman.relay.call_state import REDIAL_S
from dragoman.telephony.twilio import agents
from dragoman.telephony.twilio.emulator import Faults, Phone
from dragoman.telephony.twilio.emulator.line import CallStatus
from tests.rig.people import Ear, in_voice
from tests.rig.town import AGENTS_PHONE, DIRECT, LINE, WORKFLOW_SID, quick, said, together, town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

CALLER_HZ, AGENT_HZ = 500, 900


# ---- In the queue ----------------------------------------------------------------------------------------------------


async def test_who_waits_is_told_their_place_and_that_we_go_on_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "FIRST_PLACE_S", 0.3)
    monkeypatch.setattr(presence, "NEXT_PLACE_S", 0.3)
    monkeypatch.setattr(presence, "STILL_WAITING_S", 0.6)
    monkeypatch.setattr(agents, "PLACE_S", 1)
    await together(places(), no_place_is_known())


async def places() -> None:
    async with town("conversation", hold_music=True) as here:
        here.twilio.worker("Alice").available = False
        first = await here.dial("+34600000001")
        await here.until(lambda: len(here.twilio.router.tasks) == 1)
        second = await here.dial("+34600000002")
        await here.streamed(second)
        ear = Ear(second)
        await here.until(lambda: ear.times_heard(in_voice("2.")))
        first.hang_up()
        await here.until(lambda: ear.times_heard(in_voice("1.")))
        assert here.models.sessions == [], "nothing is opened while people wait"
        here.twilio.worker("Alice").available = True
        talk = await here.accepted(second, await here.reserved())
        await here.exchange(talk, CALLER_HZ, AGENT_HZ)


async def no_place_is_known() -> None:
    async with town("conversation", env={"TWILIO_QUEUE_POSITION": "false"}) as here:
        here.twilio.workflow(WORKFLOW_SID, reservation_timeout_s=0.5)
        caller = await here.dial()
        await here.streamed(caller)
        ear = Ear(caller)
        await here.reserved("Alice")  # who does not answer, and is sent on a break
        await here.until(lambda: ear.times_heard(in_voice("Pronto.")) >= 2)
        talk = await here.accepted(caller, await here.reserved("Bob"))
        await here.exchange(talk, CALLER_HZ, AGENT_HZ)


async def test_who_hangs_up_before_the_stream_frees_the_line_at_once() -> None:
    async with town("conversation", carrier_pace=quick(say_ms_per_character=60.0)) as here:
        here.twilio.exchange.numbers[LINE].status_callback = here.address("/call-status")
        caller = await here.dial()
        await here.until(lambda: here.state == "ringing")
        caller.hang_up()
        assert (await here.record()).outcome == Outcome(Result.CALLER, "hung up")
        assert (here.app.server.media_sockets, here.twilio.router.tasks) == (0, {})


# ---- The agent's own phone -------------------------------------------------------------------------------------------


async def test_an_agents_phone_that_fails_is_dialled_again_and_a_machine_is_no_agent() -> None:
    await together(failed_once(), machine())


async def failed_once() -> None:
    async with town("conversation", env=DIRECT) as here:
        here.twilio.answers(AGENTS_PHONE, once("failed"))
        caller = await here.dial()
        assert (await here.twilio.called(AGENTS_PHONE)).leg is not None
        agent = await here.twilio.called(AGENTS_PHONE)
        await agent.connected()
        await here.streamed(agent)
        await here.exchange(await here.talk(caller, agent, here.call_id), CALLER_HZ, AGENT_HZ)
        caller.hang_up()
        await agent.ended()


def once(rule: str) -> Callable[[Phone], str]:
    """This the first time, then a human."""
    rules = iter((rule,))
    return lambda _phone: next(rules, "human")


async def test_of_a_leg_whose_order_was_not_answered_no_second_one_rings() -> None:
    await together(order_not_answered(Faults(rest_answers_lost=1)), order_not_answered_nor_told())


async def order_not_answered(faults: Faults) -> None:
    """The phone rings for longer than we wait before a failed leg is placed again."""
    async with town("conversation", env=DIRECT, faults=faults, carrier_pace=quick(ring_s=REDIAL_S + 0.5)) as here:
        here.twilio.answers(AGENTS_PHONE, "human")
        caller = await here.dial()
        agent = await here.twilio.called(AGENTS_PHONE)
        await agent.connected()
        await here.streamed(agent)
        await here.exchange(await here.talk(caller, agent, here.call_id), CALLER_HZ, AGENT_HZ)
        assert [leg.to for leg in here.twilio.exchange.calls.values()].count(AGENTS_PHONE) == 1
        caller.hang_up()
        await agent.ended()


async def order_not_answered_nor_told() -> None:
    """Nor do the carrier's callbacks come: we learn of it when it is answered."""
    await order_not_answered(Faults(rest_answers_lost=1, callbacks_lost=3))


async def test_where_a_second_one_was_placed_it_is_taken_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "UNSURE_S", 0.2)
    faults = Faults(rest_answers_lost=1, callbacks_lost=3)
    async with town("conversation", env=DIRECT, faults=faults, carrier_pace=quick(ring_s=0.6)) as here:
        here.twilio.answers(AGENTS_PHONE, "human")
        caller = await here.dial()
        first, second = [await here.twilio.called(AGENTS_PHONE) for _ in range(2)]
        await first.connected()
        await here.streamed(first)
        await second.ended()
        assert second.leg is not None
        assert second.leg.status is CallStatus.CANCELED, "nobody had to take it up to learn that"
        await here.exchange(await here.talk(caller, first, here.call_id), CALLER_HZ, AGENT_HZ)
        caller.hang_up()
        await first.ended()


async def machine() -> None:
    async with town("echo", env={**DIRECT, "TWILIO_AGENT_MACHINE_DETECTION": "true"}) as here:
        here.twilio.answers(AGENTS_PHONE, "machine")
        caller = await here.dial()
        await caller.ended(30)
        spanish = here.app.book.find("es")
        assert spanish is not None
        assert said(caller)[-1] == here.app.notices.text(Notice.NO_AGENT, spanish)
        assert (await here.record()).outcome == Outcome(Result.AGENT, "agent: voicemail")
