"""How the agent comes to the call: routes, acceptance, the whisper, the beep, and no word lost meanwhile."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from dragoman.audio.hold import hold_sound
from dragoman.domain.call import Notice
from dragoman.domain.outcome import Result
from dragoman.interpreters.openai.emulator import Faults as ModelFaults
from dragoman.interpreters.openai.emulator.markers import answer_hz
from dragoman.telephony.twilio.emulator import Faults, Phone, tones
from tests.rig.people import SPEECH_MS, Ear, in_voice, voice
from tests.rig.town import AGENTS_PHONE, CALLER, DIRECT, Town, fetched, said, together, town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

CALLER_HZ, AGENT_HZ = 500, 900


async def direct_call(here: Town, agents_address: str) -> tuple[Phone, Phone]:
    """A caller, and the agent whose own phone rang."""
    caller = await here.dial()
    agent = await here.twilio.called(agents_address)
    await agent.connected()
    await here.streamed(agent)
    return caller, agent


async def test_an_agents_own_phone_is_dialled_and_told_who_calls() -> None:
    addresses = (AGENTS_PHONE, "sip:alice@desk.example.com", "client:alice")
    await together(*(own_phone(address) for address in addresses))


async def own_phone(address: str) -> None:
    async with town("conversation", env={**DIRECT, "TWILIO_AGENT_ADDRESS": address}) as here:
        here.twilio.answers(address, "human")
        caller, agent = await direct_call(here, address)
        assert said(agent) == ["Spanish."], "the whisper, before the stream"
        await here.exchange(await here.talk(caller, agent, here.call_id), CALLER_HZ, AGENT_HZ)
        agent.hang_up()
        await caller.ended()
        assert (await here.record()).outcome.result is Result.AGENT


async def test_the_task_says_all_that_an_agents_desktop_needs() -> None:
    async with town("echo") as here:
        await here.dial(CALLER)
        attributes = (await here.reserved()).task.attributes
        call_id = here.call_id
        assert {
            name: attributes[name] for name in ("dragoman_call", "caller_language", "agent_language", "caller")
        } == {
            "dragoman_call": call_id,
            "caller_language": "es",
            "agent_language": "en",
            "caller": CALLER,
        }
        assert attributes["panel_url"] == here.address(f"/api/calls/{call_id}/captions")
        here.tokens.open_panel(attributes["panel_token"], call_id)


async def test_beep_and_hold_music_are_not_interpreted_and_first_words_are_not_lost() -> None:
    await together(beep_and_music("conversation"), beep_and_music("translation"))


async def beep_and_music(engine: str) -> None:
    async with town(engine, beep=True, hold_music=True) as here:
        caller = await here.dial()
        reservation = await here.reserved()
        await here.twilio.ticker.beats(50)  # a second of hold music
        agent = await reservation.accept()
        # The first word follows on the beep: the emulated conference mixes nothing, and drops what is said in it.
        agent.say(b"\xff" * len(tones.beep()) + voice(AGENT_HZ))
        await here.twilio.ticker.beats(10)  # until the last of the hold sound is over
        caller_ear = Ear(caller)
        await here.until(lambda: caller_ear.heard_answer(AGENT_HZ))
        caller_ear.expect_only(AGENT_HZ, SPEECH_MS)
        caller.hang_up()
        record = await here.record()
    assert [one.source_text.strip() for one in record.utterances] == [f"marker {AGENT_HZ}"]


async def test_words_said_before_the_sessions_are_ready_are_all_interpreted() -> None:
    await together(slow_sessions("conversation"), slow_sessions("translation"))


async def slow_sessions(engine: str) -> None:
    slow = ModelFaults(connect_delay_s=1.0, updated_delay_s=0.8)
    async with town(engine, model_faults=slow) as here:
        talk = await here.interpreted()
        await here.exchange(talk, CALLER_HZ, AGENT_HZ)


async def test_the_agent_hears_who_calls_before_anything_else() -> None:
    async with town("conversation", env={"DRAGOMAN_NOTICES": None}) as here:
        caller = await here.dial()
        reservation = await here.reserved()
        agent = await reservation.accept()
        caller.say(voice(CALLER_HZ))  # the caller speaks while the agent is being told
        ear = Ear(agent)
        await here.until(lambda: answer_hz(CALLER_HZ) in ear.markers)
        setup = here.app.calls.setup(here.call_id)
        assert setup is not None
        words = here.app.notices.whisper(setup.caller.language, setup.agent.language)
        assert words == "Spanish caller, interpreted."
        whisper = in_voice(words)
        assert ear.times_heard(whisper) == 1
        assert ear.place_of(whisper) < len(ear.audio) - len(whisper), "the answer comes behind it"


async def test_a_waiting_caller_hears_the_message_and_then_hold_sound_until_the_agent_is_there() -> None:
    async with town("conversation") as here:
        caller = await here.dial()
        reservation = await here.reserved()
        await here.streamed(caller)
        ear = Ear(caller)
        held = b"".join(hold_sound(frame) for frame in range(50, 60))
        await here.until(lambda: ear.times_heard(held))
        setup = here.app.calls.setup(here.call_id)
        assert setup is not None
        assert said(caller)[-1] == here.app.notices.text(Notice.WAIT, setup.caller.language)
        assert here.models.sessions == [], "nothing is opened, and paid for, while the caller waits"
        talk = await here.accepted(caller, reservation)
        await here.exchange(talk, CALLER_HZ, AGENT_HZ)


# ---- Acceptance, early, late and twice -------------------------------------------------------------------------------


def accepted_event(call_id: str, **change: str) -> dict[str, str]:
    """What TaskRouter posts when a reservation was accepted."""
    attributes = {"dragoman_call": call_id, "from": CALLER}
    form = {
        "EventType": "reservation.accepted",
        "AccountSid": "AC" + "0123456789abcdef" * 2,
        "ReservationSid": "WR" + "0" * 32,
        "TaskAttributes": json.dumps(attributes),
        "TaskAssignmentStatus": "assigned",
    }
    return form | change


async def test_an_acceptance_before_the_agents_stream_counts() -> None:
    async with town("conversation", faults=Faults(rest_too_many=3)) as here:
        caller = await here.dial()
        await here.reaches("connecting")
        answer = await here.post("/reservation-accepted", accepted_event(here.call_id))
        assert answer.status_code == 204
        assert here.app.server.media_sockets == 1, "the agent's stream is not here yet"
        assert here.state == "interpreting"
        caller.say(voice(CALLER_HZ))  # no word is lost from this moment
        agent = await here.answer()
        ear = Ear(agent)
        await here.until(lambda: answer_hz(CALLER_HZ) in ear.markers)
        agent.say(voice(AGENT_HZ))
        caller_ear = Ear(caller)
        await here.until(lambda: caller_ear.heard_answer(AGENT_HZ))
        assert len(here.models.sessions) == 2


async def test_events_that_come_twice_or_mean_something_else_change_nothing() -> None:
    async with town("conversation", faults=Faults(callbacks_twice=True, webhooks_twice=100)) as here:
        talk = await here.interpreted()
        noise: list[Mapping[str, str]] = [
            accepted_event(talk.call_id),
            accepted_event(talk.call_id, ReservationSid="WR" + "1" * 32),
            accepted_event(talk.call_id, EventType="reservation.created"),
            accepted_event(talk.call_id, EventType="task.updated"),
            accepted_event(talk.call_id, EventType="task-queue.timeout"),
            accepted_event(talk.call_id, EventType="task.canceled"),
            accepted_event(talk.call_id, EventType="reservation.canceled"),
            accepted_event(talk.call_id, EventType="reservation.rescinded"),
            accepted_event(talk.call_id, EventType="workflow.timeout", TaskAssignmentStatus="canceled"),
            accepted_event(talk.call_id, TaskAttributes="{"),
            accepted_event("another-call"),
        ]
        for form in noise:
            assert (await here.post("/reservation-accepted", form)).status_code == 204
        await here.exchange(talk, CALLER_HZ, AGENT_HZ)
        assert len(here.models.sessions) == 2
        talk.caller.hang_up()
        record = await here.record()
    assert [one.source_text for one in record.utterances] in (
        [f"marker {CALLER_HZ}", f"marker {AGENT_HZ}"],
        [f"marker {AGENT_HZ}", f"marker {CALLER_HZ}"],
    )
    said_ms = sum(session.audio_ms for session in here.models.sessions)
    lived_ms = 2 * record.duration_s * 1000
    assert said_ms <= lived_ms, "nothing is forwarded twice"


async def test_a_transfer_keeps_the_call_and_its_sessions() -> None:
    async with town("conversation") as here:
        caller = await here.dial()
        first = await here.reserved("Alice")
        talk = await here.accepted(caller, first)
        second = first.transfer(here.twilio.worker("Bob"))
        bob = await second.accept()
        await talk.agent.ended()
        await here.exchange(await here.talk(caller, bob, talk.call_id), CALLER_HZ, AGENT_HZ)
        assert len(here.models.sessions) == 2


async def test_callbacks_out_of_order_and_lost_do_not_stop_a_call() -> None:
    async with town("conversation", faults=Faults(callbacks_reordered=True)) as here:
        talk = await here.interpreted()
        here.twilio.faults.callbacks_lost = 100
        await here.exchange(talk, CALLER_HZ, AGENT_HZ)
        talk.agent.hang_up()
        await talk.caller.ended()
        assert (await here.record()).outcome.result is Result.AGENT


async def test_a_stream_that_fails_to_connect_or_dies_is_connected_again() -> None:
    async with town("conversation", faults=Faults(streams_refused=1)) as here:
        talk = await here.interpreted()
        assert here.twilio.alerts.codes() == [31901]
        asked = len(fetched(talk.caller))
        assert here.twilio.cut_stream(talk.caller.call_sid)
        await here.until(lambda: len(fetched(talk.caller)) > asked)
        await here.streamed(talk.caller)
        await here.exchange(await here.talk(talk.caller, talk.agent, talk.call_id), CALLER_HZ, AGENT_HZ)
        assert len(here.models.sessions) == 2
