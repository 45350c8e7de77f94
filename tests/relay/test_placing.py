"""What becomes of a leg that we place: tried again where the fault is the carrier's, told where it is a person's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.domain.call import (
    Accepted,
    AgentRoute,
    AgentVia,
    DialFailed,
    Dialled,
    LegEnded,
    Notice,
    Role,
    SayAndHangUp,
)
from dragoman.domain.effects import CallEffect, Dial, Finish, HangUp, HangUpTwin, LetGo
from dragoman.domain.outcome import DialFailure, Outcome, Result
from dragoman.relay.call_machine import Joined, State, begin, instruct, step
from dragoman.relay.call_state import REDIAL_S, UNSURE_S, CallState, Event, Step
from tests.fakes.relay_parts import DIRECT, SPANISH, setup

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT


def dialling(tries: int = 2, *more: Event) -> CallState:
    """A caller who waits while the agent's own phone is dialled."""
    state, _ = begin(setup(route=DIRECT), tries)
    return after(state, Joined(CALLER), *more)[0]


def after(state: CallState, *events: Event) -> Step:
    """The state after all of them, and what the last one led to."""
    effects: list[CallEffect] = []
    for event in events:
        state, effects = step(state, event)
    return state, effects


def test_a_leg_that_the_carrier_failed_is_placed_again_while_the_caller_waits() -> None:
    state, effects = after(dialling(), Dialled(AGENT, "CA1"), DialFailed(AGENT, DialFailure.FAILED, "CA1"))
    assert effects == [Dial(state.setup, AGENT, REDIAL_S)]
    assert (state.state, state.holding) == (State.CONNECTING, frozenset({CALLER}))
    state, _ = after(state, Dialled(AGENT, "CA2"))
    assert state.carrier_calls[AGENT] == "CA2"


@pytest.mark.parametrize("late", [DialFailed(AGENT, DialFailure.FAILED, "CA1"), LegEnded(AGENT, carrier_call="CA1")])
def test_late_words_about_the_first_try_do_not_touch_the_second(late: Event) -> None:
    state, _ = after(dialling(), DialFailed(AGENT, DialFailure.FAILED, "CA1"))
    assert after(state, late) == (state, []), "before its successor is placed"
    assert after(state, Dialled(AGENT, "CA1")) == (state, []), "the answer of the first request, overtaken"
    state, _ = after(state, Dialled(AGENT, "CA2"))
    assert after(state, late) == (state, [])


@pytest.mark.parametrize("tries", [1, 2, 3])
def test_no_more_than_so_many_tries(tries: int) -> None:
    state, placed = dialling(tries), 1
    while state.state is not State.OVER:
        state, effects = after(state, DialFailed(AGENT, DialFailure.FAILED))
        placed += any(isinstance(effect, Dial) for effect in effects)
    assert placed == tries
    assert state.outcome == Outcome(Result.UPSTREAM, "agent: failed")
    assert instruct(state, CALLER)[1] == SayAndHangUp(SPANISH, Notice.FAILED)


@pytest.mark.parametrize(
    ("failure", "notice"),
    [
        (DialFailure.BUSY, Notice.BUSY),
        (DialFailure.NO_ANSWER, Notice.NO_AGENT),
        (DialFailure.CANCELED, Notice.NO_AGENT),
        (DialFailure.VOICEMAIL, Notice.NO_AGENT),
        (DialFailure.NO_AGENT, Notice.NO_AGENT),
        (DialFailure.REJECTED, Notice.FAILED),
    ],
)
def test_what_a_person_did_or_the_carrier_will_not_do_is_not_tried_again(failure: DialFailure, notice: Notice) -> None:
    state, effects = after(dialling(), DialFailed(AGENT, failure))
    assert effects[0] == LetGo(CALLER)
    assert isinstance(effects[-1], Finish)
    assert instruct(state, CALLER)[1] == SayAndHangUp(SPANISH, notice)


def test_a_leg_that_is_placed_when_all_is_over_is_taken_down_and_a_failed_one_too() -> None:
    over, _ = after(dialling(), LegEnded(CALLER))
    assert after(over, Dialled(AGENT, "CA2"))[1] == [HangUp(AGENT)]


def test_who_has_accepted_is_not_dialled_again() -> None:
    state, effects = after(dialling(), Accepted(AGENT, "CA1"), DialFailed(AGENT, DialFailure.FAILED))
    assert state.state is State.OVER
    assert not any(isinstance(effect, Dial) for effect in effects)


