"""Which engine serves: down when one fails, up when it is back, and never in circles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.speech import TroubleKind
from dragoman.relay.ladder import (
    BACK_S,
    LONGEST_REST_S,
    OPENING_S,
    PATIENCE_S,
    PROVEN_S,
    REST_S,
    STEADY_S,
    Ladder,
)

pytestmark = pytest.mark.unit

NETWORK, AUTH = TroubleKind.NETWORK, TroubleKind.AUTH


def served(rungs: int = 2) -> Ladder:
    """A ladder whose first engine serves since 0."""
    ladder = Ladder(rungs)
    ladder.seated(0.0, ready=False)
    ladder.ready(0.0)
    return ladder


def step(ladder: Ladder, now: float) -> int | None:
    """What is done at `now`."""
    rung = ladder.tick(now)
    if rung is not None:
        ladder.moved(rung, now)
        if rung != ladder.bottom:
            ladder.seated(now, ready=False)
    return rung


def test_an_engine_that_serves_stays() -> None:
    ladder = served()
    assert [step(ladder, now) for now in (1.0, 100.0, 5000.0)] == [None] * 3
    assert not ladder.on_original


def test_the_first_session_has_longer_than_one_that_somebody_waits_for() -> None:
    opening = Ladder(2)
    opening.seated(0.0, ready=False)
    assert step(opening, OPENING_S) is None
    assert step(opening, OPENING_S + 0.1) == 1
    lost = served()
    lost.lost(NETWORK, 100.0)
    assert step(lost, 100.0 + PATIENCE_S) is None
    assert step(lost, 100.1 + PATIENCE_S) == 1


def test_a_session_that_comes_back_in_time_stays() -> None:
    ladder = served()
    for now in (100.0, 200.0, 300.0, 400.0):
        ladder.lost(NETWORK, now)
        ladder.ready(now + 1)
        assert step(ladder, now + 50) is None, "an old loss does not count"


def test_one_that_opens_and_breaks_again_and_again_is_left() -> None:
    ladder = served()
    for now in (10.0, 11.0):
        ladder.lost(NETWORK, now)
        ladder.ready(now + 0.5)
        assert step(ladder, now + 0.6) is None
    ladder.lost(NETWORK, 12.0)
    assert step(ladder, 12.0) == 1


def test_what_will_not_get_better_is_left_at_once() -> None:
    ladder = served()
    ladder.lost(AUTH, 10.0)
    assert step(ladder, 10.0) == 1
    assert ladder.why is AUTH


def test_three_sessions_that_fail_in_a_row_are_enough() -> None:
    ladder = served()
    for now in (10.0, 10.1):
        ladder.lost(NETWORK, now)
        assert step(ladder, now) is None
    ladder.lost(NETWORK, 10.3)
    assert step(ladder, 10.3) == 1


def test_below_the_last_engine_is_the_original_voice() -> None:
    ladder = served(1)
    ladder.lost(AUTH, 10.0)
    assert step(ladder, 10.0) == ladder.bottom
    assert ladder.on_original


def test_a_better_engine_is_taken_back_when_it_has_been_ready_for_a_while() -> None:
    ladder = served()
    ladder.lost(AUTH, 10.0)
    step(ladder, 10.0)
    ladder.ready(10.5)
    assert list(ladder.standbys) == [0]
    ladder.standby_ready(0, 20.0)
    assert step(ladder, 20.0 + STEADY_S - 0.1) is None
    assert step(ladder, 20.0 + STEADY_S) == 0
    assert list(ladder.standbys) == []


def test_it_must_be_ready_without_a_break() -> None:
    ladder = served()
    ladder.lost(AUTH, 10.0)
    step(ladder, 10.0)
    ladder.ready(10.5)
    ladder.standby_ready(0, 20.0)
    ladder.standby_lost(0)
    assert step(ladder, 30.0) is None


def test_from_the_original_any_engine_is_taken_soon_and_the_best_first() -> None:
    ladder = served(2)
    ladder.lost(AUTH, 10.0)
    step(ladder, 10.0)
    ladder.lost(AUTH, 10.1)
    assert step(ladder, 10.1) == ladder.bottom == 2
    assert list(ladder.standbys) == [0, 1]
    ladder.standby_ready(1, 20.0)
    ladder.standby_ready(0, 20.1)
    assert step(ladder, 20.0 + BACK_S) == 1, "the other one has not been there for long enough"
    assert step(ladder, 20.1 + STEADY_S) == 0


def test_when_it_fails_while_a_better_one_is_ready_that_is_taken() -> None:
    ladder = served(2)
    ladder.lost(AUTH, 10.0)
    step(ladder, 10.0)
    ladder.ready(10.5)
    ladder.standby_ready(0, 20.0)
    ladder.lost(AUTH, 20.1)
    assert step(ladder, 20.1) == 0


def test_an_engine_that_is_silent_gets_a_second_session_and_then_a_rest() -> None:
    ladder = served()
    assert ladder.stalled(TroubleKind.UPSTREAM, 10.0)
    assert step(ladder, 10.0) is None
    assert not ladder.stalled(TroubleKind.UPSTREAM, 20.0)
    assert step(ladder, 20.0) == 1
    assert not ladder.may_try(0, 20.0 + REST_S - 0.1)
    assert ladder.may_try(0, 20.0 + REST_S)


def test_its_rests_grow_until_it_has_proved_itself() -> None:
    ladder = served()
    ladder.stalled(TroubleKind.UPSTREAM, 10.0)
    now, rests = 20.0, []
    for _ in range(8):
        assert not ladder.stalled(TroubleKind.UPSTREAM, now)
        step(ladder, now)
        rested = next(s for s in range(1, 1000) if ladder.may_try(0, now + s))
        rests.append(rested)
        now += rested
        ladder.standby_ready(0, now)
        ladder.ready(now)
        assert step(ladder, now + STEADY_S) == 0
        ladder.ready(now + STEADY_S)
        now += STEADY_S + 10
    assert rests == [20, 40, 80, 160, 300, 300, 300, 300]
    assert max(rests) == LONGEST_REST_S
    assert ladder.stalled(TroubleKind.UPSTREAM, now + 1000), "it served for long: it is forgiven"


def test_one_that_fails_again_soon_after_it_was_taken_back_rests_ever_longer_until_it_has_proved_itself() -> None:
    ladder = served()
    now, rests = 20.0, []
    for _ in range(9):
        ladder.lost(AUTH, now)
        assert step(ladder, now) == 1
        ladder.ready(now)
        rested = next(s for s in range(1000) if ladder.may_try(0, now + s))
        rests.append(rested)
        now += rested
        ladder.standby_ready(0, now)
        now += STEADY_S
        assert step(ladder, now) == 0
        ladder.ready(now)
        now += PROVEN_S - 1
    assert rests == [0, 5, 10, 20, 40, 80, 160, 300, 300], "the first time it may have been any fault"
    ladder.lost(AUTH, now + 2)
    assert step(ladder, now + 2) == 1
    assert ladder.may_try(0, now + 2)


def test_before_anything_happened_nothing_is_left() -> None:
    ladder = Ladder(2)
    assert [step(ladder, now) for now in (0.0, 100.0)] == [None, None]
    assert ladder.why is NETWORK


def test_one_that_sits_down_ready_is_not_waited_for() -> None:
    ladder = Ladder(2)
    ladder.seated(0.0, ready=True)
    assert step(ladder, 100.0) is None


def test_the_lower_engine_and_the_second_session_of_the_best_have_no_longer_than_others() -> None:
    lower = served()
    lower.lost(AUTH, 10.0)
    assert step(lower, 10.0) == 1
    assert step(lower, 10.0 + PATIENCE_S) is None
    assert step(lower, 10.1 + PATIENCE_S) == lower.bottom
    again = served()
    again.seated(10.0, ready=False)
    assert step(again, 10.1 + PATIENCE_S) == 1


def test_who_held_for_long_may_fail_as_often_as_another() -> None:
    ladder = served()
    for now in (100.0, 100.1):
        ladder.lost(NETWORK, now)
        assert step(ladder, now) is None
    ladder.lost(NETWORK, 100.2)
    assert step(ladder, 100.2) == 1


def test_what_it_is_left_for_is_told() -> None:
    ladder = served()
    ladder.stalled(TroubleKind.UPSTREAM, 10.0)
    assert ladder.why is TroubleKind.UPSTREAM


@pytest.mark.parametrize(("served_s", "forgiven"), [(PROVEN_S - 10, False), (PROVEN_S + 1, True)])
def test_who_rested_is_forgiven_when_he_has_served_for_long(served_s: float, forgiven: bool) -> None:
    ladder = served()
    ladder.stalled(TroubleKind.UPSTREAM, 10.0)
    ladder.stalled(TroubleKind.UPSTREAM, 20.0)
    step(ladder, 20.0)
    ladder.ready(20.5)
    ladder.standby_ready(0, 100.0)
    assert step(ladder, 100.0 + STEADY_S) == 0
    ladder.ready(100.0 + STEADY_S)
    assert ladder.stalled(TroubleKind.UPSTREAM, 100.0 + STEADY_S + served_s) is forgiven


def test_a_server_that_says_when_it_may_be_asked_again_is_not_asked_before() -> None:
    ladder = served()
    ladder.refused(0, 60.0, 10.0)
    ladder.lost(NETWORK, 10.0)
    assert step(ladder, 10.1 + PATIENCE_S) == 1
    assert not ladder.may_try(0, 69.9)
    assert ladder.may_try(0, 70.0)
    ladder.refused(0, 1e9, 10.0)
    assert ladder.may_try(0, 10.0 + LONGEST_REST_S)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["lost", "final", "ready", "stalled", "standby ready", "standby lost", "tick"]),
            st.floats(0.0, 30.0),
        ),
        max_size=60,
    ),
    st.integers(1, 3),
)
def test_whatever_happens_it_stands_somewhere_and_moves_only_to_where_it_may(
    events: list[tuple[str, float]], rungs: int
) -> None:
    ladder = Ladder(rungs)
    ladder.seated(0.0, ready=False)
    now = 0.0
    for what, later in events:
        now += later
        if not ladder.on_original:
            match what:
                case "lost":
                    ladder.lost(NETWORK, now)
                case "final":
                    ladder.lost(AUTH, now)
                case "ready":
                    ladder.ready(now)
                case "stalled":
                    ladder.stalled(NETWORK, now)
                case _:
                    pass
        if what == "standby ready" and ladder.standing:
            ladder.standby_ready(ladder.standing - 1, now)
        if what == "standby lost" and ladder.standing:
            ladder.standby_lost(0)
        before = ladder.standing
        rung = step(ladder, now)
        assert 0 <= ladder.standing <= rungs
        assert rung is None or rung == before + 1 or rung < before
