"""Turns of phrase, changed as text."""

# ruff: noqa: E501 - a row of a table is read as one line
from __future__ import annotations

import re

import pytest

from dragoman.interpreters.local import turns
from dragoman.interpreters.local.lexicon import load
from dragoman.interpreters.local.turns import turned

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("said", "made"),
    [
        ("¿me puede ayudar?", "puede ayudarme?"),
        ("quisiera cambiar la cita", "zqlike cambiar la cita"),
        ("llevo media hora esperando", "he estado esperando zqhalfhour"),
        ("me robaron el bolso", "alguien robó mi bolso"),
        ("me van a devolver el dinero", "van a devolverme el dinero"),
        ("quiero darme de baja", "quiero cancelar el servicio"),
    ],
)
def test_before_spanish_is_analysed(said: str, made: str) -> None:
    assert turned(said, turns.FROM_SPANISH) == made


@pytest.mark.parametrize(
    ("said", "made"),
    [("before Friday", "zqantede Friday"), ("I was here before.", "I was here zqante."), ("I'm gonna call", "I'm going to call"),
     ("sorry to hear that", "sorry to hear zqeso")],
)  # fmt: skip
def test_before_english_is_analysed(said: str, made: str) -> None:
    assert turned(said, turns.FROM_ENGLISH) == made


@pytest.mark.parametrize(
    ("raw", "made"),
    [("Qué es su nombre?", "cuál es su nombre?"), ("No quiero algo más .", "No quiero nada más."), ("gracias para esperar", "gracias por esperar"),
     ("tendría que llegar", "debería llegar"), ("para un minuto", "durante un minuto")],
)  # fmt: skip
def test_after_spanish_is_made(raw: str, made: str) -> None:
    assert turned(raw, turns.INTO_SPANISH) == made


@pytest.mark.parametrize(
    ("raw", "made"),
    [("i can not wait", "I cannot wait"), ("2 times", "twice"), ("How much costs to send", "how much does it cost to send"), ("a apple", "an apple"),
     ("a user", "a user")],
)  # fmt: skip
def test_after_english_is_made(raw: str, made: str) -> None:
    assert turned(raw, turns.INTO_ENGLISH) == made


@pytest.mark.parametrize(("direction", "listed"), [("es-en", turns.FROM_SPANISH), ("en-es", turns.FROM_ENGLISH)])
def test_our_own_words_stand_in_the_lexicon(direction: str, listed: turns.Turns) -> None:
    made = {one for _, put in listed for one in re.findall(r"\\bzq\\w+|zq[a-z]{4,}", put)}
    known = {entry.source[0] for entries in load(direction).entries.values() for entry in entries}
    assert {one for one in made if one not in ("zqthe", "zqat", "zqabout", "zqper")} <= known
