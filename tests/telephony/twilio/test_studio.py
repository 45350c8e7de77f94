"""The Studio flow: its form, and a walk through it as Studio would go."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.domain.call import Notice
from dragoman.errors import SettingsError
from dragoman.languages import languages
from dragoman.notices import Notices
from dragoman.ports import LanguageBook
from dragoman.telephony.twilio.studio import flow
from tests.fakes.scripted_switchboard import RUSSIAN
from tests.fakes.twilio_desk import PUBLIC_URL

pytestmark = pytest.mark.unit

SHIPPED = languages()
BOOK = LanguageBook(SHIPPED, SHIPPED[0], {})
NOTICES = Notices.load()
WITH_KEYS = [language for language in SHIPPED if language.key]

EVENTS = {
    "trigger": {
        "incomingMessage",
        "incomingCall",
        "incomingConversationMessage",
        "incomingRequest",
        "incomingParent",
    },
    "gather-input-on-call": {"keypress", "speech", "timeout"},
    "split-based-on": {"noMatch", "match"},
    "set-variables": {"next"},
    "add-twiml-redirect": {"return", "timeout", "fail"},
    "say-play": {"audioComplete"},
}
"""The events of each widget type (Twilio's widget pages, read 2026-11)."""


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    return flow(BOOK, PUBLIC_URL, NOTICES)


@pytest.fixture(scope="module")
def states(written: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {state["name"]: state for state in written["states"]}


def after(state: dict[str, Any], event: str) -> str:
    found: str = next(one.get("next", "") for one in state["transitions"] if one["event"] == event)
    return found


def test_the_envelope_is_what_the_console_imports(written: dict[str, Any]) -> None:
    assert set(written) == {"description", "states", "initial_state", "flags"}
    assert written["initial_state"] == "Trigger"
    assert written["flags"] == {"allow_concurrent_calls": True}
    assert json.loads(json.dumps(written)) == written


def test_names_are_one_of_a_kind_and_every_next_is_there(written: dict[str, Any], states: dict[str, Any]) -> None:
    assert len(states) == len(written["states"])
    for state in written["states"]:
        for transition in state["transitions"]:
            assert transition.get("next", "Trigger") in states


def test_each_widget_has_just_its_type_s_events(written: dict[str, Any]) -> None:
    for state in written["states"]:
        assert {one["event"] for one in state["transitions"]} == EVENTS[state["type"]], state["name"]
        assert set(state["properties"]["offset"]) == {"x", "y"}


def test_only_last_words_end_the_call(written: dict[str, Any]) -> None:
    for state in written["states"]:
        ends = [one["event"] for one in state["transitions"] if "next" not in one]
        if state["type"] == "say-play":
            assert ends == ["audioComplete"]
        elif state["type"] == "trigger":
            assert "incomingCall" not in ends
        else:
            assert ends == [], state["name"]


def test_what_must_be_a_string_is_one(written: dict[str, Any]) -> None:
    for state in written["states"]:
        properties = state["properties"]
        if state["type"] == "add-twiml-redirect":
            assert properties["timeout"] == "14400"
            assert properties["method"] == "POST"
        if state["type"] == "gather-input-on-call":
            assert properties["profanity_filter"] == "true"
            assert 0 <= properties["timeout"] <= 30


def test_every_language_is_offered_one_after_the_other_in_itself(states: dict[str, Any]) -> None:
    name = after(states["Trigger"], "incomingCall")
    for place, language in enumerate(WITH_KEYS):
        properties = states[name]["properties"]
        assert NOTICES.menu_line(language) in properties["say"]
        assert (NOTICES.greeting(language) in properties["say"]) == (place == 0)
        assert properties["language"] == properties["gather_language"] == language.locale
        name = after(states[name], "timeout")
    assert name == "to_menu"


@pytest.mark.parametrize("asked", WITH_KEYS, ids=lambda one: str(one.tag))
@pytest.mark.parametrize("event", ["keypress", "speech"])
def test_any_answer_at_any_time_leads_to_the_choice(states: dict[str, Any], asked: Any, event: str) -> None:
    gather = states[f"ask_{asked.tag}"]
    kept = states[after(gather, event)]
    [variable] = kept["properties"]["variables"]
    output = {"keypress": "Digits", "speech": "SpeechResult"}[event]
    assert variable == {"key": "choice", "value": f"{{{{widgets.{gather['name']}.{output}}}}}"}
    assert after(kept, "next") == "choose"


@pytest.mark.parametrize("language", WITH_KEYS, ids=lambda one: str(one.tag))
def test_a_key_or_a_name_leads_to_us_with_the_language(states: dict[str, Any], language: Any) -> None:
    choose = states["choose"]
    assert choose["properties"]["input"] == "{{flow.variables.choice}}"
    values = set()
    for transition in choose["transitions"]:
        if transition.get("next") == f"to_{language.tag}":
            [condition] = transition["conditions"]
            assert condition["arguments"] == ["{{flow.variables.choice}}"]
            values.add((condition["type"], condition["value"]))
    assert values == {("equal_to", language.key), ("contains", language.name), ("contains", language.english)}
    redirect = states[f"to_{language.tag}"]
    assert redirect["properties"]["url"] == f"{PUBLIC_URL}/incoming-call?lang={language.tag}"


@pytest.mark.parametrize("language", WITH_KEYS, ids=lambda one: str(one.tag))
def test_if_we_cannot_be_reached_the_caller_hears_so(states: dict[str, Any], language: Any) -> None:
    for event in ("return", "timeout", "fail"):
        sorry = states[after(states[f"to_{language.tag}"], event)]
        assert sorry["properties"]["say"] == NOTICES.text(Notice.FAILED, language)
        assert sorry["properties"]["language"] == language.locale


def test_no_answer_and_a_wrong_one_go_on_to_our_own_menu(states: dict[str, Any]) -> None:
    assert after(states["choose"], "noMatch") == "to_menu"
    assert states["to_menu"]["properties"]["url"] == f"{PUBLIC_URL}/incoming-call"


def test_languages_without_a_key_are_not_in_the_menu(states: dict[str, Any]) -> None:
    assert "ask_ru" not in states
    with pytest.raises(SettingsError, match="key"):
        flow(LanguageBook((RUSSIAN,), RUSSIAN, {}), PUBLIC_URL, NOTICES)
