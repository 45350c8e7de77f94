"""Who hears what at the end of a call, and whose leg is taken down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.domain.call import AgentRoute, AgentVia, DialPerson, HangUpLeg, Notice, Role, SayAndHangUp
from dragoman.domain.effects import Finish, HangUp, LetGo, Tell
from dragoman.domain.outcome import Outcome, Result
from dragoman.relay.call_end import end, farewell, hand_over, party_gone, person_instead, side
from dragoman.relay.call_state import CallState, Consent, State
from tests.fakes.relay_parts import ENGLISH, SPANISH, setup

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT
WHY = Outcome(Result.US, "asked")


def on_the_line() -> CallState:
    both = frozenset(Role)
    return CallState(setup(), state=State.INTERPRETING, joined=both, accepted=both, dialled=both)


def test_whose_act_it_was() -> None:
    assert [side(role) for role in Role] == [Result.CALLER, Result.AGENT]


def test_without_a_word_both_legs_are_taken_down() -> None:
    state, effects = end(on_the_line(), WHY)
    assert effects == [LetGo(CALLER), LetGo(AGENT), HangUp(CALLER), HangUp(AGENT), Finish(WHY)]
    assert (state.state, state.outcome) == (State.OVER, WHY)
    assert [farewell(state, role) for role in Role] == [HangUpLeg(), HangUpLeg()]


def test_with_a_word_the_legs_come_and_ask() -> None:
    state, effects = end(replace(on_the_line(), farewell=Notice.LIMIT), WHY, cut=AGENT)
    assert effects == [LetGo(CALLER), LetGo(AGENT), HangUp(AGENT), Finish(WHY)]
    assert farewell(state, CALLER) == SayAndHangUp(SPANISH, Notice.LIMIT)
    assert farewell(state, AGENT) == HangUpLeg()


def test_a_leg_that_hears_the_carrier_speak_comes_and_asks_too() -> None:
    listening = replace(
        on_the_line(), joined=frozenset({CALLER}), to_say={AGENT: (Notice.ANNOUNCE,)}, farewell=Notice.LIMIT
    )
    state, effects = end(listening, WHY)
    assert effects == [LetGo(CALLER), Finish(WHY)]
    assert farewell(state, AGENT) == SayAndHangUp(ENGLISH, Notice.LIMIT)


def test_who_did_not_agree_hears_that() -> None:
    refused = replace(on_the_line(), consent={CALLER: Consent.REFUSED}, farewell=Notice.OTHER_REFUSED)
    state, _ = end(refused, WHY)
    assert farewell(state, CALLER) == SayAndHangUp(SPANISH, Notice.CONSENT_REFUSED)
    assert farewell(state, AGENT) == SayAndHangUp(ENGLISH, Notice.OTHER_REFUSED)


def test_who_goes_to_a_person_is_connected_with_one() -> None:
    state, effects = hand_over(replace(on_the_line(), setup=replace(setup(), person="+12025550199")), AGENT)
    over = Finish(Outcome(Result.AGENT, "handed to a person"))
    assert effects == [LetGo(CALLER), LetGo(AGENT), over]
    assert farewell(state, AGENT) == DialPerson(ENGLISH, "+12025550199")
    assert farewell(state, CALLER) == SayAndHangUp(SPANISH, Notice.PERSON_LEFT)


def test_where_there_is_nobody_nobody_is_handed_over() -> None:
    assert hand_over(on_the_line(), AGENT) == (on_the_line(), [Tell(AGENT, Notice.NO_PERSON)])
    gone = replace(on_the_line(), joined=frozenset({CALLER}))
    assert hand_over(gone, AGENT) == (gone, [])


@pytest.mark.parametrize("joined", [frozenset(Role), frozenset({AGENT})])
def test_where_nothing_interprets_the_caller_goes_to_a_person_though_the_stream_is_lost(
    joined: frozenset[Role],
) -> None:
    on_it = replace(on_the_line(), setup=replace(setup(), person="client:desk"))
    state, effects = person_instead(replace(on_it, joined=joined, away=frozenset(Role) - joined))
    lost = Finish(Outcome(Result.UPSTREAM, "no interpreter: handed to a person"))
    assert effects == [*(LetGo(role) for role in Role if role in joined), lost]
    assert farewell(state, CALLER) == DialPerson(SPANISH, "client:desk", Notice.PERSON_INSTEAD)
    assert farewell(state, AGENT) == SayAndHangUp(ENGLISH, Notice.PERSON_LEFT)


def test_where_nothing_interprets_and_there_is_nobody_the_parties_go_on() -> None:
    assert person_instead(on_the_line()) == (on_the_line(), [])


def test_only_who_still_waits_is_told_that_the_other_one_is_gone() -> None:
    state, effects = party_gone(on_the_line(), AGENT, "hung up")
    assert farewell(state, CALLER) == HangUpLeg()
    assert HangUp(CALLER) in effects
    waiting = replace(on_the_line(), state=State.CONNECTING)
    state, effects = party_gone(waiting, AGENT, "hung up")
    assert farewell(state, CALLER) == SayAndHangUp(SPANISH, Notice.NO_AGENT)
    assert HangUp(CALLER) not in effects


def in_a_page() -> CallState:
    state = on_the_line()
    return replace(state, setup=replace(state.setup, route=AgentRoute(AgentVia.BROWSER, "")))


def test_a_page_asks_nothing_so_its_leg_is_taken_down_whatever_is_to_be_said() -> None:
    _, effects = end(replace(in_a_page(), farewell=Notice.LIMIT), WHY)
    assert effects == [LetGo(CALLER), LetGo(AGENT), HangUp(AGENT), Finish(WHY)]


def test_a_page_cannot_be_put_through_to_a_person() -> None:
    state = in_a_page()
    state = replace(state, setup=replace(state.setup, person="+15550100009"))
    assert hand_over(state, AGENT) == (state, [Tell(AGENT, Notice.NO_PERSON)])
    assert hand_over(state, CALLER)[0].handed is CALLER
