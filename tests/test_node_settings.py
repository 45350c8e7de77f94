"""Where living calls are kept, and under which name."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from dragoman.errors import SettingsError
from dragoman.node_settings import NodeSettings
from dragoman.settings import load

pytestmark = pytest.mark.unit


def given(**env: str) -> NodeSettings:
    return load(NodeSettings, env)


def test_living_calls_are_kept_in_the_state_folder_unless_another_place_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/home-of-somebody")
    assert given().database_url == "sqlite:////home-of-somebody/.local/state/dragoman/calls.sqlite"
    assert given(XDG_STATE_HOME="/state").database_url == "sqlite:////state/dragoman/calls.sqlite"
    assert given(DRAGOMAN_DATABASE="/var/calls.db").database_url == "sqlite:////var/calls.db"
    assert given(DRAGOMAN_DATABASE="~/calls.db").database_url == "sqlite:////home-of-somebody/calls.db"
    assert given(DRAGOMAN_DATABASE="calls.db").database_url == f"sqlite:///{Path.cwd()}/calls.db"
    assert given(DRAGOMAN_DATABASE="postgresql+psycopg://u@h/d").database_url == "postgresql+psycopg://u@h/d"
    assert [given(DRAGOMAN_DATABASE=off).database_url for off in ("off", "OFF")] == [None, None]


def test_a_process_that_is_started_again_has_the_same_name() -> None:
    assert given().name(5050) == given().name(5050) == f"{platform.node()}:5050"
    assert given().name(5051) != given().name(5050)
    assert given(DRAGOMAN_NODE=" blue ").name(5050) == "blue"


@pytest.mark.parametrize(
    "env",
    [
        {"DRAGOMAN_DRAIN_S": "-1"},
        {"DRAGOMAN_DRAIN_S": "86401"},
        {"DRAGOMAN_DRAIN_S": "nan"},
        {"DRAGOMAN_NODE": "n" * 201},
    ],
)
def test_what_cannot_be_is_said(env: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=next(iter(env))):
        load(NodeSettings, env)
