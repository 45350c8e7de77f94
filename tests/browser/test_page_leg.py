"""A page as a leg: silence while it is muted, its end told once."""

from __future__ import annotations

import pytest

from dragoman.browser.page_leg import MOST_SILENT_FRAMES, MUTED_STALE_S, STALE_S, PageLeg
from dragoman.domain.room import Parties
from dragoman.domain.speech import Digit, Heard, LegClosed, LegEvent
from tests.fakes.page import FakePage, wide_frame

pytestmark = pytest.mark.unit


class Line:
    def __init__(self) -> None:
        self.now = 0.0
        self.page = FakePage(stops_on_close=True)
        self.closing = 0
        self.events: list[LegEvent] = []
        self.leg = PageLeg("page-1234", self.page, self.page, lambda: self.now, self._closed)
        self.leg.attach(self.events.append)

    def _closed(self, leg: PageLeg) -> None:
        self.closing += 1


def test_what_the_page_says_and_presses_goes_on() -> None:
    line = Line()
    line.page.hear(wide_frame(1))
    line.page.press("5")
    line.page.hear(wide_frame(2))
    assert line.events == [Heard(wide_frame(1), 0), Digit("5"), Heard(wide_frame(2), 20)]
    assert (line.leg.carrier_call, line.leg.leg_id) == ("page-1234", "page-1")


def test_a_muted_page_is_heard_as_silence_of_the_right_length() -> None:
    line = Line()
    line.page.hear(wide_frame(1))
    line.leg.mute(True)
    line.leg.mute(True)
    line.page.hear(wide_frame(2))
    for step in range(1, 11):
        line.now = step * 0.105
        line.leg.keep_time()
    silent = line.events[1:]
    assert len(silent) == 52
    assert all(isinstance(one, Heard) and not any(one.audio) and len(one.audio) == 960 for one in silent)
    line.leg.mute(False)
    line.now += 5
    line.leg.keep_time()
    line.page.hear(wide_frame(3))
    assert line.events[-1] == Heard(wide_frame(3), 53 * 20)
    assert len(line.events) == 54


def test_who_stood_still_makes_no_flood_of_silence() -> None:
    line = Line()
    line.leg.mute(True)
    line.now = 100.0
    line.leg.keep_time()
    line.leg.keep_time()
    assert len(line.events) == MOST_SILENT_FRAMES


def test_a_page_lives_while_it_says_something() -> None:
    line = Line()
    line.now = STALE_S - 0.1
    assert line.leg.lives()
    line.now = STALE_S + 0.1
    assert not line.leg.lives()
    line.page.hear(wide_frame(1))
    assert line.leg.lives()
    line.leg.mute(True)
    line.now += MUTED_STALE_S - 0.1
    assert line.leg.lives()


def test_how_one_parts_with_the_page_is_the_desks_business() -> None:
    line = Line()
    line.leg.close()
    assert (line.closing, line.events, line.page.closing) == (1, [], False)
    line.leg.end(clean=True, reason="left")
    line.leg.end(clean=False, reason="twice")
    line.leg.close()
    line.leg.play(wide_frame(1))
    line.leg.mark("m")
    line.leg.clear()
    line.page.hear(wide_frame(2))
    assert line.events == [LegClosed(True, "left")]
    assert (line.closing, line.page.played, line.page.marks, line.page.cleared) == (1, [], [], 0)
    line.leg.show(Parties(()))
    line.leg.leave()
    assert (line.page.shown, line.page.closing) == ([Parties(())], True)


def test_a_page_whose_connection_is_gone_is_told_nothing() -> None:
    line = Line()
    line.page.end(clean=False, reason="connection lost")
    line.leg.show(Parties(()))
    line.leg.call_back()
    line.leg.leave()
    assert line.events == [LegClosed(False, "connection lost")]
    assert (line.page.shown, line.page.called_back, line.page.closing) == ([], False, False)
