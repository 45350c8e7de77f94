"""The record of an assistant's call, as JSON and as a line of the log."""

from __future__ import annotations

import json

import pytest

from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.speech import Side, Tokens
from dragoman.relay.assistant_record import AssistantRecord, BargeIn, CallNotes
from dragoman.relay.talk_lines import TalkLine
from dragoman.relay.turn_times import TurnTimes

pytestmark = pytest.mark.unit


def record() -> AssistantRecord:
    notes = CallNotes()
    use = notes.asked("order", 3.0)
    use.ended_s, use.error = 4.0, "the tool failed"
    notes.asked("faq", 5.0)
    notes.barge_ins.append(BargeIn(7.5, (420, 0)))
    return AssistantRecord(
        call_id="c1", persona="desk", language="ja", began_at=1000.12345, duration_s=61.23456,
        outcome=Outcome(Result.CALLER, "hung up"), engines=("conversation",), sessions=2, usd=0.0123456789,
        usd_is_estimate=True, troubles=("network: lost",),
        lines=(TalkLine(1, Side.SOURCE, 1.0, "What about my order 4711?", 2.0, final=True),
               TalkLine(2, Side.TARGET, 2.5, "It is here.", 3.0, final=True, heard_ms=420),
               TalkLine(3, Side.SOURCE, 3.5)),
        turns=(TurnTimes(1, 0.3, first_heard_s=0.5), TurnTimes(2, 2.4, 2.0, 2.2, 2.4, 2.5, 3.0)),
        tools=tuple(notes.tools), barge_ins=tuple(notes.barge_ins), tokens=Tokens(audio_out=50), prices="2026-11-21",
    )  # fmt: skip


def test_its_json_holds_all_there_is() -> None:
    told = record().as_json()
    assert json.loads(json.dumps(told)) == told
    assert (told["call"], told["kind"], told["duration_s"]) == ("c1", "assistant", 61.235)
    assert told["outcome"] == {"result": "caller", "reason": "hung up"}
    assert told["cost"]["usd"] == 0.012346
    assert (told["cost"]["estimate"], told["cost"]["prices_of"], told["cost"]["tokens"]["audio_out"]) == (
        True,
        "2026-11-21",
        50,
    )
    assert [(line["who"], line.get("cut_after_ms")) for line in told["lines"]] == [("caller", None), ("assistant", 420)]
    assert [turn["wait_s"] for turn in told["turns"]] == [None, 0.5]
    assert [(use["name"], use["ended_s"], use["error"]) for use in told["tools"]] == [
        ("order", 4.0, "the tool failed"),
        ("faq", None, ""),
    ]
    assert told["barge_ins"] == [{"at_s": 7.5, "heard_ms": [420, 0]}]


def test_the_log_gets_figures_and_nothing_that_was_said() -> None:
    told = record().as_log()
    assert (told["turns"], told["tools"], told["tool_errors"], told["barge_ins"], told["sessions"]) == (2, 2, 1, 1, 2)
    assert told["median_wait_s"] == 0.5
    assert "4711" not in json.dumps(told)
