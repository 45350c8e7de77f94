"""What tools told in a call, for the session that goes on from there."""

from __future__ import annotations

import json

import pytest

from dragoman.assistant_ports import Line
from dragoman.domain.speech import Side
from dragoman.domain.tools import HangUp, TakeMessage, ToolAsked, ToolResult, ToolTold, Transfer
from dragoman.relay.found_out import INTERRUPTED, MOST, OUTPUT_CHARS, Finding, FoundOut, so_far
from dragoman.relay.talk_lines import TalkLine

pytestmark = pytest.mark.unit

ORDER = ToolAsked("c1", "order", '{"number": "7"}')
HOURS = ToolAsked("c2", "hours", "{}")


def test_what_a_tool_told_is_kept_with_its_time_in_the_call() -> None:
    found = FoundOut(began=100.0)
    found.asked(ORDER, 103.25)
    found.told(ORDER, ToolResult("on its way"))
    assert found.all == [Finding(ORDER, 3.25, ToolResult("on its way").output())]


def test_one_that_has_not_answered_may_have_done_what_it_should() -> None:
    found = FoundOut(0.0)
    found.asked(ORDER, 1.0)
    (told,) = so_far([], found.all)
    assert told == ToolTold(ORDER, INTERRUPTED)
    assert "not known" in json.loads(INTERRUPTED)["error"]


@pytest.mark.parametrize("action", [HangUp("Bye."), Transfer("+1", "Ana.")])
def test_what_a_tool_wanted_done_must_be_asked_for_again(action: HangUp | Transfer) -> None:
    found = FoundOut(0.0)
    found.asked(ORDER, 1.0)
    found.told(ORDER, ToolResult("", "One moment.", action=action))
    assert found.all == []


def test_a_message_is_kept() -> None:
    found = FoundOut(0.0)
    found.asked(ORDER, 1.0)
    found.told(ORDER, ToolResult("kept", action=TakeMessage("Call me.")))
    assert len(found.all) == 1


def test_another_session_may_use_the_names_again() -> None:
    found = FoundOut(0.0)
    again = ToolAsked("c1", "order", '{"number": "8"}')
    found.asked(ORDER, 1.0)
    found.asked(again, 2.0)
    found.told(again, ToolResult("eight"))
    found.told(HOURS, ToolResult("never asked"))
    assert [one.output for one in found.all] == [None, ToolResult("eight").output()]


def test_it_does_not_grow_for_ever() -> None:
    found = FoundOut(0.0)
    for number in range(MOST + 3):
        asked = ToolAsked(f"c{number}", "order", "{}")
        found.asked(asked, float(number))
        found.told(asked, ToolResult("x" * 2 * OUTPUT_CHARS))
    assert [one.asked_s for one in found.all] == [float(number) for number in range(3, MOST + 3)]
    assert {len(one.output or "") for one in found.all} == {OUTPUT_CHARS}


def test_words_and_findings_are_told_in_the_order_in_which_they_came() -> None:
    lines = [TalkLine(1, Side.SOURCE, 1.0, " Where is it? "), TalkLine(2, Side.TARGET, 3.0, "On its way.")]
    told = so_far(lines, [Finding(HOURS, 4.0, "{}"), Finding(ORDER, 2.0, "{}")])
    assert told == (
        Line(Side.SOURCE, "Where is it?"),
        ToolTold(ORDER, "{}"),
        Line(Side.TARGET, "On its way."),
        ToolTold(HOURS, "{}"),
    )


def test_what_came_at_one_moment_is_told_in_the_order_of_cause() -> None:
    lines = [TalkLine(1, Side.TARGET, 1.0, "On its way."), TalkLine(2, Side.SOURCE, 1.0, "Where is it?")]
    told = so_far(lines, [Finding(ORDER, 1.0, "{}")])
    assert told == (Line(Side.SOURCE, "Where is it?"), ToolTold(ORDER, "{}"), Line(Side.TARGET, "On its way."))
