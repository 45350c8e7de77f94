"""What was spent today, by this process and by all that share a store."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.relay.purse import Purse

pytestmark = pytest.mark.unit

TODAY = datetime.date(2026, 11, 22)
TOMORROW = TODAY + datetime.timedelta(days=1)


class Spender:
    """What a process has spent, and its purse; `store` is what all have, by day."""

    def __init__(self, store: dict[datetime.date, float] | None = None) -> None:
        self.usd = 0.0
        self.store = {} if store is None else store
        self.purse = Purse(lambda: self.usd)

    def write(self, today: datetime.date = TODAY) -> None:
        while True:
            day, usd = self.purse.owed(today)
            self.store[day] = self.store.get(day, 0.0) + usd
            self.purse.told(day, usd, self.store[day])
            if day == today:
                return


def test_without_a_store_it_is_what_this_process_spent_and_begins_anew_each_day() -> None:
    one = Spender()
    one.usd = 0.7
    assert one.purse.today_usd(TODAY) == pytest.approx(0.7)
    one.usd = 0.9
    assert one.purse.today_usd(TODAY) == pytest.approx(0.9)
    assert one.purse.today_usd(TOMORROW) == 0.0
    one.usd = 1.0
    assert one.purse.today_usd(TOMORROW) == pytest.approx(0.1)


def test_the_next_process_goes_on_from_what_was_written() -> None:
    one = Spender()
    one.usd = 0.7
    one.write()
    one.usd = 0.8  # not written: the process is killed
    again = Spender(one.store)
    assert again.purse.today_usd(TODAY) == 0.0, "before it has looked"
    again.write()
    again.usd = 0.1
    assert again.purse.today_usd(TODAY) == pytest.approx(0.8)
    again.write()
    assert one.store == {TODAY: pytest.approx(0.8)}


def test_two_processes_with_one_store_share_the_day() -> None:
    one = Spender()
    other = Spender(one.store)
    one.usd, other.usd = 0.3, 0.4
    one.write()
    other.write()
    assert other.purse.today_usd(TODAY) == pytest.approx(0.7)
    assert one.purse.today_usd(TODAY) == pytest.approx(0.3), "it has not looked since"
    one.write()
    assert one.purse.today_usd(TODAY) == pytest.approx(0.7)


def test_what_was_spent_before_midnight_is_yesterdays() -> None:
    one = Spender()
    one.usd = 0.5
    one.purse.today_usd(TODAY)
    assert one.purse.owed(TOMORROW) == (TODAY, 0.5)
    one.usd = 0.75
    one.write(TOMORROW)
    assert one.store == {TODAY: 0.5, TOMORROW: 0.25}
    assert one.purse.today_usd(TOMORROW) == 0.25


def test_a_store_that_was_begun_anew_does_not_make_it_forget() -> None:
    one = Spender()
    one.usd = 0.7
    one.write()
    one.store.clear()
    one.usd = 0.8
    one.write()
    assert one.purse.today_usd(TODAY) == pytest.approx(0.8)


def test_what_the_store_did_not_take_is_owed_still() -> None:
    one = Spender()
    one.usd = 0.5
    assert one.purse.owed(TODAY) == (TODAY, 0.5)
    one.usd = 0.75
    assert one.purse.owed(TODAY) == (TODAY, 0.75)
    one.write()
    assert one.purse.owed(TODAY) == (TODAY, 0.0)


@given(st.lists(st.tuples(st.floats(0, 10), st.integers(0, 1)), max_size=30))
def test_however_it_is_spent_nothing_is_lost_and_writing_ends(steps: list[tuple[float, int]]) -> None:
    one, day = Spender(), TODAY
    for usd, days in steps:
        one.usd += usd
        day += datetime.timedelta(days=days)
        one.write(day)
    assert sum(one.store.values()) == pytest.approx(one.usd)
    assert one.purse.today_usd(day) == pytest.approx(one.store.get(day, 0.0))
