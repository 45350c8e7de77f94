"""Changes of mind that cost something: some at once, then now and then."""

from __future__ import annotations

import pytest

from dragoman.relay.choices import CHOICE_S, CHOICES, Choices

pytestmark = pytest.mark.unit


def test_some_at_once_and_then_one_now_and_then() -> None:
    choices = Choices()
    assert [choices.take(100.0) for _ in range(CHOICES + 2)] == [True] * CHOICES + [False] * 2
    assert not choices.take(100.0 + CHOICE_S - 0.01)
    assert choices.take(100.0 + CHOICE_S), "what was refused did not count"
    assert not choices.take(100.0 + CHOICE_S + 1.0)


def test_who_waits_has_as_many_as_at_first_and_no_more() -> None:
    choices = Choices()
    for _ in range(CHOICES):
        choices.take(0.0)
    assert [choices.take(1e6) for _ in range(CHOICES + 1)] == [True] * CHOICES + [False]
