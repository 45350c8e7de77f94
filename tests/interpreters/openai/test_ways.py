"""From which language into which an utterance of a session goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.interpreters.openai.turn import Turn
from dragoman.interpreters.openai.ways import Ways
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.items import TranscribedLanguage
from tests.fakes.interpreting_desk import wanted

pytestmark = pytest.mark.unit

BOTH = replace(wanted(), both_ways=True)


def transcript(*codes: str) -> wire.TranscriptionCompleted:
    languages = [TranscribedLanguage(code) for code in codes]
    return wire.TranscriptionCompleted(item_id="u1", transcript="...", languages=languages or None)


def test_a_session_of_one_direction_has_one() -> None:
    ways, turn = Ways(wanted()), Turn("u1")
    assert ways.language(transcript("en")) is None
    assert (ways.of(turn).source.tag, ways.of(turn).target.tag) == ("es", "en")
    assert ways.known(turn, transcripts=True)


@pytest.mark.parametrize(
    ("codes", "language"),
    [(("en",), "en"), (("es",), "es"), (("en-US",), "en"), (("fr", "en"), "en"), (("fr",), "es"), ((), "es")],
)
def test_the_server_says_which_of_the_two_it_is(codes: tuple[str, ...], language: str) -> None:
    assert Ways(BOTH).language(transcript(*codes)) == language


def test_what_is_in_the_listeners_language_goes_back() -> None:
    ways, there, back = Ways(BOTH), Turn("u1"), Turn("u2")
    ways.spoken_in(there, "es")
    ways.spoken_in(back, "en")
    assert (ways.of(there).source.tag, ways.of(there).target.tag) == ("es", "en")
    assert (ways.of(back).source.tag, ways.of(back).target.tag) == ("en", "es")
    assert "Spanish goes in, the same speech in English" in ways.order(there).replace("\n", " ")
    assert "English goes in, the same speech in Spanish" in ways.order(back).replace("\n", " ")


def test_nothing_is_asked_before_it_is_known() -> None:
    turn = Turn("u1")
    assert not Ways(BOTH).known(turn, transcripts=True)
    assert Ways(BOTH).known(turn, transcripts=False), "it never will be"
    turn.transcribed = True
    assert Ways(BOTH).known(turn, transcripts=True)
