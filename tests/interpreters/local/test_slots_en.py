"""English numbers and times in sentences."""

from __future__ import annotations

import pytest

from dragoman.interpreters.local.meaning import (
    Ago,
    Amount,
    Cardinal,
    Currency,
    Date,
    Digits,
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
        ("until the thirtieth of November", "until {}", Date(30, 11, on=True)),
        ("on June 23rd, 1984", "{}", Date(23, 6, 1984, on=True)),
        ("on Monday, the twenty-second of June", "{}", Date(22, 6, weekday=0, on=True)),
        ("starting on the fourth of August", "starting {}", Date(4, 8, on=True)),
        ("on the 12th", "{}", Date(12, on=True)),
        ("at ten thirty", "{}", Time(10, 30, at=True)),
        ("at 10.30", "{}", Time(10, 30, at=True)),
        ("at 5 p.m.", "{}", Time(5, 0, Part.AFTERNOON, at=True)),
        ("until six in the evening", "until {}", Time(6, 0, Part.EVENING)),
        ("before five o'clock", "before {}", Time(5)),
        ("at quarter past nine", "{}", Time(9, 15, at=True)),
        ("at half past two", "{}", Time(2, 30, at=True)),
        ("at ten to four", "{}", Time(3, 50, at=True)),
        ("between nine and eleven", "{}", TimeRange(Time(9), Time(11), between=True)),
        ("from nine to five", "{}", TimeRange(Time(9), Time(5))),
        ("on Thursday afternoon", "{}", Weekday(3, part=Part.AFTERNOON, on=True)),
        ("on Sundays", "{}", Weekday(6, Which.EVERY, on=True)),
        ("next Friday", "{}", Weekday(4, Which.NEXT, on=True)),
        ("from Monday to Friday", "{}", WeekdayRange(0, 4)),
        ("tomorrow morning", "{}", Relative(1, Part.MORNING)),
        ("last night", "{}", Relative(-1, Part.NIGHT)),
        ("next week", "{}", Period(Span.WEEK, Which.NEXT)),
        ("ten days ago", "{}", Ago(10, Span.DAY)),
        ("an hour ago", "{}", Ago(1, Span.HOUR)),
        ("one hundred and forty-six dollars", "{}", Amount("146", Currency.DOLLAR)),
        ("ninety-nine euros and fifty cents", "{}", Amount("99.50", Currency.EURO)),
        ("$62.50", "{}", Amount("62.50", Currency.DOLLAR)),
        ("fifteen percent", "{}", Percent("15")),
        ("15%", "{}", Percent("15")),
        ("your number is seven five two, six six one", "your number is {}", Digits("752661")),
        ("the code is 2098", "the code is {}", Digits("2098")),
        ("it is spelled S-M-I-T-H", "it is spelled {}", Letters("SMITH")),
        ("it's B, R, O, W, N.", "it's {}.", Letters("BROWN")),
        ("I need eight boxes", "I need {} boxes", Cardinal("8")),
    ],
)
def test_a_phrase_is_found(said: str, left: str, meaning: Meaning) -> None:
    protected = find(said, "en")
    assert list(protected.meanings.values()) == [meaning]
    assert protected.text == left.format(next(iter(protected.meanings)))


@pytest.mark.parametrize("said", ["may I go", "one of them", "the third floor", "a second please", "I a", "once more"])
def test_what_is_none_stays(said: str) -> None:
    assert find(said, "en").text == said


def test_a_range_of_days_is_no_time() -> None:
    assert list(find("three to five business days", "en").meanings.values()) == [Cardinal("3"), Cardinal("5")]
