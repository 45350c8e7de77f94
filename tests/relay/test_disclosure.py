"""Scripts: what a party hears before interpreting, and what it may have to agree to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.domain.call import (
    Accepted,
    AgentRoute,
    AgentVia,
    CallSetup,
    ConnectStream,
    Dialled,
    HangUpLeg,
    Instruction,
    LanguageChosen,
    Length,
    Notice,
    Opening,
    Role,
    SayAndHangUp,
)
from dragoman.domain.effects import (
    AwaitKey,
    CallEffect,
    Dial,
    Finish,
    HangUp,
    LetGo,
    NoteConsent,
    NoteSaid,
    Show,
    StartHold,
    StartInterpreting,
    StopHold,
    Tell,
)
from dragoman.domain.outcome import Outcome, Result
from dragoman.relay.call_machine import (
    Event,
    Joined,
    Left,
    NoKey,
    NoticeFailed,
    NoticeHeard,
    Pressed,
    State,
    begin,
    instruct,
    step,
)
from dragoman.relay.disclosure import owed
from tests.fakes.relay_parts import DIRECT, ENGLISH, FLEX, FRENCH, SPANISH, setup

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT
USUAL = Opening(Length.FULL, Length.SHORT)
CALLER_AGREES = replace(USUAL, consent=frozenset({CALLER}))
BOTH_AGREE = replace(USUAL, consent=frozenset(Role))
ASKED = NoticeHeard(CALLER, Notice.CONSENT, whole=True)
NOT_AGREED = Outcome(Result.CALLER, "did not agree to the interpreter")


class Call:
    """Drives the machine as the bridge does: who is let go has left before the next event."""

    def __init__(self, opening: Opening, of: CallSetup | None = None) -> None:
        self.state, self.effects = begin(replace(of or setup(), opening=opening))

    def happens(self, *events: Event) -> list[CallEffect]:
        effects: list[CallEffect] = []
        for event in events:
            self.state, effects = step(self.state, event)
            for gone in [one.role for one in effects if isinstance(one, LetGo)]:
                self.state, more = step(self.state, Left(gone, clean=False))
                effects = [*effects, *more]
        return effects

    def asks(self, role: Role) -> Instruction:
        self.state, instruction = instruct(self.state, role)
        return instruction


def waiting(opening: Opening) -> Call:
    """The agent's leg at the contact centre has its stream; nobody accepted yet."""
    call = Call(opening)
    call.happens(Joined(CALLER), Dialled(AGENT, "CA-agent"), Joined(AGENT))
    return call


# ---- Announcements ---------------------------------------------------------------------------------------------------


def test_the_caller_hears_it_while_waiting_and_the_dial_does_not_wait() -> None:
    call = Call(USUAL)
    assert call.asks(CALLER) == ConnectStream(SPANISH, (Notice.WAIT,))
    assert call.happens(Joined(CALLER)) == [
        Dial(call.state.setup, AGENT),
        StartHold(CALLER),
        Tell(CALLER, Notice.ANNOUNCE),
    ]


def test_the_agent_hears_the_short_one_after_the_whisper_and_interpreting_does_not_wait() -> None:
    call = waiting(USUAL)
    assert call.happens(Accepted(AGENT, "WR1")) == [
        StartInterpreting(),
        StopHold(CALLER),
        Tell(AGENT, Notice.WHISPER),
        Tell(AGENT, Notice.ANNOUNCE_SHORT),
    ]
    assert call.happens(NoticeHeard(AGENT, Notice.ANNOUNCE_SHORT, whole=True)) == []


def test_who_is_called_hears_it_after_answering_and_the_agent_while_waiting() -> None:
    call = Call(USUAL, setup(first=AGENT))
    call.happens(Dialled(AGENT, "CA-agent"), Joined(AGENT))
    assert call.happens(Accepted(AGENT, "WR1"))[1:] == [StartHold(AGENT), Tell(AGENT, Notice.ANNOUNCE_SHORT)]
    assert call.happens(Joined(CALLER)) == [
        StartInterpreting(),
        StopHold(AGENT),
        Tell(AGENT, Notice.WHISPER),
        Tell(CALLER, Notice.ANNOUNCE),
    ]


