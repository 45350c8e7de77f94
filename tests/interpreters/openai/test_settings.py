from __future__ import annotations

import pytest

from dragoman.errors import SettingsError
from dragoman.interpreters.openai.endpoint import AuthStyle
from dragoman.interpreters.openai.settings import DEFAULT_BASE_URL, OpenAISettings
from dragoman.settings import load

pytestmark = pytest.mark.unit


def test_nothing_is_needed_and_then_nothing_is_configured() -> None:
    settings = load(OpenAISettings, {})
    assert not settings.configured
    assert settings.base_url == DEFAULT_BASE_URL
    assert settings.endpoint().headers() == {}


def test_a_key_configures() -> None:
    settings = load(OpenAISettings, {"OPENAI_API_KEY": "sk-x"})
    assert settings.configured
    assert settings.endpoint().headers() == {"Authorization": "Bearer sk-x"}
    assert "sk-x" not in repr(settings)


def test_a_server_of_ones_own_needs_no_key() -> None:
    assert load(OpenAISettings, {"OPENAI_BASE_URL": "http://localhost:9/v1/"}).configured


def test_azure_by_header() -> None:
    settings = load(OpenAISettings, {"OPENAI_API_KEY": "k", "OPENAI_AUTH_HEADER": "api-key"})
    assert settings.auth_header is AuthStyle.API_KEY
    assert settings.endpoint().headers() == {"api-key": "k"}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OPENAI_BASE_URL", "http://api.openai.com/v1"),
        ("OPENAI_AUTH_HEADER", "basic"),
        ("OPENAI_VOICE", "fable"),
        ("OPENAI_CONVERSATION_MODEL", "two words"),
        ("OPENAI_TRANSLATION_USD_PER_MINUTE", "-1"),
    ],
)
def test_a_wrong_value_names_its_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as broken:
        load(OpenAISettings, {variable: value})
    assert len(broken.value.problems) == 1
    assert variable in broken.value.problems[0]


def test_transcription_is_automatic_off_or_named() -> None:
    assert load(OpenAISettings, {}).transcription_for("theirs") == "theirs"
    assert load(OpenAISettings, {"OPENAI_TRANSCRIPTION_MODEL": "off"}).transcription_for("theirs") == ""
    assert load(OpenAISettings, {"OPENAI_TRANSCRIPTION_MODEL": "mine"}).transcription_for("theirs") == "mine"
