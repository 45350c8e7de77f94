"""A caller and an assistant in turns: bytes are compared, and the first frame of an answer has a figure of its own."""

from __future__ import annotations

import pytest

from bench.lane_log import EarCount, Pacing, traffic
from bench.stamps import Kind, Script, Side, frame
from bench.turn_lane import TurnLane

pytestmark = pytest.mark.unit

SCRIPT = Script(speech=3, pause=5)


def lane(*, at_once: bool = False) -> TurnLane:
    """Two turns: frames 0, 1, 2 and 8, 9, 10."""
    made = TurnLane(7, Side.CALLER, SCRIPT, 16, Pacing(0.12, 0.06), at_once=at_once)
    made.talks_from, made.count = 0, 16
    return made


def test_the_frame_that_went_in_comes_out() -> None:
    count, mine = EarCount(), lane()
    mine.hear(b"".join(frame(7, Side.CALLER, Kind.SPEECH, number) for number in (0, 1)), 1.0, count)
    assert (count.altered, count.strangers, mine.heard[0], mine.heard[1]) == (0, 0, 1.0, 1.0)


def test_one_bit_is_noticed() -> None:
    count, mine = EarCount(), lane()
    sent = frame(7, Side.CALLER, Kind.SPEECH, 0)
    mine.hear(sent[:-1] + bytes([sent[-1] ^ 1]), 1.0, count)
    assert (count.altered, mine.heard[0]) == (1, 1.0)


def test_a_stranger_is_a_stranger_and_not_altered() -> None:
    count, mine = EarCount(), lane()
    mine.hear(frame(8, Side.CALLER, Kind.SPEECH, 0), 1.0, count)
    assert (count.altered, count.strangers) == (0, 1)


def test_a_turn_begins_after_a_pause() -> None:
    mine = lane()
    assert [number for number in range(16) if mine.begins(number)] == [0, 8]
    mine.talks_from = 2
    assert [number for number in range(16) if mine.begins(number)] == [2, 10]


def test_in_real_time_every_frame_counts_and_the_first_of_an_answer_by_itself() -> None:
    mine = lane()
    for number, late_s in zip((0, 1, 2, 8, 9, 10), (0.005, 0.001, 0.001, 0.007, 0.001, 0.001), strict=True):
        mine.echoed[number] = 1.0 + number * 0.02
        mine.heard[number] = mine.echoed[number] + late_s
    seen = traffic([mine.window(0.9, 2.0)])
    assert seen.answers == 2
    assert seen.first.p50_ms == pytest.approx(6.0)
    assert seen.first.most_ms == pytest.approx(7.0)
    assert seen.down.p50_ms == pytest.approx(1.0)
    assert (seen.frames, seen.lost) == (6, 0)


def test_of_an_answer_said_at_once_its_first_frame_tells_and_the_rest_may_not_be_lost() -> None:
    mine = lane(at_once=True)
    for number, late_s in ((0, 0.002), (1, 0.2)):
        mine.echoed[number], mine.heard[number] = 1.0, 1.0 + late_s
    mine.echoed[2] = 1.0  # and never heard
    seen = traffic([mine.window(0.9, 2.0)])
    assert seen.down.most_ms == pytest.approx(2.0)
    assert (seen.answers, seen.lost) == (1, 1)
