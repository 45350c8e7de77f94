"""The whole text side, with the real tools."""

# ruff: noqa: E501 - a row of a table is read as one line
from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dragoman.interpreters.local import phrases
from dragoman.interpreters.local.apertium import ApertiumDied
from dragoman.interpreters.local.rendered import Flag, How, Recognised, Refusal, RefusalReason, Rendered
from dragoman.interpreters.local.rules import Drafted, RuleTranslator
from dragoman.interpreters.local.translate import Direction, Translator

pytestmark = pytest.mark.pair


@pytest.fixture(scope="module")
def translator() -> Iterator[Translator]:
    with Translator.open() as opened:
        yield opened


def rendered(translator: Translator, text: str, source: str, target: str, english: str | None = None) -> Rendered:
    result = translator.translate(
        Recognised(text, source, english=None if english is None else lambda: english), target
    )
    assert isinstance(result, Rendered), result
    return result


class Clumsy:
    """A translator that says what it is told to."""

    def __init__(self, says: str | Exception, unknown: int = 0) -> None:
        self.says, self.unknown = says, unknown

    def translate(self, sentence: str) -> Drafted:
        if isinstance(self.says, Exception):
            raise self.says
        return Drafted(self.says, self.unknown, len(sentence.split()))

    def close(self) -> None:
        pass


def with_way(says: str | Exception, unknown: int = 0) -> Translator:
    empty = phrases.load("es", "en", [])
    return Translator({("es", "en"): Direction("es", "en", empty, Clumsy(says, unknown))})


def test_the_pairs_of_this_machine(translator: Translator) -> None:
    assert translator.pairs() == {("en", "es"), ("es", "en"), ("fr", "en"), ("pt", "en"), ("it", "en")}


@pytest.mark.parametrize(
    ("source", "target", "said", "text", "spoken"),
    [
        ("es", "en", "Mi código es el cuatro, siete, dos, nueve, uno, seis.", "My code is 472916.", "My code is 4 7 2, 9 1 6."),
        ("es", "en", "Nací el cuatro de mayo de mil novecientos setenta y dos.", "I was born on May 4, 1972.",
         "I was born on May 4th, 19 72."),
        ("en", "es", "The fee is $12.50.", "La comisión es de 12,50 dólares.", "La comisión es de 12 dólares con 50 centavos."),
        ("en", "es", "We are open from nine to half past five.", None, None),
        ("es", "en", "¿Cuándo llega el técnico?", "When does the technician arrive?", "When does the technician arrive?"),
        ("en", "es", "Hello. Which bank do you use?", "Hola. ¿Qué banco utiliza?", "Hola. ¿Qué banco utiliza?"),
    ],
)  # fmt: skip
def test_sentences_with_their_numbers(
    translator: Translator, source: str, target: str, said: str, text: str | None, spoken: str | None
) -> None:
    result = rendered(translator, said, source, target)
    assert text is None or result.text == text
    assert spoken is None or result.spoken == spoken


def test_what_made_it_is_told(translator: Translator) -> None:
    assert rendered(translator, "Un momento, por favor.", "es", "en").how is How.PHRASES
    assert rendered(translator, "La caja es roja.", "es", "en").how is How.APERTIUM
    both = rendered(translator, "Muchas gracias. La caja grande es roja y llegó sin tapa.", "es", "en")
    assert both.how is How.APERTIUM
    assert Flag.PARTLY_PHRASES in both.flags


def test_names_stay(translator: Translator) -> None:
    assert "Lourdes Campos" in rendered(translator, "Quiero hablar con Lourdes Campos.", "es", "en").text
    assert "Maple Street" in rendered(translator, "I live at eighteen Maple Street.", "en", "es").text


def test_the_same_language_passes(translator: Translator) -> None:
    assert rendered(translator, "Hello.", "en", "en").how is How.SAME


@pytest.mark.parametrize(
    ("text", "source", "reason"), [("...", "es", "empty"), ("", "en", "empty"), ("hallo", "de", "no-pair")]
)
def test_what_cannot_be_translated_is_refused(translator: Translator, text: str, source: str, reason: str) -> None:
    target = "es" if source == "en" else "en"
    assert translator.translate(Recognised(text, source), target) == Refusal(RefusalReason(reason))


def test_french_goes_by_whisper(translator: Translator) -> None:
    result = rendered(translator, "Ma commande coûte vingt et un euros.", "fr", "en", "my order costs 21 euros.")
    assert (result.text, result.how, result.flags) == ("My order costs 21 euros.", How.WHISPER, frozenset())


