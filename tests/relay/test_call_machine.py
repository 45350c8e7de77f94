"""Scripts for the call machine: what happened, and what must be done. Then: everything that can happen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.call import (
    Accepted,
    AskLanguage,
    CallSetup,
    ConnectStream,
    DialFailed,
    Dialled,
    DialPerson,
    EndAsked,
    HangUpLeg,
    Instruction,
    LanguageChosen,
    LegEnded,
    Notice,
    Prior,
    Role,
    SayAndHangUp,
    TaskKnown,
)
from dragoman.domain.control import PersonAsked
from dragoman.domain.effects import (
    CallEffect,
    CloseTask,
    Dial,
    Finish,
    HangUp,
    HangUpTwin,
    LetGo,
    NoteConsent,
    StartHold,
    StartInterpreting,
    StopHold,
    Tell,
)
from dragoman.domain.language import Language
from dragoman.domain.outcome import DialFailure, Outcome, Result
from dragoman.relay.call_machine import (
    MAX_HOPS,
    CallState,
    Event,
    FellSilent,
    GivenUp,
    Joined,
    LadderEnded,
    Left,
    Pressed,
    State,
    StillAway,
    begin,
    instruct,
    step,
)
from dragoman.relay.call_state import STEADY_S, Consent
from dragoman.relay.call_table import alphabet, setups, walk
from tests.fakes.relay_parts import DIRECT, ENGLISH, FRENCH, SPANISH, setup

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT
FIRST_ID = "CA-incoming"


class Call:
    """Drives the machine and remembers."""

    def __init__(self, of: CallSetup) -> None:
        self.state, effects = begin(of)
        self.effects = list(effects)

    def happens(self, *events: Event) -> list[CallEffect]:
        """What the last of the events led to."""
        effects: list[CallEffect] = []
        for event in events:
            self.state, effects = step(self.state, event)
            self.effects += effects
        return effects

    def now(self) -> State:
        return self.state.state

    def asks(self, role: Role) -> Instruction:
        self.state, instruction = instruct(self.state, role)
        return instruction


def outcome(effects: list[CallEffect]) -> Outcome:
    (end,) = [effect.outcome for effect in effects if isinstance(effect, Finish)]
    return end


def waiting() -> Call:
    """A caller in the stream; the agent's leg at the contact centre is placed and connected, nobody accepted yet."""
    call = Call(setup())
    call.happens(Joined(CALLER), Dialled(AGENT, "CA-agent"), Joined(AGENT))
    return call


def talking() -> Call:
    call = waiting()
    call.happens(Accepted(AGENT, "WR1"))
    return call


# ---- The way there ---------------------------------------------------------------------------------------------------


def test_an_incoming_call_through_a_contact_centre() -> None:
    call = Call(setup())
    assert call.effects == []
    assert call.asks(CALLER) == ConnectStream(SPANISH, (Notice.WAIT,))
    assert call.happens(Joined(CALLER)) == [Dial(call.state.setup, AGENT), StartHold(CALLER)]
    assert call.happens(Dialled(AGENT, "CA-agent")) == []
    assert call.asks(AGENT) == ConnectStream(ENGLISH)
    assert call.happens(Joined(AGENT)) == []
    assert call.now() is State.CONNECTING
    assert call.happens(Accepted(AGENT, "WR1")) == [
        StartInterpreting(),
        StopHold(CALLER),
        Tell(AGENT, Notice.WHISPER),
    ]
    assert call.now() is State.INTERPRETING


def test_who_comes_from_an_assistant_is_not_asked_to_wait_again() -> None:
    call = Call(replace(setup(), prior=Prior("An order.")))
    assert call.asks(CALLER) == ConnectStream(SPANISH)


