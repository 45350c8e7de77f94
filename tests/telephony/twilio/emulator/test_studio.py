"""Studio follows the flow's file, whatever it says; and its REST, by the SDK."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from dragoman.telephony.twilio.emulator import Line, Phone, TwilioEmulator
from dragoman.telephony.twilio.emulator.studio import holds
from tests.fakes.twilio_app import Answer, TwilioApp, twiml

pytestmark = pytest.mark.pair

OURS = "+15550100001"
CALLER = "+34600000001"


def state(name: str, kind: str, properties: dict[str, Any], **transitions: str | None) -> dict[str, Any]:
    """A state; transitions by event, None = the event is there and leads nowhere."""
    leads = [{"event": event} | ({"next": to} if to else {}) for event, to in transitions.items()]
    return {"name": name, "type": kind, "transitions": leads, "properties": properties}


def condition(value: str, kind: str = "equal_to") -> dict[str, Any]:
    arguments = ["{{widgets.Menu.Digits}}{{widgets.Menu.SpeechResult}}"]
    return {"friendly_name": value, "arguments": arguments, "type": kind, "value": value}


def flow_for(app: TwilioApp, timeout: str = "14400") -> dict[str, Any]:
    check = state("Check", "split-based-on", {"input": "{{widgets.Menu.Digits}}"}, noMatch="Sorry")
    for value, to in (("2,español", "Spanish"), ("1,english", "English")):
        match = {"event": "match", "next": to, "conditions": [condition(value, "matches_any_of")]}
        check["transitions"].append(match)
    redirect = {
        "url": app.url + "/incoming-call?lang={{flow.variables.lang}}",
        "method": "POST",
        "timeout": timeout,
    }
    menu = {"say": "Para español, dos", "language": "es-ES", "timeout": 1, "number_of_digits": 1, "stop_gather": True}
    return {
        "description": "Menu",
        "initial_state": "Trigger",
        "flags": {"allow_concurrent_calls": True},
        "states": [
            state("Trigger", "trigger", {}, incomingCall="Menu"),
            state("Menu", "gather-input-on-call", menu, keypress="Check", speech="Check", timeout="Nobody"),
            check,
            state("Spanish", "set-variables", {"variables": [{"key": "lang", "value": "es"}]}, next="App"),
            state("English", "set-variables", {"variables": [{"key": "lang", "value": "en"}]}, next="App"),
            state("App", "add-twiml-redirect", redirect, **{"return": "Thanks", "timeout": "Late", "fail": "Sorry"}),
            state("Nobody", "say-play", {"say": "No input"}, audioComplete=None),
            state("Thanks", "say-play", {"say": "Thanks {{widgets.App.name}}"}, audioComplete=None),
            state("Late", "say-play", {"say": "Too long"}, audioComplete=None),
            state("Sorry", "say-play", {"say": "Please call again"}, audioComplete=None),
        ],
    }


def said(phone: Phone) -> list[str]:
    return [line.text for line in phone.log if line.kind is Line.SAY]


async def call(twilio: TwilioEmulator) -> Phone:
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.connected()
    return phone


async def test_a_key_leads_to_the_apps_twiml(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.studio_flow(OURS, flow_for(app))
    app.pages["/incoming-call"] = twiml("<Say>Bienvenido</Say>")
    phone = await call(twilio)
    phone.press("2")
    hit = await app.hit("/incoming-call")
    assert hit.query == {"lang": "es"}
    assert hit.form["CallSid"] == phone.call_sid
    assert hit.form["From"] == CALLER
    await phone.ended()
    assert said(phone) == ["Para español, dos", "Bienvenido"]


async def test_speech_leads_there_too(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.studio_flow(OURS, flow_for(app))
    app.pages["/incoming-call"] = twiml("<Hangup/>")
    phone = await call(twilio)
    phone.say(b"\x10" * 1600, "English")
    assert (await app.hit("/incoming-call")).query == {"lang": "en"}


async def test_it_follows_the_file_and_no_fixed_script(app: TwilioApp, twilio: TwilioEmulator) -> None:
    """The same key leads elsewhere when the file says so."""
    flow = flow_for(app)
    swapped = copy.deepcopy(flow)
    for one in swapped["states"]:
        if one["name"] == "Spanish":
            one["properties"]["variables"][0]["value"] = "fr"
    twilio.studio_flow(OURS, swapped)
    app.pages["/incoming-call"] = twiml("<Hangup/>")
    (await call(twilio)).press("2")
    assert (await app.hit("/incoming-call")).query == {"lang": "fr"}


async def test_no_input_and_no_match(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.studio_flow(OURS, flow_for(app))
    silent = await call(twilio)
    await silent.ended()
    assert said(silent)[-1] == "No input"
    wrong = await call(twilio)
    wrong.press("7")
    await wrong.ended()
    assert said(wrong)[-1] == "Please call again"
    assert app.at("/incoming-call") == []


async def test_a_dead_app_is_the_fail_event(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.studio_flow(OURS, flow_for(app))
    app.pages["/incoming-call"] = Answer(status=500)
    phone = await call(twilio)
    phone.press("2")
    await phone.ended()
    assert said(phone)[-1] == "Please call again"


async def test_a_call_that_comes_back_is_the_return_event(app: TwilioApp, twilio: TwilioEmulator) -> None:
    flow = twilio.studio_flow(OURS, flow_for(app))
    back = twilio.studio.webhook_url(flow)
    app.pages["/incoming-call"] = twiml(f"<Redirect>{back}?FlowEvent=return&amp;name=Zo%C3%AB</Redirect>")
    phone = await call(twilio)
    phone.press("2")
    await phone.ended()
    assert said(phone)[-1] == "Thanks Zoë"


async def test_a_redirect_that_takes_too_long_is_the_timeout_event(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.studio_flow(OURS, flow_for(app, timeout="1"))
    app.pages["/incoming-call"] = twiml(f'<Connect><Stream url="{app.ws_url}/intercept"/></Connect>')
    phone = await call(twilio)
    phone.press("2")
    stream = await app.stream()
    await stream.event("stop")
    await phone.ended()
    assert said(phone)[-1] == "Too long"


async def test_the_end_of_the_apps_twiml_ends_the_call(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.studio_flow(OURS, flow_for(app))
    app.pages["/incoming-call"] = twiml("<Say>bye</Say>")
    phone = await call(twilio)
    phone.press("1")
    await phone.ended()
    assert said(phone)[-1] == "bye"


async def test_a_flow_that_breaks_while_it_runs_ends_the_call(app: TwilioApp, twilio: TwilioEmulator) -> None:
    flow = flow_for(app)
    flow["states"][1]["properties"]["say"] = "{{trigger.call.From | shout}}"
    twilio.studio_flow(OURS, flow)
    await (await call(twilio)).ended()
    assert twilio.alerts.codes() == [81000]


def test_a_flawed_file_is_refused(twilio: TwilioEmulator, app: TwilioApp) -> None:
    flow = flow_for(app)
    flow["states"][5]["properties"]["timeout"] = 14400
    with pytest.raises(ValueError, match="#/states/5/properties/timeout must be str"):
        twilio.studio_flow(OURS, flow)


@pytest.mark.parametrize(
    ("kind", "subject", "value", "true"),
    [
        ("equal_to", "Español", "español", True),
        ("not_equal_to", "1", "2", True),
        ("matches_any_of", "b", "a, b", True),
        ("does_not_match_any_of", "c", "a,b", True),
        ("contains", "in english please", "english", True),
        ("does_not_contain", "x", "y", True),
        ("starts_with", "+34600", "+34", True),
        ("does_not_start_with", "+34600", "+1", True),
        ("is_blank", "", "", True),
        ("is_not_blank", "", "", False),
        ("regex", "42", r"^\d+$", True),
        ("less_than", "2", "10", True),
        ("greater_than", "two", "1", False),
    ],
)
def test_conditions(kind: str, subject: str, value: str, true: bool) -> None:
    assert holds(kind, subject, value) is true


# ---- REST ------------------------------------------------------------------------------------------------------------


async def off(call: Any, *args: Any, **kwargs: Any) -> Any:
    async with asyncio.timeout(10):
        return await asyncio.to_thread(call, *args, **kwargs)


@pytest.fixture
async def studio(twilio: TwilioEmulator) -> Any:
    client = Client(twilio.account_sid, twilio.auth_token)
    client.api.base_url = client.studio.base_url = twilio.base_url
    return client


async def test_the_sdk_publishes_a_flow_and_wires_a_number(app: TwilioApp, twilio: TwilioEmulator, studio: Any) -> None:
    flows = studio.studio.v2
    valid = await off(flows.flow_validate.update, friendly_name="f", status="published", definition=flow_for(app))
    assert valid.valid
    flow = await off(flows.flows.create, friendly_name="f", status="published", definition=flow_for(app))
    assert (flow.valid, flow.revision) == (True, 1)
    (number,) = await off(studio.incoming_phone_numbers.list, phone_number=OURS)
    await off(studio.incoming_phone_numbers(number.sid).update, voice_url=flow.webhook_url)
    app.pages["/incoming-call"] = twiml("<Hangup/>")
    (await call(twilio)).press("1")
    assert (await app.hit("/incoming-call")).query == {"lang": "en"}
    changed = await off(flows.flows(flow.sid).update, status="published", definition=flow_for(app))
    assert changed.revision == 2
    assert [one.sid for one in await off(flows.flows.list)] == [flow.sid]


async def test_the_sdk_is_told_what_is_wrong(app: TwilioApp, studio: Any) -> None:
    flow = flow_for(app)
    flow["states"][5]["properties"]["timeout"] = 14400
    with pytest.raises(TwilioRestException) as caught:
        await off(studio.studio.v2.flow_validate.update, friendly_name="f", status="published", definition=flow)
    assert caught.value.status == 400
    assert caught.value.details == {
        "errors": [{"property_path": "#/states/5/properties/timeout", "message": "must be str"}]
    }
