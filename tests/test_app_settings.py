"""The server's settings: defaults, the source systems' names, bad values."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.app_settings import AppSettings, LogForm, LogLevel, origin
from dragoman.domain.call import Length, Role
from dragoman.domain.control import KeyAction
from dragoman.domain.ear import OriginalMode
from dragoman.domain.manner import BargeIn, Interpreting, Manner
from dragoman.errors import SettingsError
from dragoman.settings import is_loopback, load

pytestmark = pytest.mark.unit

LEAST = {"PUBLIC_URL": "https://calls.example.com", "DRAGOMAN_SECRET": "0123456789abcdef"}


def test_the_least_that_must_be_set() -> None:
    settings = load(AppSettings, LEAST)
    assert (settings.engine, settings.port, settings.agent_language) == ("auto", 5050, "en")
    assert settings.api_token is None
    assert settings.records is None
    assert (settings.log, settings.log_level, settings.log_pii) == (LogForm.CONSOLE, LogLevel.INFO, False)
    with pytest.raises(SettingsError) as caught:
        load(AppSettings, {})
    assert {line.split(":")[0] for line in caught.value.problems} == set(LEAST)


@pytest.mark.parametrize("name", ["PUBLIC_URL", "NGROK_DOMAIN", "DOMAIN", "PUBLIC_BASE_URL"])
def test_the_source_systems_names_are_taken(name: str) -> None:
    env = {name: "abc.ngrok.app", "DRAGOMAN_SECRET": LEAST["DRAGOMAN_SECRET"], "PORT": "8080"}
    settings = load(AppSettings, env)
    assert settings.public_url == "https://abc.ngrok.app"
    assert settings.port == 8080


def test_all_of_it_can_be_set() -> None:
    settings = load(
        AppSettings,
        LEAST
        | {
            "DRAGOMAN_ENGINE": " Echo ",
            "DRAGOMAN_LANGUAGES": "languages.toml",
            "FORWARD_AUDIO_BEFORE_TRANSLATION": "true",
            "DRAGOMAN_LOG": "JSON",
            "DRAGOMAN_LOG_LEVEL": "Debug",
        },
    )
    assert (settings.engine, settings.languages) == ("echo", Path("languages.toml"))
    assert settings.forward_audio
    assert (settings.log, settings.log_level) == (LogForm.JSON, LogLevel.DEBUG)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DRAGOMAN_ENGINE", "my engine!"),
        ("API_PORT", "65536"),
        ("API_PORT", "five"),
        ("DRAGOMAN_SECRET", "short"),
        ("DRAGOMAN_API_TOKEN", "short"),
        ("DRAGOMAN_LOG", "xml"),
        ("FORWARD_AUDIO_BEFORE_TRANSLATION", "perhaps"),
    ],
)
def test_a_wrong_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(AppSettings, LEAST | {name: value})
    (line,) = caught.value.problems
    assert line.startswith(f"{name}: ")
    assert "'short'" not in line, "a secret's value is not repeated"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("calls.example.com", "https://calls.example.com"),
        ("https://Calls.Example.com/", "https://calls.example.com"),
        ("https://calls.example.com:8443", "https://calls.example.com:8443"),
        ("http://127.0.0.1:5050", "http://127.0.0.1:5050"),
        ("http://localhost", "http://localhost"),
        ("http://[::1]:5050/", "http://[::1]:5050"),
    ],
)
def test_origins(given: str, expected: str) -> None:
    assert origin(given) == expected


@pytest.mark.parametrize(
    "given",
    [
        "http://calls.example.com",
        "ftp://calls.example.com",
        "https://calls.example.com/path",
        "https://user@calls.example.com",
        "https://calls.example.com?x=1",
        "https://calls.example.com:99999",
        "https://",
        "https://a b",
    ],
)
def test_what_is_no_origin(given: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        origin(given)


def test_loopback() -> None:
    assert is_loopback("127.0.0.9")
    assert is_loopback("::1")
    assert not is_loopback("10.0.0.1")
    assert not is_loopback("example.com")


# ---- How calls are carried -------------------------------------------------------------------------------------------


def test_as_nobody_says_otherwise() -> None:
    settings = load(AppSettings, LEAST)
    assert settings.manner() == Manner()
    keys = settings.key_map()
    for role in Role:
        assert [keys.action(role, digit) for digit in "075912"] == [
            KeyAction.PERSON,
            KeyAction.SAY_AGAIN,
            KeyAction.INTERPRETING_TOGGLE,
            KeyAction.RECORDING_TOGGLE,
            None,
            None,
        ]


@pytest.mark.parametrize(
    ("forward", "original", "to_caller", "to_agent"),
    [
        ("false", "", OriginalMode.OFF, OriginalMode.OFF),
        ("true", "", OriginalMode.FULL, OriginalMode.FULL),
        ("true", "Duck", OriginalMode.DUCK, OriginalMode.DUCK),
        ("true", "off", OriginalMode.OFF, OriginalMode.OFF),
        ("true", "to_caller=duck", OriginalMode.DUCK, OriginalMode.FULL),
        ("false", "to_agent=full, to_caller=DUCK", OriginalMode.DUCK, OriginalMode.FULL),
    ],
)
def test_the_original_voice_by_ear(
    forward: str, original: str, to_caller: OriginalMode, to_agent: OriginalMode
) -> None:
    env = LEAST | {"FORWARD_AUDIO_BEFORE_TRANSLATION": forward, "DRAGOMAN_ORIGINAL": original}
    manner = load(AppSettings, env).manner()
    assert (manner.original_to_caller, manner.original_to_agent) == (to_caller, to_agent)


def test_one_way_and_barge_in() -> None:
    env = LEAST | {"DRAGOMAN_INTERPRETING": "Captions-Only", "DRAGOMAN_BARGE_IN": "stop"}
    manner = load(AppSettings, env).manner()
    assert (manner.interpreting, manner.barge_in) == (Interpreting.CAPTIONS_ONLY, BargeIn.STOP)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DRAGOMAN_ORIGINAL", "loud", "'loud'"),
        ("DRAGOMAN_ORIGINAL", "caller=duck", "neither to_caller nor to_agent"),
        ("DRAGOMAN_ORIGINAL", "duck to_agent=off", "says to_agent twice"),
        ("DRAGOMAN_ORIGINAL", "to_caller=", "none of off, duck, full"),
        ("DRAGOMAN_INTERPRETING", "both", "captions-only"),
        ("DRAGOMAN_BARGE_IN", "cut", "let-finish"),
        ("DRAGOMAN_KEYS", "agent: 5=translate", "'translate' in the part 'agent: 5=translate' is no action"),
    ],
)
def test_a_wrong_way_of_carrying_is_explained(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(AppSettings, LEAST | {name: value})
    (line,) = caught.value.problems
    assert line.startswith(f"{name}: ")
    assert said in line


# ---- Before the talk -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "caller", "agent"),
    [
        ("", Length.FULL, Length.SHORT),
        ("short", Length.SHORT, Length.SHORT),
        ("OFF", Length.OFF, Length.OFF),
        ("agent=off", Length.FULL, Length.OFF),
        ("caller=short, agent=full", Length.SHORT, Length.FULL),
    ],
)
def test_what_parties_are_told(said: str, caller: Length, agent: Length) -> None:
    opening = load(AppSettings, {**LEAST, "DRAGOMAN_ANNOUNCE": said}).opening(None)
    assert (opening.caller, opening.agent) == (caller, agent)


@pytest.mark.parametrize("said", ["long", "callers=full", "caller=long", "full short", "caller=full caller=off"])
def test_a_wrong_announcement_is_named(said: str) -> None:
    with pytest.raises(SettingsError, match="DRAGOMAN_ANNOUNCE"):
        load(AppSettings, {**LEAST, "DRAGOMAN_ANNOUNCE": said})


@pytest.mark.parametrize(
    ("said", "asked"),
    [("", frozenset()), ("off", frozenset()), ("Key", {Role.CALLER}), ("key-both", set(Role))],
)
def test_who_must_agree(said: str, asked: frozenset[Role]) -> None:
    assert load(AppSettings, {**LEAST, "DRAGOMAN_CONSENT": said}).opening(None).consent == asked


def test_a_wrong_consent_is_named() -> None:
    with pytest.raises(SettingsError, match="DRAGOMAN_CONSENT"):
        load(AppSettings, {**LEAST, "DRAGOMAN_CONSENT": "yes"})


def test_the_languages_that_we_speak_are_passed_on() -> None:
    assert load(AppSettings, LEAST).opening(frozenset({"es"})).voiced == frozenset({"es"})


@pytest.mark.parametrize(
    ("env", "folder"),
    [
        ({"DRAGOMAN_CACHE": "/var/cache/ours"}, Path("/var/cache/ours/notices")),
        ({"XDG_CACHE_HOME": "/var/cache"}, Path("/var/cache/dragoman/notices")),
        ({}, Path.home() / ".cache" / "dragoman" / "notices"),
    ],
)
def test_where_rendered_notices_are_kept(env: dict[str, str], folder: Path) -> None:
    assert load(AppSettings, {**LEAST, **env}).notices_folder == folder


# ---- A person --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "person"),
    [
        ({}, ""),
        ({"DRAGOMAN_PERSON": "  "}, ""),
        ({"DRAGOMAN_PERSON": "+1 202 555 0199"}, "+12025550199"),
        ({"DRAGOMAN_PERSON": "client:desk"}, "client:desk"),
    ],
)
def test_whom_a_party_reaches_who_asks_for_a_person(given: dict[str, str], person: str) -> None:
    assert load(AppSettings, LEAST | given).person == person


def test_a_person_who_cannot_be_dialled_is_named() -> None:
    with pytest.raises(SettingsError, match=r"DRAGOMAN_PERSON: is not a number with \+"):
        load(AppSettings, LEAST | {"DRAGOMAN_PERSON": "the desk"})


def test_the_keys_for_a_person_are_told_where_there_is_one() -> None:
    keys = {"DRAGOMAN_KEYS": "caller: 8=person 0=person; agent: 7=again"}
    there = {"DRAGOMAN_PERSON": "client:desk"}
    assert load(AppSettings, LEAST | there).person_keys() == {Role.CALLER: "0", Role.AGENT: "0"}
    assert load(AppSettings, LEAST | there | keys).person_keys() == {Role.CALLER: "8"}
    assert load(AppSettings, LEAST | keys).person_keys() == {}


@pytest.mark.parametrize(
    ("given", "policy"),
    [
        ("", "https://flex.twilio.com"),
        ("none", "'none'"),
        ("flex.example.com https://crm.example.com:8443/", "https://flex.example.com https://crm.example.com:8443"),
    ],
)
def test_whose_pages_may_frame_captions(given: str, policy: str) -> None:
    assert load(AppSettings, LEAST | {"DRAGOMAN_FRAME_ANCESTORS": given}).frame_ancestors == policy


@pytest.mark.parametrize("given", ["*", "https://x/;script-src *", "http://flex.example.com", "'self'; sandbox"])
def test_a_frame_ancestor_is_an_origin_and_nothing_else(given: str) -> None:
    with pytest.raises(SettingsError, match="DRAGOMAN_FRAME_ANCESTORS"):
        load(AppSettings, LEAST | {"DRAGOMAN_FRAME_ANCESTORS": given})