def test_accepted_before_the_agents_stream_is_here() -> None:
    """The sessions open at once; the caller goes on waiting, and the agent is told when there is an ear."""
    call = Call(setup())
    call.happens(Joined(CALLER), Dialled(AGENT, "CA-agent"))
    assert call.happens(Accepted(AGENT, "WR1")) == [StartInterpreting()]
    assert call.happens(Joined(AGENT)) == [StopHold(CALLER), Tell(AGENT, Notice.WHISPER)]


def test_the_stream_may_come_before_the_carrier_has_answered_our_dial() -> None:
    call = Call(setup())
    call.happens(Joined(CALLER), Joined(AGENT), Accepted(AGENT, "WR1"))
    assert call.now() is State.INTERPRETING
    assert call.happens(Dialled(AGENT, "CA-agent")) == []
    assert call.state.carrier_calls == {CALLER: FIRST_ID, AGENT: "CA-agent"}


def test_accepted_twice_and_a_transfer_change_nothing() -> None:
    call = talking()
    assert call.happens(Accepted(AGENT, "WR1")) == []
    assert call.happens(Accepted(AGENT, "WR2")) == []
    assert call.now() is State.INTERPRETING


def test_an_agents_own_phone_accepts_by_answering_and_is_told_by_the_carrier() -> None:
    call = Call(setup(route=DIRECT))
    call.happens(Joined(CALLER), Dialled(AGENT, "CA-agent"))
    assert call.asks(AGENT) == ConnectStream(ENGLISH, (Notice.WHISPER,))
    assert call.happens(Joined(AGENT)) == [StartInterpreting(), StopHold(CALLER)]


def test_a_call_that_we_place_begins_with_the_agent() -> None:
    call = Call(setup(first=AGENT))
    assert call.effects == [Dial(call.state.setup, AGENT)]
    assert call.happens(Dialled(AGENT, "CA-agent"), Joined(AGENT)) == [], "nobody has accepted yet"
    assert call.happens(Accepted(AGENT, "WR1")) == [Dial(call.state.setup, CALLER), StartHold(AGENT)]
    assert call.asks(CALLER) == ConnectStream(SPANISH), "the customer did not ask to wait"
    assert call.happens(Joined(CALLER)) == [StartInterpreting(), StopHold(AGENT), Tell(AGENT, Notice.WHISPER)]


def test_a_customer_who_answers_is_interpreted_before_the_stream_is_here() -> None:
    call = Call(setup(first=AGENT, route=DIRECT))
    call.happens(Dialled(AGENT, "CA-agent"), Joined(AGENT), Dialled(CALLER, "CA-customer"))
    assert call.happens(Accepted(CALLER, "CA-customer")) == [StartInterpreting()]
    assert call.happens(Joined(CALLER)) == [StopHold(AGENT)]


def test_a_repeated_webhook_gets_the_same_answer() -> None:
    call = Call(setup())
    assert call.asks(CALLER) == call.asks(CALLER) == ConnectStream(SPANISH, (Notice.WAIT,))
    call.happens(Joined(CALLER))
    assert call.asks(CALLER) == ConnectStream(SPANISH), "who comes back has heard it"


# ---- Dials that fail -------------------------------------------------------------------------------------------------

TOLD = {
    DialFailure.BUSY: (Notice.BUSY, Result.AGENT),
    DialFailure.NO_ANSWER: (Notice.NO_AGENT, Result.AGENT),
    DialFailure.CANCELED: (Notice.NO_AGENT, Result.AGENT),
    DialFailure.NO_AGENT: (Notice.NO_AGENT, Result.AGENT),
    DialFailure.VOICEMAIL: (Notice.NO_AGENT, Result.AGENT),
    DialFailure.FAILED: (Notice.FAILED, Result.UPSTREAM),
    DialFailure.REJECTED: (Notice.FAILED, Result.UPSTREAM),
}


