"""What a caller waits for who hears nothing."""

from __future__ import annotations

import pytest

from dragoman.relay.awaited import AWAY_S, FAILED_S, WORKING_S, Awaited

pytestmark = pytest.mark.unit


def test_nothing_is_waited_for_at_first() -> None:
    awaited = Awaited()
    assert not awaited.sounds(0.0, quiet=True, working=False)
    assert not awaited.sounds(100.0, quiet=True, working=False)


@pytest.mark.parametrize(("away", "patience_s"), [(True, AWAY_S), (False, WORKING_S)])
def test_it_sounds_after_a_while_of_silence(away: bool, patience_s: float) -> None:
    awaited = Awaited()
    if away:
        awaited.away()
    assert not awaited.sounds(10.0, quiet=True, working=True)
    assert not awaited.sounds(10.0 + patience_s - 0.1, quiet=True, working=True)
    assert awaited.sounds(10.0 + patience_s, quiet=True, working=True)
    assert not awaited.sounds(10.1 + patience_s, quiet=False, working=True)
    assert not awaited.sounds(10.2 + patience_s, quiet=True, working=True), "counted anew"


def test_who_was_asked_to_speak_first_is_there_when_it_does() -> None:
    awaited = Awaited()
    awaited.away()
    awaited.speaks_first()
    awaited.ready()
    assert not awaited.sounds(0.0, quiet=True, working=False)
    assert awaited.sounds(AWAY_S, quiet=True, working=False)
    awaited.spoke(fixed=True)
    assert not awaited.sounds(AWAY_S + 1, quiet=True, working=False)


def test_who_was_not_is_there_at_once() -> None:
    awaited = Awaited()
    awaited.away()
    awaited.ready()
    assert not awaited.sounds(0.0, quiet=True, working=False)
    assert not awaited.sounds(AWAY_S, quiet=True, working=False)


def test_an_answer_that_failed_is_given_up_once() -> None:
    awaited = Awaited()
    awaited.failed(0.0)
    assert not awaited.given_up(100.0, free=True), "none was owed"
    awaited.owed()
    awaited.spoke(fixed=True)
    awaited.failed(100.0)
    assert not awaited.given_up(100.0 + FAILED_S, free=False)
    assert not awaited.given_up(100.0 + 2 * FAILED_S - 0.1, free=True)
    assert awaited.given_up(100.0 + 2 * FAILED_S, free=True)
    assert not awaited.given_up(200.0, free=True)


def test_an_answer_that_comes_after_all_is_not() -> None:
    awaited = Awaited()
    awaited.owed()
    awaited.failed(0.0)
    awaited.spoke(fixed=False)
    assert not awaited.given_up(100.0, free=True)
