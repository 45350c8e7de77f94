"""What of a queue is only delay."""

from __future__ import annotations

import pytest

from dragoman.relay.standing import HALF_S, Standing

pytestmark = pytest.mark.unit


def noted(*notes: tuple[float, float]) -> float:
    standing = Standing()
    for now, behind_ms in notes:
        standing.note(behind_ms, now)
    return standing.ms


def test_nothing_stands_in_a_queue_that_has_just_begun() -> None:
    assert Standing().ms == 0.0
    assert noted((0.0, 800.0), (HALF_S, 900.0)) == 0.0


def test_what_was_there_all_the_time_stands() -> None:
    assert noted((0.0, 900.0), (1.0, 700.0), (HALF_S + 0.1, 800.0)) == 700.0
    assert noted((0.0, 900.0), (HALF_S + 0.1, 800.0), (HALF_S + 0.2, 600.0)) == 600.0


def test_a_queue_that_ran_dry_once_holds_nothing_in_vain() -> None:
    assert noted((0.0, 900.0), (1.0, 0.0), (HALF_S + 0.1, 800.0)) == 0.0


def test_what_was_long_ago_is_forgotten() -> None:
    assert noted((0.0, 0.0), (HALF_S + 0.1, 500.0), (2 * HALF_S + 0.3, 400.0)) == 400.0


def test_after_a_long_silence_it_begins_anew() -> None:
    assert noted((0.0, 900.0), (2 * HALF_S + 0.1, 800.0)) == 0.0
