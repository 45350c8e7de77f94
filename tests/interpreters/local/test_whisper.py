"""The real ears, over the telephone band, with voices that are not the interpreter's."""

from __future__ import annotations

import re

import pytest

from dragoman.interpreters.local.prompts import BEFORE
from dragoman.interpreters.local.recognise import Misheard, bare
from dragoman.interpreters.local.rendered import Recognised
from dragoman.interpreters.local.whisper import before
from tests.fakes.not_speech import SOUNDS
from tests.fakes.weights import ears, heard_by_us, spoken

pytestmark = [pytest.mark.models, pytest.mark.timeout(120)]


def recognised(text: str, language: str, who: str) -> Recognised:
    heard = ears().recognise(heard_by_us(spoken(text, language, who)), language)
    assert isinstance(heard, Recognised), heard
    return heard


@pytest.mark.parametrize(
    ("text", "language", "who"),
    [
        ("I need to speak to someone in the technical department.", "en", "am_fenrir"),
        ("When will the technician arrive at my house?", "en", "af_bella"),
        ("Necesito hablar con alguien del departamento técnico.", "es", "em_santa"),
        ("Quisiera cambiar la fecha de mi cita.", "es", "em_santa"),
        ("Yes.", "en", "am_fenrir"),
        ("Gracias.", "es", "em_santa"),
        ("はい。ありがとうございます。", "ja", "jm_kumo"),
    ],
)
def test_speech_over_the_telephone_is_recognised(text: str, language: str, who: str) -> None:
    heard = recognised(text, language, who)
    assert bare(heard.text) == bare(text)
    assert heard.language == language


def test_spanish_numbers_come_as_the_words_that_were_said() -> None:
    heard = recognised("Son ciento doce euros con cincuenta.", "es", "em_santa")
    assert "ciento doce euros con cincuenta" in heard.text


def test_english_digits_are_right() -> None:
    heard = recognised("My account number is four seven two nine one six.", "en", "am_fenrir")
    assert re.sub(r"\D", "", heard.text) == "472916"


def test_whispers_own_english_is_there_for_the_asking() -> None:
    heard = recognised("Necesito hablar con alguien del departamento técnico.", "es", "em_santa")
    assert heard.english is not None
    assert "technical department" in heard.english().lower()


def test_keywords_settle_which_of_the_words_that_sound_alike_was_said() -> None:
    sound = heard_by_us(spoken("送料はかかりますか。", "ja", "jm_kumo"))
    plain = ears().recognise(sound, "ja")
    assert isinstance(plain, Recognised)
    assert "送料" not in plain.text, "else this test shows nothing"
    told = ears().recognise(sound, "ja", ("駐車場", "送料", "返品"))
    assert isinstance(told, Recognised)
    assert bare(told.text) == "送料はかかりますか"


def test_as_many_keywords_as_there_is_room_for() -> None:
    assert before("de", ()) == BEFORE["de"]
    assert before("de", ("Rechnung", "Termin")) == BEFORE["de"] + " Rechnung, Termin."
    assert before("ja", ("送料", "返品")) == BEFORE["ja"] + "送料、返品。"
    assert before("xx", ("a", "b")) == " a, b."
    many = before("ja", ["駐車場"] * 1000)
    assert 100 < len(many) - len(BEFORE["ja"]) <= 162
    assert before("ja", ["長" * 1000]) == BEFORE["ja"]


def test_another_language_than_expected_is_noticed() -> None:
    sound = heard_by_us(spoken("I need to speak to someone in the technical department.", "en", "am_fenrir"))
    heard = ears().recognise(sound, "es")
    assert isinstance(heard, Recognised)
    assert heard.language == "en"


@pytest.mark.parametrize("name", list(SOUNDS))
def test_what_is_not_speech_is_not_vouched_for_even_without_vad(name: str) -> None:
    assert isinstance(ears().recognise(SOUNDS[name](8), "es"), Misheard)