@pytest.mark.parametrize("failure", list(DialFailure))
def test_a_failed_dial_is_told_to_the_waiting_caller(failure: DialFailure) -> None:
    notice, result = TOLD[failure]
    call = Call(setup())
    call.happens(Joined(CALLER), Dialled(AGENT, "CA-agent"))
    effects = call.happens(DialFailed(AGENT, failure, "CA-agent"))
    assert LetGo(CALLER) in effects
    assert HangUp(CALLER) not in effects, "a caller who is cut off is told nothing"
    assert outcome(effects) == Outcome(result, f"agent: {failure.value}")
    assert call.asks(CALLER) == SayAndHangUp(SPANISH, notice)


def test_nobody_accepts_though_the_contact_centres_leg_is_connected() -> None:
    """The leg waits in a queue with a stream of its own: a cancelled task must still reach the caller."""
    call = waiting()
    effects = call.happens(DialFailed(AGENT, DialFailure.NO_AGENT))
    assert effects[:-1] == [LetGo(CALLER), LetGo(AGENT), HangUp(AGENT)]
    assert call.asks(CALLER) == SayAndHangUp(SPANISH, Notice.NO_AGENT)


def test_a_machine_that_answered_has_a_stream_too() -> None:
    call = Call(setup(first=AGENT, route=DIRECT))
    call.happens(Dialled(AGENT, "CA-agent"), Joined(AGENT), Dialled(CALLER, "CA-customer"), Joined(CALLER))
    assert call.now() is State.INTERPRETING
    effects = call.happens(DialFailed(CALLER, DialFailure.VOICEMAIL, "CA-customer"))
    assert HangUp(CALLER) in effects
    assert HangUp(AGENT) not in effects
    assert call.asks(AGENT) == SayAndHangUp(ENGLISH, Notice.NO_AGENT)
    assert call.asks(CALLER) == HangUpLeg(), "a mailbox needs no farewell"
    assert outcome(effects).result is Result.CALLER


@pytest.mark.parametrize(
    "late",
    [
        DialFailed(AGENT, DialFailure.NO_AGENT),
        DialFailed(AGENT, DialFailure.BUSY, "CA-agent"),
        DialFailed(AGENT, DialFailure.FAILED, "CA-an-earlier-leg"),
        DialFailed(AGENT, DialFailure.VOICEMAIL, "CA-an-earlier-leg"),
        LegEnded(AGENT, carrier_call="CA-an-earlier-leg"),
    ],
)
def test_late_words_about_a_leg_that_talks_change_nothing(late: Event) -> None:
    call = talking()
    assert call.happens(late) == []
    assert call.now() is State.INTERPRETING


def test_the_first_dial_of_a_call_that_we_place_fails() -> None:
    call = Call(setup(first=AGENT))
    effects = call.happens(DialFailed(AGENT, DialFailure.REJECTED))
    assert effects == [Finish(Outcome(Result.UPSTREAM, "agent: rejected"))]


def test_busy_before_the_carrier_has_answered_our_dial() -> None:
    """Status callbacks may overtake the answer to the request: they count, and the late id is taken down again."""
    call = Call(setup())
    call.happens(Joined(CALLER))
    assert outcome(call.happens(DialFailed(AGENT, DialFailure.BUSY, "CA-agent"))).reason == "agent: busy"
    assert call.happens(Dialled(AGENT, "CA-agent")) == [HangUp(AGENT)]


# ---- Hanging up ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "other"), [(CALLER, AGENT), (AGENT, CALLER)])
def test_either_hang_up_ends_both_legs(who: Role, other: Role) -> None:
    call = talking()
    effects = call.happens(Left(who, clean=True))
    assert effects == [LetGo(other), HangUp(other), Finish(Outcome(Result(who.value), "hung up"))]
    assert call.asks(other) == HangUpLeg()


