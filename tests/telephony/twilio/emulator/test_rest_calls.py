"""The classic REST API, driven by the official SDK."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from dragoman.telephony.twilio.emulator import Pace, TwilioEmulator
from tests.fakes.twilio_app import Answer, TwilioApp, twiml

pytestmark = pytest.mark.pair

OURS = "+15550100001"
FLEX = "+15550100002"
CUSTOMER = "+34600000001"
T = TypeVar("T")


def client_of(twilio: TwilioEmulator, token: str | None = None) -> Client:
    client = Client(twilio.account_sid, token or twilio.auth_token)
    for product in (client.api, client.studio, client.taskrouter):
        product.base_url = twilio.base_url
    return client


async def off(call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """The SDK blocks: run it in a thread."""
    async with asyncio.timeout(10):
        return await asyncio.to_thread(call, *args, **kwargs)


@pytest.fixture
async def sdk(twilio: TwilioEmulator) -> Client:
    return client_of(twilio)


async def refused(sdk: Client, **wanted: str) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as caught:
        await off(sdk.calls.create, **wanted)
    return caught.value


# ---- Create ----------------------------------------------------------------------------------------------------------


async def test_a_call_is_created_and_rings_a_phone(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    twilio.answers(CUSTOMER, "human")
    app.pages["/leg"] = twiml("<Say>Hello</Say><Pause length='5'/>")
    call = await off(
        sdk.calls.create,
        to=CUSTOMER,
        from_=OURS,
        url=f"{app.url}/leg?call=1",
        status_callback=f"{app.url}/call-status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    assert call.sid.startswith("CA")
    assert (call.status, call.direction) == ("queued", "outbound-api")
    assert call.date_created is not None
    phone = await twilio.called(CUSTOMER)
    await phone.connected()
    hit = await app.hit("/leg")
    assert hit.form["CallSid"] == call.sid
    assert hit.form["CallStatus"] == "in-progress"
    assert hit.form["Direction"] == "outbound-api"
    assert hit.query == {"call": "1"}
    assert (await off(sdk.calls(call.sid).fetch)).status == "in-progress"
    phone.hang_up()
    done = await app.hit("/call-status", 3)
    assert done.form["CallStatus"] == "completed"
    assert [(hit.form["SequenceNumber"], hit.form["CallStatus"]) for hit in app.at("/call-status")] == [
        ("0", "initiated"),
        ("1", "ringing"),
        ("2", "in-progress"),
        ("3", "completed"),
    ]
    fetched = await off(sdk.calls(call.sid).fetch)
    assert (fetched.status, fetched.duration) == ("completed", done.form["CallDuration"])


@pytest.mark.parametrize(
    ("rule", "status"), [("busy", "busy"), ("no-answer", "no-answer"), ("failed", "failed"), (None, "failed")]
)
async def test_a_call_that_nobody_takes(
    app: TwilioApp, twilio: TwilioEmulator, sdk: Client, rule: str | None, status: str
) -> None:
    if rule is not None:
        twilio.answers(CUSTOMER, rule)
    call = await off(
        sdk.calls.create, to=CUSTOMER, from_=OURS, url=f"{app.url}/leg", status_callback=f"{app.url}/call-status"
    )
    assert (await app.hit("/call-status")).form["CallStatus"] == status
    assert (await off(sdk.calls(call.sid).fetch)).status == status
    assert app.at("/leg") == []


async def test_a_machine_is_detected(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    twilio.answers(CUSTOMER, "machine")
    app.pages["/leg"] = twiml("<Hangup/>")
    await off(
        sdk.calls.create,
        to=CUSTOMER,
        from_=OURS,
        url=f"{app.url}/leg",
        machine_detection="Enable",
        status_callback=f"{app.url}/call-status",
        status_callback_event=["answered", "completed"],
    )
    assert (await app.hit("/leg")).form["AnsweredBy"] == "machine_start"
    assert (await app.hit("/call-status", 1)).form["AnsweredBy"] == "machine_start"
    assert "AnsweredBy" not in app.at("/call-status")[0].form  # picked up, and not yet listened to


async def test_inline_twiml_needs_absolute_urls(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    twilio.answers(CUSTOMER, "human")
    app.pages["/there"] = twiml("<Hangup/>")
    document = twiml(f"<Say>Hi</Say><Redirect>{app.url}/there</Redirect>")
    await off(sdk.calls.create, to=CUSTOMER, from_=OURS, twiml=document)
    await app.hit("/there")
    assert twilio.alerts == []
    await off(sdk.calls.create, to=CUSTOMER, from_=OURS, twiml=twiml("<Redirect>/there</Redirect>"))
    await (await twilio.called(CUSTOMER)).ended()
    await (await twilio.called(CUSTOMER)).ended()
    assert twilio.alerts.codes() == [11200]


async def test_a_call_to_our_own_number_is_two_legs(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    """The hairpin: audio crosses, digits are heard by the <Gather> of the other end, a hang-up ends both."""
    twilio.number(FLEX, f"{app.url}/outbound-call")
    app.pages["/outbound-call"] = twiml('<Gather numDigits="4" action="/paired" timeout="9"/>')
    app.pages["/paired"] = twiml(f'<Connect><Stream url="{app.ws_url}/b"/></Connect>')
    app.pages["/leg"] = twiml(f'<Connect><Stream url="{app.ws_url}/a"/></Connect>')
    twilio.pace.gather_timeout_s = None
    call = await off(sdk.calls.create, to=FLEX, from_=OURS, url=f"{app.url}/leg", send_digits="w4321")
    paired = await app.hit("/paired")
    assert paired.form["Digits"] == "4321"
    assert paired.form["Direction"] == "inbound"
    assert paired.form["CallSid"] != call.sid
    assert "ParentCallSid" not in paired.form
    ends = {stream.headers[":path"]: stream for stream in [await app.stream(), await app.stream()]}
    await ends["/a"].play(b"\x5a" * 1600)
    await ends["/b"].play(b"\x3c" * 1600)
    await ends["/b"].until(lambda _: b"\x5a" * 1600 in ends["/b"].heard())
    await ends["/a"].until(lambda _: b"\x3c" * 1600 in ends["/a"].heard())
    await off(sdk.calls(call.sid).update, status="completed")
    await ends["/a"].event("stop")
    await ends["/b"].event("stop")
    assert twilio.leg(paired.form["CallSid"]).status.value == "completed"


async def test_a_sip_domain_of_ours_gets_the_headers(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    twilio.sip_domain("acme", f"{app.url}/sip")
    app.pages["/sip"] = twiml("<Hangup/>")
    app.pages["/leg"] = twiml("<Pause/>")
    to = "sip:agent@acme.sip.twilio.com?X-Session=abc%20d&Other=no"
    await off(sdk.calls.create, to=to, from_=OURS, url=f"{app.url}/leg")
    hit = await app.hit("/sip")
    assert hit.form["SipHeader_X-Session"] == "abc d"
    assert hit.form["SipDomain"] == "acme.sip.twilio.com"
    assert hit.form["To"] == "sip:agent@acme.sip.twilio.com"
    assert "SipHeader_Other" not in hit.form


async def test_a_client_is_rung(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    twilio.answers("client:alice", "human")
    app.pages["/leg"] = twiml("<Pause/>")
    await off(sdk.calls.create, to="client:alice", from_=OURS, url=f"{app.url}/leg")
    await (await twilio.called("client:alice")).connected()


async def test_a_rejected_hairpin_is_busy(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    twilio.number(FLEX, f"{app.url}/refuse")
    app.pages["/refuse"] = twiml('<Reject reason="busy"/>')
    await off(sdk.calls.create, to=FLEX, from_=OURS, url=f"{app.url}/leg", status_callback=f"{app.url}/call-status")
    assert (await app.hit("/call-status")).form["CallStatus"] == "busy"


async def test_the_time_limit_ends_a_call(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    twilio.answers(CUSTOMER, "human")
    app.pages["/leg"] = twiml("<Pause length='60'/>")
    await off(sdk.calls.create, to=CUSTOMER, from_=OURS, url=f"{app.url}/leg", time_limit=1)
    phone = await twilio.called(CUSTOMER)
    await phone.ended(5)
    assert any("limit" in line.text for line in phone.log)


async def test_calls_beyond_the_limit_per_second_wait_in_the_queue(app: TwilioApp) -> None:
    async with TwilioEmulator(pace=Pace(calls_per_second=4, ring_s=0)) as twilio:
        twilio.number(OURS, "")
        twilio.answers(CUSTOMER, "human")
        app.pages["/leg"] = twiml("<Pause length='9'/>")
        sdk = client_of(twilio)
        begun = twilio.ticker.frames
        calls = [await off(sdk.calls.create, to=CUSTOMER, from_=OURS, url=f"{app.url}/leg") for _ in range(3)]
        for _ in calls:
            await (await twilio.called(CUSTOMER)).connected()
        assert twilio.ticker.frames - begun >= 24  # the third's slot is half a second after the first's
        assert {call.status for call in calls} == {"queued"}


# ---- Refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": "600"}, 21211),
        ({"to": "+1' OR 1"}, 21211),
        ({"from_": "anonymous"}, 21212),
        ({"from_": "+15550199999"}, 21210),
        ({"url": "leg"}, 21205),
        ({"url": "ftp://x/y"}, 21205),
        ({"send_digits": "1" * 33}, 21206),
        ({"send_digits": "12a"}, 21206),
        ({"timeout": "700"}, 20001),
        ({"status_callback": "https://a_b.example/x"}, 21609),
        ({"status_callback_event": "initiated ringing"}, 21626),
        ({"url": "", "twiml": "<Response/>" + " " * 4000}, 21219),
    ],
)
async def test_what_is_refused(twilio: TwilioEmulator, sdk: Client, change: dict[str, str], code: int) -> None:
    wanted = {"to": CUSTOMER, "from_": OURS, "url": "https://example.com/leg"} | change
    wanted = {key: value for key, value in wanted.items() if value}
    error = await refused(sdk, **wanted)
    assert (error.status, error.code) == (400, code)
    assert twilio.exchange.calls == {}


async def test_a_document_is_needed(sdk: Client) -> None:
    assert (await refused(sdk, to=CUSTOMER, from_=OURS)).code == 21205


async def test_a_wrong_token_is_20003(twilio: TwilioEmulator) -> None:
    error = await refused(client_of(twilio, "wrong"), to=CUSTOMER, from_=OURS, url="https://example.com")
    assert (error.status, error.code) == (401, 20003)


async def test_an_api_key_is_let_in(app: TwilioApp) -> None:
    async with TwilioEmulator(api_keys={"SK1": "secret"}) as twilio:
        client = Client("SK1", "secret", twilio.account_sid)
        client.api.base_url = twilio.base_url
        assert await off(client.calls.list) == []


async def test_the_switches_for_rest_faults(twilio: TwilioEmulator, sdk: Client) -> None:
    wanted = {"to": CUSTOMER, "from_": OURS, "url": "https://example.com/leg"}
    twilio.faults.rest_not_allowed = True
    assert (await refused(sdk, **wanted)).code == 21216
    twilio.faults.rest_not_allowed = False
    twilio.faults.rest_too_many = 1
    error = await refused(sdk, **wanted)
    assert (error.status, error.code) == (429, 20429)
    twilio.faults.rest_server_error = 1
    assert (await refused(sdk, **wanted)).status == 500
    assert (await off(sdk.calls.create, **wanted)).sid


async def test_an_unknown_parameter_is_told_to_the_debugger(twilio: TwilioEmulator, sdk: Client) -> None:
    url = f"{twilio.base_url}/2010-04-01/Accounts/{twilio.account_sid}/Calls.json"
    form = {"To": CUSTOMER, "From": OURS, "Url": "https://example.com/leg", "Statuscallback": "x"}
    auth = (twilio.account_sid, twilio.auth_token)
    answer = await off(sdk.http_client.request, "POST", url, data=form, auth=auth)
    assert answer.status_code == 201
    assert twilio.alerts.codes() == [20001]


# ---- Fetch, list, update ---------------------------------------------------------------------------------------------


async def test_pages_are_whole_numbers(sdk: Client) -> None:
    with pytest.raises(TwilioException, match="20001"):
        await off(sdk.calls.page, page_size="many")


async def test_an_unknown_call_is_20404(sdk: Client) -> None:
    with pytest.raises(TwilioRestException) as caught:
        await off(sdk.calls("CA" + "0" * 32).fetch)
    assert (caught.value.status, caught.value.code) == (404, 20404)


async def test_calls_are_listed_and_filtered(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    twilio.answers(CUSTOMER, "busy")
    for _ in range(3):
        await off(sdk.calls.create, to=CUSTOMER, from_=OURS, url=f"{app.url}/leg")
    assert len(await off(sdk.calls.list, page_size=2)) == 3
    assert len(await off(sdk.calls.list, to=CUSTOMER)) == 3
    assert await off(sdk.calls.list, to=OURS) == []


async def test_a_live_call_is_sent_elsewhere(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    app.pages["/voice"] = twiml("<Say>wait</Say><Pause length='60'/>")
    app.pages["/elsewhere"] = twiml("<Say>here now</Say>")
    phone = await twilio.phone(CUSTOMER).call(OURS)
    await phone.connected()
    await off(sdk.calls(phone.call_sid).update, url=f"{app.url}/elsewhere")
    await phone.ended()
    assert "here now" in [line.text for line in phone.log]


async def test_an_ended_call_cannot_be_changed(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    app.pages["/voice"] = twiml("<Hangup/>")
    phone = await twilio.phone(CUSTOMER).call(OURS)
    await phone.ended()
    with pytest.raises(TwilioRestException) as caught:
        await off(sdk.calls(phone.call_sid).update, url=f"{app.url}/x")
    assert caught.value.code == 21220
    with pytest.raises(TwilioRestException) as caught:
        await off(sdk.calls(phone.call_sid).update, status="completed")
    assert caught.value.code == 20404


async def test_a_ringing_call_is_canceled(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    twilio.pace.ring_s = 30
    twilio.answers(CUSTOMER, "human")
    call = await off(
        sdk.calls.create, to=CUSTOMER, from_=OURS, url=f"{app.url}/leg", status_callback=f"{app.url}/call-status"
    )
    phone = await twilio.called(CUSTOMER)
    await off(sdk.calls(call.sid).update, status="canceled")
    await phone.ended()
    assert (await app.hit("/call-status")).form["CallStatus"] == "canceled"


# ---- Status callbacks' faults ----------------------------------------------------------------------------------------


async def statuses(app: TwilioApp, twilio: TwilioEmulator, sdk: Client, count: int) -> list[str]:
    twilio.answers(CUSTOMER, "human")
    app.pages["/leg"] = twiml("<Hangup/>")
    await off(
        sdk.calls.create,
        to=CUSTOMER,
        from_=OURS,
        url=f"{app.url}/leg",
        status_callback=f"{app.url}/call-status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    await app.hit("/call-status", count - 1)
    return [hit.form["SequenceNumber"] for hit in app.at("/call-status")]


async def test_callbacks_can_come_twice(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    twilio.faults.callbacks_twice = True
    assert await statuses(app, twilio, sdk, 8) == ["0", "0", "1", "1", "2", "2", "3", "3"]


async def test_callbacks_can_come_in_another_order(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    twilio.faults.callbacks_reordered = True
    assert await statuses(app, twilio, sdk, 4) == ["1", "0", "3", "2"]


async def test_callbacks_can_get_lost(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    twilio.faults.callbacks_lost = 2
    assert await statuses(app, twilio, sdk, 2) == ["2", "3"]


# ---- Numbers ---------------------------------------------------------------------------------------------------------


async def test_numbers_are_found_and_pointed_elsewhere(app: TwilioApp, twilio: TwilioEmulator, sdk: Client) -> None:
    twilio.number(FLEX, "https://example.com/old")
    (number,) = await off(sdk.incoming_phone_numbers.list, phone_number=OURS)
    changed = await off(
        sdk.incoming_phone_numbers(number.sid).update,
        voice_url=f"{app.url}/new",
        voice_fallback_url=f"{app.url}/fallback",
    )
    assert changed.voice_url == f"{app.url}/new"
    app.pages["/new"] = Answer(status=500)
    app.pages["/fallback"] = twiml("<Hangup/>")
    await (await twilio.phone(CUSTOMER).call(OURS)).ended()
    assert len(app.at("/fallback")) == 1
    with pytest.raises(TwilioRestException):
        await off(sdk.incoming_phone_numbers("PN" + "0" * 32).fetch)
