"""What a person is told when a server has started."""

from __future__ import annotations

import pytest

from dragoman import providers, start_notes
from dragoman.interpreters.local.process import Running
from dragoman.languages import book, languages
from dragoman.notices import Notices
from dragoman.providers import Choice

pytestmark = pytest.mark.unit

NOTICES = Notices.load(None)


def test_the_embedded_engines_limits_are_told() -> None:
    lines = start_notes.engine(Choice(("local",), "no key", ("echo",)))
    assert lines[:2] == ("Engine: local (no key).", "When that fails: echo.")
    assert "one call at a time" in lines[2]
    assert start_notes.engine(Choice(("echo",), "asked")) == ("Engine: echo (asked).",)


def test_languages_that_are_offered_and_left_out_are_told() -> None:
    running = Running("http://127.0.0.1:9/v1", "", 0, frozenset())
    engine = providers.build("local", {}, lambda: 0.0, running)
    told = start_notes.telephone(book(languages(None), "en", [engine]), NOTICES, ["An assistant."])
    assert told[0] == "Languages offered: English, Spanish."
    assert told[1:3] == (
        "Not offered: fr, pt, it (local does not carry English into that language).",
        "Not offered: zh, hi, de, ja, ko, ru, id, vi (local does not carry that language into English, nor back).",
    )
    assert told[-1] == "An assistant."


def test_what_is_misspelt_is_told() -> None:
    assert start_notes.strange({"DRAGOMAN_PORTS": "1", "API_PORT": "1"}) == (
        "These variables mean nothing to Dragoman (misspelt?): DRAGOMAN_PORTS.",
    )
    assert start_notes.strange({"DRAGOMAN_BROWSER": "true"}) == ()
