"""Spanish numbers and times in sentences."""

# ruff: noqa: E501 - a row of a table is read as one line
from __future__ import annotations

import pytest

from dragoman.interpreters.local.meaning import (
    Ago,
    Amount,
    Cardinal,
    Currency,
    Date,
    Digits,
    Lasting,
    Letters,
    Meaning,
    Part,
    Percent,
    Period,
    Relative,
    Span,
    Time,
    TimeRange,
    Weekday,
    WeekdayRange,
    Which,
)
from dragoman.interpreters.local.slots import find

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("said", "left", "meaning"),
    [
        ("nací el veintitrés de junio de mil novecientos ochenta y cuatro", "nací {}", Date(23, 6, 1984, on=True)),
        ("la factura del 3 de mayo", "la factura de {}", Date(3, 5)),
        ("hasta el primero de enero", "hasta {}", Date(1, 1)),
        ("el lunes, 5 de junio", "{}", Date(5, 6, weekday=0, on=True)),
        ("el día doce", "{}", Date(12, on=True)),
        ("del día doce", "de {}", Date(12)),
        ("a las siete y cuarto de la mañana", "{}", Time(7, 15, Part.MORNING, at=True)),
        ("a las cinco y media", "{}", Time(5, 30, at=True)),
        ("a la una", "{}", Time(1, at=True)),
        ("a las nueve menos diez", "{}", Time(8, 50, at=True)),
        ("hasta las seis de la tarde", "hasta {}", Time(6, 0, Part.AFTERNOON)),
        ("a las 17:30", "{}", Time(17, 30, at=True)),
        ("a las 3 p.m.", "{}", Time(3, 0, Part.AFTERNOON, at=True)),
        ("entre las nueve y las once", "{}", TimeRange(Time(9), Time(11), between=True)),
        ("de las 9 a las 2 de la tarde", "{}", TimeRange(Time(9), Time(2, 0, Part.AFTERNOON))),
        ("el martes por la tarde", "{}", Weekday(1, part=Part.AFTERNOON, on=True)),
        ("para el jueves", "para {}", Weekday(3)),
        ("los sábados", "{}", Weekday(5, Which.EVERY, on=True)),
        ("el viernes pasado", "{}", Weekday(4, Which.LAST, on=True)),
        ("el próximo lunes", "{}", Weekday(0, Which.NEXT, on=True)),
        ("de lunes a viernes", "{}", WeekdayRange(0, 4)),
        ("mañana por la mañana", "{}", Relative(1, Part.MORNING)),
        ("pasado mañana", "{}", Relative(2)),
        ("esta noche", "{}", Relative(0, Part.NIGHT)),
        ("anoche", "{}", Relative(-1, Part.NIGHT)),
        ("la semana pasada", "{}", Period(Span.WEEK, Which.LAST)),
        ("el mes que viene", "{}", Period(Span.MONTH, Which.NEXT)),
        ("hace diez días", "{}", Ago(10, Span.DAY)),
        ("hace una hora", "{}", Ago(1, Span.HOUR)),
        ("desde hace cinco años", "{}", Lasting(5, Span.YEAR)),
        ("treinta y nueve euros con cincuenta céntimos", "{}", Amount("39.50", Currency.EURO)),
        ("ciento ochenta dólares", "{}", Amount("180", Currency.DOLLAR)),
        ("cuesta 12,50 €", "cuesta {}", Amount("12.50", Currency.EURO)),
        ("quince por ciento", "{}", Percent("15")),
        ("mi pedido es el cuatro siete dos nueve uno seis", "mi pedido es el {}", Digits("472916")),
        ("el código es dos cero nueve ocho", "el código es {}", Digits("2098")),
        ("se escribe te, o, erre, erre, e, ese", "se escribe {}", Letters("TORRES")),
        ("se escribe G-A-R-C-I-A", "se escribe {}", Letters("GARCIA")),
        ("tengo tres cajas", "tengo {} cajas", Cardinal("3")),
    ],
)
def test_a_phrase_is_found(said: str, left: str, meaning: Meaning) -> None:
    protected = find(said, "es")
    assert list(protected.meanings.values()) == [meaning]
    assert protected.text == left.format(next(iter(protected.meanings)))


@pytest.mark.parametrize(
    "said",
    ["la mañana", "cada mañana", "las dos están rotas de verdad".replace("dos", "cajas"), "una vez", "el cuarto de baño", "a o e",
     "la tarjeta y la cuenta", "de la casa", "media naranja"],
)  # fmt: skip
def test_what_is_none_stays(said: str) -> None:
    assert find(said, "es").text == said


def test_two_things_that_are_counted_are_no_time() -> None:
    assert list(find("quiero a las dos niñas", "es").meanings.values()) == [Cardinal("2")]
