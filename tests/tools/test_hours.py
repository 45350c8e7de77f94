"""Opening hours in words."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from dragoman.domain.hours import DAY_MIN, Hours, Span, Weekday
from dragoman.domain.language import LanguageTag
from dragoman.tools.hours import clock, opening_text
from tests.fakes.personas import EN, JA, persona

pytestmark = pytest.mark.unit

TOKYO = ZoneInfo("Asia/Tokyo")
SHOP = Hours(TOKYO, {Weekday.MONDAY: (Span(540, 720), Span(780, 1110)), Weekday.SATURDAY: (Span(600, 900),)})
MONDAY_10 = datetime(2026, 11, 16, 10, tzinfo=TOKYO)
SUNDAY_NIGHT = datetime(2026, 11, 15, 20, tzinfo=TOKYO)
DAILY = dict.fromkeys(Weekday, (Span(0, DAY_MIN),))


@pytest.mark.parametrize(
    ("day", "now", "english", "japanese"),
    [
        ("now", MONDAY_10, "We are open now, until noon.", "ただいま営業しております。12時までです。"),
        ("", MONDAY_10.astimezone(UTC), "We are open now, until noon.", "ただいま営業しております。12時までです。"),
        (
            "now",
            SUNDAY_NIGHT,
            "We are closed now. We open tomorrow at 9 AM.",
            "ただいま営業時間外です。明日、9時から営業いたします。",
        ),
        (
            "now",
            MONDAY_10.replace(hour=20),
            "We are closed now. We open on Saturday at 10 AM.",
            "ただいま営業時間外です。土曜日、10時から営業いたします。",
        ),
        (
            "today",
            MONDAY_10,
            "We are open today from 9 AM to noon and from 1 PM to 6:30 PM.",
            "本日は、9時から12時まで、13時から18時30分まで営業しております。",
        ),
        ("Tomorrow", MONDAY_10, "We are closed tomorrow.", "明日は、お休みをいただいております。"),
        (
            "saturday",
            MONDAY_10,
            "We are open on Saturday from 10 AM to 3 PM.",
            "土曜日は、10時から15時まで営業しております。",
        ),
        ("2026-12-24", MONDAY_10, "We are closed on December 24.", "12月24日は、お休みをいただいております。"),
    ],
)
def test_answers(day: str, now: datetime, english: str, japanese: str) -> None:
    one = persona(hours=SHOP)
    assert opening_text(one, day, EN, now) == english
    assert opening_text(one, day, JA, now) == japanese


@pytest.mark.parametrize(
    ("hours", "english"),
    [
        (Hours(TOKYO, DAILY), "We are open around the clock."),
        (Hours(TOKYO, {}), "We are closed at present."),
        (Hours(TOKYO, {**DAILY, Weekday.FRIDAY: ()}), "We are open now."),
    ],
)
def test_always_never_and_for_long(hours: Hours, english: str) -> None:
    assert opening_text(persona(hours=hours), "now", EN, MONDAY_10) == english


@pytest.mark.parametrize("day", ["yesterday", "月曜日", "2026-13-01", "monday next"])
def test_days_that_are_none(day: str) -> None:
    with pytest.raises(ValueError):
        opening_text(persona(hours=SHOP), day, EN, MONDAY_10)


@pytest.mark.parametrize(
    ("face", "english", "japanese", "german"),
    [
        (time(0), "midnight", "0時", "00:00"),
        (time(9, 5), "9:05 AM", "9時5分", "09:05"),
        (time(12), "noon", "12時", "12:00"),
        (time(12, 30), "12:30 PM", "12時30分", "12:30"),
        (time(23), "11 PM", "23時", "23:00"),
    ],
)
def test_times_of_day(face: time, english: str, japanese: str, german: str) -> None:
    assert [clock(face, LanguageTag(tag)) for tag in ("en-GB", "ja", "de")] == [english, japanese, german]
