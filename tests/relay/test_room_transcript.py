"""What was said in a room, once."""

from __future__ import annotations

import pytest

from dragoman.domain.call import Role
from dragoman.domain.room import PartyId
from dragoman.relay.room_transcript import Written, lines
from dragoman.relay.transcript import Utterance

pytestmark = pytest.mark.unit


def said(
    source: str, target: str, began_s: float | None, stopped_s: float | None = None, *, to: str = "en"
) -> Utterance:
    return Utterance(
        1, "c1", Role.CALLER, "es", to, "fake", source, target, began_s=began_s, stopped_s=stopped_s, grown_s=50.0
    )


def by(target: str, *utterances: Utterance, spans: tuple[tuple[float, float | None], ...] = ((0.0, None),)) -> Written:
    return Written(PartyId("p1"), "Ann", target, spans, utterances)


def test_the_readers_language_counts() -> None:
    written = [by("en", said("Hola.", "Hello.", 1.0, 2.0)), by("fr", said("Hola!", "Bonjour.", 1.1, 2.0, to="fr"))]
    assert [(line.source_text, line.target_text) for line in lines(written, "fr")] == [("Hola!", "Bonjour.")]
    assert [line.target_text for line in lines(written, "en")] == ["Hello."]
    (own,) = lines(written, "es")
    assert (own.target_text, own.name, own.began_s, own.ended_s) == ("Hello.", "Ann", 1.0, 2.0)


def test_before_the_reader_came_another_language_stands_for_it() -> None:
    written = [
        by("en", said("Uno.", "One.", 1.0), said("Dos.", "Two.", 11.0)),
        by("fr", said("Dos.", "Deux.", 11.0, to="fr"), spans=((10.0, None),)),
    ]
    assert [line.target_text for line in lines(written, "fr")] == ["One.", "Deux."]


def test_parties_are_told_in_the_order_in_which_they_spoke() -> None:
    other = Written(PartyId("p2"), "Bea", "es", ((0.0, None),), (said("Hello.", "Hola.", 2.0, to="es"),))
    written = [by("en", said("Uno.", "One.", 1.0), said("Tres.", "Three.", 3.0)), other]
    assert [line.name for line in lines(written, "en")] == ["Ann", "Bea", "Ann"]


def test_noise_and_what_was_not_recorded_are_left_out() -> None:
    paused = said("Secreto.", "Secret.", 1.0)
    paused.recorded = False
    assert lines([by("en", paused, said(" ", "", 2.0))], "en") == ()


def test_what_was_heard_by_both_interpreters_of_a_device_belongs_to_the_one_that_interpreted() -> None:
    written = [by("en", said("Hola.", "Hello.", 1.0), said("Hello.", "", 5.0))]
    assert [line.source_text for line in lines(written, "en", only_interpreted=True)] == ["Hola."]
    assert len(lines(written, "en")) == 2


def test_times_are_in_order_where_the_engine_does_not_say() -> None:
    (line,) = lines([by("en", said("Hola.", "Hello.", None))], "en")
    assert (line.began_s, line.ended_s) == (50.0, 50.0)
    (line,) = lines([by("en", said("Hola.", "Hello.", -0.02, -0.5))], "en")
    assert (line.began_s, line.ended_s) == (0.0, 0.0)
