"""How far the ear is behind the mouth."""

from __future__ import annotations

import pytest

from dragoman.relay.lag import GIVE_UP_S, LagFigures, LagMeter

pytestmark = pytest.mark.unit


def test_where_nothing_was_said_there_is_no_lag() -> None:
    meter = LagMeter()
    assert meter.lag_ms(5.0, 0) == 0.0
    assert meter.lag_ms(5.0, 300) == 0.0, "a notice is nothing that anybody said"


def test_what_was_said_and_not_answered_counts_from_its_begin() -> None:
    meter = LagMeter()
    meter.heard_voice(5.0)
    meter.heard_voice(6.0)
    assert meter.lag_ms(5.0, 0) == 0.0
    assert meter.lag_ms(6.5, 0) == pytest.approx(1500)


def test_a_clock_that_jumped_back_gives_no_negative_lag() -> None:
    meter = LagMeter()
    meter.heard_voice(5.0)
    assert meter.lag_ms(4.0, 0) == 0.0
    meter.spoke(9.0)
    assert meter.lag_ms(5.0, 100) == 0.0


def test_interpreted_speech_is_behind_by_its_age_and_by_what_is_before_the_ear() -> None:
    meter = LagMeter()
    meter.heard_voice(5.0)
    meter.spoke(5.2)
    assert meter.lag_ms(6.0, 400) == pytest.approx(800 + 400)
    meter.spoke(5.9)
    assert meter.lag_ms(6.0, 400) == pytest.approx(100 + 400)


def test_an_answer_that_is_heard_leaves_no_lag() -> None:
    meter = LagMeter()
    meter.heard_voice(5.0)
    meter.spoke(5.2)
    assert meter.lag_ms(7.0, 0) == 0.0


def test_what_is_said_after_the_answer_began_waits_from_then_on() -> None:
    meter = LagMeter()
    meter.heard_voice(5.0)
    meter.spoke(5.2)
    meter.heard_voice(8.0)
    assert meter.lag_ms(8.5, 0) == pytest.approx(500)
    assert meter.lag_ms(8.5, 1) == pytest.approx(3300 + 1), "while something is unheard, that is what counts"


def test_what_nothing_will_come_of_is_waited_for_no_longer() -> None:
    meter = LagMeter()
    meter.heard_voice(5.0)
    meter.settled()
    assert meter.lag_ms(9.0, 0) == 0.0
    meter.heard_voice(10.0)
    assert meter.lag_ms(10.1, 0) == pytest.approx(100)


def test_without_samples_the_figures_are_nought() -> None:
    meter = LagMeter()
    assert meter.figures == LagFigures(0.0, 0.0, 0.0)
    meter.sample(1.0, 0)
    meter.heard_voice(1.0)
    assert meter.sample(2.0, 0) == pytest.approx(1000), "told, but no sample: nothing is on its way to the ear"
    assert meter.figures == LagFigures()


def test_one_sample_has_no_drift() -> None:
    meter = LagMeter()
    meter.spoke(5.0)
    assert meter.sample(6.0, 200) == pytest.approx(1200)
    figures = meter.figures
    assert [figures.mean_ms, figures.most_ms] == pytest.approx([1200, 1200])
    assert figures.drift_ms_per_min == 0.0


def test_nought_is_no_sample() -> None:
    meter = LagMeter()
    meter.spoke(5.0)
    meter.sample(6.0, 200)
    meter.spoke(20.0)
    assert meter.sample(8.0, 200) == 0.0
    assert meter.figures.mean_ms == pytest.approx(1200)


def test_a_lag_that_grows_by_100_ms_a_second_drifts_by_six_seconds_a_minute() -> None:
    meter = LagMeter()
    for second in range(11):
        now = 100.0 + second
        meter.spoke(now - 1.0)
        assert meter.sample(now, 100.0 * second + 50) == pytest.approx(1050 + 100 * second)
    figures = meter.figures
    assert figures.mean_ms == pytest.approx(1550)
    assert figures.most_ms == pytest.approx(2050)
    assert figures.drift_ms_per_min == pytest.approx(6000)


def test_a_lag_that_shrinks_drifts_backwards_and_the_most_stays() -> None:
    meter = LagMeter()
    for half_seconds, unheard_ms in enumerate((900, 600, 300)):
        now = 50.0 + half_seconds / 2
        meter.spoke(now)
        meter.sample(now, unheard_ms)
    assert meter.figures.drift_ms_per_min == pytest.approx(-36_000)
    assert meter.figures.most_ms == pytest.approx(900)


def test_the_slope_is_that_of_least_squares() -> None:
    """Four samples that lie on no line."""
    meter = LagMeter()
    for at, lag_ms in ((0.0, 10.0), (1.0, 20.0), (2.0, 15.0), (4.0, 90.0)):
        meter.spoke(30.0 + at)
        meter.sample(30.0 + at, lag_ms)
    # by hand: means 1.75 s and 33.75 ms, sums of products 410 and of squares 21
    assert meter.figures.drift_ms_per_min == pytest.approx((410 - 4 * 1.75 * 33.75) / (21 - 4 * 1.75**2) * 60)
    assert meter.figures.mean_ms == pytest.approx(33.75)


def test_the_least_is_a_sample_too() -> None:
    meter = LagMeter()
    meter.spoke(5.0)
    meter.sample(5.0, 0.5)
    assert meter.figures.most_ms == pytest.approx(0.5)


def test_drift_is_the_same_whenever_the_call_began() -> None:
    for began in (0.0, 1000.0):
        meter = LagMeter()
        for step in range(60):
            now = began + step
            meter.spoke(now - 1.0 - step * 0.01)
            meter.sample(now, 100.0)
        assert meter.figures.drift_ms_per_min == pytest.approx(600, rel=1e-3)


def test_a_noise_that_nothing_came_of_does_not_count_for_ever() -> None:
    meter = LagMeter()
    meter.heard_voice(5.0)
    meter.heard_voice(6.0)
    assert meter.lag_ms(6.0 + GIVE_UP_S, 0) == pytest.approx(9000)
    assert meter.lag_ms(6.1 + GIVE_UP_S, 0) == 0.0
    meter.heard_voice(60.0)
    assert meter.lag_ms(60.5, 0) == pytest.approx(500), "what is said next waits from its own begin"
