"""Which language a session's next words are expected in."""

from __future__ import annotations

import pytest

from dragoman.interpreters.local.server.expected import Expected, primary
from dragoman.interpreters.realtime.wire.session import Transcription

pytestmark = pytest.mark.unit


def expected(
    *languages: str, both_ways: bool = True, given: str | None = None, language: str | None = None
) -> Expected:
    made = Expected(given, both_ways=both_ways)
    made.configure(Transcription("local", language=language, languages=list(languages) or None))
    return made


def test_one_language_is_expected_whatever_was_heard() -> None:
    for one in (expected("es"), expected(language="es-MX"), expected("es-MX", "es")):
        assert not one.heard("en")
        assert (one.source, one.other) == ("es", None)


def test_nothing_said_leaves_what_was_given() -> None:
    assert expected(given="es").source == "es"
    assert expected().source is None
    one = expected("en", given="es")
    assert one.source == "en"
    one.configure(None)
    assert one.source == "es"


def test_of_two_the_one_that_was_spoken_last_comes_first() -> None:
    one = expected("es", "en")
    assert (one.source, one.other) == ("es", "en")
    assert one.heard("en")
    assert (one.source, one.other) == ("en", "es")
    assert one.heard("fr"), "a mistake"
    assert (one.source, one.other) == ("es", "en")


def test_who_goes_one_way_takes_the_first_of_several() -> None:
    one = expected("es", "en", both_ways=False)
    assert (one.source, one.other, one.heard("en")) == ("es", None, False)
    assert (expected("es", "en", "fr").source, expected("es", "en", "fr").other) == ("es", None)


def test_the_primary_subtag() -> None:
    assert [primary(tag) for tag in ("pt_BR", "EN", "", None)] == ["pt", "en", None, None]
