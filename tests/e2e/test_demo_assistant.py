"""The assistant's demo, as a user runs it, on the embedded engine: real speech in, real speech out, nothing hard-wired.

One question in each language; what else the call has (barge-in, more turns) is tested with an emulated model.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dragoman.audio import wav
from dragoman.audio.g711 import encode
from dragoman.interpreters.local.rendered import Recognised
from tests.fakes.surroundings import start
from tests.fakes.weights import ears, heard_by_us, settings

pytestmark = [pytest.mark.models, pytest.mark.timeout(240)]

CALL_S = 200.0
SILENCE = b"\xff" * 3200


@dataclass(frozen=True, slots=True)
class Shown:
    """A demo that was run."""

    printed: str
    transcript: dict[str, Any]
    heard: bytes


def run(folder: Path, *words: str) -> Shown:
    """`dragoman demo --assistant`, which must succeed."""
    env = {"DRAGOMAN_MODELS": str(settings().models_folder)}
    with start(folder, "demo", "--assistant", "--no-rehearse", "--output", "out", *words, env=env) as process:
        try:
            printed, errors = process.communicate(timeout=CALL_S)
        finally:
            process.kill()
    assert process.returncode == 0, printed + errors
    content = json.loads((folder / "out" / "transcript.json").read_text(encoding="utf-8"))
    return Shown(printed, content, encode(wav.read((folder / "out" / "caller-heard.wav").read_bytes()).samples))


def understood(shown: Shown, language: str, from_s: float, to_s: float) -> str:
    """What a stranger hears in the recording."""
    said = heard_by_us(SILENCE + shown.heard[round(from_s * 8000) : round(to_s * 8000)] + SILENCE)
    heard = ears().recognise(said, language)
    assert isinstance(heard, Recognised), heard
    return heard.text


def lines(shown: Shown, who: str) -> list[str]:
    return [one["text"] for one in shown.transcript["lines"] if one["who"] == who]


def test_a_japanese_question_is_understood_and_answered_by_a_tool(tmp_path: Path) -> None:
    shown = run(tmp_path, "--lang", "ja", "--turns", "1")
    assert "The assistant's mind: small mind (FAQ and patterns, no language model)." in shown.printed
    assert "answered questions: 1 of 1" in shown.printed
    assert "cost of the engine: nothing" in shown.printed
    greeting, answer, goodbye = lines(shown, "assistant")
    assert greeting.startswith("お電話ありがとうございます。あおば文具でございます。")
    assert re.fullmatch("(土曜日|本日|明日)は、10時から15時まで営業しております。", answer), (
        "as today is a Saturday, or not"
    )
    assert goodbye == "お電話ありがとうございました。失礼いたします。"
    assert lines(shown, "caller")[0] == "土曜日は何時まで営業していますか。"
    assert [(one["name"], one["error"]) for one in shown.transcript["tools"]] == [("hours", ""), ("hang_up", "")]
    assert shown.transcript["outcome"] == {"result": "us", "reason": "the assistant said goodbye"}
    turn = next(one for one in shown.transcript["turns"] if not one["fixed"])
    assert re.search("(10|十)時から(15|十五)時まで", understood(shown, "ja", turn["first_heard_s"], turn["heard_s"]))


def test_an_english_question_of_ones_own_is_answered_from_the_faq(tmp_path: Path) -> None:
    shown = run(tmp_path, "--lang", "en", "--turns", "0", "--say", "Can I park my car at your shop?")
    assert "answered questions: 1 of 1" in shown.printed
    assert lines(shown, "caller")[0] == "Can I park my car at your shop?"
    assert "car park" in lines(shown, "assistant")[1]
    turn = next(one for one in shown.transcript["turns"] if not one["fixed"])
    assert "parking of our own" in understood(shown, "en", turn["first_heard_s"], turn["heard_s"])