@pytest.mark.parametrize(("who", "other"), [(CALLER, AGENT), (AGENT, CALLER)])
def test_the_carriers_word_is_enough(who: Role, other: Role) -> None:
    """The socket may hang on: the callback ends the call, and lets go of both streams."""
    call = talking()
    effects = call.happens(LegEnded(who, carrier_call="CA-agent" if who is AGENT else FIRST_ID))
    assert effects[:2] == [LetGo(CALLER), LetGo(AGENT)]
    assert HangUp(other) in effects
    assert HangUp(who) not in effects


def test_the_caller_hangs_up_while_waiting() -> None:
    call = waiting()
    assert call.happens(Left(CALLER, clean=True)) == [
        LetGo(AGENT),
        HangUp(AGENT),
        Finish(Outcome(Result.CALLER, "hung up")),
    ]


def test_the_caller_hangs_up_before_the_stream_is_here() -> None:
    call = Call(setup())
    assert call.happens(LegEnded(CALLER)) == [Finish(Outcome(Result.CALLER, "hung up"))]


def test_the_caller_hangs_up_while_the_agent_is_being_dialled() -> None:
    """The request is on its way: what it places is taken down as soon as its id is known."""
    call = Call(setup())
    call.happens(Joined(CALLER), Left(CALLER, clean=True))
    assert call.happens(Dialled(AGENT, "CA-agent")) == [HangUp(AGENT)]


def test_the_contact_centre_drops_its_leg_before_anybody_accepts() -> None:
    call = waiting()
    effects = call.happens(Left(AGENT, clean=True))
    assert effects == [LetGo(CALLER), Finish(Outcome(Result.AGENT, "hung up"))]
    assert call.asks(CALLER) == SayAndHangUp(SPANISH, Notice.NO_AGENT)


def test_an_end_that_was_asked_for_is_told_to_both() -> None:
    call = talking()
    effects = call.happens(EndAsked(Outcome(Result.US, "spending limit"), Notice.LIMIT))
    assert effects == [LetGo(CALLER), LetGo(AGENT), Finish(Outcome(Result.US, "spending limit"))]
    assert call.asks(CALLER) == SayAndHangUp(SPANISH, Notice.LIMIT)
    assert call.asks(AGENT) == SayAndHangUp(ENGLISH, Notice.LIMIT)


def test_an_end_without_a_word_takes_both_down() -> None:
    effects = talking().happens(EndAsked(Outcome(Result.US, "asked")))
    assert effects[:-1] == [LetGo(CALLER), LetGo(AGENT), HangUp(CALLER), HangUp(AGENT)]


def test_a_caller_on_the_way_to_the_stream_is_told_too() -> None:
    """The greeting plays at the carrier: the stream will be refused, and then the leg asks."""
    call = Call(setup())
    call.asks(CALLER)
    assert call.happens(EndAsked(Outcome(Result.US, "the server stopped"), Notice.FAILED)) == [
        Finish(Outcome(Result.US, "the server stopped"))
    ]
    assert call.asks(CALLER) == SayAndHangUp(SPANISH, Notice.FAILED)


@pytest.mark.parametrize("late", [one for one in alphabet() if not isinstance(one, Dialled | TaskKnown)])
def test_after_the_end_nothing_happens(late: Event) -> None:
    call = talking()
    call.happens(Left(CALLER, clean=True))
    over = call.state
    assert call.happens(late) == []
    assert call.state == over


# ---- A person --------------------------------------------------------------------------------------------------------

PERSON = "client:somebody"


@pytest.mark.parametrize(("who", "language", "other_hears"), [(CALLER, SPANISH, ENGLISH), (AGENT, ENGLISH, SPANISH)])
def test_who_asks_for_a_person_goes_there_and_the_other_one_is_told(
    who: Role, language: Language, other_hears: Language
) -> None:
    call = Call(replace(setup(), person=PERSON))
    call.happens(Joined(CALLER), Dialled(AGENT, "CA-agent"), Joined(AGENT), Accepted(AGENT, "WR1"))
    over = Finish(Outcome(Result(who.value), "handed to a person"))
    assert call.happens(PersonAsked(who)) == [LetGo(CALLER), LetGo(AGENT), over]
    assert call.asks(who) == call.asks(who) == DialPerson(language, PERSON)
    assert call.asks(who.other) == SayAndHangUp(other_hears, Notice.PERSON_LEFT)
    assert call.happens(Left(who, clean=False), PersonAsked(who.other), LegEnded(who)) == []


