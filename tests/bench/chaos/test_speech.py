"""What counts as a word heard in real speech."""

from __future__ import annotations

import random

import pytest

from bench.chaos.speech import MARGIN_S, WORDS, SpeechFigures, Spoken, Told, count, pieces, samples
from dragoman.cli.demo.turns import shipped
from dragoman.domain.call import Role

pytestmark = pytest.mark.unit


def told(role: Role, begins: int, found: int, wanted: int = 3) -> Told:
    return Told(Spoken(role, 0, begins, begins + 100), "", found, wanted)


def test_words_are_found_in_any_of_their_ways_whatever_the_accents() -> None:
    assert count("Lamento oír eso. ¿Me da su NÚMERO de cuenta?", ("siento|lament", "numero", "cuenta")) == 3
    assert count("The invoice", ("problem", "bill|invoice")) == 1
    assert count("", ("day",)) == 0


def test_there_are_words_for_each_turn() -> None:
    assert len(WORDS) == len(shipped())


def test_a_call_survives_when_both_are_understood_after_the_kill() -> None:
    figures = SpeechFigures(
        (told(Role.CALLER, 0, 3), told(Role.AGENT, 200, 1), told(Role.CALLER, 400, 2), told(Role.AGENT, 600, 3)),
        250,
        lives=True,
    )
    assert [len(one) for one in (figures.before, figures.torn, figures.after)] == [1, 1, 2]
    assert figures.survived
    assert "1 call, survived; words heard: 3 of 3 before the kill, 1 of 3 in the turn in" in figures.line


@pytest.mark.parametrize(("agent", "lives"), [(1, True), (3, False)])
def test_half_a_conversation_or_a_dead_leg_is_none(agent: int, lives: bool) -> None:
    figures = SpeechFigures((told(Role.CALLER, 400, 2), told(Role.AGENT, 600, agent)), 250, lives=lives)
    assert not figures.survived


def test_what_lies_far_apart_is_listened_to_piece_by_piece() -> None:
    voice, quiet = random.Random(1).randbytes, b"\xff"
    ear = quiet * 8000 + voice(4000) + quiet * 4000 + voice(4000) + quiet * 16000 + voice(8000) + quiet * 8000
    first, second = pieces(ear)
    assert abs(len(first) / 8000 - (1.5 + 2 * MARGIN_S)) <= 0.1
    assert abs(len(second) / 8000 - (1.0 + 2 * MARGIN_S)) <= 0.1
    assert samples(second).size == 2 * len(second)
    assert pieces(quiet * 8000) == []
