"""<Dial>: number, SIP and client; who answers; what the action is told."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.telephony.twilio.emulator import TwilioEmulator
from tests.fakes.twilio_app import TwilioApp, twiml

pytestmark = pytest.mark.pair

OURS = "+15550100001"
OTHER = "+15550100002"
CALLER = "+34600000001"


def dial(inside: str, attributes: str = "") -> str:
    return twiml(f'<Dial action="/after" {attributes}>{inside}</Dial>')


@pytest.mark.parametrize(
    ("noun", "address"),
    [
        ("<Number>+15550155555</Number>", "+15550155555"),
        ("<Client>alice</Client>", "client:alice"),
        ("<Client><Identity>alice</Identity></Client>", "client:alice"),
        ("<Sip>sip:desk@pbx.example.com</Sip>", "sip:desk@pbx.example.com"),
        ("+15550155555", "+15550155555"),
    ],
)
async def test_who_is_dialled_is_joined(app: TwilioApp, twilio: TwilioEmulator, noun: str, address: str) -> None:
    twilio.answers(address, "human")
    app.pages["/voice"] = dial(noun)
    app.pages["/after"] = twiml("<Hangup/>")
    caller = await twilio.phone(CALLER).call(OURS)
    other = await twilio.called(address)
    await other.connected()
    caller.say(b"\x13" * 800)
    await caller.said()
    await twilio.ticker.beats(4)
    assert b"\x13" * 800 in other.ear
    other.hang_up()
    form = (await app.hit("/after")).form
    assert form["DialCallStatus"] == "completed"
    assert form["DialCallSid"] == other.call_sid
    assert twilio.leg(other.call_sid).parent == caller.call_sid
    assert twilio.leg(other.call_sid).from_ == CALLER


@pytest.mark.parametrize("rule", ["busy", "no-answer", "failed"])
async def test_nobody_answers(app: TwilioApp, twilio: TwilioEmulator, rule: str) -> None:
    twilio.answers(OTHER, rule)
    app.pages["/voice"] = dial(f"<Number>{OTHER}</Number>")
    app.pages["/after"] = twiml("<Hangup/>")
    await twilio.phone(CALLER).call(OURS)
    assert (await app.hit("/after")).form["DialCallStatus"] == rule


@pytest.mark.parametrize("shown", [OURS, CALLER])
async def test_the_account_s_own_number_or_the_caller_s_is_shown(
    app: TwilioApp, twilio: TwilioEmulator, shown: str
) -> None:
    twilio.answers(OTHER, "human")
    app.pages["/voice"] = dial(f"<Number>{OTHER}</Number>", f'callerId="{shown}"')
    await twilio.phone(CALLER).call(OURS)
    other = await twilio.called(OTHER)
    assert twilio.leg(other.call_sid).from_ == shown
    assert twilio.alerts.codes() == []


async def test_a_strange_number_cannot_be_shown_to_a_phone(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.answers(OTHER, "human")
    app.pages["/voice"] = dial(f"<Number>{OTHER}</Number>", 'callerId="+15550177777"')
    app.pages["/after"] = twiml("<Hangup/>")
    await twilio.phone(CALLER).call(OURS)
    form = (await app.hit("/after")).form
    assert form["DialCallStatus"] == "failed"
    assert "DialCallSid" not in form
    assert twilio.alerts.codes() == [13214]


async def test_a_client_may_be_shown_anything(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.answers("client:alice", "human")
    app.pages["/voice"] = dial("<Client>alice</Client>", 'callerId="the desk"')
    await twilio.phone(CALLER).call(OURS)
    assert twilio.leg((await twilio.called("client:alice")).call_sid).from_ == "the desk"
    assert twilio.alerts.codes() == []


async def test_a_client_must_say_which_number_is_shown(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = dial(f"<Number>{OTHER}</Number>")
    app.pages["/after"] = twiml("<Hangup/>")
    await twilio.phone("client:alice").call(OURS)
    assert (await app.hit("/after")).form["DialCallStatus"] == "failed"
    assert twilio.alerts.codes() == [13214]


async def test_the_caller_hangs_up_and_so_does_the_other(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.answers(OTHER, "human")
    app.pages["/voice"] = dial(f"<Number>{OTHER}</Number>")
    caller = await twilio.phone(CALLER).call(OURS)
    other = await twilio.called(OTHER)
    await other.connected()
    caller.hang_up()
    await other.ended()
    assert app.at("/after") == []


async def test_the_first_who_answers_is_joined(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.answers("client:slow", "no-answer")
    twilio.answers("client:quick", "human")
    twilio.pace.no_answer_s = 5
    app.pages["/voice"] = dial("<Client>slow</Client><Client>quick</Client>")
    app.pages["/after"] = twiml("<Hangup/>")
    await twilio.phone(CALLER).call(OURS)
    slow, quick = await twilio.called("client:slow"), await twilio.called("client:quick")
    await quick.connected()
    await slow.ended()
    assert twilio.leg(slow.call_sid).status.value == "canceled"
    quick.hang_up()
    assert (await app.hit("/after")).form["DialCallSid"] == quick.call_sid


async def test_a_number_of_ours_is_a_hairpin(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.number(OTHER, f"{app.url}/other")
    app.pages["/other"] = twiml("<Say>here is the other</Say><Pause length='5'/>")
    app.pages["/voice"] = dial(f"<Number>{OTHER}</Number>")
    caller = await twilio.phone(CALLER).call(OURS)
    hit = await app.hit("/other")
    assert hit.form["From"] == CALLER
    async with asyncio.timeout(5):
        while not caller.ear.strip(b"\xff"):
            await twilio.ticker.beats(1)


async def test_an_answer_may_be_decided_by_the_test(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.answers(OTHER, lambda phone: "busy" if phone.address == OTHER else "human")
    app.pages["/voice"] = dial(OTHER)
    app.pages["/after"] = twiml("<Hangup/>")
    await twilio.phone(CALLER).call(OURS)
    assert (await app.hit("/after")).form["DialCallStatus"] == "busy"


# ---- What the dialled party hears first ------------------------------------------------------------------------------

WHISPERED = "Wants a refund for order seventy-seven."


@pytest.mark.parametrize(
    ("noun", "address"),
    [
        ('<Number url="/whisper">+15550155555</Number>', "+15550155555"),
        ('<Client url="/whisper">alice</Client>', "client:alice"),
        ('<Sip url="/whisper">sip:desk@pbx.example.com</Sip>', "sip:desk@pbx.example.com"),
    ],
)
async def test_the_dialled_party_hears_the_whisper_alone_and_is_joined_then(
    app: TwilioApp, twilio: TwilioEmulator, noun: str, address: str
) -> None:
    twilio.answers(address, "human")
    twilio.pace.say_ms_per_character = 10.0
    app.pages["/voice"] = dial(noun, 'answerOnBridge="true"')
    app.pages["/whisper"] = twiml(f"<Say>{WHISPERED}</Say>")
    app.pages["/after"] = twiml("<Hangup/>")
    caller = await twilio.phone(CALLER).call(OURS)
    other = await twilio.called(address)
    hit = await app.hit("/whisper")
    assert (hit.form["CallSid"], hit.form["ParentCallSid"]) == (other.call_sid, caller.call_sid)
    assert (hit.form["Direction"], hit.form["CallStatus"], hit.form["To"]) == ("outbound-dial", "in-progress", address)
    caller.say(b"\x13" * 1600)
    await twilio.ticker.beats(5)
    whispered = await twilio.exchange.plant.voice.speak(WHISPERED, "en-US")
    async with asyncio.timeout(5):
        while b"\x13" * 160 not in other.ear:
            caller.say(b"\x13" * 160)
            await twilio.ticker.beats(2)
    heard = other.ear.strip(b"\xff")
    assert heard.startswith(whispered.strip(b"\xff")[:-160])
    assert whispered[:800] not in caller.ear
    other.hang_up()
    form = (await app.hit("/after")).form
    assert (form["DialCallStatus"], form["DialBridged"]) == ("completed", "true")
    assert twilio.alerts.codes() == []


async def test_who_hangs_up_during_the_whisper_is_not_joined(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.answers(OTHER, "human")
    app.pages["/voice"] = dial(f'<Number url="/whisper">{OTHER}</Number>')
    app.pages["/whisper"] = twiml("<Pause length='60'/>")
    app.pages["/after"] = twiml("<Hangup/>")
    await twilio.phone(CALLER).call(OURS)
    other = await twilio.called(OTHER)
    await app.hit("/whisper")
    other.hang_up()
    form = (await app.hit("/after")).form
    assert (form["DialCallStatus"], form["DialBridged"]) == ("completed", "false")


async def test_a_dialled_party_may_be_asked_for_a_key_and_decline(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.answers(OTHER, "human")
    app.pages["/voice"] = dial(f'<Number url="/whisper" method="GET">{OTHER}</Number>')
    app.pages["/whisper"] = twiml('<Gather numDigits="1" action="/choice" timeout="5"/><Hangup/>')
    app.pages["/choice"] = lambda hit: twiml("" if hit.form["Digits"] == "1" else "<Hangup/>")
    app.pages["/after"] = twiml("<Hangup/>")
    for key, joined in (("1", "true"), ("2", "false")):
        caller = await twilio.phone(CALLER).call(OURS)
        other = await twilio.called(OTHER)
        async with asyncio.timeout(5):
            while other.leg is None or other.leg.ear is None:
                await twilio.ticker.beats(1)
        other.press(key)
        await app.hit("/choice", number=0 if key == "1" else 1)
        await twilio.ticker.beats(5)
        other.hang_up()
        form = (await app.hit("/after", number=0 if key == "1" else 1)).form
        assert form["DialBridged"] == joined
        await caller.ended()
    assert app.at("/whisper")[0].method == "GET"


async def test_a_caller_who_hangs_up_during_the_whisper_ends_both(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.answers(OTHER, "human")
    app.pages["/voice"] = dial(f'<Number url="/whisper">{OTHER}</Number>')
    app.pages["/whisper"] = twiml("<Pause length='60'/>")
    caller = await twilio.phone(CALLER).call(OURS)
    other = await twilio.called(OTHER)
    await app.hit("/whisper")
    caller.hang_up()
    await other.ended()


async def test_a_whisper_that_cannot_be_had_joins_nobody(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.answers(OTHER, "human")
    app.pages["/voice"] = dial(f'<Number url="/nowhere">{OTHER}</Number>')
    app.pages["/after"] = twiml("<Hangup/>")
    await twilio.phone(CALLER).call(OURS)
    assert (await app.hit("/after")).form["DialBridged"] == "false"
    assert twilio.alerts.codes() == [11217]


async def test_a_whisper_leads_nowhere_else(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.answers(OTHER, "human")
    app.pages["/voice"] = dial(f'<Number url="/whisper">{OTHER}</Number>')
    app.pages["/whisper"] = twiml("<Dial>+15550100009</Dial>")
    await twilio.phone(CALLER).call(OURS)
    other = await twilio.called(OTHER)
    async with asyncio.timeout(5):
        while not twilio.alerts.codes():
            await twilio.ticker.beats(1)
    assert twilio.alerts.codes() == [12200]
    other.hang_up()


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="no such way to answer"):
        TwilioEmulator().answers(OTHER, "maybe")
