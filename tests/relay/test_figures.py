"""What a call was like at the ear."""

from __future__ import annotations

import pytest

from dragoman.domain.call import Role
from dragoman.relay.figures import ear_figures, longest_silence_s, quantile
from dragoman.relay.lag import LagFigures
from dragoman.relay.transcript import Utterance

pytestmark = pytest.mark.unit


def said(began: float | None, stopped: float | None, heard: float | None, heard_end: float | None) -> Utterance:
    return Utterance(
        1,
        "c1",
        Role.CALLER,
        "es",
        "en",
        "fake",
        began_s=began,
        stopped_s=stopped,
        heard_s=heard,
        heard_end_s=heard_end,
    )


def test_spans_waits_and_tails_are_what_they_are_called() -> None:
    found = ear_figures(Role.AGENT, [said(1.0, 3.0, 4.5, 7.0)], LagFigures(1500, 3000, 250))
    assert (found.listener, found.heard) == (Role.AGENT, 1)
    assert (found.span_p50_s, found.wait_p50_s, found.tail_p50_s) == (3.5, 1.5, 4.0)
    assert (found.lag_mean_s, found.lag_most_s, found.lag_drift_s_per_min) == (1.5, 3.0, 0.25)


def test_the_median_and_the_worst_but_one_in_twenty() -> None:
    many = [said(0.0, 1.0, 1.0 + number, 30.0) for number in range(1, 21)]
    found = ear_figures(Role.AGENT, many, LagFigures())
    assert (found.wait_p50_s, found.wait_p95_s) == (10.0, 19.0)
    assert (found.span_p50_s, found.span_p95_s) == (11.0, 20.0)


def test_what_was_not_heard_counts_nowhere() -> None:
    found = ear_figures(Role.AGENT, [said(1.0, 2.0, None, None), said(None, None, 3.0, 4.0)], LagFigures())
    assert (found.heard, found.span_p50_s, found.wait_p95_s, found.tail_p50_s) == (0, None, None, None)
    assert found.longest_silence_s == 0.0


def test_what_is_still_being_heard_has_no_tail() -> None:
    found = ear_figures(Role.AGENT, [said(1.0, 2.0, 3.0, None)], LagFigures())
    assert (found.wait_p50_s, found.tail_p50_s) == (1.0, None)


def test_quantiles_of_few() -> None:
    assert quantile([], 0.5) is None
    assert quantile([2.0], 0.95) == 2.0
    assert quantile([3.0, 1.0], 0.5) == 1.0


def test_silence_counts_while_something_is_owed() -> None:
    assert longest_silence_s([said(1.0, 2.0, 4.0, 6.0)]) == 3.0
    assert longest_silence_s([said(1.0, 2.0, 2.0, 3.0), said(20.0, 21.0, 22.0, 23.0)]) == 2.0, "a pause of both is none"


def test_what_is_heard_meanwhile_is_no_silence() -> None:
    one, other = said(1.0, 5.0, 2.0, 7.0), said(6.0, 8.0, 8.5, 9.0)
    assert longest_silence_s([one, other]) == pytest.approx(1.5)


def test_nothing_owed_nothing_missed() -> None:
    assert longest_silence_s([]) == 0.0
    assert longest_silence_s([said(1.0, 2.0, None, None)]) == 0.0


def test_all_seconds_are_told_to_the_millisecond() -> None:
    many = [said(0.0, 1.00004, 1.5, 1.50004 + number) for number in range(1, 21)]
    found = ear_figures(Role.AGENT, many, LagFigures(1234.5678, 2345.6789, 1000.5))
    assert (found.tail_p50_s, found.tail_p95_s) == (10.5, 19.5)
    assert (found.lag_mean_s, found.lag_most_s, found.lag_drift_s_per_min) == (1.235, 2.346, 1.0)
    alone = ear_figures(Role.AGENT, [said(0.0, 0.5, 1.23456, 4.0)], LagFigures())
    assert alone.longest_silence_s == 1.235


def test_silence_after_something_that_was_never_heard_to_its_end_counts_too() -> None:
    unheard = said(0.5, 0.9, 1.0, None)
    assert longest_silence_s([unheard, said(1.0, 2.0, 4.0, 6.0)]) == 3.0
