"""Both directions by grammar, with the real tools."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dragoman.interpreters.local.rules import RuleTranslator
from dragoman.interpreters.local.sentences import presentable

pytestmark = pytest.mark.pair


@pytest.fixture(scope="module")
def into_spanish() -> Iterator[RuleTranslator]:
    translator = RuleTranslator("en", "es")
    yield translator
    translator.close()


@pytest.fixture(scope="module")
def into_english() -> Iterator[RuleTranslator]:
    translator = RuleTranslator("es", "en")
    yield translator
    translator.close()


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("Which bank do you use?", "¿Qué banco utiliza?"),
        ("Where did you buy the washing machine?", "¿Dónde compró la lavadora?"),
        ("We sent you a message.", "Le enviamos un mensaje."),
        ("My colleague told me that you want to change your plan.", "Mi compañero me dijo que quiere cambiar su plan."),
        ("Don't worry, we will fix it zqwa.", "No se preocupe, lo arreglaremos zqwa."),
        ("She will call you back before zqwa.", "Le volverá a llamar antes de zqwa."),
        ("We will refund zqma to your card.", "Reembolsaremos zqma a su tarjeta."),
        ("I can't find your name in the system.", "No puedo encontrar su nombre en el sistema."),
        ("The store is closed.", "La tienda está cerrada."),
    ],
)
def test_english_into_spanish(into_spanish: RuleTranslator, english: str, spanish: str) -> None:
    assert presentable(into_spanish.translate(english).text, "es") == spanish


@pytest.mark.parametrize(
    ("spanish", "english"),
    [
        ("Me llamo zqea y soy cliente zqwb.", "My name is zqea and I am client zqwb."),
        ("¿Cuándo llega el técnico?", "When does the technician arrive?"),
        ("¿Me puede ayudar a encontrar mi paquete?", "Can you help me to find my package?"),
        ("No entiendo por qué me cobraron esa comisión.", "I do not understand why they charged me this fee."),
        ("¿Cuánto tiempo tarda la devolución?", "How long does the return take?"),
        ("Mi dirección es calle zqea número zqdb.", "My address is street zqea number zqdb."),
        ("Espere un momento, voy a buscar un papel.", "Wait a moment, I am going to look for a paper."),
        ("Llevo media hora esperando.", "I have been waiting half an hour."),
    ],
)
def test_spanish_into_english(into_english: RuleTranslator, spanish: str, english: str) -> None:
    assert presentable(into_english.translate(spanish).text, "en") == english


def test_unknown_words_are_counted_and_stay(into_spanish: RuleTranslator) -> None:
    drafted = into_spanish.translate("The flurbish is red.")
    assert drafted.unknown == 1
    assert "flurbish" in drafted.text


def test_tokens_come_through(into_spanish: RuleTranslator) -> None:
    drafted = into_spanish.translate("zqwa I paid zqmb for zqdc and zqed.")
    assert sorted(word.lower().strip(".") for word in drafted.text.split() if word.lower().startswith("zq")) == [
        "zqdc", "zqed", "zqmb", "zqwa"]  # fmt: skip
    assert drafted.unknown == 0


def test_no_tool_words_are_left_in_the_text(into_spanish: RuleTranslator) -> None:
    for sentence in ("Please plug it in right now.", "The router is unpaid.", "Dr Smith apologizes."):
        assert not set(into_spanish.translate(sentence).text) & set("*#@^$<>_")
