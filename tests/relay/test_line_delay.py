"""How late a carrier begins to play, told apart from how long its marks take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.effects import Mark
from dragoman.relay.line_delay import (
    EARLY_S,
    EMPTY_S,
    ENOUGH,
    KEPT,
    LATER_S,
    LOST_S,
    MOST_S,
    PREFIX,
    SELDOM_S,
    SOON_S,
    USUAL_S,
    LineDelay,
)

pytestmark = pytest.mark.unit


def asked(delay: LineDelay, now: float, ahead_s: float) -> str:
    mark = delay.due(now, ahead_s)
    assert mark is not None
    return mark.name


def measured(back_s: float, late_s: float) -> LineDelay:
    """One mark of each kind."""
    delay = LineDelay()
    delay.reached(asked(delay, 0.0, 0.0), back_s)
    delay.reached(asked(delay, 2.0, 0.1), 2.1 + late_s)
    return delay


def test_it_is_the_difference_of_the_two_ways() -> None:
    assert measured(0.12, 0.2).begins_s == pytest.approx(0.08)


@pytest.mark.parametrize(
    ("back_s", "late_s", "begins_s"), [(0.2, 0.1, 0.0), (0.0, 0.9, MOST_S), (0.001, -EARLY_S + 0.001, 0.0)]
)
def test_what_cannot_be_is_bounded(back_s: float, late_s: float, begins_s: float) -> None:
    assert measured(back_s, late_s).begins_s == begins_s


def test_until_both_are_known_it_is_the_usual() -> None:
    delay = LineDelay()
    assert delay.begins_s == USUAL_S
    name = asked(delay, 0.0, 0.0)
    assert name == f"{PREFIX}1"
    assert delay.reached(name, 0.3)
    assert delay.begins_s == USUAL_S


@given(st.lists(st.floats(0, 0.06), min_size=1, max_size=KEPT), st.integers(0, 2**16))
def test_held_up_marks_do_not_move_it_by_more_than_the_earliest_was_held_up(held_s: list[float], seed: int) -> None:
    delay = LineDelay()
    for number, one in enumerate(held_s):
        now = number * 40.0
        delay.reached(asked(delay, now, 0.0), now + 0.1 + one)
        delay.reached(asked(delay, now + 11, 0.05), now + 11.05 + 0.15 + held_s[(number + seed) % len(held_s)])
    assert abs(delay.begins_s - 0.05) <= min(held_s) + 1e-6 + (max(held_s) if len(held_s) == 1 else min(held_s))


def test_marks_are_asked_for_often_then_seldom() -> None:
    delay = LineDelay()
    assert delay.due(0.0, 0.1) == Mark("d1")
    assert delay.due(SOON_S - 0.001, 0.1) is None
    now = 1.0
    for _ in range(ENOUGH):
        now += 1.0
        delay.reached(asked(delay, now, 0.1), now + 0.2)
    assert delay.due(now + LATER_S - 0.001, 0.1) is None
    assert delay.due(now + LATER_S, 0.1) is not None


def test_an_empty_buffer_is_asked_only_when_it_is_surely_empty() -> None:
    delay = LineDelay()
    asked(delay, 0.0, 0.5)
    assert delay.due(0.5 + EMPTY_S - 0.01, 0.0) is None
    now = 2.0
    for _ in range(ENOUGH):
        now += 1.0
        delay.reached(asked(delay, now, 0.0), now + 0.1)
    assert delay.due(now + SELDOM_S - 0.01, 0.0) is None
    assert delay.due(now + SELDOM_S, 0.0) is not None


def test_after_a_clear_marks_under_way_say_nothing_and_the_buffer_is_soon_empty() -> None:
    delay = LineDelay()
    name = asked(delay, 0.0, 5.0)
    delay.cleared(1.0)
    assert delay.reached(name, 1.1)
    assert delay.due(1.0 + EMPTY_S - 0.01, 0.0) is None
    assert delay.due(1.0 + EMPTY_S, 0.0) is not None


@pytest.mark.parametrize("wrong", [-0.1, LOST_S + 0.1])
def test_a_mark_that_is_early_or_far_too_late_counts_for_nothing(wrong: float) -> None:
    delay = measured(0.1, 0.15)
    delay.reached(asked(delay, 30.0, 0.0), 30.0 + wrong)
    delay.reached(asked(delay, 50.0, 0.1), 50.1 + wrong)
    assert delay.begins_s == pytest.approx(0.05)


def test_a_mark_into_an_empty_buffer_is_never_early() -> None:
    delay = measured(0.1, 0.15)
    delay.reached(asked(delay, 30.0, 0.0), 30.0 - EARLY_S / 2)
    assert delay.begins_s == pytest.approx(0.05)


def test_a_mark_that_a_clear_brings_back_tells_nothing() -> None:
    delay = measured(0.1, 0.2)
    name = asked(delay, 10.0, 0.2)
    delay.cleared(10.1)
    delay.reached(name, 10.2 + 0.1)
    assert delay.begins_s == pytest.approx(0.1)


def test_marks_of_others_are_none_of_its_business() -> None:
    assert not LineDelay().reached("g0.1", 1.0)