@pytest.mark.parametrize(
    ("opening", "told"),
    [
        (Opening(), []),
        (Opening(Length.SHORT, Length.OFF), [Notice.ANNOUNCE_SHORT]),
        (Opening(Length.OFF, Length.OFF, consent=frozenset({CALLER})), [Notice.CONSENT]),
    ],
)
def test_what_is_told_follows_the_settings(opening: Opening, told: list[Notice]) -> None:
    call = Call(opening)
    heard = [one.notice for one in call.happens(Joined(CALLER)) if isinstance(one, Tell)]
    assert heard == told


def test_it_is_told_once_however_often_a_stream_comes_back() -> None:
    call = waiting(USUAL)
    call.happens(Accepted(AGENT, "WR1"))
    for role in Role:
        effects = call.happens(Left(role, clean=False), Joined(role))
        assert not [one for one in effects if isinstance(one, Tell)]


def test_who_chooses_another_language_hears_all_of_it_in_that_one() -> None:
    call = waiting(CALLER_AGREES)
    call.happens(ASKED, Pressed(CALLER, "1"))
    assert call.happens(Pressed(CALLER, "*"))[-1] == LetGo(CALLER)
    call.happens(LanguageChosen(FRENCH))
    assert call.happens(Joined(CALLER)) == [
        StartHold(CALLER),
        Tell(CALLER, Notice.ANNOUNCE),
        Tell(CALLER, Notice.CONSENT),
    ]


# ---- Languages that we cannot speak ----------------------------------------------------------------------------------

MUTE = replace(USUAL, voiced=frozenset())


def test_the_carrier_says_it_before_the_stream() -> None:
    call = Call(MUTE)
    said = ConnectStream(SPANISH, (Notice.WAIT, Notice.ANNOUNCE))
    assert call.asks(CALLER) == call.asks(CALLER) == said
    assert call.happens(Joined(CALLER)) == [
        NoteSaid(CALLER, Notice.ANNOUNCE),
        Dial(call.state.setup, AGENT),
        StartHold(CALLER),
    ]
    assert call.asks(CALLER) == ConnectStream(SPANISH), "once"


def test_only_the_language_that_we_cannot_speak_is_left_to_the_carrier() -> None:
    call = Call(replace(USUAL, voiced=frozenset({"en"})))
    assert call.asks(CALLER) == ConnectStream(SPANISH, (Notice.WAIT, Notice.ANNOUNCE))
    call.happens(Joined(CALLER), Joined(AGENT))
    assert Tell(AGENT, Notice.ANNOUNCE_SHORT) in call.happens(Accepted(AGENT, "WR1"))


def test_an_agents_own_phone_and_a_customer_hear_the_carrier_after_answering() -> None:
    call = Call(MUTE, setup(first=AGENT, route=DIRECT))
    assert call.asks(AGENT) == ConnectStream(ENGLISH, (Notice.WHISPER, Notice.ANNOUNCE_SHORT))
    call.happens(Joined(AGENT))
    assert call.asks(CALLER) == ConnectStream(SPANISH, (Notice.ANNOUNCE,))


def test_a_contact_centres_agent_is_let_go_to_hear_the_carrier() -> None:
    """Before the acceptance nobody is at that leg; the caller hears the hold sound meanwhile, and no word is lost."""
    call = Call(MUTE, setup(route=FLEX))
    call.happens(Joined(CALLER))
    assert call.asks(AGENT) == ConnectStream(ENGLISH)
    call.happens(Joined(AGENT))
    assert call.happens(Accepted(AGENT, "WR1")) == [
        StartInterpreting(),
        StopHold(CALLER),
        LetGo(AGENT),
        StartHold(CALLER),
    ]
    assert call.asks(AGENT) == ConnectStream(ENGLISH, (Notice.WHISPER, Notice.ANNOUNCE_SHORT))
    assert call.state.away == frozenset(), "it takes longer than a lost stream may"
    assert call.happens(Joined(AGENT)) == [NoteSaid(AGENT, Notice.ANNOUNCE_SHORT), StopHold(CALLER)]