def test_when_the_ladder_has_ended_the_caller_goes_to_a_person_once() -> None:
    call = Call(replace(setup(), person=PERSON))
    call.happens(Joined(CALLER), Dialled(AGENT, "CA-agent"), Joined(AGENT))
    assert call.happens(LadderEnded()) == [], "nothing interprets yet"
    assert call.happens(Accepted(AGENT, "WR1"), LadderEnded())[:2] == [LetGo(CALLER), LetGo(AGENT)]
    assert call.asks(CALLER) == DialPerson(SPANISH, PERSON, Notice.PERSON_INSTEAD)
    assert call.happens(LadderEnded()) == []


def test_where_there_is_nobody_the_party_is_told_and_the_interpreter_goes_on() -> None:
    call = talking()
    before = call.state
    assert call.happens(PersonAsked(AGENT)) == [Tell(AGENT, Notice.NO_PERSON)]
    assert call.state == before


def test_a_person_is_for_those_who_talk() -> None:
    call = Call(replace(setup(), person=PERSON))
    call.happens(Joined(CALLER), Dialled(AGENT, "CA-agent"), Joined(AGENT))
    assert call.happens(PersonAsked(CALLER)) == [], "an agent is being fetched, and that is a person"
    call.happens(Accepted(AGENT, "WR1"), Left(CALLER, clean=False))
    assert call.happens(PersonAsked(CALLER)) == [], "without a stream nobody pressed a key"
    assert call.now() is State.INTERPRETING


def test_a_party_whose_stream_is_lost_just_now_is_not_waited_for() -> None:
    call = Call(replace(setup(), person=PERSON))
    call.happens(Joined(CALLER), Dialled(AGENT, "CA-agent"), Joined(AGENT), Accepted(AGENT, "WR1"))
    call.happens(Left(AGENT, clean=False))
    assert call.happens(PersonAsked(CALLER))[:-1] == [LetGo(CALLER), HangUp(AGENT)]


# ---- Streams that die ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "language"), [(CALLER, SPANISH), (AGENT, ENGLISH)])
def test_a_stream_that_died_may_come_back(who: Role, language: object) -> None:
    call = talking()
    lost = call.happens(Left(who, clean=False))
    assert lost == [StartHold(who.other)], "no silence for the one who stays"
    assert call.asks(who) == ConnectStream(language)  # type: ignore[arg-type]
    assert call.happens(Joined(who)) == [StopHold(who.other)], "so soon that nobody need be told"
    assert call.state.away == frozenset()
    assert call.happens(GivenUp(who)) == [], "too late"


def test_a_waiting_caller_whose_stream_died_hears_the_hold_sound_again() -> None:
    call = waiting()
    assert call.happens(Left(CALLER, clean=False)) == [StopHold(CALLER)]
    assert call.happens(Joined(CALLER)) == [StartHold(CALLER)]


def test_the_hold_sound_does_not_go_on_when_both_are_back() -> None:
    """The caller's stream dies after the agent accepted and before the agent's stream is here."""
    call = Call(setup())
    call.happens(Joined(CALLER), Accepted(AGENT, "WR1"), Left(CALLER, clean=False), Joined(AGENT), Joined(CALLER))
    holds = [effect for effect in call.effects if isinstance(effect, StartHold | StopHold)]
    assert holds == [StartHold(CALLER), StopHold(CALLER), StartHold(AGENT), StopHold(AGENT)]


