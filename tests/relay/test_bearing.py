"""When what an interpreter was given left the mouth."""

from __future__ import annotations

import pytest

from dragoman.relay.bearing import DRIFT_S, HAIR_MS, KEPT, Bearing

pytestmark = pytest.mark.unit

FRAME_S = 0.02
LATER = 10_000.0
"""Far behind all that is asked."""


def given(bearing: Bearing, frames: int, began: float) -> float:
    """Frames one after the other, said without a pause from `began` on; when the last of them ended."""
    for number in range(frames):
        bearing.given(FRAME_S, began + number * FRAME_S)
    return began + frames * FRAME_S


def test_steady_audio_was_said_when_it_was_given() -> None:
    bearing = Bearing()
    given(bearing, 100, 50.0)
    assert [bearing.said_at(at_ms, LATER) for at_ms in (0, 500, 2000)] == pytest.approx([50.0, 50.5, 52.0])


def test_before_anything_was_given_all_was_said_now() -> None:
    assert Bearing().said_at(0, 7.0) == 7.0
    assert Bearing().said_at(5000, 7.0) == 7.0


def test_nothing_was_said_later_than_now() -> None:
    bearing = Bearing()
    given(bearing, 10, 50.0)
    assert bearing.said_at(60_000, 50.2) == 50.2
    assert bearing.said_at(100, 50.05) == 50.05


def test_a_place_before_the_first_that_was_given_is_taken_as_now() -> None:
    bearing = Bearing()
    given(bearing, 10, 50.0)
    assert bearing.said_at(-HAIR_MS - 0.5, 60.0) == 60.0
    assert bearing.said_at(-HAIR_MS / 2, 60.0) == pytest.approx(50.0 - HAIR_MS / 2000)


def test_after_a_gap_the_audio_belongs_to_both_sides_of_it() -> None:
    """One second at 50, three seconds of nothing, one second more."""
    bearing = Bearing()
    given(bearing, 50, 50.0)
    given(bearing, 50, 54.0)
    assert bearing.said_at(900, LATER) == pytest.approx(50.9)
    assert bearing.said_at(998.9, LATER) == pytest.approx(50.9989), "more than a hair before the gap"
    assert bearing.said_at(999.1, LATER) == pytest.approx(53.9991), "within a hair of it"
    assert bearing.said_at(1000, LATER) == pytest.approx(54.0)
    assert bearing.said_at(1500, LATER) == pytest.approx(54.5)


def test_jitter_below_the_bound_takes_no_new_bearing() -> None:
    """Frames come late by a little and in time again: the first bearing holds."""
    bearing = Bearing()
    for number in range(100):
        late_s = DRIFT_S - 0.001 if number % 2 else 0.0
        bearing.given(FRAME_S, 50.0 + number * FRAME_S + late_s)
    assert [bearing.said_at(at_ms, LATER) for at_ms in (0, 700, 1500, 2000)] == pytest.approx([50.0, 50.7, 51.5, 52.0])


def test_a_delay_above_the_bound_takes_a_new_bearing() -> None:
    bearing = Bearing()
    given(bearing, 50, 50.0)
    late = DRIFT_S + 0.001
    given(bearing, 50, 51.0 + late)
    assert bearing.said_at(990, LATER) == pytest.approx(50.99)
    assert bearing.said_at(1500, LATER) == pytest.approx(51.5 + late)


def test_a_burst_after_a_delay_takes_a_bearing_too() -> None:
    """What comes early by our clock: the audio was said faster than it was given until now."""
    bearing = Bearing()
    given(bearing, 50, 50.0)
    given(bearing, 50, 51.0 - DRIFT_S - 0.001)
    assert bearing.said_at(1500, LATER) == pytest.approx(51.5 - DRIFT_S - 0.001)


def test_slow_drift_is_followed_in_steps_of_the_bound() -> None:
    """The audio's clock loses 1 ms in 20: after 200 frames it is 0.2 s behind ours, and no answer is off by more."""
    bearing = Bearing()
    for number in range(200):
        bearing.given(FRAME_S, 50.0 + number * 0.021)
    for number in (10, 60, 120, 199):
        assert bearing.said_at(number * 20, LATER) == pytest.approx(50.0 + number * 0.021, abs=DRIFT_S + 0.001)
    assert bearing.said_at(199 * 20, LATER) > 50.0 + 199 * FRAME_S + DRIFT_S


def test_another_interpreter_counts_from_the_start() -> None:
    bearing = Bearing()
    given(bearing, 50, 50.0)
    bearing.restart()
    assert bearing.said_at(0, 99.0) == 99.0, "nothing was given to it yet"
    given(bearing, 50, 60.0)
    assert bearing.said_at(0, LATER) == pytest.approx(60.0)
    assert bearing.said_at(500, LATER) == pytest.approx(60.5)


def test_a_new_interpreter_may_take_the_bearing_of_the_last() -> None:
    """Audio that went on without a gap in our clock: the bearing is taken anew all the same."""
    bearing = Bearing()
    bearing.given(FRAME_S, 50.0)
    bearing.restart()
    bearing.given(FRAME_S, 50.0)
    assert bearing.said_at(0, LATER) == pytest.approx(50.0)


def test_of_a_stream_with_very_many_gaps_the_latest_are_known() -> None:
    bearing = Bearing()
    for number in range(KEPT + 10):
        bearing.given(FRAME_S, 50.0 + number)
    assert bearing.said_at((KEPT + 9) * 20, LATER) == pytest.approx(50.0 + KEPT + 9)
    assert bearing.said_at(10 * 20, LATER) == pytest.approx(60.0), "the oldest that is kept"
    assert bearing.said_at(9 * 20, LATER) == LATER, "too old to be known"
