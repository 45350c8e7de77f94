"""What a number means, apart from language."""

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
    Name,
    Percent,
    Period,
    Span,
    Time,
    TimeRange,
    Weekday,
    Which,
    figures,
    number,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("meaning", "expected"),
    [
        (Cardinal("14"), ("14",)),
        (Digits("007"), ("007",)),
        (Letters("TORRES"), ("TORRES",)),
        (Amount("62.50", Currency.EURO), ("62.50",)),
        (Percent("15"), ("15",)),
        (Date(23, 6, 1984), ("23", "1984")),
        (Date(12), ("12",)),
        (Time(17, 30), ("5:30",)),
        (Time(12), ("12",)),
        (Time(0, 5), ("12:05",)),
        (TimeRange(Time(9), Time(11, 30)), ("9", "11:30")),
        (Ago(10, Span.DAY), ("10",)),
        (Lasting(5, Span.YEAR), ("5",)),
        (Weekday(1), ()),
        (Name("Ana"), ()),
        (Period(Span.WEEK, Which.NEXT), ()),
    ],
)
def test_the_figures_in_it(meaning: Meaning, expected: tuple[str, ...]) -> None:
    assert figures(meaning) == expected


def test_a_decimal_is_written_in_one_way() -> None:
    assert [number(one) for one in ("12.50", "12.00", "7,5", "007", "3")] == ["12.50", "12", "7.5", "007", "3"]
