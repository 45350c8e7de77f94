"""Who may call: each limit, the sliding minute, and that no flood of numbers makes it grow."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.call import Notice
from dragoman.relay import admission
from dragoman.relay.admission import WINDOW_S, Admission, Asking, Denied, Limits

pytestmark = pytest.mark.unit

ANA = Asking("AC1", "+34600000001", "+15550101")


def concealed(address: str) -> str:
    return hashlib.sha256(b"salt" + address.encode()).hexdigest() if address else ""


class Node:
    """An admission with a clock at hand; lets calls in by number."""

    def __init__(self, limits: Limits, conceal: Callable[[str], str] = concealed) -> None:
        self.doors = Admission(limits, conceal)
        self.now = 1000.0
        self.count = 0

    def ask(self, asking: Asking = ANA, today_usd: float = 0.0) -> str:
        """The label of the refusal; "" and a call more when there is none."""
        denied = self.doors.deny(asking, self.now, today_usd)
        if denied is not None:
            return denied.label
        self.count += 1
        self.doors.enter(f"c{self.count}", asking, self.now)
        return ""

    def end(self, number: int) -> None:
        self.doors.leave(f"c{number}")


@pytest.mark.parametrize(
    ("limits", "label", "others"),
    [
        (Limits(max_calls=2), "max-calls", ()),
        (Limits(max_calls_per_account=2), "max-calls-per-account", (replace(ANA, account="AC2"),)),
        (
            Limits(max_calls_per_number=2),
            "max-calls-per-number",
            (replace(ANA, number="+34600000002"), replace(ANA, number="")),
        ),
        (Limits(max_calls_per_line=2), "max-calls-per-line", (replace(ANA, line="+15550102"), replace(ANA, line=""))),
    ],
)
def test_so_many_at_once_and_room_again_when_one_ends(limits: Limits, label: str, others: tuple[Asking, ...]) -> None:
    node = Node(limits)
    assert [node.ask(), node.ask(), node.ask()] == ["", "", label]
    denied = node.doors.deny(ANA, node.now, 0.0)
    assert denied is not None
    assert (denied.notice, "too many calls at once" in denied.reason) == (Notice.BUSY, True)
    for other in others:
        assert [node.ask(other), node.ask(other)] == ["", ""], "others are not touched"
    node.end(1)
    node.end(1)
    assert [node.ask(), node.ask()] == ["", label]


def test_the_minute_slides() -> None:
    node = Node(Limits(calls_per_number_minute=2))
    assert node.ask() == ""
    node.now += 40
    assert [node.ask(), node.ask()] == ["", "calls-per-number-minute"]
    denied = node.doors.deny(ANA, node.now, 0.0)
    assert denied is not None
    assert denied.notice is Notice.TOO_MANY
    node.now += 20
    assert [node.ask(), node.ask()] == ["", "calls-per-number-minute"], "the first is a minute ago, the second is not"
    node.end(1)
    node.end(2)
    assert node.ask() == "calls-per-number-minute", "an end does not help: it counts beginnings"
    node.now += WINDOW_S
    assert node.ask() == ""


def test_withheld_numbers_are_not_one_caller() -> None:
    node = Node(Limits(calls_per_number_minute=1, max_calls_per_number=1, max_calls_per_account=5))
    withheld = replace(ANA, number="")
    assert [node.ask(withheld) for _ in range(6)] == [""] * 5 + ["max-calls-per-account"]


def test_when_the_days_money_is_spent_nobody_comes_in() -> None:
    node = Node(Limits(max_usd_per_day=1.0))
    assert [node.ask(today_usd=usd) for usd in (0.0, 0.99, 1.0, 7.0)] == ["", "", *["max-usd-per-day"] * 2]
    denied = node.doors.deny(ANA, node.now, 1.0)
    assert denied == Denied("the day's spending limit is reached", "max-usd-per-day", Notice.BUSY)


def test_a_call_taken_up_again_counts_and_is_not_denied_and_never_counts_twice() -> None:
    node = Node(Limits(max_calls=1))
    node.doors.enter("again", ANA, node.now)
    node.doors.enter("again", ANA, node.now)
    assert node.doors.inside == 1
    assert node.ask() == "max-calls"
    node.doors.leave("nobody")
    node.doors.leave("again")
    assert node.ask() == ""


def test_no_limit_is_no_limit() -> None:
    node = Node(Limits(max_calls=10_000))
    assert {node.ask() for _ in range(500)} == {""}


def test_a_flood_of_numbers_does_not_make_it_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "KEPT_CALLS", 50)
    node = Node(Limits(calls_per_number_minute=3, max_calls_per_number=3))
    for number in range(5000):
        node.ask(Asking("AC1", f"+1{number:09}", "+15550101"))
        node.end(node.count)
    assert node.doors.remembered <= 2 * 50
    node.now += WINDOW_S
    node.ask()
    node.end(node.count)
    assert node.doors.remembered == 2, "the last call only: its entry of the minute, and its number's count"


def test_no_number_is_kept_as_it_is() -> None:
    node = Node(Limits())
    node.ask()
    kept = [node.doors._inside, node.doors._numbers, node.doors._recent, node.doors._in_window]
    assert ANA.number not in repr(kept)
    assert concealed(ANA.number)[:16] in repr(kept)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 30)), max_size=40), st.integers(1, 4))
def test_never_more_than_allowed_in_any_minute(calls: list[tuple[str, float]], most: int) -> None:
    """Against the plain rule: a call is let in when fewer than `most` were in the minute before it."""
    node = Node(Limits(calls_per_number_minute=most))
    let_in: dict[str, list[float]] = {"a": [], "b": []}
    for number, after_s in calls:
        node.now += after_s
        recent = [at for at in let_in[number] if at > node.now - WINDOW_S]
        assert (node.ask(Asking(number=number)) == "") == (len(recent) < most)
        if len(recent) < most:
            let_in[number].append(node.now)