def test_what_could_not_be_spoken_after_all_is_left_to_the_carrier() -> None:
    call = waiting(USUAL)
    assert call.happens(NoticeFailed(CALLER, Notice.ANNOUNCE)) == [LetGo(CALLER), StopHold(CALLER)]
    assert call.asks(CALLER) == ConnectStream(SPANISH, (Notice.ANNOUNCE,))
    assert call.happens(Joined(CALLER)) == [NoteSaid(CALLER, Notice.ANNOUNCE), StartHold(CALLER)]


@pytest.mark.parametrize("notice", [Notice.REPEAT, Notice.WHISPER, Notice.CONSENT, Notice.ANNOUNCE_SHORT])
def test_nobody_is_let_go_for_what_was_not_owed(notice: Notice) -> None:
    assert waiting(USUAL).happens(NoticeFailed(CALLER, notice)) == []


def test_a_party_that_hangs_up_at_that_moment_is_gone() -> None:
    call = waiting(USUAL)
    call.state, _ = step(call.state, NoticeFailed(CALLER, Notice.ANNOUNCE))
    effects = call.happens(Left(CALLER, clean=True))
    assert effects[-1] == Finish(Outcome(Result.CALLER, "hung up"))


# ---- Consent ---------------------------------------------------------------------------------------------------------


def test_interpreting_waits_for_the_key_and_both_hear_the_hold_sound() -> None:
    call = Call(CALLER_AGREES)
    assert call.happens(Joined(CALLER))[-2:] == [Tell(CALLER, Notice.ANNOUNCE), Tell(CALLER, Notice.CONSENT)]
    call.happens(Joined(AGENT))
    assert call.happens(Accepted(AGENT, "WR1")) == [
        StartHold(AGENT),
        Tell(AGENT, Notice.WHISPER),
        Tell(AGENT, Notice.ANNOUNCE_SHORT),
    ]
    assert call.happens(ASKED) == [AwaitKey(CALLER)]
    assert call.state.state is State.CONNECTING
    assert call.happens(Pressed(CALLER, "1")) == [
        NoteConsent(CALLER, agreed=True),
        StartInterpreting(),
        StopHold(CALLER),
        StopHold(AGENT),
    ]
    assert call.happens(NoKey(CALLER)) == [], "the time that was running"


def test_the_key_counts_before_the_question_is_over_and_another_one_does_not() -> None:
    call = waiting(CALLER_AGREES)
    assert call.happens(Pressed(CALLER, "5")) == []
    assert call.happens(Pressed(CALLER, "1")) == [NoteConsent(CALLER, agreed=True)]
    assert call.happens(ASKED) == []
    assert StartInterpreting() in call.happens(Accepted(AGENT, "WR1"))


@pytest.mark.parametrize("no", [NoKey(CALLER), Pressed(CALLER, "5")])
def test_who_does_not_agree_is_asked_once_more_and_then_the_call_ends_in_order(no: Event) -> None:
    call = waiting(CALLER_AGREES)
    call.happens(Accepted(AGENT, "WR1"))
    assert call.happens(ASKED, no) == [Tell(CALLER, Notice.CONSENT)]
    assert call.happens(no) == [], "the question plays"
    assert call.happens(ASKED) == [AwaitKey(CALLER)]
    assert call.happens(no) == [NoteConsent(CALLER, agreed=False), LetGo(CALLER), LetGo(AGENT), Finish(NOT_AGREED)]
    assert call.asks(CALLER) == SayAndHangUp(SPANISH, Notice.CONSENT_REFUSED)
    assert call.asks(AGENT) == SayAndHangUp(ENGLISH, Notice.OTHER_REFUSED)


def test_a_leg_that_nobody_has_accepted_is_taken_down_without_a_word() -> None:
    call = waiting(CALLER_AGREES)
    effects = call.happens(ASKED, NoKey(CALLER), ASKED, NoKey(CALLER))
    assert effects == [
        NoteConsent(CALLER, agreed=False),
        LetGo(CALLER),
        LetGo(AGENT),
        HangUp(AGENT),
        Finish(NOT_AGREED),
    ]
    assert call.asks(AGENT) == HangUpLeg()
    assert call.asks(CALLER) == SayAndHangUp(SPANISH, Notice.CONSENT_REFUSED)