@pytest.mark.parametrize("who", Role)
def test_a_stream_that_stays_away_is_told_of_once_and_so_is_its_return(who: Role) -> None:
    call = talking()
    assert call.happens(StillAway(who)) == [], "it is here"
    call.happens(Left(who, clean=False))
    assert call.happens(StillAway(who)) == [Tell(who.other, Notice.OTHER_AWAY)]
    assert call.happens(StillAway(who)) == []
    assert call.happens(Joined(who)) == [Tell(who, Notice.BACK_AGAIN), StopHold(who.other)]
    assert call.happens(Left(who, clean=False)) == [StartHold(who.other)]
    assert call.happens(Joined(who)) == [StopHold(who.other)]


def test_who_waits_for_an_agent_is_not_told_that_a_stream_in_the_queue_is_away() -> None:
    call = waiting()
    assert call.happens(Left(AGENT, clean=False), StillAway(AGENT)) == []
    assert call.happens(Joined(AGENT)) == [Tell(AGENT, Notice.BACK_AGAIN)]


def test_both_streams_lost_tell_nobody_until_they_are_back() -> None:
    call = talking()
    call.happens(Left(CALLER, clean=False), Left(AGENT, clean=False))
    assert call.happens(StillAway(CALLER), StillAway(AGENT)) == []
    assert call.happens(Joined(AGENT)) == [Tell(AGENT, Notice.BACK_AGAIN), StartHold(AGENT)]
    assert call.happens(Joined(CALLER)) == [Tell(CALLER, Notice.BACK_AGAIN), StopHold(AGENT)]


def test_a_stream_that_fell_silent_is_closed_and_may_come_back() -> None:
    call = talking()
    assert call.happens(FellSilent(AGENT)) == [LetGo(AGENT)]
    assert call.now() is State.INTERPRETING
    call.happens(Left(AGENT, clean=False))
    assert call.happens(FellSilent(AGENT)) == [], "it is gone already"


def test_a_stream_that_does_not_come_back_ends_the_call() -> None:
    call = talking()
    call.happens(Left(AGENT, clean=False))
    effects = call.happens(GivenUp(AGENT))
    assert effects == [LetGo(CALLER), HangUp(AGENT), Finish(Outcome(Result.UPSTREAM, "the agent's stream was lost"))]
    assert call.asks(CALLER) == SayAndHangUp(SPANISH, Notice.FAILED)


def test_a_stream_that_lived_for_long_begins_the_count_of_hops_anew() -> None:
    call = talking()
    for lived_s in (STEADY_S - 1, STEADY_S):
        for _ in range(MAX_HOPS):
            call.asks(CALLER)
        assert call.asks(CALLER) == HangUpLeg()
        call.happens(Left(CALLER, clean=False, lived_s=lived_s))
        assert isinstance(call.asks(CALLER), HangUpLeg if lived_s < STEADY_S else ConnectStream)
        call.happens(Joined(CALLER))


def test_a_leg_that_comes_back_for_ever_is_a_loop() -> None:
    call = Call(setup())
    for _ in range(MAX_HOPS):
        assert isinstance(call.asks(CALLER), ConnectStream)
    assert call.asks(CALLER) == HangUpLeg()


# ---- Another language ------------------------------------------------------------------------------------------------


def test_a_waiting_caller_goes_back_to_the_menu_and_chooses() -> None:
    call = waiting()
    assert call.happens(Pressed(CALLER, "*")) == [StopHold(CALLER), LetGo(CALLER)]
    assert call.happens(Left(CALLER, clean=False)) == []
    assert call.asks(CALLER) == AskLanguage()
    assert call.happens(LanguageChosen(FRENCH)) == []
    assert call.asks(CALLER) == ConnectStream(FRENCH, (Notice.WAIT,)), "not the menu again"
    assert call.happens(Joined(CALLER)) == [StartHold(CALLER)]
    assert call.state.setup.caller.language is FRENCH
    assert call.now() is State.CONNECTING


