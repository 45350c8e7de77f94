"""What is done when an engine fails."""

from __future__ import annotations

import pytest

from dragoman.errors import SettingsError
from dragoman.ladder_settings import LadderSettings
from dragoman.settings import load

pytestmark = pytest.mark.unit


def test_without_settings_everything_is_tried() -> None:
    ladder = load(LadderSettings, {})
    assert (ladder.fallback_engines, ladder.fallback_original) == ("auto", True)
    assert (ladder.person_after_s, ladder.rotate_minutes) == (30.0, 55.0)


def test_names_are_taken_as_they_are_meant() -> None:
    assert load(LadderSettings, {"DRAGOMAN_FALLBACK_ENGINES": " Conversation, local"}).fallback_engines == (
        "conversation,local"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DRAGOMAN_FALLBACK_ENGINES", "local,"),
        ("DRAGOMAN_FALLBACK_ENGINES", "auto,local"),
        ("DRAGOMAN_FALLBACK_ENGINES", ",off"),
        ("DRAGOMAN_FALLBACK_ORIGINAL", "perhaps"),
        ("DRAGOMAN_PERSON_AFTER_S", "-1"),
        ("DRAGOMAN_PERSON_AFTER_S", "3601"),
        ("DRAGOMAN_PERSON_AFTER_S", "nan"),
        ("DRAGOMAN_ROTATE_MINUTES", "0.5"),
        ("DRAGOMAN_ROTATE_MINUTES", "60"),
    ],
)
def test_what_cannot_be_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load(LadderSettings, {name: value})
