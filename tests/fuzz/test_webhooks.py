"""All of Twilio's doors, signed, with anything in the forms: valid TwiML of ours or a refusal, and no other markup."""

from __future__ import annotations

import hashlib
import json
from typing import Final
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, fromstring

import httpx2
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dragoman.domain.call import (
    AskLanguage,
    AskLater,
    CallId,
    ConnectStream,
    DialPerson,
    HangUpLeg,
    Instruction,
    Notice,
    Role,
    SayAndHangUp,
)
from dragoman.domain.reception import (
    ConnectPerson,
    GoOnInterpreted,
    LeaveCall,
    Next,
    PressKeys,
    RecordMessage,
    TalkOn,
)
from dragoman.telephony.twilio.dialler import SIP_HEADER
from dragoman.telephony.twilio.signature import HEADER, sign
from tests.fakes.scripted_switchboard import SPANISH, VIETNAMESE, setup_of
from tests.fakes.twilio_desk import ACCOUNT, EVERYDAY, PUBLIC_URL, SUBACCOUNT, TOKEN, Desk
from tests.fuzz.effort import effort
from tests.fuzz.mutations import any_text, json_values

pytestmark = pytest.mark.unit

USUAL: Final = EVERYDAY | {"CallStatus": "in-progress", "DialCallStatus": "busy", "EventType": "reservation.accepted"}
DOORS: Final = tuple(sorted(getattr(route, "path", "") for route in Desk().every_route))
OURS: Final = frozenset({"Response", "Gather", "Say", "Redirect", "Pause", "Hangup", "Play", "Record"}) | frozenset(
    {"Connect", "Stream", "Parameter", "Enqueue", "Task", "Dial", "Sip", "Client", "Number"}
)
"""Every element that we write."""
PAIRED: Final = "0123456789"
PERSON: Final = "+12025550199"

MARKUP: Final = st.sampled_from(
    [
        "<Play>http://evil.example/a.mp3</Play>",
        '"/><Reject/>',
        "]]><Reject/>",
        "&lt;Reject/&gt;",
        "<!--",
        "<?x?>",
        "&x;",
    ]
)
ANY: Final = any_text | MARKUP | st.text(max_size=400)
FIELDS: Final[dict[str, SearchStrategy[str]]] = {
    "CallSid": st.sampled_from(["CA1", "CA2", ""]),
    "AccountSid": st.sampled_from([*[ACCOUNT] * 9, SUBACCOUNT]),
    "From": st.sampled_from(["+34600000001", "", "anonymous", "sip:a@b.c"]),
    "To": st.just("+12025550100"),
    "Digits": st.sampled_from(["1", "2", "9", "*", PAIRED]),
    "SpeechResult": st.sampled_from(["Español.", "中文", "no"]),
    "CallStatus": st.sampled_from(["completed", "in-progress", "busy", "failed", "ringing"]),
    "AnsweredBy": st.sampled_from(["human", "machine_start", "fax", "unknown"]),
    "DialCallStatus": st.sampled_from(["completed", "busy", "no-answer"]),
    "DialBridged": st.sampled_from(["true", "false"]),
    "RecordingUrl": st.sampled_from(["https://api.twilio.com/r/RE1", "x" * 600]),
    "RecordingDuration": st.sampled_from(["4", "-1", "nan", "²"]),
    "QueueResult": st.sampled_from(["leave", "bridged", "queue-full", "hangup"]),
    "QueuePosition": st.sampled_from(["1", "0", "-1", "99999", "²"]),
    "EventType": st.sampled_from(
        ["reservation.accepted", "task.canceled", "task.created", "workflow.timeout", "reservation.created"]
    ),
    "TaskAttributes": json_values.map(json.dumps) | st.just('{"dragoman_call":"c1"}'),
    "TaskSid": st.sampled_from(["WT" + "a" * 32, "WT1"]),
    "WorkspaceSid": st.sampled_from(["WS" + "a" * 32, "WS1"]),
    "ReservationSid": st.just("WR1"),
    "TaskAssignmentStatus": st.sampled_from(["assigned", "pending"]),
    "StreamEvent": st.sampled_from(["stream-started", "stream-error"]),
    "ErrorCode": st.just("11200"),
    "ErrorUrl": st.sampled_from(
        [
            f"{PUBLIC_URL}/leg?call=c1&role=agent",
            f"{PUBLIC_URL}/twilio/voice/next?call=c1&step=person&anew=2&fell=1",
            "http://[::1",
            "?call=c1#x",
        ]
    ),
    f"SipHeader_{SIP_HEADER}": st.just(PAIRED),
}
QUERY: Final[dict[str, SearchStrategy[str]]] = {
    "call": st.sampled_from(["c1", "c1", "c2"]),
    "role": st.sampled_from(["caller", "agent"]),
    "lang": st.sampled_from(["es", "zh", "xx"]),
    "step": st.sampled_from(["choice", "left", "after-person", "person", "message"]),
    "persona": st.sampled_from(["night", ""]),
    "anew": st.sampled_from(["1", "3", "99", "²"]),
    "fell": st.sampled_from(["1", "x"]),
    "round": st.sampled_from(["1", "3", "99", "²", "-1"]),
    "try": st.sampled_from(["1", "2", ""]),
}
INSTRUCTIONS: Final[SearchStrategy[Instruction]] = st.one_of(
    st.sampled_from([AskLanguage(), AskLater(), HangUpLeg(), DialPerson(SPANISH, PERSON)]),
    st.builds(ConnectStream, st.just(VIETNAMESE), st.lists(st.sampled_from(Notice), max_size=3).map(tuple)),
    st.builds(SayAndHangUp, st.just(SPANISH), st.sampled_from(Notice)),
)
NEXTS: Final[SearchStrategy[Next]] = st.one_of(
    st.sampled_from([TalkOn(CallId("c1")), GoOnInterpreted(CallId("c1")), LeaveCall(), PressKeys("12w#")]),
    st.builds(PressKeys, ANY),
    st.builds(ConnectPerson, st.just(PERSON), ANY, st.just(SPANISH), ANY),
    st.builds(RecordMessage, ANY, st.just(VIETNAMESE)),
    st.builds(LeaveCall, ANY, st.just(SPANISH)),
)


