"""Calls that run TwiML: answering, fallback, verbs, hang-ups."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
from twilio.request_validator import RequestValidator

from dragoman.audio import wav
from dragoman.telephony.twilio.emulator import Line, Phone, PhoneState, TwilioEmulator
from tests.fakes.twilio_app import Answer, Hit, TwilioApp, twiml

pytestmark = pytest.mark.pair

OURS = "+15550100001"
CALLER = "+34600000001"


def lines(phone: Phone, kind: Line) -> list[str]:
    return [line.text for line in phone.log if line.kind is kind]


async def finished(twilio: TwilioEmulator) -> Phone:
    """A call that runs to its end by itself."""
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.ended()
    return phone


async def test_the_first_webhook_has_all_parameters_and_is_signed(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml("<Say>Hello</Say>")
    phone = await finished(twilio)
    hit = app.at("/voice")[0]
    assert hit.form["CallSid"] == phone.call_sid
    assert hit.form["AccountSid"] == twilio.account_sid
    assert (hit.form["From"], hit.form["Caller"]) == (CALLER, CALLER)
    assert (hit.form["To"], hit.form["Called"]) == (OURS, OURS)
    assert hit.form["CallStatus"] == "ringing"
    assert hit.form["Direction"] == "inbound"
    assert hit.form["ApiVersion"] == "2010-04-01"
    assert (hit.form["FromCountry"], hit.form["FromCity"]) == ("ES", "")
    assert RequestValidator(twilio.auth_token).validate(hit.url, hit.form, hit.headers["x-twilio-signature"])
    assert hit.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert lines(phone, Line.SAY) == ["Hello"]


async def test_the_end_of_the_document_hangs_up_and_the_number_is_told(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml("<Pause length='0'/><Say>Hi</Say>")
    phone = await finished(twilio)
    assert phone.state is PhoneState.ENDED
    status = await app.hit("/number-status")
    assert status.form["CallStatus"] == "completed"
    assert {"CallDuration", "Duration", "Timestamp"} <= status.form.keys()
    assert status.form["CallbackSource"] == "call-progress-events"
    assert status.form["SequenceNumber"] == "0"


async def test_say_is_heard_as_a_tone_that_depends_on_the_text(app: TwilioApp) -> None:
    async def heard(text: str) -> bytes:
        app.pages["/voice"] = twiml(f"<Say>{text}</Say>")
        async with TwilioEmulator() as twilio:
            twilio.number(OURS, f"{app.url}/voice")
            return (await finished(twilio)).ear.strip(b"\xff")

    short, same, long = await heard("Good"), await heard("Good"), await heard("Good morning")
    assert short
    assert short == same
    assert len(long) > len(short)


async def test_say_uses_the_voice_that_it_is_given(app: TwilioApp) -> None:
    asked = []

    async def say(text: str, language: str) -> bytes:
        asked.append((text, language))
        return b"\x42" * 480

    app.pages["/voice"] = twiml('<Say language="es-ES" loop="2">Hola</Say>')
    async with TwilioEmulator(say=say) as twilio:
        twilio.number(OURS, f"{app.url}/voice")
        phone = await finished(twilio)
    assert asked == [("Hola", "es-ES")]
    assert phone.ear.strip(b"\xff") == b"\x42" * 960


async def test_reject_never_answers(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml('<Reject reason="busy"/>')
    phone = await twilio.phone(CALLER).call(OURS)
    with pytest.raises(ConnectionError, match="busy"):
        await phone.connected()
    assert phone.ear.strip(b"\xff") == b""


async def test_hanging_up_while_it_rings_cancels(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = Answer(twiml("<Say>late</Say>"), wait_s=1)
    phone = await twilio.phone(CALLER).call(OURS)
    phone.hang_up()
    await phone.ended()
    assert twilio.leg(phone.call_sid).status.value == "canceled"
    assert lines(phone, Line.SAY) == []


async def test_redirect_is_relative_and_keeps_the_call(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml('<Redirect method="GET">next?step=2</Redirect>')
    app.pages["/next"] = twiml("<Hangup/>")
    phone = await finished(twilio)
    hit = app.at("/next")[0]
    assert hit.method == "GET"
    assert hit.query["step"] == "2"
    assert hit.query["CallSid"] == phone.call_sid
    assert RequestValidator(twilio.auth_token).validate(hit.url, {}, hit.headers["x-twilio-signature"])


async def test_a_play_is_fetched_and_heard(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml("<Play>/sound.wav</Play>")
    app.pages["/sound.wav"] = Answer(wav.write_mulaw(b"\x21" * 320), content_type="audio/wav")
    phone = await finished(twilio)
    assert phone.ear.strip(b"\xff") == b"\x21" * 320
    assert app.at("/sound.wav")[0].method == "GET"


async def test_a_missing_recording_is_an_error_and_the_call_goes_on(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml("<Play>/nothing.wav</Play><Say>on</Say>")
    phone = await finished(twilio)
    assert twilio.alerts.codes() == [11200]
    assert lines(phone, Line.SAY) == ["on"]


# ---- Gather ----------------------------------------------------------------------------------------------------------

MENU = '<Gather action="/menu" {0}><Say>Press one</Say></Gather><Say>nothing came</Say>'


async def test_gather_sends_the_digits(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml(MENU.format('numDigits="1"'))
    app.pages["/menu"] = twiml("<Hangup/>")
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.connected()
    phone.press("2")
    assert (await app.hit("/menu")).form["Digits"] == "2"


async def test_gather_ends_with_the_finishing_key(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml(MENU.format(""))
    app.pages["/menu"] = twiml("<Hangup/>")
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.connected()
    phone.press("1234#9")
    assert (await app.hit("/menu")).form["Digits"] == "1234"


async def test_gather_ends_a_while_after_the_last_digit(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml(MENU.format('finishOnKey=""'))
    app.pages["/menu"] = twiml("<Hangup/>")
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.connected()
    phone.press("5#")
    assert (await app.hit("/menu")).form["Digits"] == "5#"


async def test_a_key_silences_the_prompt(app: TwilioApp) -> None:
    async def long(text: str, language: str) -> bytes:
        return b"\x31" * 8000 * 60

    app.pages["/voice"] = twiml(MENU.format('numDigits="1"'))
    app.pages["/menu"] = twiml("<Hangup/>")
    async with TwilioEmulator(say=long) as twilio:
        twilio.number(OURS, f"{app.url}/voice")
        phone = await twilio.phone(CALLER).call(OURS)
        await phone.connected()
        phone.press("1")
        await phone.ended()


async def test_no_input_falls_through(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml(MENU.format(""))
    phone = await finished(twilio)
    assert app.at("/menu") == []
    assert "nothing came" in lines(phone, Line.SAY)


async def test_no_input_can_be_sent_too(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml(MENU.format('actionOnEmptyResult="true"'))
    app.pages["/menu"] = twiml("<Hangup/>")
    await finished(twilio)
    assert app.at("/menu")[0].form["Digits"] == ""


async def test_speech_is_recognised_as_the_script_has_it(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml(MENU.format('input="dtmf speech"'))
    app.pages["/menu"] = twiml("<Hangup/>")
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.connected()
    phone.say(b"\x10" * 3200, "español")
    hit = await app.hit("/menu")
    assert hit.form["SpeechResult"] == "español"
    assert 0 < float(hit.form["Confidence"]) < 1
    assert "Digits" not in hit.form


# ---- What breaks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (Answer("<Response><Say>"), 12100),
        (Answer("{}", content_type="application/json"), 12300),
        (Answer("oops", 500, "text/html"), 11217),
        (Answer(twiml("<!--" + "x" * 65536 + "-->")), 11750),
    ],
)
async def test_a_broken_document_goes_to_the_fallback_url(
    app: TwilioApp, twilio: TwilioEmulator, page: Answer, code: int
) -> None:
    app.pages["/voice"] = page
    app.pages["/fallback"] = twiml("<Say>please call again</Say>")
    twilio.number(OURS, f"{app.url}/voice", f"{app.url}/fallback")
    phone = await finished(twilio)
    hit = app.at("/fallback")[0]
    assert hit.form["ErrorCode"] == str(code)
    assert hit.form["ErrorUrl"] == f"{app.url}/voice"
    assert lines(phone, Line.SAY) == ["please call again"]
    assert twilio.alerts.codes() == [code]


async def test_without_a_fallback_the_caller_hears_an_apology(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.number(OURS, "http://127.0.0.1:9/voice")
    phone = await finished(twilio)
    assert lines(phone, Line.SAY) == ["We are sorry, an application error has occurred. Goodbye."]
    assert twilio.alerts.codes() == [11200]


async def test_a_slow_app_runs_into_the_limit(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.pace.webhook_limit_s = 0.1
    app.pages["/voice"] = Answer(twiml(""), wait_s=1)
    await finished(twilio)
    assert twilio.alerts.codes() == [11205]


async def test_a_strange_verb_is_a_warning_and_skipped(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml('<Speak>x</Speak><Say colour="red">Hi</Say>')
    phone = await finished(twilio)
    assert twilio.alerts.codes() == [12200, 12200]
    assert {alert.level.value for alert in twilio.alerts} == {"warning"}
    assert lines(phone, Line.SAY) == ["Hi"]


async def test_a_circle_is_cut(app: TwilioApp, twilio: TwilioEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.telephony.twilio.emulator.run.MOST_PAGES", 5)
    app.pages["/voice"] = twiml("<Redirect>/voice</Redirect>")
    await finished(twilio)
    assert len(app.at("/voice")) == 5


# ---- Webhooks' road --------------------------------------------------------------------------------------------------


async def test_a_repeated_webhook_has_the_same_idempotency_token(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.faults.webhooks_twice = 1
    app.pages["/voice"] = twiml("<Hangup/>")
    await finished(twilio)
    first, second = app.at("/voice")
    assert first.headers["i-twilio-idempotency-token"] == second.headers["i-twilio-idempotency-token"]
    assert first.form == second.form


async def test_a_url_can_ask_for_retries(app: TwilioApp, twilio: TwilioEmulator) -> None:
    def second_time_lucky(hit: Hit) -> str | Answer:
        return twiml("<Hangup/>") if len(app.at("/voice")) == 3 else Answer(status=503)

    app.pages["/voice"] = second_time_lucky
    twilio.number(OURS, f"{app.url}/voice#rc=2&rp=ct,5xx")
    await finished(twilio)
    hits = app.at("/voice")
    assert len(hits) == 3
    assert len({hit.headers["i-twilio-idempotency-token"] for hit in hits}) == 1
    assert RequestValidator(twilio.auth_token).validate(
        f"{app.url}/voice", hits[2].form, hits[2].headers["x-twilio-signature"]
    )
    assert twilio.alerts == []


async def test_a_refused_connection_is_tried_once_more(twilio: TwilioEmulator) -> None:
    twilio.number(OURS, "http://127.0.0.1:9/voice")
    await finished(twilio)
    assert [delivery.status for delivery in twilio.delivered] == [0, 0]


async def test_an_app_that_takes_no_connection_is_tried_twice_and_then_the_fallback_url_is(
    app: TwilioApp, twilio: TwilioEmulator
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, contextlib.ExitStack() as crowd:
        address = deaf.getsockname()
        for _ in range(3):  # its queue is full: whoever comes now gets no answer to the connect
            one = crowd.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(address)
        app.pages["/fallback"] = twiml("<Say>please call again</Say>")
        failed = f"http://127.0.0.1:{address[1]}/voice"
        twilio.pace.connect_limit_s = 0.2
        twilio.number(OURS, failed, f"{app.url}/fallback")
        phone = await finished(twilio)
    first, second, fallback = twilio.delivered
    assert (first.status, second.status, first.url, second.url) == (0, 0, failed, failed)
    assert first.token == second.token != fallback.token
    assert (fallback.form["ErrorCode"], fallback.form["ErrorUrl"]) == ("11200", failed)
    assert lines(phone, Line.SAY) == ["please call again"]


async def test_an_app_that_dies_over_a_request_is_asked_once_more_with_the_same_token(twilio: TwilioEmulator) -> None:
    tokens: list[str] = []

    async def dies_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        tokens.extend(line.partition(": ")[2] for line in head.split("\r\n") if line.startswith("i-twilio-idempot"))
        if len(tokens) > 1:
            page = twiml("<Hangup/>").encode()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: %d\r\n\r\n" % len(page) + page)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(dies_once, "127.0.0.1", 0) as server:
        twilio.number(OURS, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/voice")
        phone = await finished(twilio)
    assert len(tokens) == 2
    assert len(set(tokens)) == 1
    assert lines(phone, Line.SAY) == []
    assert twilio.alerts == []


async def test_the_fallback_url_is_asked_as_often_as_something_breaks(app: TwilioApp, twilio: TwilioEmulator) -> None:
    def comes_back(hit: Hit) -> str | Answer:
        return twiml("<Say>here we are</Say>") if len(app.at("/voice")) == 3 else Answer(status=500)

    app.pages["/voice"] = comes_back
    app.pages["/fallback"] = twiml('<Pause length="0"/><Redirect>/voice</Redirect>')
    twilio.number(OURS, f"{app.url}/voice", f"{app.url}/fallback")
    phone = await finished(twilio)
    assert len(app.at("/fallback")) == 2
    assert lines(phone, Line.SAY) == ["here we are"]


async def test_a_fallback_that_breaks_too_is_the_apology(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = app.pages["/fallback"] = Answer(status=500)
    twilio.number(OURS, f"{app.url}/voice", f"{app.url}/fallback")
    phone = await finished(twilio)
    assert (len(app.at("/voice")), len(app.at("/fallback"))) == (1, 1)
    assert lines(phone, Line.SAY) == ["We are sorry, an application error has occurred. Goodbye."]


async def test_an_app_that_dies_under_a_stream_gives_the_call_to_the_fallback_url(
    app: TwilioApp, twilio: TwilioEmulator
) -> None:
    gone = "http://127.0.0.1:9/leg"
    app.pages["/voice"] = twiml(f'<Connect><Stream url="{app.ws_url}/s"/></Connect><Redirect>{gone}</Redirect>')
    app.pages["/fallback"] = twiml("<Hangup/>")
    twilio.number(OURS, f"{app.url}/voice", f"{app.url}/fallback")
    phone = await twilio.phone(CALLER).call(OURS)
    (await app.stream()).abort()
    hit = await app.hit("/fallback")
    await phone.ended()
    assert (hit.form["ErrorUrl"], hit.form["CallSid"]) == (gone, phone.leg.sid if phone.leg is not None else "")
    assert twilio.alerts.codes() == [31921, 11200]


async def test_an_http_redirect_loses_the_form(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = Answer(status=302, location="/other")
    app.pages["/other"] = twiml("<Hangup/>")
    await finished(twilio)
    hit = app.at("/other")[0]
    assert (hit.method, hit.form) == ("GET", {})


# ---- The two tracks --------------------------------------------------------------------------------------------------


async def test_two_peoples_recordings_lie_on_one_clock(app: TwilioApp, twilio: TwilioEmulator) -> None:
    """What one says is heard by the other a fixed two frames later at most, at the same place of the track."""
    app.pages["/voice"] = twiml("<Dial><Number>+15550999999</Number></Dial>")
    twilio.answers("+15550999999", "human")
    caller = await twilio.phone(CALLER).call(OURS)
    agent = await twilio.called("+15550999999")
    await agent.connected()
    caller.say(b"\x17" * 1600)
    agent.say(b"\x29" * 1600)
    await caller.said()
    await agent.said()
    assert abs(agent.ear.find(b"\x17" * 1600) - caller.mouth.find(b"\x17" * 1600)) <= 320
    assert abs(caller.ear.find(b"\x29" * 1600) - agent.mouth.find(b"\x29" * 1600)) <= 320
    caller.hang_up()
    await agent.ended()
