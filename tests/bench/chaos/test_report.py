"""What a row misses, and that it is told."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from rich.console import Console

from bench.chaos.faults import Goals
from bench.chaos.figures import Call, Figures, Lane
from bench.chaos.hearing import Recovery
from bench.chaos.report import OWN_LATE_MS, Row, as_json, line, misses, table

pytestmark = pytest.mark.unit

GOOD = Lane(300, 0, 0, 0, 0, Recovery(True, 50), True)
STRICT = Goals(silence_ms=2000, recover_ms=2000, lost=False, untranslated=False)


def world(*lanes: Lane, started: int = 1, lives: bool = True, late_ms: float = 1.0) -> Figures:
    return Figures("conversation", started, (Call(0, lives, lanes),), 700, late_ms)


def row(*worlds: Figures) -> Row:
    return Row("kill-9", "the server is killed", STRICT, worlds)


def test_a_good_world_misses_nothing() -> None:
    assert misses(world(GOOD, GOOD), STRICT) == []


@pytest.mark.parametrize(
    ("lane", "said"),
    [
        (replace(GOOD, silence_ms=2020), "2020 ms of silence"),
        (replace(GOOD, lost_ms=40, untranslated_ms=40), "40 ms lost"),
        (replace(GOOD, untranslated_ms=60), "60 ms not translated"),
        (replace(GOOD, crossed_ms=100), "100 ms of another call's"),
        (replace(GOOD, recovery=Recovery(True, 101)), "back after 2020 ms"),
        (replace(GOOD, interpreted_after=False), "1 of 1 did not survive"),
    ],
)
def test_each_goal_can_be_missed(lane: Lane, said: str) -> None:
    assert said in misses(world(GOOD, lane), STRICT)
    assert row(world(GOOD, lane)).misses == tuple(f"conversation: {miss}" for miss in misses(world(GOOD, lane), STRICT))


def test_survival_and_strangers_count_whatever_the_goals_allow() -> None:
    lenient = Goals(silence_ms=None)
    assert misses(world(replace(GOOD, silence_ms=9000, lost_ms=900, untranslated_ms=900)), lenient) == []
    assert misses(world(replace(GOOD, crossed_ms=100)), lenient)
    assert misses(world(GOOD, lives=False), lenient)


def test_a_call_that_never_came_about_did_not_survive() -> None:
    assert misses(world(GOOD, started=3), STRICT) == ["2 of 3 did not survive"]


def test_what_was_not_felt_is_no_recovery() -> None:
    assert world(replace(GOOD, recovery=Recovery(False, 0))).recoveries_ms == ()
    assert world(replace(GOOD, recovery=Recovery(True, None))).recoveries_ms == ()


def test_line_table_and_file_tell_the_same() -> None:
    found = row(world(GOOD), world(replace(GOOD, silence_ms=3000), late_ms=OWN_LATE_MS + 1))
    assert "longest silence 300 ; 3000 ms" in line(found)
    assert "missed: conversation: 3000 ms of silence" in line(found)
    assert "late" in line(found)
    assert "late" not in line(row(world(GOOD)))
    console = Console(width=150)
    with console.capture() as captured:
        console.print(table([found]))
    text = captured.get()
    assert "300 ; 3000" in text
    assert "mistrust kill-9" in text
    (told,) = json.loads(json.dumps(as_json([found])))
    assert [one["silence_ms"] for one in told["summary"]] == [300, 3000]
    assert (found.started, found.survived) == (2, 2)