def test_who_agrees_when_asked_again_is_interpreted() -> None:
    call = waiting(CALLER_AGREES)
    call.happens(Accepted(AGENT, "WR1"), ASKED, NoKey(CALLER), ASKED)
    assert StartInterpreting() in call.happens(Pressed(CALLER, "1"))


def test_both_may_have_to_agree() -> None:
    call = waiting(BOTH_AGREE)
    call.happens(ASKED, Pressed(CALLER, "1"))
    told = call.happens(Accepted(AGENT, "WR1"))
    assert told[-3:] == [Tell(AGENT, notice) for notice in (Notice.WHISPER, Notice.ANNOUNCE_SHORT, Notice.CONSENT)]
    assert StartInterpreting() not in told
    assert StartInterpreting() in call.happens(Pressed(AGENT, "1"))


def test_the_agent_is_asked_while_the_caller_is_in_the_menu() -> None:
    call = waiting(BOTH_AGREE)
    call.happens(Accepted(AGENT, "WR1"), Pressed(CALLER, "*"))
    assert call.state.state is State.CHOOSING
    assert call.happens(NoticeHeard(AGENT, Notice.CONSENT, whole=True)) == [AwaitKey(AGENT)]
    assert call.happens(Pressed(AGENT, "1")) == [NoteConsent(AGENT, agreed=True)]
    assert call.happens(Pressed(CALLER, "1")) == [], "there is no stream to press it in"


def test_the_agents_question_goes_on_while_the_caller_chooses_another_language() -> None:
    call = waiting(BOTH_AGREE)
    call.happens(Accepted(AGENT, "WR1"), Pressed(CALLER, "*"))
    assert call.happens(LanguageChosen(FRENCH)) == [StartHold(AGENT)]
    assert call.happens(NoticeHeard(AGENT, Notice.CONSENT, whole=True)) == [AwaitKey(AGENT)]


def test_what_became_due_while_the_carrier_spoke_is_said_by_a_document_of_its_own() -> None:
    call = waiting(CALLER_AGREES)
    call.happens(NoticeFailed(CALLER, Notice.ANNOUNCE))
    assert call.asks(CALLER) == ConnectStream(SPANISH, (Notice.ANNOUNCE,))
    assert call.happens(NoticeFailed(CALLER, Notice.CONSENT)) == []
    effects = call.happens(Joined(CALLER))
    assert effects[:2] == [NoteSaid(CALLER, Notice.ANNOUNCE), LetGo(CALLER)]
    assert not [one for one in effects if isinstance(one, AwaitKey)], "it was not asked yet"
    assert call.asks(CALLER) == ConnectStream(SPANISH, (Notice.CONSENT,))
    assert call.happens(Joined(CALLER))[:2] == [NoteSaid(CALLER, Notice.CONSENT), AwaitKey(CALLER)]


def test_a_customer_whom_we_called_is_asked_after_answering() -> None:
    call = Call(CALLER_AGREES, setup(first=AGENT, route=DIRECT))
    call.happens(Dialled(AGENT, "CA-agent"), Joined(AGENT), Dialled(CALLER, "CA-customer"))
    assert call.happens(Accepted(CALLER, "CA-customer")) == []
    assert call.happens(Joined(CALLER)) == [
        StartHold(CALLER),
        Tell(CALLER, Notice.ANNOUNCE),
        Tell(CALLER, Notice.CONSENT),
    ]
    assert call.happens(Pressed(CALLER, "*")) == [], "no menu here"
    assert StartInterpreting() in call.happens(Pressed(CALLER, "1"))


def test_a_question_that_was_cut_off_still_gets_its_time() -> None:
    call = waiting(CALLER_AGREES)
    assert call.happens(NoticeHeard(CALLER, Notice.CONSENT, whole=False)) == [AwaitKey(CALLER)]


