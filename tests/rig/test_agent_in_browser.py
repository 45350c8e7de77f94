"""Agents answer interpreted phone calls in their pages: the emulated carrier and speech models, real sockets."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.browser import wire
from dragoman.domain.call import Notice
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.room import Ending
from dragoman.interpreters.openai.emulator.markers import answer_hz
from dragoman.telephony.twilio.emulator import Phone
from tests.rig.agents_in_browsers import RigAgent, browser_town, on_duty, seated
from tests.rig.pages import RigPage, page
from tests.rig.people import Ear, voice
from tests.rig.town import AGENTS_PHONE, Town, said, together

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

CLOSES_S = 2.0


async def talks(here: Town, caller: Phone, agent: RigPage) -> None:
    """Each hears the other interpreted."""
    ear = Ear(caller)
    caller.say(voice(900))
    await agent.until(lambda: answer_hz(900) in agent.markers())
    agent.say(500)
    await here.until(lambda: ear.heard_answer(500))


async def over_for_all(here: Town, caller: Phone, agent: RigPage, tasks: list[str]) -> None:
    """Both legs, both sessions and whatever ran for them end soon."""
    async with asyncio.timeout(CLOSES_S):
        await caller.ended()
        await agent.until(lambda: agent.all(wire.Ended))
        await here.until(lambda: not here.open_sessions)
        await here.until(lambda: here.app.server.media_sockets == 0)
    await here.until(lambda: here.tasks == tasks)


async def test_calls_that_agents_answer_in_their_pages() -> None:
    async with browser_town() as here, on_duty(here) as agent, on_duty(here) as other:
        tasks = here.tasks
        await they_talk_and_the_caller_hangs_up(here, agent, tasks)
        await a_dropped_page_comes_back_and_hangs_up(here, agent, tasks)
        await the_first_has_it(here, agent, other)
        await nobody_wants_it(here, agent, other)


async def they_talk_and_the_caller_hangs_up(here: Town, agent: RigAgent, tasks: list[str]) -> None:
    caller = await here.dial()
    ring = await agent.rings()
    assert (ring["language"]["tag"], ring["caller"]) == ("es", "…01")
    async with seated(here, agent) as its_page:
        joined = its_page.all(wire.Joined)[0]
        assert (joined.party, joined.resumed, joined.languages[0].tag) == ("agent", False, "en")
        await talks(here, caller, its_page)
        shown = {(one.party, one.side, one.language) for one in its_page.all(wire.CaptionShown)}
        assert shown >= {("caller", "source", "es"), ("caller", "target", "en"), ("agent", "target", "es")}
        doings = {(one.party, one.state.value) for one in its_page.all(wire.StateShown)}
        assert doings >= {("caller", "hearing"), ("caller", "speaking"), ("agent", "hearing")}
        call_id = here.call_id
        caller.hang_up()
        await over_for_all(here, caller, its_page, tasks)
        ended = its_page.all(wire.Ended)[0]
    assert (ended.reason, ended.summary.parties, ended.summary.turns) == (Ending.HUNG_UP, 2, 2)
    assert (await here.record_of(call_id)).outcome == Outcome(Result.CALLER, "hung up")


async def a_dropped_page_comes_back_and_hangs_up(here: Town, agent: RigAgent, tasks: list[str]) -> None:
    """The caller is kept on hold meanwhile, and nobody is rung for anew."""
    caller = await here.dial()
    seat, call_id = await agent.accepts(), here.call_id
    async with page(here.public_url, seat) as first:
        await first.joined()
        await talks(here, caller, first)
        async with page(here.public_url, seat) as second:
            await second.until(lambda: second.all(wire.ErrorTold))
            assert second.all(wire.ErrorTold)[0].code is wire.ErrorCode.SEAT_TAKEN
        hold = Ear(caller)
        await first.drop()
    await here.until(lambda: hold.sound_ms > 200)
    async with page(here.public_url, seat) as again:
        assert (await again.joined()).resumed
        assert {one.party for one in again.all(wire.CaptionShown)} == {"caller", "agent"}
        await here.until(lambda: hold.heard_all(400))
        await talks(here, caller, again)
        assert (agent.calls, here.call_id) == ([], call_id)
        again.tell(wire.Leave())
        await over_for_all(here, caller, again, tasks)
        assert again.all(wire.Ended)[0].reason is Ending.LEFT
    assert (await here.record_of(call_id)).outcome == Outcome(Result.AGENT, "hung up")
    async with page(here.public_url, seat) as late:
        await late.until(lambda: late.all(wire.ErrorTold))
        assert late.all(wire.ErrorTold)[0].code is wire.ErrorCode.OVER


async def the_first_has_it(here: Town, agent: RigAgent, other: RigAgent) -> None:
    """It rings at both; the second who accepts is told so, and it rings nowhere any more."""
    caller = await here.dial()
    call = (await agent.rings())["call"]
    assert (await other.rings())["call"] == call
    answers = await asyncio.gather(agent.answers(call), other.answers(call))
    assert sorted(one.status_code for one in answers) == [200, 409]
    await other.until(lambda: not agent.calls and not other.calls)
    assert {"call": call, "why": "taken"} in other.duty["gone"]
    caller.hang_up()
    await here.until(lambda: not here.app.calls.calls())


async def nobody_wants_it(here: Town, agent: RigAgent, other: RigAgent) -> None:
    """Who declines hears it no more, the other does; when all have, the caller is told that everybody is busy."""
    caller = await here.dial()
    call, call_id = (await agent.rings())["call"], here.call_id
    await other.rings()
    assert (await agent.answers(call, "decline")).status_code == 200
    await agent.until(lambda: not agent.calls)
    assert [one["call"] for one in other.calls] == [call]
    assert (await other.answers(call, "decline")).status_code == 200
    await caller.ended()
    language = here.app.book.find("es")
    assert language is not None
    assert said(caller)[-1] == here.app.notices.text(Notice.BUSY, language)
    assert (await here.record_of(call_id)).outcome == Outcome(Result.AGENT, "agent: busy")
    assert (await agent.answers(call)).status_code == 404


async def test_where_nobody_is_on_duty() -> None:
    await together(the_phone_rings_instead(), nobody_answers())


async def the_phone_rings_instead() -> None:
    """The next route is tried; the talk is as always."""
    async with browser_town(TWILIO_AGENT_ADDRESS=AGENTS_PHONE) as here:
        here.twilio.answers(AGENTS_PHONE, "human")
        caller = await here.dial()
        phone = await here.twilio.called(AGENTS_PHONE)
        await phone.connected()
        await here.streamed(phone)
        assert said(phone) == ["Spanish."], "the whisper, before the stream"
        await here.exchange(await here.talk(caller, phone, here.call_id), 900, 500)


async def nobody_answers() -> None:
    async with browser_town() as here:
        caller = await here.dial()
        await caller.ended()
        assert (await here.record()).outcome == Outcome(Result.AGENT, "agent: no-answer")
