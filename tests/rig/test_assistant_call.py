"""Whole calls that an assistant answers: our server between the emulated telephone network and the emulated model."""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from dragoman.domain.audio import PCMU_FRAME_BYTES
from dragoman.interpreters.openai.emulator import Answer, Call, Faults
from dragoman.interpreters.openai.emulator.faults import BROKEN, Ending
from dragoman.interpreters.openai.emulator.markers import answer_hz
from dragoman.telephony.twilio.emulator.stream import MediaStream
from tests.rig.assistants import DESK_LINE, GREETING, PERSON, Desk, DeskCall, answer, desk, said
from tests.rig.people import Ear, voice
from tests.rig.town import AGENTS_PHONE, DIRECT, fetched, together
from tests.rig.town import said as spoken

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

ENGINE_DOWN = "I am sorry, I have a technical problem."
CALLER_HZ = 500
HZ = (1910, 2010, 2110, 2210, 2310, 2410)
"""The tones of answers, each of its own."""


def tool(name: str, **arguments: str) -> tuple[Call, ...]:
    return (Call(name, json.dumps(arguments)),)


# ---- From the greeting to the goodbye --------------------------------------------------------------------------------


async def test_a_call_is_greeted_answered_and_said_goodbye_to_and_no_frame_is_lost(
    monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    frames: list[bytes] = []
    inbound = MediaStream._inbound

    def seen(stream: MediaStream, frame: bytes) -> None:
        frames.append(frame)
        inbound(stream, frame)

    monkeypatch.setattr(MediaStream, "_inbound", seen)
    answers = [
        answer(HZ[0]),
        Answer("¿Hay aparcamiento?", tool("faq", question="¿Hay aparcamiento?"), (said(HZ[1]),)),
        Answer("Adiós.", tool("hang_up", goodbye="Adiós."), ()),
    ]
    # A cold start: the vendor takes a second to let the session in, and the caller speaks from the first frame on.
    async with desk(answers, model_faults=Faults(connect_delay_s=1.0)) as place:
        phone = place.here.twilio.phone("+34600000001")
        phone.say(voice(CALLER_HZ, 400))
        ear = Ear(phone)
        await phone.call(DESK_LINE)
        await phone.connected(20)
        call = DeskCall(place.here, phone, ear, place.records)
        await call.hears(HZ[0])
        await place.here.until(lambda: ear.heard_all(200))
        await call.answered(HZ[1])
        call.ask()
        await phone.ended()
        record = await call.record()
        await place.nothing_is_left(alone=True)
    heard = bytes(call.session.audio)
    sent = b"".join(frames)
    assert len(heard) > 50 * PCMU_FRAME_BYTES
    lost = next(
        (at for at in range(0, len(heard), PCMU_FRAME_BYTES) if heard[at : at + 160] != sent[at : at + 160]), None
    )
    record_property("assistant, cold start of 1 s", f"{len(heard) // 160} frames heard, first lost: {lost}")
    assert lost is None, "byte for byte, from the first frame on"
    # The caller spoke before the greeting: the vendor cannot answer while it is said, and is asked for the answer then.
    assert {error.code for error in place.here.models.errors} == {"conversation_already_has_active_response"}
    assert place.here.twilio.alerts.codes() == []
    texts = [line["text"] for line in record["lines"] if line["who"] == "assistant"]
    assert texts[0] == GREETING
    assert [use["name"] for use in record["tools"]] == ["faq", "hang_up"]
    assert record["outcome"] == {"result": "us", "reason": "the assistant said goodbye"}
    assert texts[-1] == "Adiós."


# ---- Barge-in --------------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def watched() -> AsyncIterator[list[float]]:
    """By how many milliseconds this process came late, again and again: all of the town runs in it, the clock too."""
    late_ms: list[float] = [0.0]

    async def watch() -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + 0.005
            await asyncio.sleep(0.005)
            late_ms.append((loop.time() - due) * 1000)

    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch())
        yield late_ms
        watching.cancel()


