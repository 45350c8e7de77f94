"""The goals: what is compared with what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.lane_log import Spread, Traffic
from bench.report import Row, goals

pytestmark = pytest.mark.unit

QUICK = Spread(0.1, 1.0, 5.0)
SOUND = Traffic(up=QUICK, down=QUICK, hold=Spread(0.0, 0.0, 0.0), frames=1000, lost=0, unsaid=0)
NODE = Row("node relay", 100, SOUND, 0.30, 0.2, 70.0, 0, 0, 0, 0, 0, 0, 10, (), QUICK, 0.4)
OURS = replace(NODE, app="dragoman", cores=0.199)


def missed(ours: Row, node: Row = NODE) -> list[str]:
    return [goal.what for goal in goals([ours, node]) if not goal.met]


def test_as_quick_as_node_for_two_thirds_of_its_work_is_good() -> None:
    assert missed(OURS) == []


def test_each_goal_can_be_missed() -> None:
    slow = Spread(0.2, 2.0, 5.0)
    bad = replace(
        OURS,
        traffic=replace(SOUND, up=slow, down=slow, lost=1),
        cores=0.201,
        rss_per_call_mb=0.6,
        strangers=1,
        left_open=1,
    )
    assert missed(bad) == [goal.what for goal in goals([bad, NODE])]


def test_without_node_only_what_needs_no_comparison_is_judged() -> None:
    assert [goal.what for goal in goals([OURS])] == [
        "memory per call",
        "frames lost",
        "frames heard by a stranger",
        "sessions left open",
    ]


def test_a_load_that_was_late_itself_says_so() -> None:
    assert OURS.sound
    assert not replace(OURS, own_late=Spread(1.0, 9.0, 20.0)).sound
    assert not replace(OURS, complaints=("broken media message",)).sound


def test_bytes_are_judged_where_they_are_compared() -> None:
    with_answers = replace(OURS, traffic=replace(SOUND, answers=3), altered=1)
    assert missed(with_answers) == ["frames with other bytes"]
    assert missed(replace(with_answers, altered=0)) == []
