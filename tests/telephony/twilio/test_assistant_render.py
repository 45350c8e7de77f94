"""What the leg of an assistant's call is told to do, as TwiML."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest

from dragoman.domain.call import CallId, ConnectStream, Role
from dragoman.domain.reception import (
    ConnectPerson,
    GoOnInterpreted,
    LeaveCall,
    Next,
    PressKeys,
    RecordMessage,
    TalkOn,
)
from dragoman.telephony.twilio.addresses import Addresses
from dragoman.telephony.twilio.assistant_render import Way
from dragoman.telephony.twilio.became import Step
from tests.fakes.scripted_switchboard import ENGLISH, SPANISH
from tests.fakes.twilio_desk import PUBLIC_URL, Desk, document, verbs

pytestmark = pytest.mark.unit

CALL = CallId("call-CA1")
NEXT = f"{PUBLIC_URL}/twilio/voice/next?call={CALL}"


async def told(desk: Desk, what: Next) -> Element:
    """The document for a call that has just rung."""
    desk.reception.says[CALL] = what
    return document(await desk.post("/twilio/voice"))


async def test_the_assistant_s_stream_is_connected_with_its_token_and_asks_again() -> None:
    desk = Desk()
    root = await told(desk, TalkOn(CALL))
    assert verbs(root) == ["Connect", "Redirect"]
    stream = root.find("Connect/Stream")
    assert stream is not None
    assert stream.get("url") == "wss://calls.example.com/twilio/stream"
    assert stream.get("statusCallback") == f"{PUBLIC_URL}/twilio/voice/status?call={CALL}"
    parameters = {one.get("name"): one.get("value") or "" for one in stream}
    assert set(parameters) == {"call", "token"}
    assert parameters["call"] == CALL
    assert desk.tokens.open_assistant_stream(parameters["token"], CALL)
    assert root.findtext("Redirect") == NEXT


@pytest.mark.parametrize(("keys", "played"), [("1w2*#", "1w2*#"), ("1,2;A<", "12"), ("12W", "12")])
async def test_keys_are_pressed_and_nothing_else_is_among_them(keys: str, played: str) -> None:
    root = await told(Desk(), PressKeys(keys))
    assert verbs(root) == ["Play", "Redirect"]
    assert root[0].attrib == {"digits": played}
    assert root.findtext("Redirect") == f"{NEXT}&step=keys"


async def test_where_no_key_is_left_the_leg_only_asks_again() -> None:
    assert verbs(await told(Desk(), PressKeys("?"))) == ["Redirect"]


@pytest.mark.parametrize(
    ("to", "noun", "dialled"),
    [
        ("+12025550199", "Number", "+12025550199"),
        ("sip:desk@pbx.example.com", "Sip", "sip:desk@pbx.example.com"),
        ("client:alice", "Client", "alice"),
    ],
)
async def test_a_person_is_dialled_and_told_the_summary_by_an_address_without_it(
    to: str, noun: str, dialled: str
) -> None:
    desk = Desk(dial_timeout_s=30, time_limit_s=600)
    summary = "Ana wants a refund for order 77."
    root = await told(desk, ConnectPerson(to, summary, ENGLISH, "Un momento.", SPANISH))
    assert verbs(root) == ["Say", "Dial"]
    assert (root[0].text, root[0].get("language")) == ("Un momento.", "es-MX")
    dial = root[1]
    assert dial.attrib == {
        "answerOnBridge": "true",
        "callerId": "+12025550123",
        "timeout": "30",
        "timeLimit": "600",
        "action": f"{PUBLIC_URL}/twilio/voice/next?call={CALL}&step=person",
        "method": "POST",
    }
    assert (dial[0].tag, dial[0].text) == (noun, dialled)
    assert dial[0].get("url") == f"{PUBLIC_URL}/twilio/voice/whisper?call={CALL}"
    heard = document(await desk.post(f"/twilio/voice/whisper?call={CALL}", {"CallSid": "CAperson"}))
    assert verbs(heard) == ["Say"]
    assert (heard[0].text, heard[0].get("language")) == (summary, "en-US")


async def test_words_for_the_caller_are_in_the_person_s_language_unless_said_otherwise() -> None:
    root = await told(Desk(), ConnectPerson("client:alice", "", SPANISH, "Un momento."))
    assert root[0].get("language") == "es-MX"


async def test_without_a_summary_the_two_are_joined_at_once() -> None:
    root = await told(Desk(), ConnectPerson("client:alice", " ", ENGLISH))
    assert verbs(root) == ["Dial"]
    assert root[0][0].attrib == {}


async def test_a_message_is_recorded() -> None:
    root = await told(Desk(), RecordMessage("Deje su mensaje.", SPANISH))
    assert verbs(root) == ["Say", "Record", "Redirect"]
    after = f"{NEXT.replace('?', '?')}&step=message"
    assert root[1].attrib == {
        "action": after,
        "method": "POST",
        "maxLength": "180",
        "timeout": "5",
        "finishOnKey": "#",
        "playBeep": "true",
    }
    assert root.findtext("Redirect") == after, "who says nothing is asked about too"
    assert verbs(await told(Desk(), RecordMessage("", SPANISH))) == ["Record", "Redirect"]


async def test_a_call_that_is_handed_over_is_an_interpreted_one_from_then_on() -> None:
    desk = Desk()
    desk.switchboard.says["c9", Role.CALLER] = ConnectStream(SPANISH)
    root = await told(desk, GoOnInterpreted(CallId("c9")))
    assert verbs(root) == ["Connect", "Redirect"]
    stream = root.find("Connect/Stream")
    assert stream is not None
    assert stream.get("url") == "wss://calls.example.com/intercept"
    assert root.findtext("Redirect") == f"{PUBLIC_URL}/leg?call=c9&role=caller"


async def test_the_end_has_words_or_none() -> None:
    root = await told(Desk(), LeaveCall("Adiós.", SPANISH))
    assert verbs(root) == ["Say", "Hangup"]
    assert (root[0].text, root[0].get("language")) == ("Adiós.", "es-MX")
    assert verbs(await told(Desk(), LeaveCall())) == ["Hangup"]
    root = await told(Desk(), LeaveCall("Goodbye."))
    assert root[0].get("language") == "en-US", "without a language it is the agents'"


def test_a_way_is_carried_on_in_each_address() -> None:
    here = Addresses("https://h")
    assert Way().next(here, "c1") == "https://h/twilio/voice/next?call=c1"
    found = Way("night desk", "es", 2).next(here, "c1", Step.PERSON)
    assert found == "https://h/twilio/voice/next?call=c1&step=person&persona=night+desk&lang=es&anew=2"
