from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.errors import SettingsError
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.settings import load

pytestmark = pytest.mark.unit


def test_defaults() -> None:
    settings = load(LocalSettings, {})
    assert settings.models_folder == Path.home() / ".cache" / "dragoman" / "models"
    assert (settings.asr, settings.threads, settings.endpoint_ms) == ("base", 0, 500)


def test_the_cache_follows_xdg_and_the_setting_goes_before_it() -> None:
    env = {"XDG_CACHE_HOME": "/c"}
    assert load(LocalSettings, env).models_folder == Path("/c/dragoman/models")
    assert load(LocalSettings, env | {"DRAGOMAN_MODELS": "/m"}).models_folder == Path("/m")


def test_ears_may_be_a_folder(tmp_path: Path) -> None:
    assert load(LocalSettings, {"DRAGOMAN_LOCAL_ASR": str(tmp_path)}).asr == str(tmp_path)
    assert load(LocalSettings, {"DRAGOMAN_LOCAL_ASR": "small"}).asr == "small"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DRAGOMAN_LOCAL_ASR", "/no/such/folder"),
        ("DRAGOMAN_LOCAL_THREADS", "-1"),
        ("DRAGOMAN_LOCAL_THREADS", "all"),
        ("DRAGOMAN_LOCAL_ENDPOINT_MS", "50"),
    ],
)
def test_a_wrong_value_names_its_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        load(LocalSettings, {variable: value})


def test_the_token_is_not_shown() -> None:
    settings = load(LocalSettings, {"DRAGOMAN_LOCAL_TOKEN": "hush"})
    assert "hush" not in repr(settings)