def test_a_leg_of_which_the_carrier_did_not_tell_is_the_partys_and_its_twin_says_nothing_about_it() -> None:
    """The answer to the first request was lost: CA1 was placed, and so was CA2."""
    state, _ = after(dialling(), DialFailed(AGENT, DialFailure.FAILED), Joined(AGENT, "CA1"))
    state, effects = after(state, Dialled(AGENT, "CA2"))
    assert (state.carrier_calls[AGENT], effects) == ("CA1", [HangUpTwin(AGENT, "CA2")])
    for late in (LegEnded(AGENT, carrier_call="CA2"), DialFailed(AGENT, DialFailure.BUSY, "CA2")):
        assert after(state, late) == (state, [])
    assert after(state, LegEnded(AGENT, carrier_call="CA1"))[0].state is State.OVER


def test_the_leg_that_came_is_the_one_that_counts() -> None:
    again = DialFailed(AGENT, DialFailure.FAILED), Dialled(AGENT, "CA2")
    state, effects = after(dialling(), *again, Joined(AGENT, "CA1"))
    assert HangUpTwin(AGENT, "CA2") in effects, "it rings for nobody"
    assert after(state, LegEnded(AGENT, carrier_call="CA2")) == (state, [])
    assert after(state, LegEnded(AGENT, carrier_call="CA1"))[0].state is State.OVER


UNSURE = DialFailed(AGENT, DialFailure.FAILED, unsure=True)


def test_a_leg_that_may_be_on_its_way_is_waited_for_before_it_is_placed_again() -> None:
    state, effects = after(dialling(), UNSURE)
    assert effects == [Dial(state.setup, AGENT, UNSURE_S)]
    state, effects = after(state, Dialled(AGENT, "CA1"))
    assert (state.carrier_calls[AGENT], effects) == ("CA1", []), "it was placed, and rings"
    state, effects = after(state, Dialled(AGENT, "CA2"))
    assert (state.carrier_calls[AGENT], effects) == ("CA1", [HangUpTwin(AGENT, "CA2")]), (
        "the second order was too early"
    )


def test_an_answer_that_was_lost_is_no_failure_of_a_leg_of_which_the_carrier_has_told() -> None:
    state, _ = after(dialling(), Dialled(AGENT, "CA1"))
    assert after(state, UNSURE) == (state, [])
    state, effects = after(state, DialFailed(AGENT, DialFailure.FAILED, "CA1"))
    assert effects == [Dial(state.setup, AGENT, REDIAL_S)], "and its own failure is one"


def test_word_of_the_same_leg_changes_nothing_even_when_all_is_over() -> None:
    state, _ = after(dialling(), Dialled(AGENT, "CA1"))
    assert after(state, Dialled(AGENT, "CA1")) == (state, [])
    over, _ = after(state, LegEnded(CALLER))
    assert after(over, Dialled(AGENT, "CA1")) == (over, [])
    assert after(over, Dialled(AGENT, "CA2")) == (over, [HangUpTwin(AGENT, "CA2")])


BROWSER = AgentRoute(AgentVia.BROWSER, "")


@pytest.mark.parametrize("failure", [one for one in DialFailure if one is not DialFailure.VOICEMAIL])
def test_where_nobody_answers_in_a_browser_the_next_route_is_tried_once(failure: DialFailure) -> None:
    state, _ = begin(replace(setup(route=BROWSER), otherwise=DIRECT))
    state, _ = after(state, Joined(CALLER), Dialled(AGENT, "page-1"))
    state, effects = after(state, DialFailed(AGENT, failure, "page-1"))
    assert (state.setup.route, state.setup.otherwise, state.setup.agent.address) == (DIRECT, None, DIRECT.address)
    assert effects == [Dial(state.setup, AGENT)]
    assert (state.state, state.holding) == (State.CONNECTING, frozenset({CALLER}))
    assert after(state, DialFailed(AGENT, failure, "page-1")) == (state, []), "told twice"
    state, effects = after(state, Dialled(AGENT, "CA1"), DialFailed(AGENT, DialFailure.NO_ANSWER, "CA1"))
    assert state.outcome == Outcome(Result.AGENT, "agent: no-answer")


def test_an_agent_who_was_there_is_not_looked_for_elsewhere() -> None:
    state, _ = begin(replace(setup(route=BROWSER), otherwise=DIRECT))
    state, _ = after(state, Joined(CALLER), Dialled(AGENT, "page-1"), Joined(AGENT, "page-1"))
    assert state.state is State.INTERPRETING
    assert after(state, DialFailed(AGENT, DialFailure.NO_ANSWER, "page-1"))[1] == []