async def test_who_barges_in_is_heard_and_the_model_knows_what_was_not(
    record_property: Callable[[str, object], None],
) -> None:
    """The figure that must be shown: milliseconds told to the model against what the phone's ear was given.

    40 ms is what they may be apart; a single one by as much more as this process, town and all, stood still.
    """
    long = [answer(hz, 6000) for hz in HZ[:3]]
    two = Answer("and then?", (said(HZ[3], 2000), said(HZ[4], 3000)))
    async with watched() as late_ms, desk([*long, two, answer(1610)]) as place:
        call = await place.call()
        await call.greeted()
        late_ms[:] = [0.0]
        call.ask()
        for hz, wait_ms in zip(HZ[:4], (300, 1200, 600, 500), strict=True):
            await call.hears(hz, wait_ms)
            call.ask(CALLER_HZ, 700)
        await call.hears(1610)
        stood_ms = round(max(late_ms))
        call.phone.hang_up()
        record = await call.record()
        await place.nothing_is_left()
    told = [one.audio_end_ms for one in call.truncated]
    played = [call.heard_ms(hz) for hz in HZ[:4]]
    apart = [mine - theirs for mine, theirs in zip(told, played, strict=False)]
    figures = f"told the model {told[:4]} ms, the phone heard {played} ms, apart {apart} ms (stood still {stood_ms} ms)"
    record_property("assistant, barge-in", figures)
    assert told[4:] == [0], "what was queued behind was not heard at all"
    assert call.heard_ms(HZ[4]) == 0
    assert statistics.median(abs(one) for one in apart) <= 40
    assert max(abs(one) for one in apart) <= 40 + stood_ms
    assert place.here.models.errors == [], "nothing was cancelled that did not run"
    assert len(record["barge_ins"]) == 4


# ---- Back-channels, keys, persons, agents ----------------------------------------------------------------------------


async def test_an_assistant_uses_its_line() -> None:
    await together(back_channel(), keys(), persons(), handed_over())


async def back_channel() -> None:
    """A short word does not stop the assistant."""
    async with desk([answer(HZ[0], 2500), answer(HZ[1])]) as place:
        call = await place.call()
        await call.greeted()
        call.ask()
        await call.hears(HZ[0], 500)
        call.ask(CALLER_HZ, 100)
        await call.hears(HZ[0], 2400)
        assert call.truncated == []
        call.phone.hang_up()
    assert place.here.models.errors == []


async def keys() -> None:
    """They are sent, and the talk goes on in the same session."""
    answers = [Answer("Pulse 12.", tool("digits", digits="1w2#"), (said(HZ[0]),)), answer(HZ[1])]
    async with desk(answers) as place:
        call = await place.call()
        await call.greeted()
        call.ask()
        await place.here.until(lambda: call.phone.keys_heard == "12#")
        await place.here.streamed(call.phone)
        await call.answered(HZ[1])
        assert len(place.here.models.sessions) == 1
        call.phone.hang_up()
        await call.record()
    assert place.here.models.errors == []
    assert place.here.twilio.alerts.codes() == []


async def persons() -> None:
    """One who is busy, whereupon the assistant goes on, and one who hears the summary first."""
    asked = Answer("A person, please.", tool("transfer", summary="Ana wants a refund."), (said(HZ[0]),))
    async with desk([asked, answer(HZ[1]), asked]) as place:
        here = place.here
        here.twilio.answers(PERSON, "busy")
        call = await place.call()
        await call.greeted()
        call.ask()
        await here.twilio.called(PERSON)
        await here.until(lambda: any("step=person" in one for one in fetched(call.phone)))
        await here.streamed(call.phone)
        await here.until(lambda: call.ear.heard_all(300))
        await call.answered(HZ[1])
        here.twilio.answers(PERSON, "human")
        call.ask()
        person = await here.twilio.called(PERSON)
        await person.connected()
        person_ear, caller_ear = Ear(person), Ear(call.phone)
        await here.until(lambda: spoken(person) == ["Ana wants a refund."])
        call.phone.say(voice(CALLER_HZ, 900))
        person.say(voice(900, 900))
        await here.until(lambda: CALLER_HZ in person_ear.markers and 900 in caller_ear.markers)
        assert len(here.models.sessions) == 1
        person.hang_up()
        await call.phone.ended()
        record = await call.record()
        await place.nothing_is_left()
    assert record["outcome"] == {"result": "agent", "reason": "talked with a person"}
    assert here.twilio.alerts.codes() == []
    summary_in_urls = [one for one in here.twilio.delivered if "refund" in one.url or "Ana" in one.url]
    assert summary_in_urls == []


async def handed_over() -> None:
    """The call goes on interpreted, with an agent, in the same phone call."""
    asked = Answer("A person, please.", tool("hand_over", summary="Ana wants a refund."), (said(HZ[0]),))
    async with desk([asked], env=DIRECT) as place:
        here = place.here
        here.twilio.answers(PERSON, "human")
        here.twilio.answers(AGENTS_PHONE, "human")
        call = await place.call()
        await call.greeted()
        call.ask()
        agent = await here.twilio.called(PERSON)
        await agent.connected()
        whisper = Ear(agent)
        await here.reaches("interpreting")
        await here.until(lambda: whisper.heard_all(400))
        talk = await here.talk(call.phone, agent, here.call_id)
        await here.exchange(talk, CALLER_HZ, 900)
        assert here.twilio.leg(call.phone.call_sid).live, "one phone call from ring to end"
        assert talk.setup.carrier_call == call.phone.call_sid
        call.phone.hang_up()
        await agent.ended()
        first = await call.record()
        interpreted = await here.record()
        await place.nothing_is_left()
    assert first["interpreted_call"] == interpreted.call_id
    assert first["outcome"]["result"] == "agent"
    assert answer_hz(CALLER_HZ) in talk.agent_ear.markers


