"""How far an engine got."""

from __future__ import annotations

import pytest

from dragoman.relay.tape import Voice
from dragoman.relay.told import MARGIN_BYTES, QUIET_S, SPURT_GAP_S, WHOLE_S, Left, Spurts, Utterances

pytestmark = pytest.mark.unit


def voice(began_s: float, ended_s: float) -> Voice:
    return Voice(round(began_s * 8000), round(ended_s * 8000), round((ended_s - began_s) * 8000))


def spurts(*pieces: tuple[float, float, float]) -> Spurts:
    """Each: how far it had listened (s), how long the piece is (s), when it came."""
    made = Spurts()
    for listened_s, length_s, now in pieces:
        made.spoke(round(listened_s * 8000), length_s, now)
    return made


# ---- Named -----------------------------------------------------------------------------------------------------------


def test_utterances_are_open_until_they_are_done() -> None:
    known = Utterances()
    assert not known.named
    known.began("a", 100)
    known.stopped("a", 900)
    known.began("b", 2000)
    known.done("a", 2500)
    assert known.named
    assert [one.key for one in known.open] == ["b"]
    assert [one.key for one in known.since(100)] == ["a", "b"]
    assert [one.key for one in known.since(101)] == ["b"]
    assert known.known_until == 2000
    known.done("b", 2500)
    assert known.known_until == 2500, "where it ended nobody said"


def test_what_was_begun_anew_was_not_spoken() -> None:
    known = Utterances()
    known.began("a", 0)
    known.spoke("a", 2.0)
    known.done("a", 10)
    known.again("a")
    assert [(one.key, one.spoken_s) for one in known.open] == [("a", 0.0)]


def test_what_was_never_named_is_nobodys() -> None:
    known = Utterances()
    known.stopped("x", 1)
    known.spoke("x", 1.0)
    known.done("x", 1)
    known.again("x")
    assert (known.named, known.open, known.known_until) == (False, [], 0)


def test_old_ones_are_forgotten_but_for_the_open_and_the_last() -> None:
    known = Utterances()
    for number in range(5):
        known.began(str(number), number * 100)
        if number != 1:
            known.done(str(number), number * 100 + 50)
    known.forget(1000)
    assert [one.key for one in known.since(0)] == ["1", "4"]
    assert known.known_until == 450


# ---- Nameless --------------------------------------------------------------------------------------------------------


def test_nothing_spoken_is_nothing_told() -> None:
    assert spurts().left([voice(1, 2)], 0, 9.0) == Left(8000, 0)
    assert spurts().left([], 0, 9.0) is None


def test_a_stretch_is_told_when_its_spurt_is_over() -> None:
    made = spurts((2.8, 0.5, 3.0), (3.0, 0.5, 3.2))
    assert made.left([voice(1, 2)], MARGIN_BYTES, 3.2 + SPURT_GAP_S + 0.01) is None
    assert made.left([voice(1, 2)], MARGIN_BYTES, 3.5) == Left(8000, 8000), "more may come"
    made.ended()
    assert made.left([voice(1, 2)], MARGIN_BYTES, 3.5) is None


def test_too_little_speech_tells_no_stretch() -> None:
    assert spurts((2.8, 0.5, 3.0)).left([voice(1, 2)], 0, 6.0) == Left(8000, 4000)


def test_an_engine_must_have_listened_beyond_the_end() -> None:
    assert spurts((2.2, 1.0, 3.0)).left([voice(1, 2)], MARGIN_BYTES, 9.0) == Left(8000, 8000)
    assert spurts((2.3, 1.0, 3.0)).left([voice(1, 2)], MARGIN_BYTES, 9.0) is None


def test_speech_before_a_stretch_is_for_an_earlier_one() -> None:
    assert spurts((0.9, 1.0, 1.0)).left([voice(1, 2)], 0, 9.0) == Left(8000, 0)


def test_two_stretches_in_one_spurt() -> None:
    both = [voice(0, 2), voice(3, 4)]
    assert spurts((6, 3.0, 6.0)).left(both, 0, 9.0) is None
    assert spurts((6, 2.4, 6.0)).left(both, 0, 9.0) == Left(3 * 8000, 0), "the second one is still to come"
    assert spurts((6, 2.8, 6.0)).left(both, 0, 6.1) == Left(3 * 8000, 3200), "it is at the second one"


def test_the_next_spurt_is_for_what_was_said_next() -> None:
    made = spurts((3, 1.7, 3.0), (6, 0.8, 6.0))
    assert made.left([voice(0, 2), voice(4, 5)], MARGIN_BYTES, 8.0) is None
    made = spurts((3, 1.7, 3.0), (5, 0.8, 5.0), (6, 0.3, 6.5))
    assert made.left([voice(0, 2), voice(4, 5)], MARGIN_BYTES, 8.0) is None, "two of them, as the first came too soon"


def test_after_a_long_quiet_nothing_more_is_to_come() -> None:
    made = spurts((6, 2.2, 6.0))
    both = [voice(0, 2), voice(3, 4)]
    assert made.left(both, MARGIN_BYTES, 6.0 + QUIET_S) == Left(3 * 8000, 0)
    assert made.left(both, MARGIN_BYTES, 6.1 + QUIET_S) is None
    assert made.left([*both, voice(5.8, 7)], MARGIN_BYTES, 6.1 + QUIET_S) == Left(46400, 8000 * 6 // 5), "but for that"


def test_two_spurts_for_one_stretch() -> None:
    made = spurts((3, 1.0, 3.0), (5, 1.0, 5.0))
    assert made.left([voice(0, 2)], 0, 9.0) is None
    assert made.left([voice(0, 2), voice(5.5, 6)], 0, 9.0) == Left(44000, 0)


def test_a_long_stretch_goes_on_where_the_engine_was_for_sure() -> None:
    told_s = 4.0
    left = spurts((6, told_s, 6.0)).left([voice(0, WHOLE_S + 3)], MARGIN_BYTES, 6.1)
    assert left is not None
    assert left.place == round(0.6 * told_s * 8000) - MARGIN_BYTES
    assert left.place + left.repeats == round(told_s * 8000)


def test_a_spurt_that_goes_on() -> None:
    made = spurts((2, 0.5, 3.0), (2.2, 0.5, 3.4))
    assert made.going_on(3.5)
    assert not made.going_on(3.4 + SPURT_GAP_S + 0.01)
    assert not spurts().going_on(1.0)
    made.spoke(40000, 0.2, 9.0)
    assert made.going_on(9.0), "another one"


def test_how_far_it_had_listened_never_goes_back() -> None:
    assert spurts((2.5, 0.5, 3.0), (1.5, 0.5, 3.1)).left([voice(1, 2)], MARGIN_BYTES, 9.0) is None
