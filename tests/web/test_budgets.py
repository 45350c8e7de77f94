"""How often somebody may."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.web.budgets import Budget

pytestmark = pytest.mark.unit


def test_so_many_at_once_then_one_by_one() -> None:
    budget = Budget(3, 60.0)
    assert [budget.spend("a", 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 20.0]
    assert budget.spend("a", 19.0) == pytest.approx(1.0)
    assert budget.spend("a", 20.5) == 0.0
    assert budget.spend("a", 20.5) > 19.0


def test_each_has_an_own_one() -> None:
    budget = Budget(1, 60.0)
    assert budget.spend("a", 0.0) == 0.0
    assert budget.spend("b", 0.0) == 0.0
    assert budget.spend("a", 0.0) > 0


def test_who_was_quiet_for_longest_is_forgotten() -> None:
    budget = Budget(1, 60.0, most_keys=2)
    for key in ("a", "b", "c"):
        assert budget.spend(key, 0.0) == 0.0
    assert budget.spend("c", 0.0) > 0
    assert budget.spend("a", 0.0) == 0.0


@given(st.lists(st.floats(0, 30), max_size=200), st.integers(1, 20))
def test_no_more_than_the_burst_and_what_time_earned(pauses: list[float], most: int) -> None:
    budget, now, taken = Budget(most, 60.0), 0.0, 0
    for pause in pauses:
        now += pause
        taken += budget.spend("a", now) == 0.0
    assert taken <= most + now * most / 60.0 + 1e-6
