"""Meanings said in two languages."""

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
from dragoman.interpreters.local.say import one_by_one, spoken, written

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("meaning", "english", "spanish"),
    [
        (Cardinal("2.5"), "2.5", "2,5"),
        (Digits("472916"), "472916", "472916"),
        (Letters("ANA"), "A-N-A", "A-N-A"),
        (Amount("62.50", Currency.DOLLAR), "$62.50", "62,50 dólares"),
        (Amount("1", Currency.EURO), "1 euro", "1 euro"),
        (Amount("39", Currency.EURO), "39 euros", "39 euros"),
        (Amount("50", Currency.CENT), "50 cents", "50 centavos"),
        (Percent("15"), "15 percent", "15 por ciento"),
        (Date(23, 6, 1984, on=True), "on June 23, 1984", "el 23 de junio de 1984"),
        (Date(3, 5, weekday=0), "Monday, May 3", "el lunes 3 de mayo"),
        (Date(12), "the 12th", "el día 12"),
        (Time(7, 15, Part.MORNING, at=True), "at 7:15 in the morning", "a las 7:15 de la mañana"),
        (Time(1, at=True), "at 1", "a la 1"),
        (Time(9, 0, Part.EVENING), "9 in the evening", "las 9 de la noche"),
        (TimeRange(Time(9), Time(11), between=True), "between 9 and 11", "entre las 9 y las 11"),
        (TimeRange(Time(9), Time(1)), "from 9 to 1", "de las 9 a la 1"),
        (Weekday(1, part=Part.MORNING, on=True), "on Tuesday morning", "el martes por la mañana"),
        (Weekday(5, Which.EVERY, on=True), "on Saturdays", "los sábados"),
        (Weekday(4, Which.NEXT), "next Friday", "el próximo viernes"),
        (Weekday(4, Which.LAST), "last Friday", "el viernes pasado"),
        (WeekdayRange(0, 4), "from Monday to Friday", "de lunes a viernes"),
        (Relative(1, Part.MORNING), "tomorrow morning", "mañana por la mañana"),
        (Relative(0, Part.NIGHT), "tonight", "esta noche"),
        (Relative(-1, Part.NIGHT), "last night", "anoche"),
        (Relative(2), "the day after tomorrow", "pasado mañana"),
        (Period(Span.WEEK, Which.LAST), "last week", "la semana pasada"),
        (Period(Span.MONTH, Which.NEXT), "next month", "el mes que viene"),
        (Period(Span.YEAR, Which.THIS), "this year", "este año"),
        (Ago(10, Span.DAY), "10 days ago", "hace 10 días"),
        (Lasting(1, Span.MONTH), "for 1 month", "desde hace 1 mes"),
    ],
)
def test_written(meaning: Meaning, english: str, spanish: str) -> None:
    assert written(meaning, "en") == english
    assert written(meaning, "es") == spanish


@pytest.mark.parametrize(
    ("meaning", "english", "spanish"),
    [
        (Digits("472916"), "4 7 2, 9 1 6", "4 7 2, 9 1 6"),
        (Letters("ÑAZ"), "Ñ, ay, zee", "eñe, a, zeta"),
        (Amount("62.50", Currency.DOLLAR), "62 dollars and 50 cents", "62 dólares con 50 centavos"),
        (Amount("0.99", Currency.EURO), "99 cents", "99 céntimos"),
        (Date(23, 6, 1984), "June 23rd, 19 84", "el 23 de junio de 1984"),
        (Date(1, 1, 2010), "January 1st, 2010", "el 1 de enero de 2010"),
        (Time(5, 30), "5 30", "las 5 y media"),
        (Time(7, 15), "7 15", "las 7 y cuarto"),
        (Time(8, 5), "8 oh 5", "las 8 y 5"),
        (Time(17, 45), "17 45", "las 17 45"),
    ],
)
def test_spoken(meaning: Meaning, english: str, spanish: str) -> None:
    assert spoken(meaning, "en") == english
    assert spoken(meaning, "es") == spanish


@pytest.mark.parametrize(
    ("digits", "groups"),
    [
        ("2098", "2 0 9 8"),
        ("472916", "4 7 2, 9 1 6"),
        ("28013", "2 8 0, 1 3"),
        ("5550142", "5 5 5, 0 1 4 2"),
        ("7", "7"),
    ],
)
def test_digits_come_in_groups(digits: str, groups: str) -> None:
    assert one_by_one(digits) == groups
