"""What a leg shall do next, as TwiML."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from dragoman.domain.call import AskLanguage, ConnectStream, DialPerson, Instruction, Notice, Role, SayAndHangUp
from dragoman.telephony.twilio import twiml
from tests.fakes.scripted_switchboard import ENGLISH, MANDARIN, SPANISH, setup_of
from tests.fakes.twilio_desk import Desk, document, target_of, verbs

pytestmark = pytest.mark.unit


async def rendered(desk: Desk, instruction: Instruction, role: Role) -> Element:
    desk.switchboard.setups["c1"] = setup_of("c1", language=MANDARIN)
    desk.switchboard.says["c1", role] = instruction
    return document(await desk.post(f"/leg?call=c1&role={role.value}"))


async def test_a_stream_carries_the_call_the_role_and_a_token_that_opens_it() -> None:
    desk = Desk()
    root = await rendered(desk, ConnectStream(ENGLISH), Role.AGENT)
    stream = root.find("Connect/Stream")
    assert stream is not None
    assert stream.get("url") == "wss://calls.example.com/intercept"
    parameters = {one.get("name"): one.get("value") or "" for one in stream}
    assert (parameters["call"], parameters["role"]) == ("c1", "agent")
    assert desk.tokens.open_stream(parameters["token"], "c1", Role.AGENT)
    assert target_of(stream.get("statusCallback") or "") == "/stream-status?call=c1&role=agent"


async def test_behind_the_stream_stands_the_way_back() -> None:
    root = await rendered(Desk(), ConnectStream(ENGLISH), Role.AGENT)
    assert verbs(root) == ["Connect", "Redirect"]
    assert target_of(root[1].text or "") == "/leg?call=c1&role=agent"


async def test_every_answer_has_a_token_of_its_own() -> None:
    desk = Desk()
    tokens = set()
    for _ in range(3):
        root = await rendered(desk, ConnectStream(SPANISH), Role.CALLER)
        tokens.add(root.find(".//Parameter[@name='token']").get("value"))  # type: ignore[union-attr]
    assert len(tokens) == 3


async def test_the_whisper_names_the_caller_s_language_in_the_agent_s() -> None:
    root = await rendered(Desk(), ConnectStream(ENGLISH, (Notice.WHISPER,)), Role.AGENT)
    assert root[0].text == "Mandarin caller, interpreted."


async def test_a_notice_before_the_stream_is_said_in_the_hearer_s_language() -> None:
    desk = Desk()
    root = await rendered(desk, ConnectStream(SPANISH, (Notice.WAIT,)), Role.CALLER)
    assert root[0].text == desk.notices.text(Notice.WAIT, SPANISH)
    assert root[0].get("language") == "es-MX"


async def test_the_menu_keeps_the_call() -> None:
    root = await rendered(Desk(), AskLanguage(), Role.CALLER)
    gather = root.find("Gather")
    assert gather is not None
    assert "call=c1" in (gather.get("action") or "")


async def test_a_last_word_and_a_hang_up() -> None:
    desk = Desk()
    root = await rendered(desk, SayAndHangUp(SPANISH, Notice.NO_AGENT), Role.CALLER)
    assert verbs(root) == ["Say", "Hangup"]
    assert root[0].text == desk.notices.text(Notice.NO_AGENT, SPANISH)


async def test_a_person_is_dialled_after_a_word_from_our_number_and_comes_back_to_us() -> None:
    desk = Desk(dial_timeout_s=25, time_limit_s=3600)
    root = await rendered(desk, DialPerson(SPANISH, "+12025550199", Notice.PERSON_INSTEAD), Role.CALLER)
    assert root[0].text == desk.notices.text(Notice.PERSON_INSTEAD, SPANISH)
    root = await rendered(desk, DialPerson(SPANISH, "+12025550199"), Role.AGENT)
    assert verbs(root) == ["Say", "Dial"]
    assert (root[0].text, root[0].get("language")) == (desk.notices.text(Notice.PERSON_COMING, SPANISH), "es-MX")
    dial = root[1]
    assert [dial.get(name) for name in ("callerId", "timeout", "timeLimit", "answerOnBridge", "method")] == [
        desk.settings.caller_number,
        "25",
        "3600",
        "true",
        "POST",
    ]
    assert target_of(dial.get("action") or "") == "/leg?step=after-person&call=c1&role=agent&lang=es"
    assert [(one.tag, one.text) for one in dial] == [("Number", "+12025550199")]


def test_our_documents_are_utf_8() -> None:
    written = twiml.say_and_hang_up([twiml.Line("中文", MANDARIN)])
    assert b"utf-8" in written.split(b"\n")[0]
    assert fromstring(written)[0].text == "中文"  # noqa: S314 - our own document
