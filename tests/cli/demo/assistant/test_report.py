"""What came of a made-up call with an assistant, and the files that it leaves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dragoman.audio import wav
from dragoman.cli.demo.assistant.report import Cut, write
from tests.fakes.assistant_tracks import ASKED, CANNOT, performance, unheard

pytestmark = pytest.mark.unit


def test_each_question_finds_what_was_recognised_and_its_answer() -> None:
    whole = performance()
    assert [whole.recognised(one) for one in whole.asked] == [
        "When do you close?",
        "Do you have [parking]?",
        "Goodbye.",
    ]
    assert [whole.answer_of(one) for one in whole.asked] == ["We close at three.", "There is a car park.", "Goodbye."]
    assert [turn.number for one in whole.asked if (turn := whole.turn_of(one))] == [2, 3, 4]
    assert whole.questions == ASKED[:2]
    assert whole.good


def test_that_it_cannot_answer_is_no_answer() -> None:
    whole = performance("We close at three.", CANNOT)
    assert [whole.answered(one) for one in whole.questions] == [True, False]
    assert not whole.good


def test_an_answer_that_nobody_heard_is_none() -> None:
    assert [unheard().answered(one) for one in unheard().questions] == [True, False]
    assert not unheard().good


def test_a_filler_alone_is_no_answer() -> None:
    whole = performance()
    turns = tuple(replace(turn, fixed=True) for turn in whole.record.turns)
    whole = replace(whole, record=replace(whole.record, turns=turns))
    assert not any(whole.answered(one) for one in whole.questions)


def test_a_greeting_that_was_not_heard_is_not_good() -> None:
    assert not replace(performance(), greeted_s=None).good


def test_what_was_told_of_a_cut_stands_beside_what_the_carrier_played() -> None:
    assert performance().cuts() == [Cut(told_ms=1880, played_ms=1900.0)]
    spared = replace(performance(), asked=(ASKED[0], replace(ASKED[1], cleared_ms=None), ASKED[2]))
    assert spared.cuts() == []


def test_two_recordings_and_the_transcript_on_their_clock(tmp_path: Path) -> None:
    written = write(tmp_path / "new" / "folder", performance())
    assert [path.name for path in written] == ["caller-heard.wav", "caller-said.wav", "transcript.json"]
    assert wav.read(written[0].read_bytes()).rate_hz == 8000
    content = json.loads(written[2].read_text(encoding="utf-8"))
    assert content["clock"] == "seconds from the start of the WAV files"
    assert content["lines"][1]["began_s"] == 10.0
    assert content["turns"][1]["first_delta_s"] == 13.0
    assert content["turns"][1]["wait_s"] == pytest.approx(1.05), "a length, not a time"
    assert content["tools"][0]["asked_s"] == 12.5
    assert content["barge_ins"] == [{"at_s": 15.4, "heard_ms": [1880]}]
