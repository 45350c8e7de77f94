"""The record of a call as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dragoman.domain.call import Prior, Role
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.speech import Line, Side
from dragoman.relay.consent import Answered, Speaker, Told
from dragoman.relay.figures import CallFigures, EarFigures
from dragoman.relay.record import CallRecord, in_order
from dragoman.relay.transcript import Utterance

pytestmark = pytest.mark.unit


def utterance(number: int, role: Role, **times: float) -> Utterance:
    one = Utterance(number, f"{role.value[0]}{number}", role, "es", "en", "fake", " Hola. ", " Hello. ")
    for name, value in times.items():
        setattr(one, name, value)
    return one


def test_the_form_of_transcript_json() -> None:
    said = utterance(1, Role.CALLER, began_s=1.0, stopped_s=2.0, first_audio_s=2.5, sent_s=2.6, heard_s=2.7)
    said.flag("unclear: noise")
    record = CallRecord(
        call_id="call-1",
        began_at=1_700_000_000.12345,
        duration_s=61.23456,
        outcome=Outcome(Result.AGENT, "hung up"),
        caller_language="es",
        agent_language="en",
        engines=("fake", "fake"),
        usd=0.0123456789,
        usd_is_estimate=True,
        troubles=("network: lost",),
        utterances=(said,),
        told=(Told(Role.CALLER, "announce", "Una IA.", "1", "es", Speaker.US, 3.0, 9.5, whole=True),),
        answers=(Answered(Role.CALLER, agreed=True, at_s=11.0),),
    )
    written = json.loads(json.dumps(record.as_json()))
    assert written == {
        "call": "call-1",
        "began_at": 1_700_000_000.123,
        "duration_s": 61.235,
        "outcome": {"result": "agent", "reason": "hung up"},
        "caller_language": "es",
        "agent_language": "en",
        "engines": ["fake", "fake"],
        "cost": {"usd": 0.012346, "estimate": True},
        "troubles": ["network: lost"],
        "told": [
            {
                "leg": "caller",
                "text": "Una IA.",
                "notice": "announce",
                "version": "1",
                "language": "es",
                "spoken_by": "us",
                "heard_to_end": True,
                "began_s": 3.0,
                "ended_s": 9.5,
            }
        ],
        "consent": [{"leg": "caller", "agreed": True, "at_s": 11.0}],
        "engine_changes": [],
        "retold": {"times": 0, "voiced_ms": 0.0, "repeats_ms": 0.0},
        "keys_sent": 0,
        "figures": {"caller_share_of_talk": 0.0, "overlaps": 0, "overlap_s": 0.0},
        "utterances": [
            {
                "utterance": "c1",
                "leg": "caller",
                "source_language": "es",
                "target_language": "en",
                "source_text": "Hola.",
                "target_text": "Hello.",
                "mouth": {"began_s": 1.0, "stopped_s": 2.0},
                "interpreter": {"first_audio_s": 2.5, "sent_s": 2.6},
                "ear": {"began_s": 2.7, "stopped_s": None},
                "engine": "fake",
                "flags": ["unclear: noise"],
            }
        ],
    }


def test_utterances_stand_in_the_order_in_which_they_began() -> None:
    one = utterance(1, Role.CALLER, began_s=5.0)
    two = utterance(1, Role.AGENT, began_s=2.0)
    three = utterance(2, Role.AGENT, grown_s=3.0)
    assert in_order([one, two, three]) == (two, three, one)


def test_what_came_to_nothing_is_left_out() -> None:
    noise = Utterance(1, "c1", Role.CALLER, "es", "en", "fake")
    assert in_order([noise]) == ()


def test_the_figures_stand_by_listener() -> None:
    ears = tuple(EarFigures(role, 3, 1.5, 2.5, 0.5, 0.9, 0.6, 0.8, 4.0, 1.1, 2.2, -0.1) for role in Role)
    outcome = Outcome(Result.AGENT, "hung up")
    figures = CallFigures(ears, caller_share=0.123456, overlaps=2, overlap_s=1.98765)
    record = CallRecord("call-1", 0.0, 1.0, outcome, "es", "en", (), 0.0, False, (), (), figures)
    written = record.as_json()["figures"]
    assert written["caller_share_of_talk"] == 0.123
    assert written["overlap_s"] == 1.988
    assert written["overlaps"] == 2
    for name in ("caller_ear", "agent_ear"):
        assert "listener" not in written[name]
        assert (written[name]["heard"], written[name]["span_p95_s"]) == (3, 2.5)


def test_what_an_assistant_heard_before_stands_in_it_where_there_was_one() -> None:
    record = CallRecord("call-1", 0.0, 1.0, Outcome(Result.AGENT, "hung up"), "es", "en", (), 0.0, False, (), ())
    assert "assistant" not in record.as_json()
    prior = Prior("An order.", (Line(Side.TARGET, "¿Diga?"), Line(Side.SOURCE, "Mi pedido.")))
    assert replace(record, prior=prior).as_json()["assistant"] == {
        "summary": "An order.",
        "lines": [{"who": "assistant", "text": "¿Diga?"}, {"who": "caller", "text": "Mi pedido."}],
    }
