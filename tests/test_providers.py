"""Which engines interpret, and how they are built."""

from __future__ import annotations

import time
from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest

from dragoman import providers
from dragoman.domain.language import Glossary, GlossaryTerm, Language, LanguageTag
from dragoman.errors import SettingsError
from dragoman.interpreters.echo import EchoEngine
from dragoman.interpreters.local.process import Running
from dragoman.interpreters.openai.announce import ConversationAnnouncer
from dragoman.interpreters.openai.speech import SpeechAnnouncer
from dragoman.providers import BUILT_IN, announcer, build, choose_names, installed, openai_is_set
from tests.fakes.relay_parts import SPANISH

HINDI = replace(SPANISH, tag=LanguageTag("hi"))

pytestmark = pytest.mark.unit

NO_GLOSSARY = Glossary()
TERMS = Glossary((GlossaryTerm("Meridian"),))
REGISTER = Glossary(register="formal")
BACKGROUND = Glossary(background="An energy company.")
KEY = {"OPENAI_API_KEY": "sk-test"}
RUNNING = Running("http://127.0.0.1:9/v1", "token", 0, frozenset())


def language(tag: str, engine: str = "") -> Language:
    return Language(LanguageTag(tag), tag, tag, tag, engine=engine)


LANGUAGES = [language("en"), language("es")]


def clock() -> float:
    return 0.0


# ---- Names -----------------------------------------------------------------------------------------------------------


def test_without_a_key_the_embedded_engine_interprets() -> None:
    choice = choose_names("auto", LANGUAGES, NO_GLOSSARY, openai=False)
    assert choice.names == ("local",)
    assert "OPENAI_API_KEY" in choice.why


def test_with_a_key_translation_comes_first() -> None:
    assert choose_names("auto", LANGUAGES, NO_GLOSSARY, openai=True).names == ("translation", "conversation")
    assert choose_names("auto", LANGUAGES, BACKGROUND, openai=True).names == ("translation", "conversation")


@pytest.mark.parametrize("glossary", [TERMS, REGISTER])
def test_terms_or_a_register_put_conversation_first(glossary: Glossary) -> None:
    choice = choose_names("auto", LANGUAGES, glossary, openai=True)
    assert choice.names == ("conversation", "translation")
    assert "glossary" in choice.why


@pytest.mark.parametrize("wish", [*BUILT_IN, "somebodys"])
def test_a_wish_is_taken_at_its_word(wish: str) -> None:
    choice = choose_names(wish, LANGUAGES, TERMS, openai=False)
    assert choice.names == (wish,)
    assert choice.why == f"DRAGOMAN_ENGINE={wish}"


def test_a_languages_own_wish_is_added_once() -> None:
    wished = [*LANGUAGES, language("fr", "conversation"), language("hi", "local"), language("de", "local")]
    assert choose_names("translation", wished, NO_GLOSSARY, openai=True).names == (
        "translation",
        "conversation",
        "local",
    )


# ---- Engines ---------------------------------------------------------------------------------------------------------


def test_each_built_in_engine_is_built_under_its_name() -> None:
    for name in BUILT_IN:
        assert build(name, KEY, clock, RUNNING).name == name


def test_the_embedded_engine_needs_no_key() -> None:
    engine = build("local", {}, clock, RUNNING)
    assert engine.capabilities.carries("es", "en")
    assert not engine.capabilities.carries("hi", "en")


