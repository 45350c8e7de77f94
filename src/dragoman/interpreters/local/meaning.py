"""What a number, a date, a time or a spelled word means, apart from any language: found in one, said in another.
Pure.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Part(enum.Enum):
    """A part of the day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    NIGHT = "night"


class Which(enum.Enum):
    PLAIN = "plain"
    THIS = "this"
    NEXT = "next"
    LAST = "last"
    EVERY = "every"


class Span(enum.Enum):
    """A unit of time."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Currency(enum.Enum):
    EURO = "euro"
    DOLLAR = "dollar"
    POUND = "pound"
    PESO = "peso"
    CENT = "cent"


@dataclass(frozen=True, slots=True)
class Cardinal:
    """A count: "14", "2.5"."""

    value: str


@dataclass(frozen=True, slots=True)
class Digits:
    """An order, telephone or card number: said digit by digit."""

    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """A proper name: said as it is."""

    value: str


@dataclass(frozen=True, slots=True)
class Letters:
    """A spelled word, upper case; digits may stand among the letters."""

    value: str


@dataclass(frozen=True, slots=True)
class Amount:
    """Money: "62.50" of a currency."""

    value: str
    currency: Currency


@dataclass(frozen=True, slots=True)
class Percent:
    value: str


@dataclass(frozen=True, slots=True)
class Date:
    """`month` 1-12, 0 for "the 12th"; `weekday` 0 = Monday. `on`: it says when ("on the 4th"), not what ("is the
    4th").
    """

    day: int
    month: int = 0
    year: int | None = None
    weekday: int | None = None
    on: bool = False


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day as it was said (12 or 24 hours). `at`: "at five", not "is five"."""

    hour: int
    minute: int = 0
    part: Part | None = None
    at: bool = False


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From one time to another; `between`: "between two and four"."""

    first: Time
    last: Time
    between: bool = False


@dataclass(frozen=True, slots=True)
class Weekday:
    """`day` 0 = Monday."""

    day: int
    which: Which = Which.PLAIN
    part: Part | None = None
    on: bool = False


@dataclass(frozen=True, slots=True)
class WeekdayRange:
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Relative:
    """A day as seen from today (-2 to 2), perhaps a part of it; today in the morning is "this morning"."""

    days: int
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """ "last week", "next month", "this year"."""

    span: Span
    which: Which


@dataclass(frozen=True, slots=True)
class Ago:
    """ "ten days ago"."""

    count: int
    span: Span


@dataclass(frozen=True, slots=True)
class Lasting:
    """ "for five years (now)"."""

    count: int
    span: Span


Meaning = (
    Name
    | Cardinal
    | Digits
    | Letters
    | Amount
    | Percent
    | Date
    | Time
    | TimeRange
    | Weekday
    | WeekdayRange
    | Relative
    | Period
    | Ago
    | Lasting
)


def figures(meaning: Meaning) -> tuple[str, ...]:
    """The numbers in it, in a form that does not depend on language: "472916", "62.50", "7:15" (12 hours), "3"."""
    match meaning:
        case Cardinal(value) | Digits(value) | Percent(value):
            return (number(value),)
        case Amount(value, _):
            return (number(value),)
        case Letters(value):
            return (value,)
        case Date(day, _, year, _, _):
            return (str(day), *((str(year),) if year else ()))
        case Time(hour, minute, _, _):
            hour = (hour - 1) % 12 + 1
            return (f"{hour}:{minute:02d}" if minute else str(hour),)
        case TimeRange(first, last, _):
            return (*figures(first), *figures(last))
        case Ago(count, _) | Lasting(count, _):
            return (str(count),)
        case Name() | Weekday() | WeekdayRange() | Relative() | Period():
            return ()


def number(value: str) -> str:
    """A decimal without what says nothing: "12.50" stays, "12.00" is "12", "7,5" is "7.5"; "007" stays (a code)."""
    value = value.replace(",", ".")
    whole, dot, cents = value.partition(".")
    return value if dot and cents.strip("0") else whole
