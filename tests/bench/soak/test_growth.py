"""A line through readings, and what is judged by it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.soak.growth import Bound, Growth, Reading, growth, slope, warmed

pytestmark = pytest.mark.unit

MEMORY = Bound("RSS", "MB", per_1000=1.0)
FILES = Bound("open files", left=0)


def readings(per_call: float, *, noise: float = 0.0, at: float = 150.0, count: int = 80) -> list[Reading]:
    dice = random.Random(7)
    return [
        Reading(50 * turn, 5.0 * turn, {"RSS": at + per_call * 50 * turn + dice.uniform(-noise, noise)})
        for turn in range(count)
    ]


def judged(bound: Bound, before: float, after: float, during: list[Reading] | None = None) -> Growth:
    name = bound.name
    (line,) = growth([bound], Reading(0, 0.0, {name: before}), during or [], Reading(4000, 500.0, {name: after}))
    return line


@given(grown=st.floats(-50, 50), at=st.floats(-1e4, 1e4), first=st.integers(0, 10_000))
def test_the_slope_of_a_line_is_found_wherever_it_lies(grown: float, at: float, first: int) -> None:
    points = [(first + 100.0 * turn, at + grown * turn / 10) for turn in range(12)]
    assert slope(points) == pytest.approx(grown, abs=1e-6)


def test_noise_does_not_hide_growth_nor_make_any() -> None:
    for per_1000 in (0.0, 0.5, 2.0):
        points = [(one.calls, one.values["RSS"]) for one in readings(per_1000 / 1000, noise=1.0)]
        assert slope(points) == pytest.approx(per_1000, abs=0.25)


def test_two_readings_or_one_place_are_no_line() -> None:
    assert slope([]) is None
    assert slope([(0, 1.0), (100, 2.0)]) is None
    assert slope([(100, 1.0), (100, 2.0), (100, 3.0)]) is None


def test_memory_is_judged_by_its_slope_and_not_by_where_it_ends() -> None:
    assert judged(MEMORY, 150, 190, readings(0.0009)).met
    assert not judged(MEMORY, 150, 150, readings(0.0011)).met
    assert judged(MEMORY, 150, 149, readings(-0.01)).met


def test_what_was_never_read_often_enough_is_not_met() -> None:
    line = judged(MEMORY, 150, 150)
    assert line.per_1000 is None
    assert not line.met


def test_what_must_come_back_is_judged_by_what_is_left() -> None:
    assert judged(FILES, 18, 18).met
    assert judged(FILES, 18, 16).met
    assert not judged(FILES, 18, 19).met
    assert not judged(Bound("both", per_1000=1.0, left=0), 18, 19).met


def test_what_has_no_bound_is_shown_and_always_met() -> None:
    line = judged(Bound("PSS", "MB"), 100, 900)
    assert line.met
    assert not line.judged
    assert judged(FILES, 1, 1).judged


def test_what_was_not_read_both_times_is_no_line() -> None:
    before, after = Reading(0, 0.0, {"tasks": 1.0}), Reading(9, 1.0, {"threads": 1.0})
    assert growth([Bound("tasks", left=0), Bound("threads", left=0)], before, [], after) == []


def test_the_warm_up_is_over_when_enough_calls_are_and_enough_time_has_passed() -> None:
    taken = [Reading(calls, at_s, {}) for calls, at_s in ((100, 10.0), (600, 50.0), (400, 90.0), (600, 90.0))]
    assert warmed(taken, 500, 80.0) == [taken[3]]
