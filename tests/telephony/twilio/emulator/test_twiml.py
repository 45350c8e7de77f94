"""How strictly TwiML is read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.twiml.voice_response import Connect, Dial, Enqueue, Gather, VoiceResponse

from dragoman.telephony.twilio.emulator.alerts import AlertCode
from dragoman.telephony.twilio.emulator.twiml import Page, Unreadable, read

pytestmark = pytest.mark.unit


def page(body: str) -> Page:
    got = read(f"<Response>{body}</Response>".encode(), "text/xml")
    assert isinstance(got, Page)
    return got


def test_the_sdks_documents_are_read_without_a_warning() -> None:
    response = VoiceResponse()
    response.say("Hola", voice="Polly.Lupe-Neural", language="es-US", loop=2)
    gather = Gather(input="dtmf speech", num_digits=1, action="/menu", timeout=3, finish_on_key="", hints="uno, dos")
    gather.say("Oprima dos").break_(strength="weak")
    response.append(gather)
    connect = Connect(action="/after")
    stream = connect.stream(url="wss://example.com/intercept", name="leg", status_callback="https://example.com/s")
    stream.parameter(name="call", value='<"&>')
    response.append(connect)
    enqueue = Enqueue(workflow_sid="WW1", wait_url="", action="/left")
    enqueue.task('{"a": 1}', priority=5, timeout=200)
    response.append(enqueue)
    dial = Dial(timeout=10, caller_id="+15550100001")
    dial.number("+15550100002", status_callback="https://example.com/s", status_callback_event="answered")
    dial.sip("sip:a@example.com")
    dial.client("alice")
    response.append(dial)
    response.redirect("/leg", method="POST")
    response.reject(reason="busy")
    got = read(str(response).encode(), "text/xml; charset=utf-8")
    assert isinstance(got, Page)
    assert got.warnings == ()
    assert [verb.name for verb in got.verbs] == ["Say", "Gather", "Connect", "Enqueue", "Dial", "Redirect", "Reject"]
    assert got.verbs[2].children[0].children[0].get("value") == '<"&>'
    assert got.verbs[1].get("finishOnKey", "#") == ""


@pytest.mark.parametrize(
    ("body", "warning"),
    [
        ("<Speak>x</Speak>", "no child <Speak>"),
        ("<Say foo='1'>x</Say>", "no attribute foo"),
        ("<Say/>", "nothing to say"),
        (f"<Say>{'x' * 4097}</Say>", "more than 4096"),
        ("<Say><Play>x</Play>x</Say>", "no child <Play>"),
        ("<Connect><Stream/></Connect>", "needs the attribute url"),
        ("<Gather numDigits='x'/>", "no whole number"),
        ("<Gather input='voice'/>", "no value 'voice'"),
        ("<Gather><Dial>1</Dial></Gather>", "no child <Dial>"),
        ("<Redirect method='PUT'>/x</Redirect>", "neither GET nor POST"),
        ("<Hangup>now</Hangup>", "holds no text"),
        ("<Pay/>", "does not play"),
        ("<Record maxLength='1'/>", "no whole number from 2"),
        ("<Record finishOnKey='w'/>", "no key: w"),
        ("<Record trim='yes'/>", "no value 'yes'"),
        ("<Play digits='1,2'/>", "no key: ,"),
        ("<Play/>", "neither a URL nor digits"),
    ],
)
def test_what_is_only_warned_about(body: str, warning: str) -> None:
    warnings = page(body).warnings
    assert len(warnings) == 1
    assert warning in warnings[0]


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"<Response><Say>x</Response>", "text/xml", AlertCode.DOCUMENT),
        (b"", "text/xml", AlertCode.DOCUMENT),
        (b"<Reply/>", "text/xml", AlertCode.DOCUMENT),
        (b"<!DOCTYPE x><Response/>", "text/xml", AlertCode.DOCUMENT),
        (b"\xff\xfe\x00", "text/xml", AlertCode.DOCUMENT),
        (b"<Response/>", "application/json", AlertCode.CONTENT_TYPE),
        (b"<Response/>", "", AlertCode.CONTENT_TYPE),
        (b"<Response><!--" + b"x" * 65536 + b"--></Response>", "text/xml", AlertCode.TOO_LARGE),
    ],
)
def test_what_breaks_a_document(body: bytes, content_type: str, code: AlertCode) -> None:
    got = read(body, content_type)
    assert isinstance(got, Unreadable)
    assert got.code is code


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_crash_it(body: bytes) -> None:
    assert isinstance(read(b"<Response>" + body + b"</Response>", "text/xml"), Page | Unreadable)
