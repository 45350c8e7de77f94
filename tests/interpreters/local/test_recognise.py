"""The judgement over what the model wrote, with a model that writes what the test wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.interpreters.local.listening import Samples
from dragoman.interpreters.local.recognise import Misheard, Reason, Recogniser, repeats, windows
from dragoman.interpreters.local.rendered import Recognised
from dragoman.interpreters.local.whisper import Decoded

pytestmark = pytest.mark.unit

SECOND = np.zeros(16_000, np.float32)


@dataclass
class Script:
    """Stands in for `Whisper`; a sound is its length in samples."""

    text: str = "Quisiera cambiar mi dirección."
    score: float = -0.1
    words: Decoded = field(default_factory=lambda: Decoded("", -9.0, full=False))
    english: Decoded = field(default_factory=lambda: Decoded("I would like to.", -0.4, full=False))
    chances: dict[str, float] = field(default_factory=lambda: {"es": 0.97, "en": 0.01})
    silent: float = 0.05
    full: bool = False
    asked: list[str] = field(default_factory=list)

    def encode(self, samples: Samples) -> int:
        return len(samples)

    def languages(self, sound: int) -> dict[str, float]:
        return self.chances

    def transcribe(self, sound: int, language: str, keywords: Sequence[str] = ()) -> Decoded:
        self.asked.append(" ".join(["transcribe", language, *keywords]))
        return Decoded(self.text, self.score, self.full)

    def transcribe_in_words(self, sound: int, language: str) -> Decoded:
        self.asked.append(f"words {language}")
        return self.words

    def translate(self, sound: int, language: str) -> Decoded:
        self.asked.append(f"translate {language}")
        return self.english

    def no_speech(self, sound: int, language: str) -> float:
        return self.silent


def hear(script: Script, source: str | None = "es", samples: Samples = SECOND) -> Recognised | Misheard:
    return Recogniser(script).recognise(samples, source)


def text_of(script: Script) -> str:
    heard = hear(script)
    assert isinstance(heard, Recognised)
    return heard.text


def test_plain_speech_is_vouched_for() -> None:
    script = Script()
    heard = hear(script)
    assert isinstance(heard, Recognised)
    assert (heard.text, heard.language, heard.confidence) == ("Quisiera cambiar mi dirección.", "es", -0.1)
    assert script.asked == ["transcribe es"]


def test_keywords_are_likely_in_the_language_that_is_expected_only() -> None:
    script = Script()
    Recogniser(script).recognise(SECOND, "es", ("factura", "cita"))
    Recogniser(script).recognise(SECOND, "ja", ("送料",))
    Recogniser(script).recognise(SECOND, None, ("送料",))
    assert script.asked == ["transcribe es factura cita", "transcribe es", "transcribe es"]


def test_english_is_made_only_when_asked_for() -> None:
    script = Script()
    heard = hear(script)
    assert isinstance(heard, Recognised)
    assert heard.english is not None
    assert heard.english() == "I would like to."
    assert script.asked == ["transcribe es", "translate es"]


def test_english_that_loops_is_none_at_all() -> None:
    heard = hear(Script(english=Decoded("no, no, no, no, no, no, no, no", -0.2, full=False)))
    assert isinstance(heard, Recognised)
    assert heard.english is not None
    assert heard.english() == ""


def test_english_speech_needs_no_english() -> None:
    heard = hear(Script(text="Hello there.", chances={"en": 0.99}), "en")
    assert isinstance(heard, Recognised)
    assert heard.english is None


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (Script(score=-0.6), Reason.LOW_CONFIDENCE),
        (Script(score=-0.6, silent=0.9), Reason.NOT_SPEECH),
        (Script(text=" ... "), Reason.NOT_SPEECH),
        (Script(text=""), Reason.NOT_SPEECH),
        (Script(text="SOSOSOSOSOSOSOSO", score=-0.15), Reason.REPETITION),
        (Script(text="no, no, no, no, no, no, no,", score=-0.1), Reason.REPETITION),
        (Script(full=True), Reason.REPETITION),
        (Script(text="¡Save!", score=-1.0), Reason.LOW_CONFIDENCE),
        (Script(text="Sí.", score=-1.5), Reason.LOW_CONFIDENCE),
    ],
)
def test_what_is_not_vouched_for(script: Script, reason: Reason) -> None:
    assert hear(script) == Misheard(reason)


@pytest.mark.parametrize("text", ["Sí.", "No", "¿Cómo?", "Sí, claro.", "¡Gracias!"])
def test_a_frequent_short_answer_may_score_low(text: str) -> None:
    assert isinstance(hear(Script(text=text, score=-0.9)), Recognised)


def test_a_click_is_not_speech_and_asks_no_model() -> None:
    script = Script()
    assert hear(script, samples=SECOND[:800]) == Misheard(Reason.NOT_SPEECH)
    assert script.asked == []


def test_figures_are_heard_again_as_words() -> None:
    script = Script(text="Son 12 euros.", words=Decoded("Son ciento doce euros.", -0.3, full=False))
    assert text_of(script) == "Son ciento doce euros."
    assert script.asked == ["transcribe es", "words es"]


def test_a_split_twenty_is_joined() -> None:
    script = Script(text="Es el 28.", words=Decoded("Es el veinti ocho de mayo, veinti dos.", -0.3, full=False))
    assert text_of(script) == "Es el veintiocho de mayo, veintidos."


@pytest.mark.parametrize(
    "words",
    [
        Decoded("Son $$$$$$$$$$$$$$$$", -0.1, full=False),
        Decoded("Son ciento", -0.1, full=True),
        Decoded("Son cien y", -1.4, full=False),
    ],
)
def test_words_that_went_wrong_leave_the_figures(words: Decoded) -> None:
    assert text_of(Script(text="Son 12 euros.", words=words)) == "Son 12 euros."


def test_english_figures_stay() -> None:
    script = Script(text="It is $112.", chances={"en": 0.99})
    heard = hear(script, "en")
    assert isinstance(heard, Recognised)
    assert heard.text == "It is $112."
    assert script.asked == ["transcribe en"]


@pytest.mark.parametrize(
    ("chances", "language"),
    [
        ({"es": 0.99}, "es"),
        ({"en": 0.95, "es": 0.01}, "en"),
        ({"ja": 0.9, "es": 0.01}, "ja"),
        ({"en": 0.7, "es": 0.01}, "es"),
        ({"en": 0.9, "es": 0.08}, "es"),
        ({"gl": 0.95, "es": 0.02}, "es"),
        ({}, "es"),
    ],
)
def test_only_what_is_plainly_another_language_counts_as_one(chances: dict[str, float], language: str) -> None:
    heard = hear(Script(chances=chances))
    assert isinstance(heard, Recognised)
    assert heard.language == language


def test_without_an_expected_language_the_likeliest_is_taken() -> None:
    heard = hear(Script(chances={"it": 0.6, "es": 0.3}), None)
    assert isinstance(heard, Recognised)
    assert heard.language == "it"


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "My number is 555 555 5555.",
        "5 5 5 5 5 5 5 5 5 5 5 5",
        "No, no, not that one.",
        "I need to speak to someone in the technical department about the washing machine that I bought on Tuesday.",
        "cuatro, cuatro, cuatro",
        "はい。ありがとうございます。",
    ],
)
def test_natural_text_does_not_repeat_itself(text: str) -> None:
    assert not repeats(text)


def test_a_long_utterance_is_cut_where_it_is_quiet() -> None:
    rng = np.random.default_rng(1)
    samples = rng.standard_normal(40 * 16_000).astype(np.float32)
    samples[12 * 16_000 : 13 * 16_000] *= 0.001
    pieces = windows(samples)
    assert 12 * 16_000 <= len(pieces[0]) <= 13 * 16_000
    assert all(len(piece) <= 15 * 16_000 for piece in pieces)
    np.testing.assert_array_equal(np.concatenate(pieces), samples)


def test_all_windows_make_the_text() -> None:
    heard = hear(Script(text="Hola."), samples=np.zeros(20 * 16_000, np.float32))
    assert isinstance(heard, Recognised)
    assert heard.text == "Hola. Hola."


@given(st.text(max_size=200))
def test_no_text_breaks_the_judgement(text: str) -> None:
    assert isinstance(hear(Script(text=text)), Recognised | Misheard)


@dataclass
class TwoTongues(Script):
    """Writes what each language makes of a sound."""

    texts: dict[str, tuple[str, float]] = field(
        default_factory=lambda: {"es": ("Quisiera cambiar mi dirección.", -0.1), "en": ("I want to change it.", -0.2)}
    )

    def transcribe(self, sound: int, language: str, keywords: Sequence[str] = ()) -> Decoded:
        self.asked.append(language)
        text, score = self.texts[language]
        return Decoded(text, score, self.full)


def either(script: Script, last: str = "es", other: str = "en") -> Recognised | Misheard:
    return Recogniser(script).recognise(SECOND, last, (), other)


def test_of_two_languages_a_plain_sentence_is_read_once() -> None:
    for last, other in (("es", "en"), ("en", "es")):
        script = TwoTongues()
        heard = either(script, last, other)
        assert isinstance(heard, Recognised)
        assert (heard.language, heard.text, script.asked) == ("es", "Quisiera cambiar mi dirección.", ["es"])
        assert heard.english is not None


def test_a_plain_sentence_that_cannot_be_vouched_for_is_not_taken_for_the_other_language() -> None:
    script = TwoTongues(texts={"es": ("Quiero cambiar algo aquí.", -0.7), "en": ("I want to change this.", -0.1)})
    assert either(script) == Misheard(Reason.LOW_CONFIDENCE)
    assert script.asked == ["es"]


def test_a_short_word_is_read_in_both_and_the_better_reading_counts() -> None:
    script = TwoTongues(
        texts={"es": ("¡Claro!", -0.17), "en": ("Glad to.", -0.82)}, chances={"en": 0.5, "es": 0.02, "ja": 0.3}
    )
    for last, other in (("es", "en"), ("en", "es")):
        heard = either(script, last, other)
        assert isinstance(heard, Recognised)
        assert (heard.text, heard.language) == ("¡Claro!", "es")


def test_what_reads_like_two_different_short_answers_is_not_guessed() -> None:
    script = TwoTongues(texts={"es": ("Sí.", -0.98), "en": ("Thank you.", -0.66)}, chances={"en": 0.57, "es": 0.02})
    assert either(script) == either(script, "en", "es") == Misheard(Reason.LOW_CONFIDENCE)


def test_nobody_spoke_in_either_language() -> None:
    noise = TwoTongues(
        texts={"es": ("Y, eh, ya.", -1.2), "en": ("Thank you.", -0.9)}, chances={"es": 0.3, "en": 0.2}, silent=0.9
    )
    assert either(noise) == Misheard(Reason.NOT_SPEECH)
    noise.chances = {"es": 0.2, "en": 0.3}
    assert either(noise, "en", "es") == Misheard(Reason.NOT_SPEECH)


def test_of_two_languages_a_third_one_is_neither() -> None:
    script = TwoTongues(chances={"de": 0.95, "es": 0.01, "en": 0.02})
    assert either(script) == Misheard(Reason.WRONG_LANGUAGE)
    assert script.asked == []
