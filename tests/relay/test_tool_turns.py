"""Tools that a mind asked for: run, filled, told; what they want done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.domain.assistant_effects import Perform, RunTool, Say, TellTool
from dragoman.domain.tools import Action, HangUp, SendDigits, TakeMessage, ToolAsked, ToolResult, Transfer
from dragoman.relay.found_out import FoundOut
from dragoman.relay.last_words import LastWords
from dragoman.relay.tool_turns import FILLER_AFTER_S, FILLER_AGAIN_S, MOST_FILLERS, ToolTurns

pytestmark = pytest.mark.unit

A, B = ToolAsked("1", "faq", "{}"), ToolAsked("2", "hang_up", "{}")
PLAIN = ToolResult("At nine.")


def turns() -> tuple[ToolTurns, LastWords]:
    last = LastWords()
    return ToolTurns(lambda tool: f"Wait for {tool}.", last, FoundOut(0.0)), last


def does(action: Action, spoken: str = "So.") -> ToolResult:
    return ToolResult("Done.", spoken, action=action)


def test_each_is_run_once_and_told_once() -> None:
    tools, _ = turns()
    assert tools.asked(A, 0.0) == (RunTool(A),)
    assert tools.asked(A, 0.1) == ()
    assert tools.running
    assert tools.done(A, PLAIN, 1.0) == (TellTool(A, PLAIN.output()),)
    assert not tools.running
    assert tools.done(A, PLAIN, 1.1) == ()
    assert tools.asked(A, 2.0) == ()


def test_they_run_side_by_side() -> None:
    tools, _ = turns()
    assert (*tools.asked(A, 0.0), *tools.asked(B, 0.0)) == (RunTool(A), RunTool(B))
    assert tools.done(B, PLAIN, 1.0) == (TellTool(B, PLAIN.output()),)
    assert tools.running
    assert tools.done(A, PLAIN, 1.0) == (TellTool(A, PLAIN.output()),)


def test_a_slow_one_is_filled_but_not_for_ever() -> None:
    tools, _ = turns()
    assert tools.due(9.0, heard=True) == ()
    tools.asked(A, 10.0)
    times = [at for at in range(600) if tools.due(10 + at / 10, heard=True) == (Say("Wait for faq."),)]
    first, again = round(FILLER_AFTER_S * 10), round(FILLER_AGAIN_S * 10)
    assert times == [first + again * number for number in range(MOST_FILLERS)]


def test_nobody_is_interrupted_by_a_filler_and_a_quick_tool_has_none() -> None:
    tools, _ = turns()
    tools.asked(A, 0.0)
    assert tools.due(5.0, heard=False) == ()
    tools.done(A, PLAIN, 5.0)
    assert tools.due(5.1, heard=True) == ()


def test_the_next_round_has_fillers_of_its_own() -> None:
    tools, _ = turns()
    tools.asked(A, 0.0)
    tools.due(2.0, heard=True)
    tools.done(A, PLAIN, 3.0)
    tools.asked(B, 4.0)
    assert tools.due(4.0 + FILLER_AFTER_S - 0.01, heard=True) == ()
    assert tools.due(4.0 + FILLER_AFTER_S, heard=True) == (Say("Wait for hang_up."),)


@pytest.mark.parametrize("action", [Transfer("+15550100", "x"), HangUp("Bye."), SendDigits("1")])
def test_what_a_tool_wants_done_waits_for_the_last_words(action: Action) -> None:
    tools, last = turns()
    tools.asked(B, 0.0)
    assert [type(one) for one in tools.done(B, does(action), 1.0)] == [TellTool]
    assert last.wait
    last.response_began("")
    last.spoke()
    last.response_ended(2.0)
    assert last.due(3.0, heard=True) == (Perform(action),)


def test_it_waits_for_the_tools_beside_it() -> None:
    tools, last = turns()
    tools.asked(A, 0.0)
    tools.asked(B, 0.0)
    tools.done(B, does(HangUp("Bye.")), 1.0)
    assert not last.wait
    tools.done(A, PLAIN, 2.0)
    assert last.wait
    last.response_began("")
    assert last.response_ended(3.0) == (Say("Bye."),)


def test_the_words_of_other_actions_are_the_tools_own() -> None:
    tools, last = turns()
    tools.asked(B, 0.0)
    tools.done(B, does(SendDigits("1"), "Sent."), 1.0)
    last.response_began("")
    assert last.response_ended(3.0) == (Say("Sent."),)


def test_what_was_handed_on_is_not_done_again() -> None:
    tools, last = turns()
    tools.asked(A, 0.0)
    tools.done(A, does(SendDigits("1")), 1.0)
    last.response_began("")
    last.spoke()
    last.response_ended(2.0)
    assert last.due(2.0, heard=True) == (Perform(SendDigits("1")),)
    tools.asked(B, 3.0)
    tools.done(B, does(HangUp("Bye.")), 4.0)
    last.response_began("")
    last.spoke()
    last.response_ended(5.0)
    assert last.due(5.0, heard=True) == (Perform(HangUp("Bye.")),)


def test_a_message_is_kept_at_once() -> None:
    tools, last = turns()
    tools.asked(A, 0.0)
    message = TakeMessage("Call me.")
    result = does(message)
    assert tools.done(A, result, 1.0) == (TellTool(A, result.output()), Perform(message))
    assert not last.wait


def test_another_session_asked_for_nothing() -> None:
    tools, last = turns()
    tools.asked(A, 0.0)
    tools.asked(B, 0.0)
    tools.done(B, does(HangUp("Bye.")), 1.0)
    tools.forget()
    assert not tools.running
    assert tools.done(A, PLAIN, 2.0) == ()
    assert not last.wait
    other = ToolAsked("3", "faq", "{}")
    tools.asked(other, 3.0)
    tools.done(other, PLAIN, 4.0)
    assert not last.wait


def test_another_session_may_ask_under_the_same_name() -> None:
    tools, _ = turns()
    tools.asked(A, 0.0)
    tools.forget()
    again = replace(A)
    assert tools.asked(again, 1.0) == (RunTool(again),), "a server may count anew for each session"
    assert tools.done(A, PLAIN, 2.0) == (), "what the last one asked for is not its business"
    assert tools.running
    assert tools.done(again, PLAIN, 3.0) == (TellTool(again, PLAIN.output()),)