async def test_the_apis_hang_up_ends_the_whole_phone_call() -> None:
    await together(hung_up_by_api(), hung_up_by_api("transfer"), hung_up_by_api("hand_over"))


async def hung_up_by_api(what: str = "") -> None:
    """Whoever the caller is with, and by the id of the call that the assistant answered: both legs, within 2 s."""
    asked = Answer("A person, please.", tool(what, summary="Ana wants a refund."), (said(HZ[0]),))
    async with desk([asked if what else answer(HZ[0])], env=DIRECT) as place:
        here = place.here
        here.twilio.answers(PERSON, "human")
        call = await place.call()
        await call.greeted()
        (view,) = here.app.assistants.calls.calls()
        call.ask()
        legs = [call.phone]
        if what:
            legs.append(await here.twilio.called(PERSON))
            await legs[1].connected()
        else:
            await call.hears(HZ[0])
        if what == "hand_over":
            await here.reaches("interpreting")
        began_s = here.twilio.ticker.now_s
        assert (await here.api("POST", f"/api/calls/{view.call_id}/hangup")).status_code == 202
        for leg in legs:
            await leg.ended()
        assert here.twilio.ticker.now_s - began_s <= 2.0
        record = await call.record()
        if what == "hand_over":
            assert (await here.record()).outcome.reason == "ended by the api"
        else:
            assert record["outcome"] == {"result": "us", "reason": "ended by the api"}
        assert (await here.api("POST", f"/api/calls/{view.call_id}/hangup")).status_code == 404
        await place.nothing_is_left()


# ---- When something fails --------------------------------------------------------------------------------------------


async def test_when_something_fails_the_caller_is_not_left() -> None:
    await together(engine_down("human"), engine_down("busy"), lost_and_found(), hang_ups())


async def engine_down(rule: str) -> None:
    """Without an engine the caller reaches a person, or leaves a message."""
    async with desk([answer(HZ[0])]) as place:
        here = place.here
        here.twilio.answers(PERSON, rule)
        call = await place.call()
        await call.greeted()
        here.models.faults = Faults(refuse=BROKEN)
        here.models.lives[0].end(Ending.DROP)
        if rule == "human":
            person = await here.twilio.called(PERSON)
            await person.connected()
            assert any(ENGINE_DOWN in one for one in spoken(call.phone))
            person.hang_up()
            await call.phone.ended()
            reason = (await call.record())["outcome"]["reason"]
            assert reason == "no assistant: talked with a person"
        else:
            await here.until(lambda: any("Record" in line.text for line in call.phone.log))
            await here.until(lambda: call.phone.leg is not None and call.phone.leg.tap is not None)
            call.phone.say(voice(CALLER_HZ, 800))
            await call.phone.ended()
            record = await call.record()
            (kept,) = here.twilio.recordings.kept
            assert record["message_url"].endswith(kept)
            assert record["outcome"]["reason"] == "no assistant: left a message"
        await place.nothing_is_left()


async def lost_and_found() -> None:
    """Neither a lost session nor a lost stream ends the talk."""
    async with desk([answer(HZ[0]), answer(HZ[1]), answer(HZ[2])]) as place:
        here = place.here
        call = await place.call()
        await call.greeted()
        await call.answered(HZ[0])
        here.models.lives[0].end(Ending.DROP)
        await here.until(lambda: len(here.open_sessions) == 1 and len(here.models.sessions) == 2)
        await call.answered(HZ[0])  # the new session counts its questions anew
        here.twilio.cut_stream(call.phone.call_sid)
        await here.until(lambda: sum("/next" in one for one in fetched(call.phone)) == 1)
        await here.streamed(call.phone)
        await call.answered(HZ[1])
        call.phone.hang_up()
        record = await call.record()
        await place.nothing_is_left()
    assert record["sessions"] == 2
    assert record["outcome"] == {"result": "caller", "reason": "hung up"}


async def hang_ups() -> None:
    """Who hangs up leaves nothing behind."""
    async with desk([answer(HZ[0], 5000)]) as place:
        await hangs_up(place, greeted=False)
        await hangs_up(place, greeted=True)


async def hangs_up(place: Desk, *, greeted: bool) -> None:
    call = await place.call()
    if greeted:
        await call.greeted()
        call.ask()
        await call.hears(HZ[0])
    call.phone.hang_up()
    record: dict[str, Any] = await call.record(2 if greeted else 1)
    assert record["outcome"] == {"result": "caller", "reason": "hung up"}
    await place.nothing_is_left()