def test_the_agent_accepts_while_the_caller_is_in_the_menu() -> None:
    call = waiting()
    call.happens(Pressed(CALLER, "*"), Left(CALLER, clean=True))
    assert call.happens(Accepted(AGENT, "WR1")) == [], "in which language?"
    started = [StartInterpreting(), StartHold(AGENT), Tell(AGENT, Notice.WHISPER)]
    assert call.happens(LanguageChosen(FRENCH)) == started, "until the caller's stream is back"
    assert call.happens(Joined(CALLER)) == [StopHold(AGENT)]
    assert call.happens(Joined(CALLER)) == []


def test_the_caller_hangs_up_in_the_menu() -> None:
    call = waiting()
    call.happens(Pressed(CALLER, "*"), Left(CALLER, clean=True))
    assert call.happens(LegEnded(CALLER, carrier_call=FIRST_ID))[-1] == Finish(Outcome(Result.CALLER, "hung up"))


def test_the_agents_leg_fails_while_the_caller_is_in_the_menu() -> None:
    call = waiting()
    call.happens(Pressed(CALLER, "*"), Left(CALLER, clean=False))
    assert HangUp(CALLER) not in call.happens(DialFailed(AGENT, DialFailure.NO_AGENT))
    assert call.asks(CALLER) == SayAndHangUp(SPANISH, Notice.NO_AGENT)


def test_the_agents_stream_dies_while_the_caller_is_in_the_menu_and_is_given_up() -> None:
    call = waiting()
    call.happens(Pressed(CALLER, "*"), Left(CALLER, clean=False), Left(AGENT, clean=False))
    assert outcome(call.happens(GivenUp(AGENT))).result is Result.UPSTREAM


@pytest.mark.parametrize("press", [Pressed(CALLER, "1"), Pressed(AGENT, "*")])
def test_other_keys_and_other_hands_do_nothing(press: Pressed) -> None:
    assert waiting().happens(press) == []


def test_the_language_key_does_nothing_once_the_talk_has_begun() -> None:
    call = talking()
    assert call.happens(Pressed(CALLER, "*")) == []
    call = Call(setup())
    call.happens(Joined(CALLER), Accepted(AGENT, "WR1"))
    assert call.happens(Pressed(CALLER, "*")) == [], "the sessions are open, if not the agent's stream"


def test_a_customer_whom_we_called_has_no_menu() -> None:
    call = Call(setup(first=AGENT, route=DIRECT))
    call.happens(Joined(AGENT), Joined(CALLER))
    assert call.happens(Pressed(CALLER, "*")) == []


def test_a_language_chosen_before_the_stream_counts() -> None:
    call = Call(setup())
    call.happens(LanguageChosen(FRENCH))
    assert call.asks(CALLER) == ConnectStream(FRENCH, (Notice.WAIT,))


# ---- Everything that can happen --------------------------------------------------------------------------------------


def named(of: CallSetup) -> str:
    spoken = "" if of.opening.voiced is None else "-by-the-carrier"
    next_one = "-then-elsewhere" if of.otherwise is not None else ""
    return (
        f"{of.route.via.value}-{of.first.value}-first{next_one}" + ("-consent" if of.opening.consent else "") + spoken
    )


@pytest.mark.parametrize("of", setups(), ids=named)
def test_every_step_of_every_call_keeps_the_rules(of: CallSetup) -> None:
    """Walks all states that can be reached by all events in any order."""
    for walked in walk(of):
        check(walked.before, walked.event, walked.after, list(walked.effects))


