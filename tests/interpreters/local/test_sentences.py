"""Sentences cut and made presentable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.interpreters.local.sentences import presentable, split, without_fillers

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("language", "text", "pieces"),
    [
        ("en", "Hello. How are you? Fine!", ["Hello.", "How are you?", "Fine!"]),
        ("en", "I saw Dr. Miller on St. James.", ["I saw Dr Miller on St James."]),
        ("en", "We sent a letter to you, what does it say?", ["We sent a letter to you,", "what does it say?"]),
        ("en", "If it rains, what do we do?", ["If it rains, what do we do?"]),
        ("en", "It costs 4.50 today.", ["It costs 4.50 today."]),
        ("es", "Perdone. ¿Puede repetir?", ["Perdone.", "¿Puede repetir?"]),
        ("es", "Hola, ¿quién es?", ["Hola,", "¿quién es?"]),
        ("es", "...", []),
        ("fr", "Bonjour. Merci.", ["Bonjour.", "Merci."]),
    ],
)
def test_sentences_are_cut(language: str, text: str, pieces: list[str]) -> None:
    assert split(text, language) == pieces


@pytest.mark.parametrize(
    ("language", "text", "bare"),
    [
        ("en", "Um, I want it", "I want it"),
        ("en", "Well, yes, uh, maybe", "yes, maybe"),
        ("es", "Bueno, pues, no sé", "no sé"),
        ("es", "Pues", "Pues"),
        ("es", "Este pedido", "Este pedido"),
        ("ja", "えと", "えと"),
    ],
)
def test_fillers_go(language: str, text: str, bare: str) -> None:
    assert without_fillers(text, language) == bare


@pytest.mark.parametrize(
    ("language", "raw", "good"),
    [
        ("es", "cuando llega el paquete?", "¿Cuándo llega el paquete?"),
        ("es", "qué pena!", "¡Qué pena!"),
        ("es", "la factura de el mes", "La factura del mes"),
        ("es", "voy a El Escorial", "Voy a El Escorial"),
        ("es", "¿ya?", "¿Ya?"),
        ("en", "  hello   there. ", "Hello there."),
        ("en", "", ""),
    ],
)
def test_a_sentence_is_made_presentable(language: str, raw: str, good: str) -> None:
    assert presentable(raw, language) == good


def test_what_follows_a_comma_begins_small() -> None:
    assert presentable("what does it say?", "en", continues=True) == "what does it say?"


@given(st.text(max_size=100), st.sampled_from(["en", "es", "fr"]))
def test_no_text_crashes_it(text: str, language: str) -> None:
    for piece in split(text, language):
        presentable(without_fillers(piece, language), language)
