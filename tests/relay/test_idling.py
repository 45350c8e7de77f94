"""A caller who says nothing; a call that grows too long."""

from __future__ import annotations

import pytest

from dragoman.domain.assistant_effects import EndWhy
from dragoman.domain.persona import Idle, Phrase
from dragoman.relay.idling import WARNED_S, Idling, Prompt

pytestmark = pytest.mark.unit

ASKS, LEAVES = Prompt(Phrase.IDLE), Prompt(Phrase.IDLE_GOODBYE, EndWhy.IDLE)


def idling(after_s: float = 10.0, most: int = 2, max_s: float = 0.0) -> Idling:
    return Idling(Idle(after_s, most), max_s, 100.0)


def test_it_asks_so_many_times_then_says_goodbye() -> None:
    one = idling()
    asked = [(now, one.due(float(now), free=True)) for now in range(100, 131)]
    assert [(now, prompt) for now, prompt in asked if prompt] == [(110, ASKS), (120, ASKS), (130, LEAVES)]


def test_a_caller_who_speaks_is_asked_anew() -> None:
    one = idling(most=1)
    assert one.due(110.0, free=True) == ASKS
    one.stirred(115.0, caller=True)
    assert one.due(124.9, free=True) is None
    assert one.due(125.0, free=True) == ASKS


def test_an_assistant_that_speaks_puts_it_off_but_does_not_begin_anew() -> None:
    one = idling(most=1)
    one.due(110.0, free=True)
    one.stirred(113.0, caller=False)
    assert one.due(122.9, free=True) is None
    assert one.due(123.0, free=True) == LEAVES


def test_nobody_is_asked_while_somebody_speaks_or_where_it_is_off() -> None:
    assert idling().due(200.0, free=False) is None
    assert idling(after_s=0.0).due(10_000.0, free=True) is None


def test_a_long_call_is_warned_and_ended_once() -> None:
    one = idling(after_s=0.0, max_s=600.0)
    assert one.due(700.0 - WARNED_S - 0.1, free=True) is None
    assert one.due(700.0 - WARNED_S, free=False) is None
    assert one.due(700.0 - WARNED_S + 5, free=True) == Prompt(Phrase.TIME_SHORT)
    assert one.due(699.9, free=True) is None
    assert one.due(700.0, free=False) == Prompt(Phrase.TIME_UP, EndWhy.TOO_LONG)
    assert one.due(701.0, free=True) is None


def test_a_short_one_has_no_warning() -> None:
    one = idling(after_s=0.0, max_s=3 * WARNED_S)
    assert one.due(100.0 + 3 * WARNED_S - 0.1, free=True) is None
    assert one.due(100.0 + 3 * WARNED_S, free=True) == Prompt(Phrase.TIME_UP, EndWhy.TOO_LONG)


def test_another_process_goes_on_counting_and_does_not_warn_again() -> None:
    one = idling(most=1, max_s=600.0)
    assert one.so_far == (0, False)
    assert one.due(110.0, free=True) == ASKS
    one.stirred(639.0, caller=False)
    assert one.due(640.0, free=True) == Prompt(Phrase.TIME_SHORT)
    other = idling(most=1, max_s=600.0)
    other.take_up(*one.so_far[:1], warned=one.so_far[1])
    other.stirred(645.0, caller=False)
    assert other.due(646.0, free=True) is None
    assert other.due(655.0, free=True) == LEAVES
    assert other.due(700.0, free=True) == Prompt(Phrase.TIME_UP, EndWhy.TOO_LONG)
