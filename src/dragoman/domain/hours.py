"""When a firm is open: weekly spans and single dates, in its own time zone. Answers about moments, reads no clock."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_MIN = 24 * 60
LOOK_AHEAD_DAYS = 400
"""Who does not open within a year and a month does not open."""


_GAP_MAX_MIN = 25 * 60
"""More than any clock was ever put forward: Samoa left out a whole day."""


class Weekday(enum.Enum):
    """The days as `date.weekday` counts them."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Span:
    """Open from `opens_min` until before `closes_min`, in minutes since midnight of the day on which it begins.

    `closes_min` may lie beyond midnight, by less than a day: 22:00 to 02:00 is 1320 to 1560.
    """

    opens_min: int
    closes_min: int

    def __post_init__(self) -> None:
        if not (0 <= self.opens_min < DAY_MIN and self.opens_min < self.closes_min <= self.opens_min + DAY_MIN):
            raise ValueError("a span begins within its day, and lasts a day at most")


@dataclass(frozen=True, slots=True)
class Hours:
    """`week` by weekday (one that is missing is closed); `dates` are single days that differ, () = closed all day.

    Moments are aware; those that are answered are in `zone`.
    """

    zone: ZoneInfo
    week: Mapping[Weekday, tuple[Span, ...]]
    dates: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def on(self, day: date) -> tuple[Span, ...]:
        """The spans that begin on `day`."""
        return self.dates.get(day, self.week.get(Weekday(day.weekday()), ()))

    def local(self, moment: datetime) -> datetime:
        """`moment` as the firm's own clock shows it."""
        return moment.astimezone(self.zone)

    def open_at(self, moment: datetime) -> bool:
        return any(True for _ in self._around(moment))

    def closing(self, moment: datetime) -> datetime | None:
        """When it closes next, as it is open at `moment`; None when it is closed, or does not close for a year."""
        last = moment.astimezone(UTC) + timedelta(days=LOOK_AHEAD_DAYS)
        end: datetime | None = None
        at = moment
        while spans := list(self._around(at)):
            at = end = max(self._closing(day, span, at) for day, span in spans)
            if end > last:
                return None
        return end

    def next_opening(self, moment: datetime) -> datetime | None:
        """When it opens next after `moment`, open now or not; None when it does not within a year."""
        today = self.local(moment).date()
        for ahead in range(LOOK_AHEAD_DAYS):
            day = today + timedelta(days=ahead)
            for begins in sorted(span.opens_min for span in self.on(day)):
                opening = self._moment(day, begins)
                # As instants: two moments of one zone would be compared, and reckoned, by their clocks' faces.
                instant = opening.astimezone(UTC)
                if instant > moment.astimezone(UTC) and not self.open_at(instant - timedelta(microseconds=1)):
                    return opening
        return None

    def _around(self, moment: datetime) -> Iterator[tuple[date, Span]]:
        """The spans that `moment` lies in, with the days on which they begin."""
        now = self.local(moment)
        minute = now.hour * 60 + now.minute
        for days_ago in (0, 1):
            day = now.date() - timedelta(days=days_ago)
            at = minute + days_ago * DAY_MIN
            yield from ((day, span) for span in self.on(day) if span.opens_min <= at < span.closes_min)

    def _closing(self, day: date, span: Span, now: datetime) -> datetime:
        """The end of `span`, which `now` lies in; of a minute that comes twice in autumn the one still to come."""
        first = self._moment(day, span.closes_min)
        return first if first.astimezone(UTC) > now.astimezone(UTC) else first.replace(fold=1)

    def _moment(self, day: date, minute: int) -> datetime:
        """`minute` of `day` by the firm's clock, or the first one after it that the clock shows: in spring it jumps."""
        face = datetime.combine(day, time(), self.zone) + timedelta(minutes=minute)
        for _ in range(_GAP_MAX_MIN):
            shown = face.astimezone(UTC).astimezone(self.zone)
            if shown.replace(tzinfo=None) == face.replace(tzinfo=None):
                break
            face += timedelta(minutes=1)
        return face
