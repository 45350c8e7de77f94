"""Phones, and the emulator's own edges."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.telephony.twilio.emulator import Account, Pace, PhoneState, TwilioEmulator, serve
from tests.fakes.twilio_app import TwilioApp, twiml

pytestmark = pytest.mark.pair

OURS = "+15550100001"
CALLER = "+34600000001"
WORKFLOW = "WW" + "1" * 32


async def test_a_phone_has_one_call_at_a_time(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml("<Say>Hi</Say><Pause length='9'/>")
    phone = await twilio.phone(CALLER).call(OURS)
    with pytest.raises(RuntimeError, match="in a call already"):
        await phone.call(OURS)
    await phone.connected()
    phone.hang_up()
    phone.hang_up()
    await phone.ended()
    first = phone.call_sid
    await phone.call(OURS)
    await phone.connected()
    assert phone.call_sid != first
    assert phone.state is PhoneState.IN_CALL


async def test_a_number_that_is_not_ours_cannot_be_called(twilio: TwilioEmulator) -> None:
    phone = twilio.phone(CALLER)
    with pytest.raises(ValueError, match="none of the account's numbers"):
        await phone.call("+15550999999")
    assert phone.state is PhoneState.ENDED


async def test_speech_waits_for_the_call_and_is_said_once(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml("<Say>Hi</Say><Pause length='9'/>")
    phone = twilio.phone(CALLER)
    phone.say(b"\x41" * 300)
    phone.say(b"\x42" * 160)
    assert phone.speaking
    await phone.call(OURS)
    await phone.said()
    assert phone.mouth.strip(b"\xff") == b"\x41" * 300 + b"\xff" * 20 + b"\x42" * 160


async def test_what_was_not_said_when_the_call_ends_is_not_said(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml("<Say>Hi</Say><Pause length='9'/>")
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.connected()
    phone.say(b"\x41" * 8000 * 60)
    phone.hang_up()
    await phone.said(1)
    assert not phone.speaking


async def test_recordings_have_the_length_of_the_clock(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml("<Say>Hi</Say>")
    idle = twilio.phone("+34600000002")
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.ended()
    assert len(phone.ear) == len(phone.mouth) == len(idle.ear) == twilio.ticker.frames * 160
    assert idle.ear.strip(b"\xff") == b""


async def test_nothing_is_kept_without_recording(app: TwilioApp) -> None:
    app.pages["/voice"] = twiml("<Say>Hi</Say>")
    async with TwilioEmulator(pace=Pace.quick(), record=False) as twilio:
        twilio.number(OURS, f"{app.url}/voice")
        phone = await twilio.phone(CALLER).call(OURS)
        await phone.ended()
    assert (phone.ear, phone.mouth) == (b"", b"")


async def test_waits_have_deadlines(twilio: TwilioEmulator) -> None:
    phone = twilio.phone(CALLER)
    for wait in (phone.connected, phone.ended):
        with pytest.raises(TimeoutError):
            await wait(0.01)
    with pytest.raises(TimeoutError):
        await twilio.called("+34600000005", 0.01)
    with pytest.raises(TimeoutError):
        await twilio.worker("Alice").reservation(0.01)


async def test_leaving_the_emulator_ends_all_calls_properly(app: TwilioApp) -> None:
    app.pages["/voice"] = twiml(f'<Connect><Stream url="{app.ws_url}/intercept"/></Connect>')
    async with TwilioEmulator(pace=Pace.quick()) as twilio:
        twilio.number(OURS, f"{app.url}/voice", status_callback=f"{app.url}/number-status")
        phone = await twilio.phone(CALLER).call(OURS)
        stream = await app.stream()
    assert phone.state is PhoneState.ENDED
    await stream.event("stop")
    assert app.at("/number-status")[0].form["CallStatus"] == "completed"


async def test_a_busy_port_is_an_error_at_once(twilio: TwilioEmulator) -> None:
    port = int(twilio.base_url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="in use"):
        async with TwilioEmulator(port=port):
            pass


async def test_served_alone_it_has_workers_who_accept(app: TwilioApp) -> None:
    app.pages["/voice"] = twiml(f'<Enqueue workflowSid="{WORKFLOW}" waitUrl=""/>')
    account = Account(
        numbers=((OURS, f"{app.url}/voice"),),
        workflow_sid=WORKFLOW,
        event_callback_url=f"{app.url}/events-status",
        workers=("Alice",),
    )
    running: asyncio.Queue[TwilioEmulator] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(serve(0, account, pace=Pace.quick(), started=running.put_nowait))
        twilio = await running.get()
        await twilio.phone(CALLER).call(OURS)
        hit = await app.hit("/events-status")
        assert hit.form["EventType"] == "reservation.accepted"
        serving.cancel()


async def test_a_voice_that_fails_is_not_hushed_up(app: TwilioApp) -> None:
    """What breaks inside the emulator ends the block with the error itself."""

    def broken(text: str, language: str) -> bytes:
        raise LookupError("no such voice")

    app.pages["/voice"] = twiml("<Say>Hi</Say>")
    with pytest.raises(ExceptionGroup) as caught:
        async with TwilioEmulator(say=broken) as twilio:
            twilio.number(OURS, f"{app.url}/voice")
            await (await twilio.phone(CALLER).call(OURS)).ended()
    assert caught.group_contains(LookupError, match="no such voice")
