"""The form of a Studio flow file, checked as Studio's validator does. Source: the fact sheet, 4.4 and 5. Pure.

Frequent mistakes that it finds: numbers where strings are demanded, invented events, a `next` that leads nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong, and where (`#/states/3/properties/timeout`)."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Widget:
    """One type of state: its events, and its properties with the JSON types that each may have."""

    events: frozenset[str]
    properties: dict[str, tuple[type, ...]]
    must: frozenset[str] = frozenset()
    one_of: frozenset[str] = frozenset()


_SPEAKING: Final[dict[str, tuple[type, ...]]] = {
    "say": (str,),
    "play": (str,),
    "voice": (str,),
    "language": (str,),
    "loop": (int,),
}

WIDGETS: Final[dict[str, Widget]] = {
    "trigger": Widget(
        frozenset(
            {"incomingMessage", "incomingCall", "incomingConversationMessage", "incomingRequest", "incomingParent"}
        ),
        {},
    ),
    "gather-input-on-call": Widget(
        frozenset({"keypress", "speech", "timeout"}),
        _SPEAKING
        | {
            "timeout": (int,),
            "speech_timeout": (str,),
            "finish_on_key": (str,),
            "number_of_digits": (int,),
            "num_digits": (int,),
            "stop_gather": (bool,),
            "gather_language": (str,),
            "hints": (str,),
            "profanity_filter": (str,),
            "speech_model": (str,),
        },
        one_of=frozenset({"say", "play"}),
    ),
    "split-based-on": Widget(frozenset({"noMatch", "match"}), {"input": (str,)}, must=frozenset({"input"})),
    "set-variables": Widget(frozenset({"next"}), {"variables": (list,)}, must=frozenset({"variables"})),
    "say-play": Widget(
        frozenset({"audioComplete"}), _SPEAKING | {"digits": (str,)}, one_of=frozenset({"say", "play", "digits"})
    ),
    "add-twiml-redirect": Widget(
        frozenset({"return", "timeout", "fail"}),
        {"url": (str,), "method": (str,), "timeout": (str,)},
        must=frozenset({"url"}),
    ),
}
"""The widgets that the emulator plays."""

ELSEWHERE: Final = frozenset(
    {
        "make-http-request",
        "run-function",
        "send-to-flex",
        "enqueue-call",
        "connect-call-to",
        "fork-stream",
        "run-conversation-relay",
        "record-voicemail",
        "send-message",
        "send-and-wait-for-reply",
    }
)
"""Widgets that Studio has and the emulator does not play: their properties are not checked."""

CONDITIONS: Final = frozenset(
    {
        "equal_to",
        "not_equal_to",
        "matches_any_of",
        "does_not_match_any_of",
        "contains",
        "does_not_contain",
        "starts_with",
        "does_not_start_with",
        "is_blank",
        "is_not_blank",
        "regex",
        "less_than",
        "greater_than",
        "is_before_date",
        "is_after_date",
        "is_before_time",
        "is_after_time",
    }
)
_CONDITION_KEYS: Final = ("friendly_name", "arguments", "type", "value")
_RANGES: Final = {"gather-input-on-call": {"timeout": (0, 30)}, "say-play": {"loop": (1, 99)}}
_LONGEST_REDIRECT_S: Final = 14400


def flaws(flow: object) -> list[Flaw]:
    """All that is wrong with a flow's definition; empty when Studio would take it."""
    if not isinstance(flow, dict):
        return [Flaw("#", "the definition is no JSON object")]
    found = [Flaw(f"#/{key}", "unknown property") for key in sorted(set(flow) - _ENVELOPE.keys())]
    for key, kind in _ENVELOPE.items():
        if not isinstance(flow.get(key), kind):
            found.append(Flaw(f"#/{key}", f"must be {kind.__name__}"))
    states = flow.get("states")
    if not isinstance(states, list):
        return found
    names = [state.get("name") for state in states if isinstance(state, dict)]
    if flow.get("initial_state") not in names:
        found.append(Flaw("#/initial_state", "is the name of no state"))
    for index, state in enumerate(states):
        found += _state(f"#/states/{index}", state, names)
    return found


_ENVELOPE: Final[dict[str, type]] = {"description": str, "states": list, "initial_state": str, "flags": dict}


