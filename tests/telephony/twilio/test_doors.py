"""The gate before every webhook."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import urlencode

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.domain.call import Accepted, Role
from dragoman.telephony.twilio.signature import sign
from tests.fakes.scripted_switchboard import setup_of
from tests.fakes.twilio_desk import ACCOUNT, EVERYDAY, PUBLIC_URL, SUBACCOUNT, SUBTOKEN, TOKEN, Desk

pytestmark = pytest.mark.unit

DOORS = [
    "/incoming-call?lang=es",
    "/leg?call=c1&role=agent",
    "/outbound-call",
    "/reservation-accepted",
    "/call-status?call=c1&role=agent",
    "/stream-status?call=c1",
    "/fallback?lang=es",
]
FORM = EVERYDAY | {
    "CallStatus": "completed",
    "EventType": "reservation.accepted",
    "TaskAttributes": '{"dragoman_call":"c1"}',
}


def nothing_happened(desk: Desk) -> bool:
    return not (desk.switchboard.rung or desk.switchboard.told or desk.switchboard.legs or desk.created)


@pytest.mark.parametrize("target", DOORS)
@pytest.mark.parametrize("signature", ["forged", "", "é"])
async def test_what_twilio_did_not_sign_is_refused_and_changes_nothing(target: str, signature: str) -> None:
    desk = Desk()
    request = httpx2.Request(
        "POST",
        "http://testserver" + target,
        content=urlencode(FORM).encode(),
        headers=[
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"x-twilio-signature", signature.encode("latin-1")),
        ],
    )
    answer = await desk.send(request)
    assert answer.status_code == 403
    assert "X-Twilio-Signature" in answer.text
    assert nothing_happened(desk)


@pytest.mark.parametrize("target", DOORS)
async def test_what_was_changed_on_the_way_is_refused(target: str) -> None:
    desk = Desk()
    desk.switchboard.setups["c1"] = setup_of("c1")
    good = sign(TOKEN, PUBLIC_URL + target, FORM.items())
    changed = [FORM | {"CallSid": "CA2"}, FORM | {"New": ""}, {k: v for k, v in FORM.items() if k != "To"}]
    for form in changed:
        assert (await desk.raw(target, form, good)).status_code == 403
    query = "&" if "?" in target else "?"
    assert (await desk.raw(f"{target}{query}x=1", FORM, good)).status_code == 403
    assert nothing_happened(desk)


@pytest.mark.parametrize("target", DOORS)
async def test_what_twilio_signed_is_let_in(target: str) -> None:
    answer = await Desk().post(target, FORM)
    assert answer.status_code in (200, 204), answer.text


@pytest.mark.parametrize("target", DOORS)
async def test_get_works_like_post(target: str) -> None:
    answer = await Desk().get(target, FORM)
    assert answer.status_code in (200, 204), answer.text


async def test_one_line_is_logged_for_a_forgery(capsys: pytest.CaptureFixture[str]) -> None:
    await Desk().post("/incoming-call", signature="forged")
    printed = capsys.readouterr()
    assert (printed.out + printed.err).strip().count("\n") == 0
    assert "+34600000001" not in printed.out + printed.err


async def test_a_signature_of_another_address_is_refused() -> None:
    desk = Desk()
    forged = sign(TOKEN, "http://testserver/incoming-call", EVERYDAY.items())
    assert (await desk.raw("/incoming-call", EVERYDAY, forged)).status_code == 403


async def test_a_subaccount_signs_its_own_calls() -> None:
    desk = Desk()
    form = {"AccountSid": SUBACCOUNT}
    assert (await desk.post("/incoming-call?lang=es", form, token=SUBTOKEN)).status_code == 200
    assert desk.switchboard.rung[0].account == SUBACCOUNT
    assert (await desk.post("/incoming-call?lang=es", form, token=TOKEN)).status_code == 403


async def test_blank_values_and_odd_letters_are_signed_as_they_come() -> None:
    desk = Desk()
    answer = await desk.post("/incoming-call", {"CallerName": " Zoë  \n", "FromCity": "", "CallerCity": "東京 &=%"})
    assert answer.status_code == 200


async def test_other_methods_are_not_there() -> None:
    answer = await Desk().send(httpx2.Request("PUT", "http://testserver/incoming-call"))
    assert answer.status_code == 405


ACCEPTED = (
    b'{"EventType":"reservation.accepted","ReservationSid":"WR1","TaskAttributes":"{\\"dragoman_call\\":\\"c1\\"}"}'
)


def hashed(body: bytes, *, kind: str = "application/json", token: str = TOKEN, path: str = "") -> httpx2.Request:
    """A POST whose URL carries the hash of its body, signed as Twilio signs what is no form."""
    target = f"{path or '/reservation-accepted'}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"X-Twilio-Signature": sign(token, PUBLIC_URL + target), "Content-Type": kind}
    return httpx2.Request("POST", "http://testserver" + target, content=body, headers=headers)


async def test_json_is_let_in_by_the_hash_of_its_body() -> None:
    desk = Desk()
    desk.switchboard.setups["c1"] = setup_of("c1")
    assert (await desk.send(hashed(ACCEPTED))).status_code == 204
    assert desk.switchboard.told == [("c1", Accepted(Role.AGENT, "WR1"))]


async def test_json_that_was_changed_or_carries_no_hash_is_refused() -> None:
    desk = Desk()
    desk.switchboard.setups["c1"] = setup_of("c1")
    good = hashed(ACCEPTED)
    headers = {name: good.headers[name] for name in ("X-Twilio-Signature", "Content-Type")}
    for url, body in [
        (str(good.url), ACCEPTED.replace(b"WR1", b"WR2")),
        (str(good.url) + "&bodySHA256=" + hashlib.sha256(b"x").hexdigest(), b"x"),
        ("http://testserver/reservation-accepted", ACCEPTED),
    ]:
        answer = await desk.send(httpx2.Request("POST", url, content=body, headers=headers))
        assert answer.status_code == 403
    headers["X-Twilio-Signature"] = sign(TOKEN, PUBLIC_URL + "/reservation-accepted")
    bare = httpx2.Request("POST", "http://testserver/reservation-accepted", content=ACCEPTED, headers=headers)
    assert (await desk.send(bare)).status_code == 403
    assert nothing_happened(desk)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[]", "application/json"),
        (b'{"a":{}}', "application/json"),
        (b"{", "application/json"),
        (b'{"a":"\xff"}', "application/json"),
        (b"[" * 5000, "application/json"),
        (b'{"a":1}', "text/plain"),
    ],
)
async def test_a_signed_body_that_cannot_be_read_is_a_bad_request(body: bytes, kind: str) -> None:
    answer = await Desk().send(hashed(body, kind=kind))
    assert (answer.status_code, "expected" in answer.text) == (400, True)


async def test_no_account_speaks_for_another_in_any_form() -> None:
    """The subaccount signs, and names the main account."""
    desk = Desk()
    form, target = EVERYDAY | {"AccountSid": ACCOUNT}, "/incoming-call?lang=es"
    query = f"{target}&{urlencode(form)}"
    signature = {"X-Twilio-Signature": sign(SUBTOKEN, PUBLIC_URL + query)}
    answers = [
        await desk.send(httpx2.Request("GET", "http://testserver" + query, headers=signature)),
        await desk.raw(target, form, sign(SUBTOKEN, PUBLIC_URL + target, form.items())),
        await desk.send(hashed(json.dumps(form).encode(), token=SUBTOKEN, path="/incoming-call")),
    ]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert nothing_happened(desk)


@pytest.mark.parametrize(
    "target",
    [
        "/leg?call=c1&role=agent",
        "/incoming-call?call=c1&lang=es",
        "/call-status?call=c1&role=agent",
        "/fallback?call=c1&role=agent",
        "/stream-status?call=c1&role=agent",
    ],
)
async def test_no_account_s_legs_ask_for_another_s_call(target: str) -> None:
    desk = Desk()
    desk.switchboard.setups["c1"] = setup_of("c1", account=ACCOUNT)
    form = {"AccountSid": SUBACCOUNT, "CallStatus": "completed"}
    assert (await desk.post(target, form, token=SUBTOKEN)).status_code == 403
    assert nothing_happened(desk)
    desk.switchboard.setups["c1"] = setup_of("c1", account=SUBACCOUNT)
    assert (await desk.post(target, form, token=SUBTOKEN)).status_code in (200, 204)


async def test_a_contact_centre_may_have_an_account_of_its_own() -> None:
    desk = Desk()
    desk.switchboard.setups["c1"] = setup_of("c1", account=SUBACCOUNT)
    assert (await desk.post("/queue?call=c1", {"QueuePosition": "2"})).status_code == 200
    assert desk.switchboard.told


async def test_a_flood_of_fields_is_refused_whoever_signed_it() -> None:
    """To check its signature all of it would have to be sorted first."""
    flood = {f"f{number}": "" for number in range(2000)}
    for signature in ("forged", sign(TOKEN, PUBLIC_URL + "/incoming-call", flood.items())):
        assert (await Desk().raw("/incoming-call", flood, signature)).status_code == 403
    target = "/incoming-call?" + "&".join(flood)
    assert (await Desk().raw(target, {}, sign(TOKEN, PUBLIC_URL + target))).status_code == 403


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(DOORS),
    st.dictionaries(
        st.sampled_from([*FORM, "Digits", "SpeechResult", "QueueResult", "SipHeader_X-Dragoman-Call"]), st.text()
    ),
    st.binary(max_size=200),
    st.booleans(),
)
async def test_no_form_makes_a_500(target: str, form: dict[str, str], noise: bytes, whole: bool) -> None:
    desk = Desk()
    desk.switchboard.setups["c1"] = setup_of("c1")
    fields = {
        name: value.encode("utf-8", "replace").decode() for name, value in ((FORM if whole else {}) | form).items()
    }
    signature = sign(TOKEN, PUBLIC_URL + target, fields.items())
    assert (await desk.raw(target, fields, signature)).status_code < 500
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    raw = httpx2.Request("POST", "http://testserver" + target, content=b"n=" + noise, headers=headers)
    assert (await desk.send(raw)).status_code in (400, 403)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["lang", "step", "round", "call", "role", "try", "x"]))
async def test_no_query_makes_a_500(value: str, name: str) -> None:
    desk = Desk()
    for path in (target.partition("?")[0] for target in DOORS):
        target = f"{path}?{urlencode({name: value.encode('utf-8', 'replace')})}"
        assert (await desk.post(target, FORM)).status_code < 500
