"""TwiML documents: against the SDK's own builder, and against what callers may inject."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import VoiceResponse

from dragoman.errors import LocalWireError
from dragoman.telephony.twilio import twiml
from dragoman.telephony.twilio.twiml import Line
from tests.fakes.scripted_switchboard import ENGLISH, SPANISH, VIETNAMESE

pytestmark = pytest.mark.unit


def same(ours: bytes, theirs: VoiceResponse) -> bool:
    """Same elements, attributes and texts, in any order of attributes."""

    def plain(text: bytes | str) -> object:
        def of(element: object) -> object:
            assert hasattr(element, "tag")
            children = [of(child) for child in element]  # type: ignore[attr-defined]
            return (element.tag, dict(element.attrib), element.text or "", children)  # type: ignore[attr-defined]

        return of(fromstring(text))  # noqa: S314 - our own document

    return plain(ours) == plain(theirs.to_xml())


def test_the_menu_is_what_the_sdk_writes() -> None:
    ours = twiml.menu(
        [Line("For English, press 1.", ENGLISH), Line("Para español, oprima 2.", SPANISH)],
        action="https://h/incoming-call?step=choice&round=1",
        hints=["English", "Español"],
        timeout_s=6,
        otherwise="https://h/incoming-call?step=choice&round=1",
    )
    theirs = VoiceResponse()
    gather = theirs.gather(
        input="dtmf speech",
        num_digits=1,
        finish_on_key="",
        timeout=6,
        speech_timeout="auto",
        language="en-US",
        hints="English,Español",
        action="https://h/incoming-call?step=choice&round=1",
        method="POST",
    )
    gather.say("For English, press 1.", language="en-US")
    gather.say("Para español, oprima 2.", language="es-MX")
    theirs.redirect("https://h/incoming-call?step=choice&round=1", method="POST")
    assert same(ours, theirs)


def test_connect_is_what_the_sdk_writes_with_a_redirect_behind_it() -> None:
    ours = twiml.connect(
        "wss://h/intercept",
        {"call": "c1", "role": "caller", "token": "t<>&"},
        status_callback="https://h/stream-status?call=c1",
        afterwards="https://h/leg?call=c1&role=caller",
        before=[Line("Xin chào", VIETNAMESE)],
    )
    theirs = VoiceResponse()
    theirs.say("Xin chào", language="vi-VN", voice="Google.vi-VN-Standard-A")
    stream = theirs.connect().stream(
        url="wss://h/intercept", status_callback="https://h/stream-status?call=c1", status_callback_method="POST"
    )
    for name, value in (("call", "c1"), ("role", "caller"), ("token", "t<>&")):
        stream.parameter(name=name, value=value)
    theirs.redirect("https://h/leg?call=c1&role=caller", method="POST")
    assert same(ours, theirs)


def test_enqueue_is_what_the_sdk_writes_and_silent() -> None:
    ours = twiml.enqueue("WW1", '{"name":"<Play>"}', action="https://h/outbound-call?step=left")
    theirs = VoiceResponse()
    theirs.enqueue(
        None, workflow_sid="WW1", wait_url="", action="https://h/outbound-call?step=left", method="POST"
    ).task('{"name":"<Play>"}')
    assert same(ours, theirs)


def test_digits_are_gathered_in_silence() -> None:
    ours = twiml.gather_digits(10, action="https://h/a", timeout_s=5, otherwise="https://h/b")
    theirs = VoiceResponse()
    theirs.gather(input="dtmf", num_digits=10, finish_on_key="", timeout=5, action="https://h/a", method="POST")
    theirs.redirect("https://h/b", method="POST")
    assert same(ours, theirs)


@pytest.mark.parametrize(
    "target", ["+12025550199", "sip:desk@pbx.example.com?a=1&b=2", "sips:desk@a.b", "client:alice"]
)
def test_a_dial_is_what_the_sdk_writes(target: str) -> None:
    ours = twiml.dial(
        target,
        caller_number="+12025550123",
        timeout_s=60,
        time_limit_s=14400,
        afterwards="https://h/leg?step=after&lang=es",
        before=[Line("Adelante.", SPANISH)],
    )
    theirs = VoiceResponse()
    theirs.say("Adelante.", language="es-MX")
    dial = theirs.dial(
        answer_on_bridge=True,
        caller_id="+12025550123",
        timeout=60,
        time_limit=14400,
        action="https://h/leg?step=after&lang=es",
        method="POST",
    )
    match target.partition(":")[0]:
        case "client":
            dial.client("alice")
        case "sip" | "sips":
            dial.sip(target)
        case _:
            dial.number(target)
    assert same(ours, theirs)


def test_a_whisper_is_asked_for_before_the_two_are_joined() -> None:
    for target in ("+12025550199", "sip:desk@pbx.example.com", "client:alice"):
        ours = twiml.dial(
            target,
            caller_number="+12025550123",
            timeout_s=60,
            time_limit_s=600,
            afterwards="https://h/next",
            whisper="https://h/whisper?call=c1",
        )
        theirs = VoiceResponse()
        dial = theirs.dial(
            answer_on_bridge=True,
            caller_id="+12025550123",
            timeout=60,
            time_limit=600,
            action="https://h/next",
            method="POST",
        )
        noun = {"+": dial.number, "s": dial.sip, "c": dial.client}[target[0]]
        noun(target.removeprefix("client:"), url="https://h/whisper?call=c1", method="POST")
        assert same(ours, theirs)


def test_keys_are_what_the_sdk_writes() -> None:
    theirs = VoiceResponse()
    theirs.play(digits="w12*#")
    theirs.redirect("https://h/next?call=c1", method="POST")
    assert same(twiml.press_keys("w12*#", afterwards="https://h/next?call=c1"), theirs)
    none = VoiceResponse()
    none.redirect("https://h/next?call=c1", method="POST")
    assert same(twiml.press_keys("", afterwards="https://h/next?call=c1"), none)


@pytest.mark.parametrize("line", [None, Line("Deje su mensaje.", SPANISH)])
def test_a_recording_is_what_the_sdk_writes_with_a_redirect_for_silence(line: Line | None) -> None:
    ours = twiml.record(line, afterwards="https://h/next?step=message", most_s=180, silence_s=5, finish_key="#")
    theirs = VoiceResponse()
    if line is not None:
        theirs.say("Deje su mensaje.", language="es-MX")
    theirs.record(
        action="https://h/next?step=message",
        method="POST",
        max_length=180,
        timeout=5,
        finish_on_key="#",
        play_beep=True,
    )
    theirs.redirect("https://h/next?step=message", method="POST")
    assert same(ours, theirs)


def test_words_alone_are_what_the_sdk_writes() -> None:
    theirs = VoiceResponse()
    theirs.say("Wants a refund.", language="en-US")
    assert same(twiml.say([Line("Wants a refund.", ENGLISH)]), theirs)
    assert same(twiml.say(()), VoiceResponse())


def test_farewells_end_with_a_hang_up() -> None:
    theirs = VoiceResponse()
    theirs.say("Adiós.", language="es-MX")
    theirs.hangup()
    assert same(twiml.say_and_hang_up([Line("Adiós.", SPANISH)]), theirs)
    alone = VoiceResponse()
    alone.hangup()
    assert same(twiml.hang_up(), alone)


def test_a_parameter_of_500_characters_is_our_bug() -> None:
    with pytest.raises(LocalWireError):
        twiml.connect("wss://h", {"token": "x" * 495}, status_callback="s", afterwards="a")
    twiml.connect("wss://h", {"token": "x" * 494}, status_callback="s", afterwards="a")


@given(st.text())
def test_no_text_becomes_markup_or_breaks_the_document(text: str) -> None:
    root = fromstring(twiml.say_and_hang_up([Line(text, ENGLISH)]))  # noqa: S314 - our own document
    assert [child.tag for child in root] == ["Say", "Hangup"]
    task = fromstring(twiml.enqueue("WW1", text, action="a"))  # noqa: S314 - our own document
    assert [child.tag for child in task[0]] == ["Task"]
    assert len(list(task.iter())) == 3


def test_a_long_text_is_cut_to_what_twilio_says() -> None:
    root = fromstring(twiml.say_and_hang_up([Line("x" * 5000, ENGLISH)]))  # noqa: S314 - our own document
    assert len(root[0].text or "") == 4096


def test_silence_has_a_length() -> None:
    root = fromstring(twiml.pause(10))  # noqa: S314 - our own document
    assert [(one.tag, one.get("length")) for one in root] == [("Pause", "10")]
