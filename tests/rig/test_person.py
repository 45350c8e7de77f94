"""The key for a person: who presses it is dialled through, the other party is told and released."""

from __future__ import annotations

import pytest

from dragoman.domain.audio import PCMU_FRAME_BYTES
from dragoman.domain.call import Notice
from dragoman.domain.outcome import Outcome, Result
from dragoman.telephony.twilio.emulator import Phone
from dragoman.telephony.twilio.emulator.line import Direction
from tests.rig.people import Ear, voice
from tests.rig.town import CALLER, DIRECT, LINE, Talk, Town, quick, said, together, town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

PERSON = "+12025550199"
CALLER_HZ, AGENT_HZ, PERSON_HZ = 500, 900, 1300
ON_THE_WIRES_BYTES = 4 * PCMU_FRAME_BYTES


def words(here: Town, notice: Notice, tag: str = "es") -> str:
    language = here.app.book.find(tag)
    assert language is not None
    return here.app.notices.text(notice, language)


async def hears(here: Town, phone: Phone, notice: Notice, tag: str) -> None:
    """Until the carrier's voice has said it in this ear. What is on the wires when the leg is hung up is lost."""
    language = here.app.book.find(tag)
    assert language is not None
    audio = await here.twilio.exchange.plant.voice.speak(here.app.notices.text(notice, language), language.locale)
    assert len(audio) > 4 * ON_THE_WIRES_BYTES
    await here.until(lambda: audio[:-ON_THE_WIRES_BYTES] in phone.ear)


async def nothing_is_left(here: Town, before: list[str]) -> None:
    await here.until(lambda: here.tasks == before)
    assert (here.app.server.media_sockets, here.open_sessions, here.app.calls.calls()) == (0, [], [])


async def test_a_caller_who_asks_for_a_person_is_dialled_through_and_the_agent_is_released() -> None:
    env, pace = {"DRAGOMAN_PERSON": PERSON}, quick(say_ms_per_character=10.0)
    async with town("conversation", env=env, carrier_pace=pace) as here:
        here.twilio.answers(PERSON, "human")
        before = here.tasks
        talk = await here.interpreted()
        await here.exchange(talk, CALLER_HZ, AGENT_HZ)
        talk.caller.press("0")
        person = await here.twilio.called(PERSON)
        await person.connected()
        await hears(here, talk.agent, Notice.PERSON_LEFT, "en")
        await talk.agent.ended()
        await nothing_is_left(here, before)
        assert (await here.record()).outcome == Outcome(Result.CALLER, "handed to a person")

        assert said(talk.caller)[-1] == words(here, Notice.PERSON_COMING)
        assert person.leg is not None
        assert person.leg.from_ == LINE
        person_ear, caller_ear = Ear(person), Ear(talk.caller)
        talk.caller.say(voice(CALLER_HZ))
        person.say(voice(PERSON_HZ))
        await here.until(lambda: CALLER_HZ in person_ear.markers and PERSON_HZ in caller_ear.markers)
        person.hang_up()
        await talk.caller.ended()
        assert said(talk.caller)[-1] == words(here, Notice.PERSON_COMING), "nothing more is said after that"
        assert here.twilio.alerts.codes() == []


async def test_where_the_person_is_not_reached_the_party_is_told() -> None:
    await together(*(not_reached(rule) for rule in ("busy", "no-answer", "failed")))


async def not_reached(rule: str) -> None:
    async with town("echo", env={"DRAGOMAN_PERSON": PERSON}) as here:
        here.twilio.answers(PERSON, rule)
        talk = await here.interpreted()
        talk.caller.press("0")
        await talk.caller.ended()
        assert said(talk.caller)[-3:] == [
            words(here, notice) for notice in (Notice.PERSON_COMING, Notice.NO_AGENT, Notice.GOODBYE)
        ]


async def test_an_agent_asks_for_a_person_at_any_kind_of_address() -> None:
    await together(*(agent_asks(address) for address in ("sip:desk@pbx.example.com", "client:desk")))


async def agent_asks(address: str) -> None:
    async with town("echo", env={**DIRECT, "DRAGOMAN_PERSON": address}) as here:
        here.twilio.answers(DIRECT["TWILIO_AGENT_ADDRESS"] or "", "human")
        here.twilio.answers(address, "human")
        caller = await here.dial()
        agent = await here.twilio.called(DIRECT["TWILIO_AGENT_ADDRESS"] or "")
        await here.streamed(agent)
        await here.reaches("interpreting")
        agent.press("0")
        person = await here.twilio.called(address)
        await person.connected()
        await caller.ended()
        assert said(caller)[-1] == words(here, Notice.PERSON_LEFT)
        assert said(agent)[-1] == words(here, Notice.PERSON_COMING, "en")
        assert (await here.record()).outcome == Outcome(Result.AGENT, "handed to a person")
        agent.hang_up()
        await person.ended()


async def test_where_nobody_is_set_the_party_is_told_and_the_interpreter_goes_on() -> None:
    async with town("conversation") as here:
        talk: Talk = await here.interpreted()
        talk.caller.press("0")
        await here.until(lambda: talk.caller_ear.heard_all(400))
        assert talk.agent_ear.sound_ms == 0, "the other one hears nothing of it"
        again = await here.talk(talk.caller, talk.agent, talk.call_id)
        await here.exchange(again, CALLER_HZ, AGENT_HZ)
        assert here.state == "interpreting"
        dialled = [leg for leg in here.twilio.exchange.calls.values() if leg.direction is Direction.OUTBOUND_DIAL]
        assert dialled == []
        assert talk.caller.address == CALLER
