"""What is owed to one party is its own: the other's words and questions stay as they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.domain.call import Length, Notice, Opening, Role
from dragoman.domain.effects import LetGo, NoteSaid, Tell
from dragoman.relay import disclosure
from dragoman.relay.call_state import CallState, Consent, NoticeFailed, NoticeHeard
from tests.fakes.relay_parts import setup

pytestmark = pytest.mark.unit

CALLER, AGENT = Role.CALLER, Role.AGENT
OPENING = Opening(Length.FULL, Length.SHORT, consent=frozenset(Role))
TO_SAY: dict[Role, tuple[Notice, ...]] = {CALLER: (Notice.ANNOUNCE,), AGENT: (Notice.ANNOUNCE_SHORT,)}


def both_here(opening: Opening = OPENING) -> CallState:
    return CallState(replace(setup(), opening=opening), joined=frozenset(Role), accepted=frozenset(Role))


def test_who_was_told_by_the_carrier_has_nothing_more_to_hear_and_the_other_still_has() -> None:
    state = replace(both_here(), to_say=TO_SAY, given=TO_SAY)
    state, effects = disclosure.said_before(state, CALLER)
    assert effects == [NoteSaid(CALLER, Notice.ANNOUNCE)]
    assert state.to_say == {AGENT: TO_SAY[AGENT]}
    assert state.given == {AGENT: TO_SAY[AGENT]}
    assert state.announced == {CALLER}


def test_nothing_said_leaves_nothing_to_say() -> None:
    state = replace(both_here(), to_say={CALLER: (), AGENT: TO_SAY[AGENT]}, given={CALLER: (Notice.WAIT,)})
    assert disclosure.said_before(state, CALLER) == (replace(state, to_say={AGENT: TO_SAY[AGENT]}, given={}), [])


def test_who_goes_back_to_the_menu_hears_all_anew_and_the_other_goes_on() -> None:
    asked = {CALLER: Consent.ASKED, AGENT: Consent.AGREED}
    state = replace(both_here(), to_say=TO_SAY, consent=asked, announced=frozenset(Role))
    forgot = disclosure.forgotten(state, CALLER)
    assert forgot.to_say == {AGENT: TO_SAY[AGENT]}
    assert forgot.consent == {AGENT: Consent.AGREED}
    assert forgot.announced == {AGENT}


def test_what_fails_is_said_after_what_the_carrier_has_to_say_already() -> None:
    state = replace(both_here(), to_say=TO_SAY, consent={CALLER: Consent.ASKED})
    state, effects = disclosure.failed(state, NoticeFailed(CALLER, Notice.CONSENT))
    assert effects == [LetGo(CALLER)]
    assert state.to_say == {CALLER: (Notice.ANNOUNCE, Notice.CONSENT), AGENT: TO_SAY[AGENT]}


def test_only_the_end_of_the_question_starts_its_time() -> None:
    state = replace(both_here(), consent={CALLER: Consent.ASKED})
    assert disclosure.heard(state, NoticeHeard(CALLER, Notice.ANNOUNCE, whole=True)) == (state, [])
    state, _ = disclosure.heard(state, NoticeHeard(CALLER, Notice.CONSENT, whole=True))
    assert state.consent == {CALLER: Consent.AWAITED}


@pytest.mark.parametrize("role", list(Role))
def test_we_speak_to_whose_language_we_can(role: Role) -> None:
    ours = both_here().setup.party(role).language.tag
    state = both_here(replace(OPENING, consent=frozenset(), voiced=frozenset({ours})))
    mine, told = disclosure.opened(state, role)
    assert [type(effect) for effect in told] == [Tell]
    assert mine.to_say == {}
    others, let_go = disclosure.opened(state, role.other)
    assert let_go == [LetGo(role.other)]
    assert others.to_say == {role.other: TO_SAY[role.other]}


@pytest.mark.parametrize(
    ("joined", "away", "asked_again"),
    [({CALLER}, (), True), ((), {CALLER}, True), ({CALLER}, {CALLER}, True), ({AGENT}, {AGENT}, False)],
)
def test_a_lost_question_is_asked_again_to_who_was_there(joined: set[Role], away: set[Role], asked_again: bool) -> None:
    state = replace(both_here(), consent={CALLER: Consent.ASKED}, joined=frozenset(joined), away=frozenset(away))
    assert disclosure.told_again(state, CALLER) == ([Tell(CALLER, Notice.CONSENT)] if asked_again else [])