def test_a_question_whose_stream_died_is_asked_anew() -> None:
    call = waiting(CALLER_AGREES)
    call.happens(Left(CALLER, clean=False))
    assert call.happens(Joined(CALLER)) == [Tell(CALLER, Notice.CONSENT), StartHold(CALLER)]
    call.happens(ASKED, Left(CALLER, clean=False))
    assert call.happens(Joined(CALLER)) == [StartHold(CALLER)], "that one was heard: the time runs"


def test_time_that_runs_out_while_the_stream_is_lost_leads_to_the_question_when_it_is_back() -> None:
    call = waiting(CALLER_AGREES)
    call.happens(ASKED, Left(CALLER, clean=False))
    assert call.happens(NoKey(CALLER)) == []
    assert call.happens(Joined(CALLER)) == [Tell(CALLER, Notice.CONSENT), StartHold(CALLER)]


def test_consent_in_a_language_that_we_cannot_speak() -> None:
    call = Call(replace(CALLER_AGREES, voiced=frozenset({"en"})))
    assert call.asks(CALLER) == ConnectStream(SPANISH, (Notice.WAIT, Notice.ANNOUNCE, Notice.CONSENT))
    assert call.happens(Joined(CALLER))[:3] == [
        NoteSaid(CALLER, Notice.ANNOUNCE),
        NoteSaid(CALLER, Notice.CONSENT),
        AwaitKey(CALLER),
    ]
    assert call.happens(NoKey(CALLER)) == [LetGo(CALLER), StopHold(CALLER)]
    assert call.asks(CALLER) == ConnectStream(SPANISH, (Notice.CONSENT,))
    assert call.happens(Joined(CALLER))[:2] == [NoteSaid(CALLER, Notice.CONSENT), AwaitKey(CALLER)]
    assert call.happens(NoKey(CALLER))[-1] == Finish(NOT_AGREED)


@pytest.mark.parametrize(
    ("opening", "caller", "agent"),
    [
        (USUAL, (Notice.ANNOUNCE,), (Notice.ANNOUNCE_SHORT,)),
        (CALLER_AGREES, (Notice.ANNOUNCE, Notice.CONSENT), (Notice.ANNOUNCE_SHORT,)),
        (replace(BOTH_AGREE, agent=Length.OFF), (Notice.ANNOUNCE, Notice.CONSENT), (Notice.CONSENT,)),
        (replace(BOTH_AGREE, voiced=frozenset({ENGLISH.tag})), (), (Notice.ANNOUNCE_SHORT, Notice.CONSENT)),
    ],
)
def test_what_we_shall_have_to_speak_is_known_before_the_call(
    opening: Opening, caller: tuple[Notice, ...], agent: tuple[Notice, ...]
) -> None:
    of = replace(setup(), opening=opening)
    assert (owed(of, CALLER), owed(of, AGENT)) == (caller, agent)


def test_what_cannot_be_spoken_to_a_page_is_shown_on_it() -> None:
    """There is no carrier that could say it; the key that means yes has its time all the same."""
    opening = Opening(agent=Length.SHORT, consent=frozenset({AGENT}), voiced=frozenset({"es"}))
    state, _ = begin(replace(setup(route=AgentRoute(AgentVia.BROWSER, "")), opening=opening))
    for event in (Joined(CALLER), Dialled(AGENT, "page-1")):
        state, _ = step(state, event)
    state, effects = step(state, Joined(AGENT, "page-1"))
    assert [one for one in effects if isinstance(one, Tell) and one.role is AGENT] == [
        Tell(AGENT, Notice.ANNOUNCE_SHORT),
        Tell(AGENT, Notice.CONSENT),
    ]
    assert not any(isinstance(one, LetGo) for one in effects)
    assert step(state, NoticeFailed(AGENT, Notice.ANNOUNCE_SHORT))[1] == [Show(AGENT, Notice.ANNOUNCE_SHORT)]
    state, effects = step(state, NoticeFailed(AGENT, Notice.CONSENT))
    assert effects == [Show(AGENT, Notice.CONSENT), AwaitKey(AGENT)]
    state, effects = step(state, Pressed(AGENT, "1"))
    assert StartInterpreting() in effects
