"""Who has the floor: scripts of voiced and silent stretches of both mouths."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.call import Role
from dragoman.relay.floor import BargedIn, Floor, FloorEvent, LongTurn, OverlapBegan, OverlapEnded

pytestmark = pytest.mark.script

A, B = Role.CALLER, Role.AGENT
Spans = Sequence[tuple[float, float]]


def frames(spans: Spans) -> set[int]:
    return {i for begin, end in spans for i in range(round(begin * 50), round(end * 50))}


def play(floor: Floor, caller: Spans, agent: Spans, end: float) -> list[tuple[float, FloorEvent]]:
    """Both mouths, frame by frame; what happened, and when."""
    spoken = {A: frames(caller), B: frames(agent)}
    events: list[tuple[float, FloorEvent]] = []
    for i in range(round(end * 50)):
        now = (i + 1) * 0.02
        for role in Role:
            events += [(round(now, 2), event) for event in floor.heard(role, i in spoken[role], now)]
    return events


# ---- Overlap ---------------------------------------------------------------------------------------------------------


def test_both_voices_at_once_are_an_overlap_with_its_length() -> None:
    floor = Floor()
    events = play(floor, [(0, 3)], [(2, 5)], 6)
    assert events == [(2.42, OverlapBegan()), (3.32, OverlapEnded(1000))]
    assert (floor.totals().overlaps, floor.totals().overlap_ms) == (1, 1000)


@pytest.mark.parametrize(("common_s", "overlaps"), [(0.40, 0), (0.42, 1)])
def test_a_short_yes_is_no_overlap(common_s: float, overlaps: int) -> None:
    floor = Floor()
    play(floor, [(0, 3)], [(1, 1 + common_s)], 4)
    assert floor.totals().overlaps == overlaps


def test_a_gap_between_words_does_not_end_an_overlap() -> None:
    floor = Floor()
    events = play(floor, [(0, 5)], [(1, 2), (2.28, 3)], 6)
    assert [event for _, event in events] == [OverlapBegan(), OverlapEnded(2000)]


def test_a_pause_ends_it_and_going_on_is_another() -> None:
    floor = Floor()
    events = play(floor, [(0, 6)], [(1, 2), (3, 4)], 7)
    ended = [event for _, event in events if isinstance(event, OverlapEnded)]
    assert ended == [OverlapEnded(1000), OverlapEnded(1000)]
    assert (floor.totals().overlaps, floor.totals().overlap_ms) == (2, 2000)


def test_taking_turns_is_no_overlap() -> None:
    floor = Floor()
    assert play(floor, [(0, 2), (4, 6)], [(2, 4), (6, 8)], 9) == []


def test_an_overlap_ends_by_time_alone_where_the_legs_fall_silent() -> None:
    floor = Floor()
    play(floor, [(0, 2)], [(0, 2)], 2)
    assert floor.tick(2.30) == ()
    assert floor.totals().overlap_ms == 2000
    assert list(floor.tick(2.32)) == [OverlapEnded(2000)]
    assert floor.tick(2.34) == ()
    assert floor.totals().overlap_ms == 2000


def test_voice_after_a_gap_in_the_stream_settles_the_old_overlap_first() -> None:
    floor = Floor()
    play(floor, [(0, 2)], [(0, 2)], 2)
    assert list(floor.heard(A, True, 9.0)) == [OverlapEnded(2000)]


# ---- Barge-in --------------------------------------------------------------------------------------------------------


def test_a_listener_who_begins_to_speak_barges_in_once() -> None:
    floor = Floor()
    floor.playing(B, 20.0)
    assert play(floor, [], [(1, 4)], 5) == [(1.3, BargedIn(B))]


def test_he_barges_in_again_after_a_pause() -> None:
    floor = Floor()
    floor.playing(B, 20.0)
    assert play(floor, [], [(1, 2), (3, 4)], 5) == [(1.3, BargedIn(B)), (3.3, BargedIn(B))]


@pytest.mark.parametrize(("voice_s", "count"), [(0.28, 0), (0.30, 1)])
def test_a_hm_is_not_enough(voice_s: float, count: int) -> None:
    floor = Floor()
    floor.playing(B, 20.0)
    assert len(play(floor, [], [(1, 1 + voice_s)], 5)) == count


def test_clicks_apart_never_add_up() -> None:
    floor = Floor()
    floor.playing(B, 60.0)
    assert play(floor, [], [(i, i + 0.06) for i in range(1, 30)], 31) == []


def test_who_speaks_while_nothing_plays_to_him_barges_into_nothing() -> None:
    floor = Floor()
    floor.playing(A, 20.0)
    assert play(floor, [], [(1, 4)], 5) == []


def test_playout_that_begins_over_his_own_speech_is_not_his_doing() -> None:
    floor = Floor()
    play(floor, [], [(0, 1)], 1)
    floor.playing(B, 20.0)
    assert [floor.heard(B, True, 1 + i * 0.02) for i in range(1, 100)] == [[]] * 99


def test_playout_that_ends_before_he_means_it_was_not_broken_into() -> None:
    floor = Floor()
    floor.playing(B, 1.2)
    assert play(floor, [], [(1, 4)], 5) == []


def test_after_a_clear_there_is_nothing_to_break_into() -> None:
    floor = Floor()
    floor.playing(B, 20.0)
    floor.playing(B, 0.5)
    assert play(floor, [], [(1, 4)], 5) == []


# ---- Turns -----------------------------------------------------------------------------------------------------------


def test_a_long_turn_is_told_once() -> None:
    assert play(Floor(), [(0, 60)], [], 61) == [(25.02, LongTurn(A))]


def test_pauses_for_breath_belong_to_the_turn() -> None:
    spans = [(i, i + 0.22) for i in range(40)]
    assert [event for _, event in play(Floor(), spans, [], 41)] == [LongTurn(A)]


def test_a_real_pause_begins_a_new_turn() -> None:
    assert play(Floor(), [(0, 20), (20.82, 40)], [], 41) == []


def test_each_long_turn_is_told() -> None:
    events = play(Floor(long_turn_s=5), [(0, 8), (10, 18)], [], 19)
    assert events == [(5.02, LongTurn(A)), (15.02, LongTurn(A))]


# ---- Who and how much ------------------------------------------------------------------------------------------------


def test_who_speaks_now() -> None:
    floor = Floor()
    play(floor, [(0, 1)], [], 1)
    assert floor.speaks(A, 1.3)
    assert not floor.speaks(A, 1.32)
    assert not floor.speaks(B, 1.0)


def test_totals_count_voice_and_not_pauses() -> None:
    floor = Floor()
    assert floor.totals().talk_ratio(A) == 0.0
    play(floor, [(0, 3), (4, 7)], [(10, 12)], 13)
    totals = floor.totals()
    assert (totals.talk_ms(A), totals.talk_ms(B)) == (6000, 2000)
    assert totals.talk_ratio(A) == 0.75
    assert totals.talk_ratio(B) == 0.25


def test_frames_may_be_of_any_length() -> None:
    floor = Floor()
    for i in range(10):
        floor.heard(A, True, (i + 1) * 0.1, length_s=0.1)
    assert floor.totals().talk_ms(A) == 1000


@given(st.lists(st.tuples(st.sampled_from(Role), st.booleans(), st.floats(-0.2, 2.0), st.booleans()), max_size=200))
def test_no_order_of_frames_breaks_the_sums(script: list[tuple[Role, bool, float, bool]]) -> None:
    floor, now, open_overlaps, ended_ms = Floor(), 10.0, 0, 0
    for role, voice, step, plays in script:
        now += step
        if plays:
            floor.playing(role, now + 1)
        for event in floor.heard(role, voice, now):
            match event:
                case OverlapBegan():
                    open_overlaps += 1
                case OverlapEnded(ms):
                    open_overlaps -= 1
                    ended_ms += ms
                    assert ms > 0
                case _:
                    pass
        assert open_overlaps in (0, 1)
    totals = floor.totals()
    assert totals.caller_ms + totals.agent_ms == 20 * sum(voice for _, voice, _, _ in script)
    assert totals.overlap_ms >= ended_ms - totals.overlaps
