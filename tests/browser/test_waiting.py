"""Who may answer what rings, who is first, and when nobody will."""

from __future__ import annotations

import pytest

from dragoman.browser.waiting import ABSENT_S, GONE_TOLD_S, JOIN_S, PAGES_MOST, Taking, Waiting
from dragoman.browser_ports import GoneCall, GoneWhy
from dragoman.domain.call import CallId
from dragoman.domain.outcome import DialFailure
from tests.fakes.scripted_switchboard import SPANISH

pytestmark = pytest.mark.unit

RING_S = 30.0


class Desk:
    """`news`: how often pages had something to learn."""

    def __init__(self, *pages: str) -> None:
        self.news = 0
        self.waiting = Waiting(RING_S, self._changed)
        for page in pages:
            self.waiting.begins_duty(page)

    def _changed(self) -> None:
        self.news += 1

    def ring(self, leg: str = "leg", now: float = 0.0) -> Waiting:
        self.waiting.ring(leg, CallId(f"call of {leg}"), SPANISH, "…01", now)
        return self.waiting

    def shown(self, page: str, now: float = 0.0) -> list[str]:
        return [one.leg for one in self.waiting.calls(page, now)]

    def failed(self, now: float) -> list[tuple[str, DialFailure]]:
        return [(ring.leg, failure) for ring, failure in self.waiting.due(now)]


def test_a_call_rings_in_every_page_and_says_how_long() -> None:
    desk = Desk("a", "b")
    desk.ring("one")
    desk.ring("two", 3.0)
    assert (desk.shown("a"), desk.shown("b"), desk.news) == (["one", "two"], ["one", "two"], 2)
    (one, two) = desk.waiting.calls("a", 5.0)
    assert (one.waited_s, two.waited_s, one.caller, one.language) == (5.0, 2.0, "…01", SPANISH)


def test_the_first_has_it_and_the_others_are_told() -> None:
    desk = Desk("a", "b")
    waiting = desk.ring()
    assert waiting.accept("leg", "a", 1.0) is Taking.TAKEN
    assert waiting.accept("leg", "a", 1.0) is Taking.TAKEN, "asked twice"
    assert waiting.accept("leg", "b", 1.1) is Taking.TOO_LATE
    assert (desk.shown("a"), desk.shown("b")) == ([], [])
    assert waiting.gone(2.0) == (GoneCall("leg", GoneWhy.TAKEN),)
    waiting.joined("leg", "a")
    assert waiting.accept("leg", "a", 2.0) is Taking.TOO_LATE, "it sits there already"
    waiting.withdraw("leg", 3.0)
    assert waiting.accept("leg", "b", 3.0) is Taking.TOO_LATE
    assert waiting.gone(1.0 + GONE_TOLD_S + 0.1) == ()
    assert waiting.accept("leg", "b", 30.0) is Taking.NO_CALL
    assert waiting.accept("never", "b", 0.0) is Taking.NO_CALL


def test_who_declines_hears_it_no_more_and_when_all_have_everybody_is_busy() -> None:
    desk = Desk("a", "b")
    waiting = desk.ring()
    waiting.decline("leg", "a")
    waiting.decline("leg", "a stranger")
    assert (desk.shown("a"), desk.shown("b"), desk.failed(1.0)) == ([], ["leg"], [])
    waiting.ends_duty("b")
    assert desk.failed(2.0) == [("leg", DialFailure.BUSY)]
    assert (len(waiting), waiting.gone(2.0)) == (0, (GoneCall("leg", GoneWhy.OVER),))


def test_nobody_answers_in_time() -> None:
    desk = Desk("a")
    desk.ring()
    assert desk.failed(RING_S - 0.1) == []
    assert desk.waiting.ringing
    assert desk.failed(RING_S) == [("leg", DialFailure.NO_ANSWER)]
    assert not desk.waiting.ringing


def test_where_nobody_is_on_duty_one_waits_for_a_page_that_is_loaded_again_and_no_longer() -> None:
    desk = Desk("a")
    desk.waiting.ends_duty("a")
    desk.ring(now=100.0)
    assert desk.failed(100.0) == []
    assert desk.failed(100.0 + ABSENT_S - 0.1) == []
    desk.waiting.begins_duty("again")
    assert desk.failed(100.0 + ABSENT_S + 1) == []
    desk.waiting.ends_duty("again")
    assert desk.failed(110.0) == []
    assert desk.failed(110.0 + ABSENT_S) == [("leg", DialFailure.NO_ANSWER)]


def test_who_accepted_and_does_not_come_loses_it() -> None:
    desk = Desk("a", "b")
    waiting = desk.ring()
    waiting.accept("leg", "a", 1.0)
    assert desk.failed(1.0 + JOIN_S - 0.1) == []
    assert desk.failed(1.0 + JOIN_S) == []
    assert (desk.shown("a"), desk.shown("b")) == ([], ["leg"])
    assert waiting.accept("leg", "b", 20.0) is Taking.TAKEN
    waiting.joined("leg", "b")
    assert desk.failed(1000.0) == [], "who is there is waited for by nobody"
    found = waiting.of("call of leg")
    assert found is not None
    assert (found.by, found.joined) == ("b", True)


def test_there_are_not_too_many_pages() -> None:
    desk = Desk(*(str(number) for number in range(PAGES_MOST)))
    assert desk.waiting.full
    desk.waiting.ends_duty("0")
    assert not desk.waiting.full
    assert (desk.waiting.on_duty("1"), desk.waiting.on_duty("0")) == (True, False)