def check(before: CallState, event: Event, after: CallState, effects: list[CallEffect]) -> None:
    told = (event, before)
    over = after.state is State.OVER
    finishes = [effect for effect in effects if isinstance(effect, Finish)]
    assert len(finishes) == (over and before.state is not State.OVER), told
    assert not over or after.outcome is not None, told
    if before.state is State.OVER:
        assert after.state is State.OVER, told
        assert all(isinstance(effect, HangUp | HangUpTwin | CloseTask) for effect in effects), told
    for effect in effects:
        check_effect(before, after, effect, told)
    if over and before.state is not State.OVER:
        check_end(before, after, effects)
    else:
        assert after.joined.isdisjoint(after.away), told
        assert after.missed <= after.away, told
        for role in after.joined & after.to_say.keys():
            assert LetGo(role) in effects or role in before.to_say, "who must be told by the carrier is let go"
    assert not (after.holding and after.state in (State.OVER, State.CHOOSING)), told
    if before.state is State.INTERPRETING:
        assert after.state in (State.INTERPRETING, State.OVER), "sessions are opened once"


def check_effect(before: CallState, after: CallState, effect: CallEffect, told: object) -> None:
    match effect:
        case Dial(_, role, after_s):
            again = after.tries.get(role, 1) > before.tries.get(role, 1)
            elsewhere = after.setup.route is not before.setup.route
            assert again == (role in before.dialled and not elsewhere) == (after_s > 0), told
            assert role in after.dialled, told
            assert after.tries.get(role, 1) <= after.dial_tries, told
        case StartInterpreting():
            assert before.state not in (State.INTERPRETING, State.OVER), told
            assert after.state is State.INTERPRETING, told
            assert after.accepted == frozenset(Role), told
            assert after.agreed, told
        case StartHold(role):
            assert role not in before.holding, told
            assert role in after.joined, told
            assert not after.ready(role.other) or not after.agreed, told
        case StopHold(role):
            assert role in before.holding, told
        case Tell(role, notice):
            assert role in after.joined, told
            if notice is Notice.OTHER_AWAY:
                assert role.other in after.away, told
            if notice in (Notice.STILL_WAITING, Notice.QUEUE_POSITION):
                assert before.awaits_agent, told
            if notice is Notice.WHISPER:
                assert not before.whispered, told
                assert after.ready(AGENT), told
        case NoteConsent(role, agreed):
            assert agreed == (after.state is not State.OVER), told
            assert before.consent[role] not in (Consent.AGREED, Consent.REFUSED), told
        case _:
            pass


def check_end(before: CallState, after: CallState, effects: list[CallEffect]) -> None:
    """Every stream is let go, and every leg that was placed is over, taken down, or will ask and be told; the contact
    centre's task is closed, unless its agent goes on with a person.
    """
    closed = [effect for effect in effects if isinstance(effect, CloseTask)]
    kept = not before.task or after.handed is AGENT
    assert closed == ([] if kept else [CloseTask(before.task, taken=AGENT in before.accepted)])
    for role in Role:
        if role in after.joined:
            assert LetGo(role) in effects
        if role in before.dialled and HangUp(role) not in effects:
            _, answer = instruct(after, role)
            assert isinstance(answer, DialPerson if role is after.handed else HangUpLeg | SayAndHangUp)


@given(
    of=st.sampled_from(setups()),
    happened=st.lists(st.one_of(st.sampled_from(alphabet()), st.sampled_from(Role)), max_size=60),
)
def test_any_sequence_of_events_and_questions_ends_once_at_most(of: CallSetup, happened: list[Event | Role]) -> None:
    state, effects = begin(of)
    done = list(effects)
    for one in happened:
        if isinstance(one, Role):
            state, _ = instruct(state, one)
        else:
            state, effects = step(state, one)
            done += effects
    assert sum(isinstance(effect, Finish) for effect in done) == (state.state is State.OVER)
    assert sum(isinstance(effect, StartInterpreting) for effect in done) <= 1
    assert sum(effect == Tell(AGENT, Notice.WHISPER) for effect in done) <= 1
    dialled = [effect.role for effect in done if isinstance(effect, Dial)]
    assert len(dialled) - len(set(dialled)) <= (of.otherwise is not None)
