"""All sections are read at once."""

from __future__ import annotations

import pytest

from dragoman.errors import SettingsError
from dragoman.sections import SECTIONS, read_settings, strange_variables
from dragoman.settings import Section
from tests.fakes.twilio_desk import ACCOUNT, PUBLIC_URL, TOKEN

pytestmark = pytest.mark.unit

ENV = {
    "PUBLIC_URL": PUBLIC_URL,
    "DRAGOMAN_SECRET": "s" * 40,
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": TOKEN,
}


def test_what_is_wrong_in_different_sections_is_told_in_one_go() -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings(ENV | {"DRAGOMAN_DRAIN_S": "soon", "DRAGOMAN_MAX_CALLS": "none", "DRAGOMAN_ROTATE_MINUTES": "x"})
    text = "\n".join(raised.value.problems)
    assert all(name in text for name in ("DRAGOMAN_DRAIN_S", "DRAGOMAN_MAX_CALLS", "DRAGOMAN_ROTATE_MINUTES"))


def test_browsers_alone_need_no_telephone() -> None:
    env = {"PUBLIC_URL": PUBLIC_URL, "DRAGOMAN_SECRET": "s" * 40, "DRAGOMAN_BROWSER": "yes"}
    assert read_settings(env).carrier is None
    for more in ({"TWILIO_REGION": "ie1"}, {"CALLER_NUMBER": "+15555550101"}, {"DRAGOMAN_BROWSER": "no"}):
        with pytest.raises(SettingsError) as raised:
            read_settings({**env, **more})
        assert any(line.startswith("TWILIO_ACCOUNT_SID: is missing") for line in raised.value.problems)


def test_what_is_misspelt_is_named() -> None:
    misspelt = {**ENV, "DRAGOMAN_MAX_CALL": "3"}
    assert strange_variables(misspelt) == ["DRAGOMAN_MAX_CALL"]
    with pytest.raises(SettingsError, match=r"DRAGOMAN_MAX_CALL: means nothing to Dragoman\. Is it misspelt"):
        read_settings({**misspelt, "API_PORT": "many"})


def test_every_section_there_is_is_listed() -> None:
    listed = set(SECTIONS)
    assert {one for one in Section.__subclasses__() if one.__module__.startswith("dragoman.")} == listed
