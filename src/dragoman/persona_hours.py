"""Opening hours as a persona's file says them: `monday = ["09:00-12:00", "13:00-18:00"]`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from dragoman.domain.hours import DAY_MIN, Hours, Span, Weekday
from dragoman.toml_file import Step, TomlFile

_SPAN = re.compile(r"\s*(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)\s*", re.ASCII)
_WORKDAYS = (Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY)


class HoursTable(msgspec.Struct, forbid_unknown_fields=True):
    """The table `[hours]`. `weekdays` are Monday to Friday where a day is not given itself."""

    zone: str
    weekdays: list[str] | None = None
    monday: list[str] | None = None
    tuesday: list[str] | None = None
    wednesday: list[str] | None = None
    thursday: list[str] | None = None
    friday: list[str] | None = None
    saturday: list[str] | None = None
    sunday: list[str] | None = None
    closed: list[date] = []
    dates: dict[str, list[str]] = {}


def hours_of(file: TomlFile, table: HoursTable) -> Hours:
    """The hours in `file`; raise SettingsError with the line of what is wrong."""
    at: tuple[Step, ...] = ("hours",)
    workdays = _spans(file, table.weekdays or [], (*at, "weekdays"))
    week: dict[Weekday, tuple[Span, ...]] = {}
    for day in Weekday:
        name = day.name.lower()
        own: list[str] | None = getattr(table, name)
        if own is not None:
            week[day] = _spans(file, own, (*at, name))
        elif day in _WORKDAYS:
            week[day] = workdays
    return Hours(_zone(file, table.zone), week, _dates(file, table))


def _dates(file: TomlFile, table: HoursTable) -> Mapping[date, tuple[Span, ...]]:
    dates: dict[date, tuple[Span, ...]] = dict.fromkeys(table.closed, ())
    for text, spans in table.dates.items():
        at = ("hours", "dates", text)
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise file.problem("is not a date such as 2026-12-24", at) from None
        if day in dates:
            raise file.problem("is among the closed days already", at)
        dates[day] = _spans(file, spans, at)
    return dates


def _zone(file: TomlFile, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last: a folder of the time zone files, such as "Asia"
        raise file.problem(f"{name!r} is not a time zone such as Asia/Tokyo", ("hours", "zone")) from None


def _spans(file: TomlFile, texts: Sequence[str], at: tuple[Step, ...]) -> tuple[Span, ...]:
    spans = sorted((_span(file, text, at) for text in texts), key=lambda span: span.opens_min)
    for earlier, later in itertools.pairwise(spans):
        if later.opens_min < earlier.closes_min:
            raise file.problem("has times that overlap", at)
    return tuple(spans)


def _span(file: TomlFile, text: str, at: tuple[Step, ...]) -> Span:
    if found := _SPAN.fullmatch(text):
        first_h, first_min, last_h, last_min = (int(part) for part in found.groups())
        opens, closes = first_h * 60 + first_min, last_h * 60 + last_min
        if first_min < 60 and last_min < 60 and opens < DAY_MIN and closes <= DAY_MIN and opens != closes:
            return Span(opens, closes if closes > opens else closes + DAY_MIN)
    raise file.problem(f'{text!r} is not a span such as "09:00-18:00" (past midnight: "22:00-02:00")', at)