@pytest.mark.parametrize("name", ["translation", "conversation"])
def test_openais_engines_need_a_key_or_a_server(name: str) -> None:
    with pytest.raises(SettingsError, match="OPENAI_API_KEY: is not set"):
        build(name, {}, clock)
    assert build(name, {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, clock).name == name


def test_an_unknown_name_is_told_with_those_there_are() -> None:
    with pytest.raises(SettingsError) as caught:
        build("babelfish", {}, clock)
    (told,) = caught.value.problems
    assert told.startswith("DRAGOMAN_ENGINE: there is no engine 'babelfish'")
    for name in BUILT_IN:
        assert name in told


def test_an_installed_engine_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    points = (
        EntryPoint("slow-echo", "tests.test_providers:slow_echo", providers.GROUP),
        EntryPoint("local", "tests.test_providers:slow_echo", providers.GROUP),
    )
    monkeypatch.setattr(providers, "entry_points", lambda group: points if group == providers.GROUP else ())
    assert list(installed()) == ["slow-echo"], "a built-in name cannot be taken"
    engine = build("slow-echo", {"SECONDS": "2"}, clock)
    assert isinstance(engine, EchoEngine)
    assert engine._delay_s == 2.0
    with pytest.raises(SettingsError, match="slow-echo"):
        build("babelfish", {}, clock)


def slow_echo(env: dict[str, str]) -> EchoEngine:
    """What another package's entry point may look like."""
    return EchoEngine(float(env["SECONDS"]))


# ---- Voices of notices -----------------------------------------------------------------------------------------------


async def test_notices_are_spoken_by_what_there_is() -> None:
    assert announcer({}, None) is None
    for env, running, kinds in (
        ({}, RUNNING, [SpeechAnnouncer]),
        (KEY, RUNNING, [SpeechAnnouncer, SpeechAnnouncer, ConversationAnnouncer]),
        (KEY, None, [SpeechAnnouncer, ConversationAnnouncer]),
    ):
        speaks = announcer(env, running)
        assert speaks is not None
        assert [type(one) for one in speaks.members] == kinds
        voice = speaks.members[0].voice_for(SPANISH)
        assert voice is not None
        assert voice.startswith("local/") == (running is not None), "the embedded voices come first"
        assert (speaks.members[0].voice_for(HINDI) is None) == (running is not None), "nobody has judged that one"
        await speaks.aclose()


def test_whether_openai_is_set() -> None:
    assert not openai_is_set({})
    assert not openai_is_set({"OPENAI_API_KEY": " "})
    assert openai_is_set(KEY)
    assert openai_is_set({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})


def test_the_embedded_engine_answers_for_itself_under_its_name() -> None:
    assert providers.local_assistant(RUNNING, time.monotonic).name == "local"


def test_the_embedded_engine_carries_what_its_process_said() -> None:
    more = Running("http://127.0.0.1:9/v1", "token", 0, frozenset({("en", "es"), ("en", "de")}))
    engine = providers.local_engine(more, time.monotonic)
    assert engine.capabilities.carries("en", "de")
    assert not engine.capabilities.carries("de", "en")
    assert providers.local_engine(RUNNING, time.monotonic).capabilities.carries("es", "en")


@pytest.mark.parametrize(
    ("wish", "chosen", "second_server", "spare"),
    [
        ("auto", ["translation", "conversation"], False, ()),
        ("auto", ["translation"], False, ("conversation",)),
        ("auto", ["conversation"], False, ("translation",)),
        ("auto", ["local"], True, ()),
        ("auto", ["echo"], False, ()),
        ("auto", ["translation"], True, ("translation-fallback", "conversation", "conversation-fallback")),
        (
            "auto",
            ["conversation", "translation"],
            True,
            ("conversation-fallback", "translation-fallback"),
        ),
        ("off", ["translation"], True, ()),
        ("local,conversation,local", ["conversation"], False, ("local",)),
    ],
)
def test_what_is_tried_when_the_chosen_engines_fail(
    wish: str, chosen: list[str], second_server: bool, spare: tuple[str, ...]
) -> None:
    assert providers.fallback_names(wish, chosen, second_server=second_server) == spare


@pytest.mark.parametrize("name", ["translation-fallback", "conversation-fallback"])
def test_the_second_server_needs_an_address_or_a_key(name: str) -> None:
    env = {"OPENAI_API_KEY": "k"}
    assert not providers.second_server(env)
    with pytest.raises(SettingsError, match="OPENAI_FALLBACK_BASE_URL"):
        providers.build(name, env, time.monotonic)
    env["OPENAI_FALLBACK_API_KEY"] = "another"
    assert providers.second_server(env)
    assert providers.build(name, env, time.monotonic).name == name
