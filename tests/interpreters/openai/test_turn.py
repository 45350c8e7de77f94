from __future__ import annotations

import pytest

from dragoman.domain.speech import Verdict
from dragoman.interpreters.openai.turn import Answer, Turn

pytestmark = pytest.mark.unit


def test_an_answer_is_muted_once_it_was_caught_or_stopped() -> None:
    assert not Answer("ask-1", 0.0).muted
    assert Answer("ask-1", 0.0, verdict=Verdict.ANSWERED).muted
    assert Answer("ask-1", 0.0, stopped=True).muted


def test_what_is_heard_already_is_judged_again_after_a_few_words() -> None:
    answer = Answer("ask-1", 0.0, text="I want to talk", judged_characters=14)
    assert answer.outgrew_its_judgement
    answer.released = True
    assert not answer.outgrew_its_judgement
    answer.text += " to an agent now"
    assert answer.outgrew_its_judgement


def test_turns_share_nothing() -> None:
    one, other = Answer("a", 0.0), Answer("b", 0.0)
    one.held.append(b"x")
    one.apart.add("item")
    assert (other.held, other.apart) == ([], set())
    assert Turn("u").heard is None