def mapping(known: dict[str, SearchStrategy[str]], usual: dict[str, str]) -> SearchStrategy[dict[str, str]]:
    """What is usually there (one may be missing), some of the known names, and at times what nobody expects."""
    there = st.sampled_from([*[""] * 3 * len(usual), *usual]).map(
        lambda gone: {name: value for name, value in usual.items() if name != gone}
    )
    good = st.fixed_dictionaries({}, optional=known)
    nothing: SearchStrategy[dict[str, str]] = st.just({})
    wild = nothing | st.dictionaries(st.sampled_from(sorted(known)) | any_text, ANY, max_size=2)
    return st.builds(lambda one, two, three: {**one, **two, **three}, there, good, wild)


def printable(pairs: dict[str, str]) -> dict[str, str]:
    """What a client can send at all: lone surrogates go as question marks."""
    return {_sent(name): _sent(value) for name, value in pairs.items()}


def _sent(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def desk(instruction: Instruction, address: str, what: Next) -> Desk:
    """A desk with one call whose caller wrote `address`; `PAIRED` opens it to an agent's leg. An assistant that talks
    in a call of the same name wants `what` next.
    """
    made = Desk()
    made.switchboard.setups["c1"] = setup_of("c1", caller=address)
    made.switchboard.says = {(call, role): instruction for call in ("c1", "call-CA1") for role in Role}
    made.reception.accounts["c1"] = ACCOUNT
    made.reception.says = dict.fromkeys(("c1", "call-CA1"), what)
    pairings = made.twilio._pairings
    pairings._open[PAIRED] = pairings._open.pop(pairings.word("c1", made.time()))
    return made


def signed(path: str, query: dict[str, str], form: dict[str, str], how: str) -> httpx2.Request:
    """The request as Twilio would sign and send it."""
    target = f"{path}?{urlencode(query)}" if query else path
    if how == "GET":
        target = f"{path}?{urlencode(query | form)}"
        return httpx2.Request("GET", f"http://testserver{target}", headers={HEADER: sign(TOKEN, PUBLIC_URL + target)})
    if how == "JSON":
        body = json.dumps(form).encode()
        target = f"{path}?{urlencode(query | {'bodySHA256': hashlib.sha256(body).hexdigest()})}"
        headers = {HEADER: sign(TOKEN, PUBLIC_URL + target), "Content-Type": "application/json"}
        return httpx2.Request("POST", f"http://testserver{target}", content=body, headers=headers)
    signature = sign(TOKEN, PUBLIC_URL + target, form.items())
    headers = {HEADER: signature, "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    return httpx2.Request("POST", f"http://testserver{target}", content=urlencode(form).encode(), headers=headers)


def check(answer: httpx2.Response, instruction: Instruction, what: Next) -> None:
    """A refusal, nothing, or a document of ours: our elements, our addresses, and a person only where we said so."""
    assert answer.status_code in (200, 204, 400, 403), answer.text
    if answer.status_code != 200:
        return
    root: Element = fromstring(answer.content)  # noqa: S314 - our own document is what is tried here
    elements = list(root.iter())
    assert root.tag == "Response"
    assert {element.tag for element in elements} <= OURS
    dialled = [element.text for element in elements if element.tag in ("Number", "Sip", "Client")]
    assert dialled in ([], [PERSON]), dialled
    assert not dialled or isinstance(instruction, DialPerson) or isinstance(what, ConnectPerson)
    for element in elements:
        addresses = [element.attrib.get(name, PUBLIC_URL) for name in ("action", "statusCallback", "waitUrl")]
        if element.tag in ("Number", "Sip", "Client"):
            addresses.append(element.attrib.get("url", PUBLIC_URL))
        if element.tag == "Play":
            assert (list(element.attrib), element.text) == (["digits"], None), "tones, and no recording of anybody's"
        addresses += [element.text or ""] if element.tag == "Redirect" else []
        assert all(address.startswith(f"{PUBLIC_URL}/") or address == PUBLIC_URL for address in addresses if address)
        if element.tag == "Task":
            assert json.loads(element.text or "")["dragoman_call"] == "c1"


@effort(2)
@given(
    path=st.sampled_from([*DOORS, *["/incoming-call", "/leg", "/outbound-call", "/twilio/voice/next"] * 3]),
    query=mapping(QUERY, {"call": "c1", "role": "agent"}),
    form=mapping(FIELDS, USUAL),
    how=st.sampled_from(["POST", "POST", "GET", "JSON"]),
    instruction=INSTRUCTIONS,
    address=ANY,
    what=NEXTS,
)
async def test_whatever_twilio_signs_is_answered_by_a_document_of_ours_or_refused(
    path: str,
    query: dict[str, str],
    form: dict[str, str],
    how: str,
    instruction: Instruction,
    address: str,
    what: Next,
) -> None:
    made = desk(instruction, _sent(address), what)
    with structlog.testing.capture_logs():
        check(await made.send(signed(path, printable(query), printable(form), how)), instruction, what)


@effort(1)
@given(
    path=st.sampled_from(DOORS),
    query=mapping(QUERY, {"call": "c1", "role": "agent"}),
    form=mapping(FIELDS, USUAL),
    change=st.sampled_from(["name", "value", "more", "less", "query", "path", "signature"]),
    noise=ANY,
)
async def test_what_was_changed_behind_twilio_s_back_is_refused_and_does_nothing(
    path: str, query: dict[str, str], form: dict[str, str], change: str, noise: str
) -> None:
    made = desk(HangUpLeg(), "+34600000001", LeaveCall())
    form = printable(USUAL | form)
    good = signed(path, printable(query), form, "POST")
    target, headers, changed = good.url.raw_path.decode(), dict(good.headers), dict(form)
    match change:
        case "name":
            changed = {f"{name}x": value for name, value in form.items()}
        case "value":
            changed["CallSid"] = form["CallSid"] + _sent(noise) + "x"
        case "more":
            changed[f"new{_sent(noise)}"] = "1"
        case "less":
            del changed["CallSid"]
        case "query":
            target += ("&" if "?" in target else "?") + urlencode({"x": _sent(noise)})
        case "path":
            target = DOORS[(DOORS.index(path) + 1) % len(DOORS)] + target.removeprefix(path)
        case _:
            headers[HEADER.lower()] = headers[HEADER.lower()][:-3] + "A=="
    del headers["content-length"]
    request = httpx2.Request("POST", f"http://testserver{target}", content=urlencode(changed).encode(), headers=headers)
    with structlog.testing.capture_logs():
        answer = await made.send(request)
    assert answer.status_code == 403
    board, reception = made.switchboard, made.reception
    assert [*reception.rung, *reception.told, *reception.legs] == []
    assert [*board.rung, *board.told, *board.legs, *board.recalled, *made.created] == []
