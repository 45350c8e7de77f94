"""Opening hours in a persona's file."""

from __future__ import annotations

import contextlib
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.hours import Hours, Span, Weekday
from dragoman.errors import SettingsError
from dragoman.persona_hours import HoursTable, hours_of
from dragoman.toml_file import TomlFile

pytestmark = pytest.mark.unit


class Whole(msgspec.Struct):
    hours: HoursTable


def read(body: str) -> Hours:
    file = TomlFile("p.toml", f"[hours]\n{body}")
    return hours_of(file, file.convert(file.tables, Whole).hours)


def test_days_weekdays_and_dates() -> None:
    hours = read(
        'zone = "Asia/Tokyo"\nweekdays = ["13:00-18:00", "9:00-12:00"]\n'
        'friday = ["22:00-02:00"]\nsunday = ["00:00-24:00"]\n'
        'closed = [2026-12-31, "2027-01-01"]\n[hours.dates]\n"2026-12-24" = ["09:00–12:00"]\n'
    )
    assert hours.zone.key == "Asia/Tokyo"
    assert hours.week[Weekday.MONDAY] == (Span(540, 720), Span(780, 1080))
    assert hours.week[Weekday.FRIDAY] == (Span(1320, 1560),)
    assert hours.week[Weekday.SUNDAY] == (Span(0, 1440),)
    assert Weekday.SATURDAY not in hours.week
    assert hours.dates == {date(2026, 12, 31): (), date(2027, 1, 1): (), date(2026, 12, 24): (Span(540, 720),)}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('zone = "Tokyo"\n', "p.toml, line 2: hours.zone: 'Tokyo' is not a time zone"),
        ('zone = "Asia"\n', "'Asia' is not a time zone"),
        ('zone = "../x"\n', "is not a time zone"),
        ('zone = "UTC"\nmonday = ["9-18"]\n', "p.toml, line 3: hours.monday: '9-18' is not a span"),
        ('zone = "UTC"\nmonday = ["09:00-09:00"]\n', "is not a span"),
        ('zone = "UTC"\nmonday = ["24:00-25:00"]\n', "is not a span"),
        ('zone = "UTC"\nmonday = ["09:60-10:00"]\n', "is not a span"),
        ('zone = "UTC"\nweekdays = ["09:00-12:00", "11:00-13:00"]\n', "line 3: hours.weekdays: has times that overlap"),
        ('zone = "UTC"\nmoonday = []\n', "line 3: hours.moonday: there is no setting"),
        ('zone = "UTC"\n[hours.dates]\nChristmas = []\n', "line 4: hours.dates.Christmas: is not a date"),
        (
            'zone = "UTC"\nclosed = ["2026-12-24"]\n[hours.dates]\n"2026-12-24" = []\n',
            "line 5: hours.dates.2026-12-24: is among the closed days already",
        ),
    ],
)
def test_wrong_lines_are_named(body: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(body)
    assert said in str(caught.value)


@given(st.text(max_size=20))
def test_no_text_makes_anything_but_a_span_or_a_complaint(text: str) -> None:
    table = HoursTable(zone="UTC", monday=[text])
    with contextlib.suppress(SettingsError):
        hours = hours_of(TomlFile("p.toml", ""), table)
        assert len(hours.week[Weekday.MONDAY]) == 1
