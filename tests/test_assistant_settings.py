"""The settings of the assistant."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.assistant_settings import AssistantSettings
from dragoman.errors import SettingsError
from dragoman.settings import load

pytestmark = pytest.mark.unit


def test_nothing_needs_to_be_set() -> None:
    settings = load(AssistantSettings, {})
    assert (settings.personas, settings.mind_url, settings.mind_api_key) == (None, "", None)


def test_a_mind_on_this_machine_and_elsewhere() -> None:
    local = load(AssistantSettings, {"DRAGOMAN_MIND_URL": "http://localhost:11434/v1/", "DRAGOMAN_MIND_MODEL": "qwen"})
    assert (local.mind_url, local.mind_model) == ("http://localhost:11434/v1", "qwen")
    env = {"DRAGOMAN_MIND_URL": "https://mind.example/v1", "DRAGOMAN_MIND_MODEL": "m", "DRAGOMAN_MIND_API_KEY": "k-1"}
    away = load(AssistantSettings, env)
    assert away.mind_api_key is not None
    assert away.mind_api_key.get_secret_value() == "k-1"
    assert "k-1" not in repr(away)


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"DRAGOMAN_MIND_URL": "http://mind.example/v1"}, "DRAGOMAN_MIND_URL: must begin with https://"),
        ({"DRAGOMAN_MIND_URL": "mind"}, "must be a URL like"),
        ({"DRAGOMAN_MIND_URL": "https://me:pw@mind.example"}, "set DRAGOMAN_MIND_API_KEY instead"),
        ({"DRAGOMAN_MIND_URL": "https://mind.example"}, "DRAGOMAN_MIND_MODEL: is missing"),
        ({"DRAGOMAN_MIND_MODEL": "two words"}, "without blanks"),
    ],
)
def test_what_is_wrong_is_named(env: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(AssistantSettings, env)
    assert said in str(caught.value)


def test_where_messages_go() -> None:
    assert load(AssistantSettings, {"DRAGOMAN_MESSAGES": "/var/m.jsonl"}).messages_file(None) == Path("/var/m.jsonl")
    assert AssistantSettings().messages_file(Path("/state")) == Path("/state/dragoman/messages.jsonl")
    assert AssistantSettings().messages_file(None).parts[-4:] == (".local", "state", "dragoman", "messages.jsonl")
