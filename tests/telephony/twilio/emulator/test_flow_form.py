"""What Studio's validator finds in a flow file."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.telephony.twilio.emulator.flow_form import flaws

pytestmark = pytest.mark.unit

FLOW: dict[str, Any] = {
    "description": "Menu",
    "initial_state": "Trigger",
    "flags": {"allow_concurrent_calls": True},
    "states": [
        {
            "name": "Trigger",
            "type": "trigger",
            "transitions": [{"event": "incomingMessage"}, {"event": "incomingCall", "next": "Menu"}],
            "properties": {"offset": {"x": 0, "y": 0}},
        },
        {
            "name": "Menu",
            "type": "gather-input-on-call",
            "transitions": [
                {"event": "keypress", "next": "Check"},
                {"event": "speech", "next": "Check"},
                {"event": "timeout", "next": "Sorry"},
            ],
            "properties": {
                "say": "Press two",
                "language": "en-US",
                "timeout": 5,
                "loop": 1,
                "number_of_digits": 1,
                "finish_on_key": "#",
                "stop_gather": True,
                "profanity_filter": "true",
                "hints": "english, español",
            },
        },
        {
            "name": "Check",
            "type": "split-based-on",
            "transitions": [
                {"event": "noMatch", "next": "Sorry"},
                {
                    "event": "match",
                    "next": "Spanish",
                    "conditions": [
                        {
                            "friendly_name": "is 2",
                            "arguments": ["{{widgets.Menu.Digits}}"],
                            "type": "equal_to",
                            "value": "2",
                        }
                    ],
                },
            ],
            "properties": {"input": "{{widgets.Menu.Digits}}"},
        },
        {
            "name": "Spanish",
            "type": "set-variables",
            "transitions": [{"event": "next", "next": "App"}],
            "properties": {"variables": [{"key": "lang", "value": "es"}]},
        },
        {
            "name": "App",
            "type": "add-twiml-redirect",
            "transitions": [
                {"event": "return", "next": "Sorry"},
                {"event": "timeout", "next": "Sorry"},
                {"event": "fail", "next": "Sorry"},
            ],
            "properties": {
                "url": "https://example.com/incoming-call?lang={{flow.variables.lang}}",
                "method": "POST",
                "timeout": "14400",
            },
        },
        {
            "name": "Sorry",
            "type": "say-play",
            "transitions": [{"event": "audioComplete"}],
            "properties": {"say": "Sorry, please call again.", "loop": 1},
        },
    ],
}


def test_a_good_flow_has_no_flaws() -> None:
    assert flaws(FLOW) == []


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good flow with one thing put differently; None removes it."""
    flow = copy.deepcopy(FLOW)
    *way, last = path.split("/")
    here: Any = flow
    for part in way:
        here = here[int(part)] if isinstance(here, list) else here[part]
    key: Any = int(last) if isinstance(here, list) else last
    if value is None:
        del here[key]
    else:
        here[key] = value
    return flow


@pytest.mark.parametrize(
    ("path", "value", "where", "message"),
    [
        ("states/4/properties/timeout", 14400, "#/states/4/properties/timeout", "must be str"),
        ("states/4/properties/timeout", "14401", "#/states/4/properties/timeout", "must be a string from"),
        ("states/4/properties/url", None, "#/states/4/properties/url", "is required"),
        ("states/1/properties/timeout", "5", "#/states/1/properties/timeout", "must be int"),
        ("states/1/properties/timeout", 31, "#/states/1/properties/timeout", "from 0 to 30"),
        ("states/1/properties/profanity_filter", True, "#/states/1/properties/profanity_filter", "must be str"),
        ("states/1/properties/loop", True, "#/states/1/properties/loop", "must be int"),
        ("states/1/properties/say", None, "#/states/1/properties", "needs one of play, say"),
        ("states/1/properties/prompt", "x", "#/states/1/properties/prompt", "unknown property"),
        ("states/1/transitions/0/event", "digits", "#/states/1/transitions/0/event", "is no event"),
        ("states/1/transitions/0/next", "Nowhere", "#/states/1/transitions/0/next", "is the name of no state"),
        ("states/2/transitions/1/conditions", [], "#/states/2/transitions/1/conditions", "needs conditions"),
        ("states/2/transitions/1/conditions/0/type", "is", "#/states/2/transitions/1/conditions/0/type", "no type"),
        ("states/2/transitions/1/conditions/0/value", 2, "#/states/2/transitions/1/conditions/0/value", "must be str"),
        ("states/2/transitions/0/conditions", [{}], "#/states/2/transitions/0/conditions", "only a match"),
        ("states/3/properties/variables", [{"key": "a"}], "#/states/3/properties/variables/0", "needs key and value"),
        ("states/0/type", "start", "#/states/0/type", "is no widget type"),
        ("states/5/name", "Menu", "#/states/1/name", "is not unique"),
        ("initial_state", "Begin", "#/initial_state", "is the name of no state"),
        ("flags", None, "#/flags", "must be dict"),
        ("extra", 1, "#/extra", "unknown property"),
    ],
)
def test_a_flaw_is_found_where_it_is(path: str, value: Any, where: str, message: str) -> None:
    found = [flaw for flaw in flaws(changed(path, value)) if flaw.path == where]
    assert found, flaws(changed(path, value))
    assert message in found[0].message


def test_widgets_that_are_not_played_pass() -> None:
    flow = changed("states/5/type", "send-to-flex")
    assert flaws(flow) == []


KEYS = [
    "name",
    "type",
    "states",
    "event",
    "next",
    "conditions",
    "arguments",
    "value",
    "friendly_name",
    "key",
    "properties",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None)
@given(JSON)
def test_nothing_crashes_it(definition: object) -> None:
    assert isinstance(flaws(definition), list)


@settings(deadline=None)
@given(
    st.sampled_from(
        [
            "states",
            "states/1",
            "states/1/properties",
            "states/2/transitions/1",
            "states/2/transitions/1/conditions/0/type",
            "states/2/transitions/1/event",
        ]
    ),
    JSON,
)
def test_nothing_inside_crashes_it(path: str, value: object) -> None:
    flow = changed(path, 0 if value is None else value)
    assert isinstance(flaws(flow), list)
