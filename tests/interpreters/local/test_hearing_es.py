"""Spanish as recognition writes it, mended."""

# ruff: noqa: E501 - a row of a table is read as one line
from __future__ import annotations

import pytest

from dragoman.interpreters.local.hearing_es import as_question, mended

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("Olvide mi contrasena", "Olvidé mi contraseña"),
        ("Ya apague el aparato", "Ya apagué el aparato"),
        ("Apague el aparato", "Apague el aparato"),
        ("quiero que pague mi jefe", "quiero que pague mi jefe"),
        ("Mi numero de telefono", "Mi número de teléfono"),
        ("lo dejé a noche", "lo dejé anoche"),
        ("hable más de espacio", "hable más despacio"),
        ("no a llegado", "no ha llegado"),
        ("voy a casa", "voy a casa"),
        ("llamo, porque no funciona", "llamo porque no funciona"),
        ("No gracias", "no, gracias"),
        ("No oigo bien, puede repetir", "No oigo bien, ¿puede repetir"),
        ("Me puede ayudar", "Me puede ayudar"),
    ],
)
def test_what_recognition_lost_is_put_back(heard: str, said: str) -> None:
    assert mended(heard).lower() == said.lower()


@pytest.mark.parametrize(
    "asked", ["Me puede decir la hora.", "Podría pasarme la carta.", "Qué hora es", "Por qué no llega.", "Puedo pagar mañana.",
              "Usted es una persona o un robot.", "Tiene algún descuento.", "A qué hora abren."]
)  # fmt: skip
def test_what_can_only_be_asked_is_a_question(asked: str) -> None:
    assert as_question(asked) == asked.rstrip(".") + "?"


@pytest.mark.parametrize(
    "told", ["Puede llamarme al 634.", "No puedo pagar.", "Tiene tres cajas.", "Que pase.", "¿Ya?"]
)
def test_what_may_be_told_is_left(told: str) -> None:
    assert as_question(told) == told
