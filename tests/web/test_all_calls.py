"""Calls of both kinds, as the API shows them."""

from __future__ import annotations

import pytest

from dragoman.domain.call import CallId, EndAsked, Role
from dragoman.domain.effects import Caption
from dragoman.domain.language import LanguageTag
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.speech import Side
from dragoman.web.all_calls import AllCalls
from dragoman.web.control import Kind
from tests.fakes.paper_answered import PaperAnswered
from tests.fakes.paper_switchboard import PaperSwitchboard

pytestmark = pytest.mark.unit

ENDED = Outcome(Result.US, "ended by the api")


@pytest.fixture
def switchboard() -> PaperSwitchboard:
    made = PaperSwitchboard()
    made.add("call-1")
    return made


@pytest.fixture
def answered() -> PaperAnswered:
    made = PaperAnswered()
    made.add("call-2")
    return made


def test_calls_of_both_kinds_are_found(switchboard: PaperSwitchboard, answered: PaperAnswered) -> None:
    calls = AllCalls(switchboard, answered)
    assert [(one.call_id, one.kind) for one in calls.living()] == [
        ("call-1", Kind.INTERPRETED),
        ("call-2", Kind.ASSISTANT),
    ]
    assert calls.living() == [calls.find("call-1"), calls.find("call-2")]
    assert calls.find("call-3") is None


def test_each_is_ended_where_it_lives(switchboard: PaperSwitchboard, answered: PaperAnswered) -> None:
    calls = AllCalls(switchboard, answered)
    assert [calls.hang_up(one) for one in ("call-1", "call-2", "call-3")] == [True, True, False]
    assert switchboard.told[0] == ("call-1", EndAsked(ENDED))
    assert answered.ended == [("call-2", ENDED), ("call-3", ENDED)]


def test_one_that_was_handed_over_is_ended_where_it_goes_on(
    switchboard: PaperSwitchboard, answered: PaperAnswered
) -> None:
    switchboard.heirs["call-2"] = CallId("call-1")
    assert AllCalls(switchboard, answered).hang_up("call-2")
    assert (switchboard.told, answered.ended) == ([("call-1", EndAsked(ENDED))], [])


async def test_captions_are_those_of_the_call(switchboard: PaperSwitchboard, answered: PaperAnswered) -> None:
    caption = Caption("a1", Role.CALLER, Side.TARGET, LanguageTag("ja"), "はい。", True, 0.3)
    answered.said["call-2"] = [caption]
    calls = AllCalls(switchboard, answered)
    captions = calls.captions("call-2")
    assert captions is not None
    assert [one async for one in captions] == [caption]
    assert calls.captions("call-3") is None


def test_without_assistants_there_are_only_the_others(switchboard: PaperSwitchboard) -> None:
    calls = AllCalls(switchboard, None)
    assert [one.call_id for one in calls.living()] == ["call-1"]
    assert (calls.find("call-2"), calls.captions("call-2"), calls.hang_up("call-2")) == (None, None, False)