def test_a_number_that_whisper_changed_is_refused(translator: Translator) -> None:
    heard = Recognised("Ma commande coûte vingt et un euros.", "fr", english=lambda: "My order costs 24 euros.")
    assert translator.translate(heard, "en") == Refusal(RefusalReason.NUMBER)


def test_whisper_that_has_nothing_is_refused(translator: Translator) -> None:
    assert translator.translate(Recognised("Bonjour tout le monde", "fr", english=lambda: ""), "en") == Refusal(
        RefusalReason.EMPTY
    )


def test_a_lost_number_is_looked_for_the_other_way() -> None:
    heard = Recognised("Son doce euros.", "es", english=lambda: "It is 12 euros.")
    result = with_way("It is money.").translate(heard, "en")
    assert isinstance(result, Rendered)
    assert (result.text, result.how, result.flags) == ("It is 12 euros.", How.WHISPER, frozenset({Flag.SECOND_CHOICE}))


def test_a_number_lost_both_ways_is_refused() -> None:
    heard = Recognised("Son doce euros.", "es", english=lambda: "It is 20 euros.")
    assert with_way("It is money.").translate(heard, "en") == Refusal(RefusalReason.NUMBER)


def test_unknown_words_ask_the_other_way_and_are_flagged_without_one() -> None:
    way = with_way("the flurbish is red", unknown=1)
    asked: list[int] = []

    def english() -> str:
        asked.append(1)
        return "The thing is red."

    assert way.translate(Recognised("El flurbis es rojo.", "es", english=english), "en").text == "The thing is red."  # type: ignore[union-attr]
    assert asked == [1]
    alone = way.translate(Recognised("El flurbis es rojo.", "es"), "en")
    assert isinstance(alone, Rendered)
    assert alone.flags == frozenset({Flag.UNKNOWN_WORDS})


def test_whisper_is_not_asked_without_need() -> None:
    def never() -> str:
        raise AssertionError("asked")

    assert isinstance(
        with_way("the box is red").translate(Recognised("La caja es roja.", "es", english=never), "en"), Rendered
    )


def test_mostly_untranslated_is_refused() -> None:
    assert with_way("flurb blorb is glorp", unknown=3).translate(
        Recognised("Flurb blorb es glorp", "es"), "en"
    ) == Refusal(RefusalReason.UNTRANSLATED)


def test_tools_that_died_leave_whisper_or_a_refusal() -> None:
    way = with_way(ApertiumDied("dead"))
    assert way.translate(Recognised("La caja es roja.", "es"), "en") == Refusal(RefusalReason.ENGINE)
    saved = way.translate(Recognised("La caja es roja.", "es", english=lambda: "The box is red."), "en")
    assert isinstance(saved, Rendered)


@pytest.mark.parametrize("english", ["La caja es roja.", "Red.", "The box " * 12])
def test_an_implausible_english_is_not_taken(english: str) -> None:
    way = with_way(ApertiumDied("dead"))
    heard = Recognised("La caja es roja y muy grande y vieja.", "es", english=lambda: english)
    assert way.translate(heard, "en") == Refusal(RefusalReason.ENGINE)


def test_a_killed_stage_costs_no_sentence(translator: Translator) -> None:
    way = translator._directions["es", "en"].way
    assert isinstance(way, RuleTranslator)
    rendered(translator, "La caja es roja.", "es", "en")
    os.kill(way.pids[0], signal.SIGKILL)
    assert rendered(translator, "La caja es roja.", "es", "en").text == "The box is red."


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60), st.sampled_from([("es", "en"), ("en", "es")]))
def test_any_text_is_answered(translator: Translator, text: str, pair: tuple[str, str]) -> None:
    result = translator.translate(Recognised(text, pair[0]), pair[1])
    assert isinstance(result, Rendered | Refusal)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1000, 9_999_999))
def test_every_order_number_survives(translator: Translator, number: int) -> None:
    digits = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"]
    said = " ".join(digits[int(one)] for one in str(number))
    assert str(number) in rendered(translator, f"Mi número de pedido es {said}.", "es", "en").text
    assert str(number) in rendered(translator, f"Please note that your reference is {number}.", "en", "es").text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 31), st.integers(0, 11), st.integers(1930, 2030))
def test_every_date_survives(translator: Translator, day: int, month: int, year: int) -> None:
    months = [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ]
    english = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    result = rendered(translator, f"El contrato termina el {day} de {months[month]} de {year}.", "es", "en")
    assert f"{english[month]} {day}, {year}" in result.text
