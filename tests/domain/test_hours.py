"""When a firm is open: spans, midnight, single dates, and clocks that jump."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.hours import DAY_MIN, Hours, Span, Weekday

pytestmark = pytest.mark.unit

TOKYO = ZoneInfo("Asia/Tokyo")
BERLIN = ZoneInfo("Europe/Berlin")
DAILY = tuple(Weekday)


def span(first: str, last: str) -> Span:
    opens, closes = (int(text[:2]) * 60 + int(text[3:]) for text in (first, last))
    return Span(opens, closes if closes > opens else closes + DAY_MIN)


SHOP = Hours(
    TOKYO,
    {
        Weekday.MONDAY: (span("09:00", "12:00"), span("13:00", "18:00")),
        Weekday.FRIDAY: (span("22:00", "02:00"),),
    },
    {date(2026, 11, 23): ()},
)


def at(text: str, zone: ZoneInfo = TOKYO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-16T09:00", True),  # a Monday
        ("2026-11-16T08:59:59", False),
        ("2026-11-16T12:00", False),
        ("2026-11-16T17:59:59", True),
        ("2026-11-17T10:00", False),
        ("2026-11-23T10:00", False),  # a Monday that is closed
        ("2026-11-20T23:00", True),
        ("2026-11-21T01:59", True),  # Friday's span, on Saturday
        ("2026-11-21T02:00", False),
        ("2026-11-20T01:00", False),
    ],
)
def test_open_or_closed(moment: str, is_open: bool) -> None:
    assert SHOP.open_at(at(moment)) is is_open
    assert SHOP.open_at(at(moment).astimezone(UTC)) is is_open


def test_what_comes_next() -> None:
    assert SHOP.next_opening(at("2026-11-16T08:00")) == at("2026-11-16T09:00")
    assert SHOP.next_opening(at("2026-11-16T09:00")) == at("2026-11-16T13:00")
    assert SHOP.next_opening(at("2026-11-20T23:00")) == at("2026-11-27T22:00")  # over the Monday that is closed
    assert SHOP.closing(at("2026-11-16T10:00")) == at("2026-11-16T12:00")
    assert SHOP.closing(at("2026-11-20T23:00")) == at("2026-11-21T02:00")
    assert SHOP.closing(at("2026-11-17T10:00")) is None


def test_never_and_always() -> None:
    never = Hours(TOKYO, {})
    always = Hours(TOKYO, dict.fromkeys(DAILY, (Span(0, DAY_MIN),)))
    now = at("2026-11-16T10:00")
    assert (never.open_at(now), never.next_opening(now)) == (False, None)
    assert (always.open_at(now), always.closing(now), always.next_opening(now)) == (True, None, None)


def test_spans_that_touch_are_one() -> None:
    hours = Hours(TOKYO, {Weekday.MONDAY: (span("20:00", "00:00"),), Weekday.TUESDAY: (span("00:00", "03:00"),)})
    assert hours.closing(at("2026-11-16T21:00")) == at("2026-11-17T03:00")
    assert hours.next_opening(at("2026-11-16T21:00")) == at("2026-11-23T20:00")


def test_clocks_that_jump() -> None:
    night = Hours(BERLIN, dict.fromkeys(DAILY, (span("02:30", "04:00"),)))
    # 2026-03-29: 02:00 to 03:00 does not exist; 2026-10-25: it is there twice.
    opening = night.next_opening(at("2026-03-29T00:00", BERLIN))
    assert opening is not None
    assert opening.astimezone(UTC) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    until_half_past_two = Hours(BERLIN, dict.fromkeys(DAILY, (span("00:00", "02:30"),)))
    again = datetime(2026, 10, 25, 2, 15, tzinfo=BERLIN, fold=1)
    closing = until_half_past_two.closing(again)
    assert closing is not None
    assert closing.astimezone(UTC) - again.astimezone(UTC) == timedelta(minutes=15)


@pytest.mark.parametrize(("opens", "closes"), [(-1, 5), (1440, 1450), (5, 5), (6, 5), (0, 1441)])
def test_spans_that_are_none(opens: int, closes: int) -> None:
    with pytest.raises(ValueError):
        Span(opens, closes)


spans = st.builds(
    lambda opens, length: Span(opens, opens + length),
    st.integers(0, DAY_MIN - 1),
    st.integers(1, DAY_MIN),
)


@given(
    st.sampled_from(["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"]),
    st.dictionaries(st.sampled_from(Weekday), st.lists(spans, max_size=3).map(tuple)),
    st.integers(0, 366 * DAY_MIN),
)
def test_openings_and_closings_are_where_it_changes(
    zone: str, week: dict[Weekday, tuple[Span, ...]], minutes: int
) -> None:
    hours = Hours(ZoneInfo(zone), week)
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    tick = timedelta(microseconds=1)
    if hours.open_at(now) and (closing := hours.closing(now)) is not None:
        assert closing.astimezone(UTC) > now
        assert hours.open_at((closing.astimezone(UTC) - tick).astimezone(UTC))
    if (opening := hours.next_opening(now)) is not None:
        assert opening.astimezone(UTC) > now
        assert hours.open_at(opening)
