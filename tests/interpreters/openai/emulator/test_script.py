"""Scripts: what the emulated model says, and how it misbehaves."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.interpreters.openai.emulator.markers import marker_in
from dragoman.interpreters.openai.emulator.script import (
    ANSWERS,
    COMMENTS,
    EchoScript,
    Failing,
    Failure,
    MarkerScript,
    Message,
    Misbehaving,
    Misdeed,
    Phrase,
    Phrases,
    Preamble,
    Says,
    Script,
    Utterance,
)
from dragoman.interpreters.openai.emulator.sound import NOTHING, SAMPLE_HZ, Samples, length_ms, silence, tone

pytestmark = pytest.mark.unit

PHRASES = Phrases((Phrase("¿Puede ayudarme?", "Can you help me?", "es"), Phrase("Gracias.", "Thank you.", "es")))
BOTH_WAYS = Phrases((Phrase("Hola.", "Hello.", "es", "en"), Phrase("Thanks.", "Gracias.", "en", "es")))


def utterance(index: int = 0, attempt: int = 0, target: str = "en", source: str = "", text: str = "") -> Utterance:
    return Utterance(0, index, tone(440, 500) if index >= 0 else NOTHING, attempt, target, source, text=text)


def texts(says: Says) -> list[str]:
    assert not isinstance(says, Failure)
    return [one.text for one in says if isinstance(one, Message)]


def only(says: Says) -> Message:
    assert not isinstance(says, Failure)
    (message,) = says
    assert isinstance(message, Message)
    return message


def marked(audio: Samples) -> Utterance:
    return Utterance(0, 0, audio)


def test_the_echo_says_the_very_same() -> None:
    asked = utterance()
    message = only(EchoScript().says(asked))
    assert np.array_equal(message.sound, asked.audio)


@pytest.mark.parametrize("script", [EchoScript(), PHRASES])
def test_written_text_is_said_back_and_nothing_is_met_with_silence(script: Script) -> None:
    assert texts(script.says(utterance(-1, text="Say this."))) == ["Say this."]
    assert texts(script.says(utterance(-1))) == []


def test_a_marker_is_answered_by_its_answer_as_long_as_it_was() -> None:
    message = only(MarkerScript().says(marked(np.concatenate([silence(300), tone(610, 700), silence(500)]))))
    assert message.text == "answer 2110"
    assert marker_in(message.sound, SAMPLE_HZ) == 2110
    assert length_ms(message.sound) == 700


def test_no_marker_no_answer() -> None:
    assert MarkerScript().says(marked(silence(1000))) == ()
    assert MarkerScript().hears(marked(silence(1000))).text == ""


def test_phrases_go_round() -> None:
    assert [texts(PHRASES.says(utterance(index)))[0] for index in range(3)] == [
        "Can you help me?",
        "Thank you.",
        "Can you help me?",
    ]


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [("es", "", "Hello."), ("", "en", "Hello."), ("en-US", "", "Gracias."), ("", "es-MX", "Gracias.")],
)
def test_one_script_serves_both_lanes_of_a_call(source: str, target: str, said: str) -> None:
    for index in (0, 1):
        assert texts(BOTH_WAYS.says(utterance(index, source=source, target=target))) == [said]


def test_phrases_that_suit_nothing_are_better_than_none() -> None:
    assert texts(BOTH_WAYS.says(utterance(source="ja", target="ko"))) == ["Hello."]


@pytest.mark.parametrize("target", ["en", "es", "fr", "zh", "hi", "ja", "de"])
def test_misdeeds_in_the_language_that_was_asked_for(target: str) -> None:
    asked = utterance(target=target)
    assert texts(Misbehaving(PHRASES, Misdeed.ANSWERS).says(asked)) == [ANSWERS[target]]
    assert texts(Misbehaving(PHRASES, Misdeed.COMMENTS).says(asked)) == [f"{COMMENTS[target]} Can you help me?"]
    assert texts(Misbehaving(PHRASES, Misdeed.REPEATS_SOURCE).says(asked)) == ["¿Puede ayudarme?"]
    wrong = texts(Misbehaving(PHRASES, Misdeed.WRONG_LANGUAGE).says(asked))[0]
    assert wrong.startswith("Buongiorno" if target == "de" else "Guten Tag")


def test_it_misbehaves_for_the_first_asks_or_always() -> None:
    once, always = Misbehaving(PHRASES, Misdeed.ANSWERS, asks=1), Misbehaving(PHRASES, Misdeed.ANSWERS)
    assert texts(once.says(utterance())) != texts(PHRASES.says(utterance()))
    assert texts(once.says(utterance(attempt=1))) == ["Can you help me?"]
    assert texts(always.says(utterance(attempt=5))) == [ANSWERS["en"]]
    assert once.hears(utterance()) == PHRASES.hears(utterance())


def test_it_may_misbehave_at_single_utterances() -> None:
    script = Misbehaving(PHRASES, Misdeed.REPEATS_SOURCE, utterances=frozenset({1}))
    assert [texts(script.says(utterance(index)))[0] for index in (0, 1)] == ["Can you help me?", "Gracias."]


def test_a_preamble_comes_first_and_is_marked() -> None:
    says = Preamble(PHRASES).says(utterance())
    assert not isinstance(says, Failure)
    assert [(one.text, one.phase) for one in says if isinstance(one, Message)] == [
        ("One moment, translating.", "commentary"),
        ("Can you help me?", "final_answer"),
    ]


def test_failures_pass_through_every_wrapper() -> None:
    failing = Failing(PHRASES, Failure("server_error", "Sorry."), asks=1)
    for script in (failing, Preamble(failing), Misbehaving(failing, Misdeed.ANSWERS)):
        assert script.says(utterance()) == Failure("server_error", "Sorry.")
        assert not isinstance(script.says(utterance(attempt=1)), Failure)
