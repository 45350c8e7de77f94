"""The call machine, given any event at any time with anything in it, questions between, and its memory read back."""

from __future__ import annotations

import dataclasses
from typing import Final, get_args

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from hypothesis.strategies import SearchStrategy

from dragoman.domain.call import (
    CONSENT_KEY,
    Accepted,
    AgentRoute,
    AgentVia,
    AskLanguage,
    CallSetup,
    ConnectStream,
    DialFailed,
    DialPerson,
    EndAsked,
    HangUpLeg,
    LegEnded,
    Length,
    Notice,
    Opening,
    Role,
    SayAndHangUp,
)
from dragoman.domain.control import PersonAsked
from dragoman.domain.effects import CallEffect, CloseTask, Dial, Finish, HangUp, HangUpTwin, LetGo, StartInterpreting
from dragoman.domain.language import Language
from dragoman.domain.manner import AS_USUAL
from dragoman.relay import memory
from dragoman.relay.call_machine import (
    CallState,
    Event,
    GivenUp,
    Joined,
    NoticeHeard,
    Pressed,
    State,
    begin,
    instruct,
    step,
)
from dragoman.relay.memory import VERSION, Memory, woken, written
from tests.fakes.scripted_switchboard import ENGLISH, SPANISH, VIETNAMESE, setup_of
from tests.fuzz.domain_values import Leaves, any_of
from tests.fuzz.effort import effort

pytestmark = pytest.mark.unit

LEAF: Final[Leaves] = {
    str: st.sampled_from(["", "CA1", "CA2", "WR1", "1", "*", "Ω", "x" * 5000]),
    bool: st.booleans(),
    int: st.sampled_from([0, 1, 2, -1, 99, 2**40]),
    float: st.sampled_from([0.0, 0.1, 5.0, 1e9, -1.0]),
    Language: st.sampled_from([ENGLISH, SPANISH, VIETNAMESE]),
}
SETUPS: Final[SearchStrategy[CallSetup]] = st.builds(
    lambda via, first, person, opening, at: dataclasses.replace(
        setup_of("c1", route=AgentRoute(via, "+12025550124"), first=first),
        person=person,
        opening=opening,
        carrier_call="CA1" if first is Role.CALLER and at else "",
    ),
    st.sampled_from(AgentVia),
    st.sampled_from(Role),
    st.sampled_from(["", "+12025550199"]),
    st.builds(
        Opening,
        st.sampled_from(Length),
        st.sampled_from(Length),
        st.frozensets(st.sampled_from(Role)),
        st.sampled_from([None, frozenset[str](), frozenset({"en"})]),
    ),
    st.booleans(),
)


EVENTS: Final[SearchStrategy[Event]] = any_of(Event, LEAF)
ENDINGS: Final = (EndAsked, LegEnded, DialFailed, GivenUp, PersonAsked)
LIVELY: Final[SearchStrategy[Event]] = st.one_of(
    st.builds(Joined, st.sampled_from(Role)),
    st.builds(Accepted, st.sampled_from(Role), st.just("WR1")),
    st.builds(NoticeHeard, st.sampled_from(Role), st.sampled_from([Notice.CONSENT, Notice.ANNOUNCE]), st.just(True)),
    st.builds(Pressed, st.sampled_from(Role), st.sampled_from("1*")),
    st.one_of([any_of(kind, LEAF) for kind in get_args(Event) if kind not in ENDINGS]),
)
"""Those that do not end the call at once, and more often those that bring it on."""


class CallMachine(RuleBasedStateMachine):
    """`done` are all effects so far; for so many events as it `lives` the call goes on, whatever would end it."""

    state: CallState

    @initialize(of=SETUPS, lives=st.integers(0, 45))
    def ring(self, of: CallSetup, lives: int) -> None:
        self.state, self.done = begin(of)
        self.over = False
        self.lives = lives

    @rule(event=LIVELY | LIVELY | LIVELY | LIVELY | EVENTS)
    def happens(self, event: Event) -> None:
        before = self.state
        after, effects = step(before, event)
        self.check(before, after, effects)
        self.lives -= 1
        if after.state is not State.OVER or self.lives < 0:  # else it happens in a call that nobody looks at
            self.state = after
            self.done += effects

    @rule(roles=st.permutations(list(Role)), stops_at=st.integers(1, 8))
    def gets_on(self, roles: list[Role], stops_at: int) -> None:
        """What a call needs to come to the talk."""
        needed = [
            one
            for role in roles
            for one in (
                Joined(role),
                Accepted(role, "WR1"),
                NoticeHeard(role, Notice.CONSENT, True),
                Pressed(role, CONSENT_KEY),
            )
        ]
        for event in needed[:stops_at]:
            self.happens(event)

    def check(self, before: CallState, after: CallState, effects: list[CallEffect]) -> None:
        let_go = {effect.role for effect in effects if isinstance(effect, LetGo)}
        assert let_go <= before.joined | after.joined, "only who is here can be let go"
        if any(isinstance(effect, Finish) for effect in effects):
            assert after.joined <= let_go, "whoever is here at the end is let go"
        if before.state is State.OVER:
            assert all(isinstance(effect, HangUp | HangUpTwin | CloseTask) for effect in effects)

    @rule(role=st.sampled_from(Role))
    def asks(self, role: Role) -> None:
        """A leg asks what to do: it is always told, and when the call is over always the same."""
        before = self.state
        self.state, told = instruct(before, role)
        assert isinstance(told, AskLanguage | ConnectStream | SayAndHangUp | HangUpLeg | DialPerson)
        if before.state is State.OVER:
            assert not isinstance(told, AskLanguage | ConnectStream)
            assert instruct(self.state, role) == (self.state, told)

    @rule()
    def sleeps_and_wakes(self) -> None:
        """Another process takes the call up, unless it is over."""
        kept = Memory(self.state, AS_USUAL, 0.0)
        read = memory.read(written(kept), VERSION)
        assert read == kept
        if self.state.state is not State.OVER:
            before, (self.state, effects) = self.state, woken(read)
            assert self.state.joined == frozenset()
            assert before.joined <= self.state.away
            assert not any(isinstance(effect, Finish | LetGo | HangUp) for effect in effects)

    @invariant()
    def it_ends_once(self) -> None:
        if not hasattr(self, "done"):
            return
        finishes = [effect for effect in self.done if isinstance(effect, Finish)]
        assert len(finishes) == (self.state.state is State.OVER)
        assert (self.state.outcome is not None) == (self.state.state is State.OVER)
        assert self.state.state is State.OVER or not self.over
        self.over = self.state.state is State.OVER

    @invariant()
    def it_begins_once(self) -> None:
        if hasattr(self, "done"):
            assert sum(isinstance(effect, StartInterpreting) for effect in self.done) <= 1
            for role in Role:
                dialled = sum(isinstance(effect, Dial) and effect.role is role for effect in self.done)
                assert dialled <= max(1, self.state.dial_tries)

    @invariant()
    def its_memory_does_not_grow_for_ever(self) -> None:
        if hasattr(self, "done"):
            state = self.state
            for kept in (state.carrier_calls, state.hops, state.consent, state.to_say, state.given):
                assert set(kept) <= set(Role)


def test_any_events_in_any_order() -> None:
    run_state_machine_as_test(CallMachine, settings=effort(0.6, steps=50))