def _state(path: str, state: object, names: list[object]) -> list[Flaw]:
    if not isinstance(state, dict):
        return [Flaw(path, "must be an object")]
    found = [Flaw(f"{path}/{key}", "unknown property") for key in sorted(set(state) - _STATE.keys())]
    wrong = [key for key, kind in _STATE.items() if not isinstance(state.get(key), kind)]
    found += [Flaw(f"{path}/{key}", f"must be {_STATE[key].__name__}") for key in wrong]
    if found:
        return found
    if names.count(state["name"]) > 1:
        found.append(Flaw(f"{path}/name", "is not unique"))
    widget = WIDGETS.get(state["type"])
    if widget is None:
        return found if state["type"] in ELSEWHERE else [*found, Flaw(f"{path}/type", "is no widget type")]
    found += _properties(f"{path}/properties", state["type"], widget, state["properties"])
    for index, transition in enumerate(state["transitions"]):
        found += _transition(f"{path}/transitions/{index}", transition, widget, names)
    return found


_STATE: Final[dict[str, type]] = {"name": str, "type": str, "transitions": list, "properties": dict}


def _transition(path: str, transition: object, widget: Widget, names: list[object]) -> list[Flaw]:
    if not isinstance(transition, dict):
        return [Flaw(path, "must be an object")]
    found = [
        Flaw(f"{path}/{key}", "unknown property") for key in sorted(set(transition) - {"event", "next", "conditions"})
    ]
    event = transition.get("event")
    if not isinstance(event, str) or event not in widget.events:
        found.append(Flaw(f"{path}/event", f"{event!r} is no event of this widget"))
    if "next" in transition and transition["next"] not in names:
        found.append(Flaw(f"{path}/next", "is the name of no state"))
    if event == "match":
        found += _conditions(f"{path}/conditions", transition.get("conditions"))
    elif "conditions" in transition:
        found.append(Flaw(f"{path}/conditions", "only a match has conditions"))
    return found


def _conditions(path: str, conditions: object) -> list[Flaw]:
    if not isinstance(conditions, list) or not conditions:
        return [Flaw(path, "a match needs conditions")]
    found = []
    for index, condition in enumerate(conditions):
        where = f"{path}/{index}"
        if not isinstance(condition, dict) or set(condition) != set(_CONDITION_KEYS):
            found.append(Flaw(where, f"must have exactly {', '.join(_CONDITION_KEYS)}"))
        elif not isinstance(condition["type"], str) or condition["type"] not in CONDITIONS:
            found.append(Flaw(f"{where}/type", "is no type of condition"))
        elif not isinstance(condition["arguments"], list) or not condition["arguments"]:
            found.append(Flaw(f"{where}/arguments", "must be a list of expressions"))
        elif not isinstance(condition["value"], str):
            found.append(Flaw(f"{where}/value", "must be str"))
    return found


def _properties(path: str, kind: str, widget: Widget, properties: Json) -> list[Flaw]:
    found = []
    for key, value in properties.items():
        if key == "offset":
            continue
        types = widget.properties.get(key)
        if types is None:
            found.append(Flaw(f"{path}/{key}", "unknown property"))
        elif not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            found.append(Flaw(f"{path}/{key}", f"must be {types[0].__name__}"))
        else:
            found += _value(f"{path}/{key}", kind, key, value)
    found += [Flaw(f"{path}/{key}", "is required") for key in sorted(widget.must - properties.keys())]
    if widget.one_of and not widget.one_of & properties.keys():
        found.append(Flaw(path, f"needs one of {', '.join(sorted(widget.one_of))}"))
    return found


def _value(path: str, kind: str, key: str, value: Any) -> list[Flaw]:
    low, high = _RANGES.get(kind, {}).get(key, (None, None))
    if low is not None and high is not None and not low <= value <= high:
        return [Flaw(path, f"must be from {low} to {high}")]
    redirect_timeout = kind == "add-twiml-redirect" and key == "timeout"
    if redirect_timeout and (not value.isdecimal() or int(value) > _LONGEST_REDIRECT_S):
        return [Flaw(path, f'must be a string from "0" to "{_LONGEST_REDIRECT_S}"')]
    if kind == "set-variables":
        return _variables(path, value)
    return []


def _variables(path: str, variables: list[object]) -> list[Flaw]:
    found = []
    for index, variable in enumerate(variables):
        if not isinstance(variable, dict) or not {"key", "value"} <= variable.keys():
            found.append(Flaw(f"{path}/{index}", "needs key and value"))
        elif not isinstance(variable["key"], str) or not isinstance(variable["value"], str):
            found.append(Flaw(f"{path}/{index}", "key and value must be str"))
        elif set(variable) - {"key", "value", "type", "parse_as_json", "index"}:
            found.append(Flaw(f"{path}/{index}", "unknown property"))
    return found
