"""Which goals a row is held to, and that each can be missed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from rich.console import Console

from bench.ear.figures import Figures
from bench.ear.report import NAIVE, OURS, Row, as_json, goals, of_goals, of_rows

pytestmark = pytest.mark.unit

GOOD = Figures(
    first_heard=2000,
    span_p50=2100,
    span_p95=2900,
    behind_engine=300,
    tail=2200,
    lag_at_30_s=2500,
    lag_at_end=2400,
    longest_silence=900,
    lost=0,
    phrases=10,
    completed=10,
    echo=0,
    echo_with_speech=200,
    withheld=100,
    said=30_000,
    clears=0,
)
BAD = replace(GOOD, lost=1, completed=9, echo=20, withheld=2_000, lag_at_end=2_600)


def row(figures: Figures, relay: str = OURS, scene: str = "monologue") -> Row:
    return Row(scene, "five minutes", relay, figures)


def test_good_figures_meet_every_goal() -> None:
    assert [goal.what for goal in goals([row(GOOD)]) if not goal.met] == []


def test_every_goal_can_be_missed() -> None:
    found = goals([row(BAD)])
    assert [goal for goal in found if goal.met] == []
    assert len(found) == 5


def test_where_the_engine_is_given_up_silence_counts_and_not_what_is_kept_from_it() -> None:
    found = goals([row(replace(BAD, longest_silence=6_100.0), scene="nothing")])
    assert "nothing: longest silence" in [goal.what for goal in found if not goal.met]
    assert not any("kept from the engine" in goal.what for goal in found)
    good = goals([row(replace(GOOD, longest_silence=5_900.0, withheld=99_000), scene="nothing")])
    assert [goal.what for goal in good if not goal.met] == []


def test_only_ours_is_judged_and_growing_lag_only_where_nobody_waits() -> None:
    assert goals([row(BAD, NAIVE)]) == []
    assert len(goals([row(BAD, scene="overlap")])) == 4
    assert len(goals([row(replace(GOOD, lag_at_end=None, lag_at_30_s=None))])) == 4


def test_the_table_shows_what_there_is_and_a_dash_where_there_is_nothing() -> None:
    nothing = replace(GOOD, first_heard=None, phrases=0, completed=0)
    console = Console(record=True, width=150)
    rows = [row(GOOD), row(nothing, NAIVE)]
    console.print(of_rows(rows))
    console.print(of_goals(goals([row(BAD)])))
    text = console.export_text()
    assert "2.10 / 2.90" in text
    assert "2.50 / 2.40" in text
    assert " - " in text
    assert "0 of 5 goals met" in text


def test_all_figures_are_there_for_a_program() -> None:
    rows = [row(GOOD), row(BAD, NAIVE)]
    told = json.loads(json.dumps(as_json(rows, goals(rows))))
    assert [one["relay"] for one in told["rows"]] == [OURS, NAIVE]
    assert told["rows"][1]["completed_percent"] == 90
    assert all(goal["met"] for goal in told["goals"])
