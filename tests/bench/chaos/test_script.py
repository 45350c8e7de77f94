"""What the lab's models say: each word that was heard, as long as it was."""

from __future__ import annotations

import numpy as np
import pytest

from bench.chaos import codes
from bench.chaos.script import CodeScript, words
from dragoman.audio import g711
from dragoman.interpreters.openai.emulator.script import Message, Utterance
from dragoman.interpreters.openai.emulator.sound import Samples, risen, silence

pytestmark = pytest.mark.unit


def heard(code: int, ms: int) -> Samples:
    return risen(g711.decode(codes.spoken(code, ms)))


def answered(audio: Samples) -> tuple[str, codes.Reading]:
    says = CodeScript().says(Utterance(0, 0, audio))
    assert isinstance(says, tuple)
    (message,) = says
    assert isinstance(message, Message)
    return message.text, codes.read(message.sound[::3])


@pytest.mark.parametrize("code", [0, 9, 77, 127])
def test_a_word_is_said_back_in_the_other_voice(code: int) -> None:
    audio = np.concatenate([silence(200), heard(code, 600), silence(500)])
    text, reading = answered(audio)
    assert text == f"answer {code}"
    assert set(reading.originals.tolist()) == {codes.NO_CODE}
    assert abs(int((reading.answers == code).sum()) - 30) <= 2
    assert CodeScript().hears(Utterance(0, 0, audio)).text == f"marker {code}"


def test_two_words_that_were_replayed_together_are_both_said() -> None:
    text, reading = answered(np.concatenate([heard(3, 300), silence(300), heard(60, 600)]))
    assert text == "answer 3 answer 60"
    assert {3, 60} <= set(reading.answers.tolist())


def test_a_word_with_a_hole_is_one() -> None:
    (run,) = words(np.concatenate([heard(3, 300), silence(60), heard(3, 300)]))
    assert run.frames >= 30


def test_nothing_is_said_to_silence() -> None:
    assert CodeScript().says(Utterance(0, 0, silence(500))) == ()
    assert CodeScript().hears(Utterance(0, 0, silence(500))).text == ""


def test_what_is_to_be_said_as_it_stands_is_no_word() -> None:
    asked = Utterance(0, 0, heard(3, 600), instructions="Say exactly this.\n<<<\nYou are connected again.\n>>>")
    says = CodeScript().says(asked)
    assert isinstance(says, tuple)
    (message,) = says
    assert isinstance(message, Message)
    reading = codes.read(message.sound[::3])
    assert reading.loud.any()
    assert {*reading.originals.tolist(), *reading.answers.tolist()} == {codes.NO_CODE}
