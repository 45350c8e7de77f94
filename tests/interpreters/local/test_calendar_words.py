"""The names of months and days."""

from __future__ import annotations

import datetime

import pytest

from dragoman.interpreters.local.calendar_words import MONTHS, WEEKDAYS

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_has_one_name(language: str) -> None:
    assert (len(set(MONTHS[language])), len(set(WEEKDAYS[language]))) == (12, 7)


def test_they_stand_in_the_calendars_order() -> None:
    days = [datetime.date(2026, month, 1) for month in range(1, 13)]
    assert MONTHS["en"] == tuple(f"{day:%B}" for day in days)
    monday = datetime.date(2026, 11, 23)
    assert WEEKDAYS["en"] == tuple(f"{monday + datetime.timedelta(place):%A}" for place in range(7))


def test_both_languages_name_the_same() -> None:
    months = dict(zip(MONTHS["en"], MONTHS["es"], strict=True))
    assert (months["January"], months["July"], months["December"]) == ("enero", "julio", "diciembre")
    days = dict(zip(WEEKDAYS["en"], WEEKDAYS["es"], strict=True))
    assert (days["Monday"], days["Wednesday"], days["Sunday"]) == ("lunes", "miércoles", "domingo")
