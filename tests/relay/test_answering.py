"""The carrier's side of an assistant's call, in scripts: what the leg is told, and when the call is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.assistant_effects import EndWhy
from dragoman.domain.call import CallId
from dragoman.domain.language import Language
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.persona import BuiltIn, Persona, Phrase, ToolPlan
from dragoman.domain.reception import (
    CallerLeft,
    ConnectPerson,
    GoOnInterpreted,
    KeysPressed,
    LeaveCall,
    MessageLeft,
    Next,
    PersonLeft,
    PressKeys,
    Reached,
    RecordMessage,
    TalkOn,
)
from dragoman.domain.tools import HandOver, HangUp, SendDigits, TakeMessage, Transfer
from dragoman.languages import language_of
from dragoman.relay import answering
from dragoman.relay.answering_state import (
    AnsweringState,
    Effect,
    EndForced,
    EngineDown,
    Event,
    Finish,
    GoOn,
    Joined,
    LanguageSpoken,
    Left,
    LetGo,
    Performed,
    TakeDown,
    TakenOver,
    TakeOver,
    TalkEnded,
    Waited,
    Where,
)
from dragoman.relay.call_state import MAX_HOPS, REJOIN_S
from tests.fakes.personas import EN, JA, persona

pytestmark = pytest.mark.script

ID = CallId("call-1")
ENGLISH, JAPANESE = language_of(EN), language_of(JA)
PERSON = "+15550100007"
MESSAGE = ToolPlan("message", BuiltIn.MESSAGE)
GONE = Outcome(Result.CALLER, "hung up")
T = TypeVar("T")


class Leg:
    """One call's state, with a clock at hand."""

    def __init__(self, who: Persona | None = None) -> None:
        self.who = who or persona(MESSAGE, transfer=PERSON)
        self.now = 100.0
        self.state: AnsweringState = answering.begin(ID, self.who, ENGLISH, self.now)
        self.effects: list[Effect] = []

    def step(self, *events: Event) -> list[Effect]:
        """Effects of the last of them."""
        done: list[Effect] = []
        for event in events:
            self.state, done = answering.step(self.state, event, self.now)
            self.effects += done
            if LetGo() in done and self.state.here:
                self.step(Left(clean=False))
        return done

    def asks(self) -> Next:
        self.state, told, effects = answering.ask(self.state, self.now)
        self.effects += effects
        return told

    def talks(self) -> Leg:
        assert self.asks() == TalkOn(ID)
        self.step(Joined())
        return self

    def wait(self, seconds: float) -> list[Effect]:
        self.now += seconds
        return self.step(Waited())

    @property
    def outcome(self) -> Outcome | None:
        return self.state.outcome

    def says(self, *phrases: Phrase) -> str:
        return " ".join(self.who.say(one, self.state.language.tag) for one in phrases)


def of(kind: type[T], effects: Iterable[object]) -> list[T]:
    return [one for one in effects if isinstance(one, kind)]


# ---- The stream ------------------------------------------------------------------------------------------------------


def test_a_call_rings_and_is_connected_to_the_assistant() -> None:
    leg = Leg()
    assert [leg.asks(), leg.asks()] == [TalkOn(ID), TalkOn(ID)], "a repeated webhook is told the same"
    leg.step(Joined())
    leg.wait(10_000)
    assert leg.outcome is None


def test_a_stream_that_never_comes_ends_the_call() -> None:
    leg = Leg()
    leg.wait(answering.COMES_S - 1)
    leg.asks()
    leg.wait(answering.STREAM_S - 0.1)
    assert leg.outcome is None
    assert leg.wait(0.2) == [Finish(Outcome(Result.UNKNOWN, "the caller's stream never came"))]
    assert not leg.state.parting, "nobody will ask"


def test_a_clean_end_and_no_word_of_the_leg_is_a_hang_up() -> None:
    leg = Leg().talks()
    leg.step(Left(clean=True, lived_s=5))
    assert leg.wait(answering.HUNG_UP_S - 0.1) == []
    assert leg.wait(0.2) == [Finish(GONE)]


def test_a_leg_that_asks_after_a_clean_end_talks_on() -> None:
    leg = Leg().talks()
    leg.step(Left(clean=True))
    leg.wait(1)
    leg.talks()
    leg.wait(60)
    assert leg.outcome is None


def test_a_stream_that_died_may_come_back_for_a_while() -> None:
    leg = Leg().talks()
    leg.step(Left(clean=False))
    leg.wait(REJOIN_S - 0.1)
    leg.talks()
    leg.step(Left(clean=False))
    assert leg.wait(REJOIN_S + 0.1) == [Finish(Outcome(Result.UPSTREAM, "the caller's stream was lost"))]


def test_a_leg_that_runs_in_circles_is_hung_up_with_a_word() -> None:
    leg = Leg()
    for _ in range(MAX_HOPS):
        leg.talks()
        leg.step(Left(clean=False))
    assert leg.asks() == LeaveCall(leg.says(Phrase.ENGINE_DOWN), ENGLISH)
    assert leg.outcome == Outcome(Result.UPSTREAM, "the caller's leg ran in circles")
    assert not leg.state.parting


def test_a_stream_that_lived_for_long_begins_the_count_anew() -> None:
    leg = Leg()
    for _ in range(3 * MAX_HOPS):
        leg.talks()
        leg.step(Left(clean=False, lived_s=61))
    assert leg.asks() == TalkOn(ID)


# ---- What the talk comes to ------------------------------------------------------------------------------------------


def test_hanging_up_lets_the_stream_go_and_says_nothing_more() -> None:
    leg = Leg().talks()
    assert leg.step(Performed(HangUp("Bye."))) == [LetGo(), Finish(Outcome(Result.US, "the assistant said goodbye"))]
    assert leg.state.parting
    assert leg.asks() == LeaveCall("", ENGLISH)
    assert not leg.state.parting
    assert leg.step(Performed(HangUp("Bye."))) == []


@pytest.mark.parametrize(
    ("why", "outcome"),
    [
        (EndWhy.IDLE, Outcome(Result.CALLER, "said nothing")),
        (EndWhy.TOO_LONG, Outcome(Result.US, "length limit of the call")),
        (EndWhy.FAX, Outcome(Result.CALLER, "not a person: fax")),
        (EndWhy.HOLD_SOUND, Outcome(Result.CALLER, "not a person: hold-sound")),
    ],
)
def test_a_talk_that_ends_by_itself(why: EndWhy, outcome: Outcome) -> None:
    leg = Leg().talks()
    assert leg.step(TalkEnded(why)) == [LetGo(), Finish(outcome)]
    assert leg.asks() == LeaveCall("", ENGLISH)


def test_keys_are_pressed_once_and_the_talk_goes_on() -> None:
    leg = Leg().talks()
    assert leg.step(Performed(SendDigits("1w2"))) == [LetGo()]
    assert leg.asks() == PressKeys("1w2")
    leg.wait(5)
    leg.step(KeysPressed())
    assert leg.asks() == TalkOn(ID)
    leg.step(Joined())
    leg.wait(60)
    assert (leg.outcome, leg.state.here) == (None, True)


def test_keys_of_several_tools_are_pressed_together_and_before_anything_else() -> None:
    leg = Leg().talks()
    leg.step(Performed(SendDigits("1")), Performed(SendDigits("23")), Performed(HangUp("Bye.")))
    assert leg.asks() == PressKeys("123")
    leg.step(KeysPressed())
    assert leg.asks() == LeaveCall("", ENGLISH)


def test_keys_whose_answer_got_lost_are_not() -> None:
    leg = Leg().talks()
    leg.step(Performed(SendDigits("12")))
    assert [leg.asks(), leg.asks()] == [PressKeys("12"), PressKeys("12")], "the carrier asks again for a lost answer"
    leg.step(Performed(SendDigits("3")), KeysPressed())
    assert leg.asks() == PressKeys("3"), "what came meanwhile was not pressed yet"
    leg.step(KeysPressed(), KeysPressed())
    assert leg.asks() == TalkOn(ID)


def test_a_long_way_through_a_menu_is_no_circle() -> None:
    leg = Leg().talks()
    for _ in range(3 * MAX_HOPS):
        leg.step(Performed(SendDigits("1")))
        leg.asks()
        leg.step(KeysPressed())
        leg.talks()
    assert leg.outcome is None


def test_a_leg_that_never_asks_for_its_keys_hung_up() -> None:
    leg = Leg().talks()
    leg.step(Performed(SendDigits("1")))
    assert leg.wait(answering.STREAM_S + 1) == [Finish(GONE)]


def test_a_message_asks_nothing_of_the_carrier() -> None:
    leg = Leg().talks()
    assert leg.step(Performed(TakeMessage("Call me."))) == []
    assert leg.state.here


# ---- A person --------------------------------------------------------------------------------------------------------


def test_a_caller_talks_with_a_person_and_the_call_is_over() -> None:
    leg = Leg().talks()
    assert leg.step(Performed(Transfer("sip:desk@example.com", "An order."))) == [LetGo()]
    told = ConnectPerson("sip:desk@example.com", "An order.", ENGLISH, say_language=ENGLISH)
    assert [leg.asks(), leg.asks()] == [told, told]
    assert leg.wait(3600) == []
    talked = Outcome(Result.AGENT, "talked with a person")
    assert leg.step(PersonLeft(Reached.TALKED)) == [Finish(talked)]
    assert leg.asks() == LeaveCall("", ENGLISH)
    assert leg.step(PersonLeft(Reached.BUSY)) == []


@pytest.mark.parametrize(("wrote", "language"), [("", JAPANESE), ("en", ENGLISH), ("xx", JAPANESE)])
def test_a_person_hears_the_summary_in_the_language_of_the_firm(wrote: str, language: Language) -> None:
    who = persona(languages=(JA, EN), transfer=PERSON)
    leg = Leg(who)
    leg.state = answering.begin(ID, who, ENGLISH, leg.now, (JAPANESE, ENGLISH))
    leg.talks().step(Performed(Transfer("", "An order.", wrote)))
    told = leg.asks()
    assert isinstance(told, ConnectPerson)
    assert (told.language, told.say_language) == (language, ENGLISH)


def test_who_is_with_a_person_when_we_end_it_was_connected() -> None:
    leg = Leg().talks()
    leg.step(Performed(Transfer("", "An order.")))
    leg.asks()
    leg.step(EndForced(Outcome(Result.US, "the server stopped"), "Sorry."))
    assert leg.outcome == Outcome(Result.AGENT, "with a person, and the server stopped")


@pytest.mark.parametrize("reached", [Reached.BUSY, Reached.NO_ANSWER, Reached.FAILED])
def test_where_nobody_is_reached_the_assistant_says_so_and_goes_on(reached: Reached) -> None:
    leg = Leg().talks()
    leg.step(Performed(Transfer("", "An order.")))
    told = leg.asks()
    assert isinstance(told, ConnectPerson)
    assert told.to == PERSON, "the persona's own"
    assert leg.step(PersonLeft(reached)) == [GoOn(Phrase.TRANSFER_CLOSED)]
    leg.talks()
    assert leg.state.here


def test_without_a_tool_for_messages_none_is_offered() -> None:
    leg = Leg(persona(transfer=PERSON)).talks()
    leg.step(Performed(Transfer("", "")))
    assert leg.step(PersonLeft(Reached.BUSY)) == [GoOn(Phrase.NO_TRANSFER)]


def test_with_nobody_to_connect_the_talk_goes_on_at_once() -> None:
    leg = Leg(persona()).talks()
    assert leg.step(Performed(Transfer("", ""))) == [GoOn(Phrase.NO_TRANSFER)]
    assert leg.state.here


def test_a_person_whose_end_nobody_tells_is_not_waited_for_for_ever() -> None:
    leg = Leg().talks()
    leg.step(Performed(Transfer("", "")))
    leg.asks()
    assert leg.wait(answering.TALK_S + 1) == [Finish(GONE)]


# ---- Handing over ----------------------------------------------------------------------------------------------------


def test_a_caller_goes_on_in_an_interpreted_call() -> None:
    leg = Leg().talks()
    assert leg.step(Performed(HandOver("", "An order."))) == [TakeOver("", "An order.")]
    handed = Outcome(Result.AGENT, "handed over to an interpreted call")
    assert leg.step(TakenOver(CallId("other"))) == [LetGo(), Finish(handed)]
    assert leg.state.where is Where.HANDED_OVER
    assert [leg.asks(), leg.asks()] == [GoOnInterpreted(CallId("other"))] * 2


def test_where_it_cannot_be_handed_over_the_assistant_goes_on() -> None:
    leg = Leg().talks()
    leg.step(Performed(HandOver("", "")))
    assert leg.step(TakenOver(None)) == [GoOn(Phrase.TRANSFER_CLOSED)]
    assert leg.state.here


# ---- Without an assistant --------------------------------------------------------------------------------------------


def test_when_the_engine_is_down_the_caller_hears_why_and_gets_a_person() -> None:
    leg = Leg().talks()
    assert leg.step(EngineDown(is_open=True)) == [LetGo()]
    words = leg.says(Phrase.ENGINE_DOWN, Phrase.TRANSFERRING)
    assert leg.asks() == ConnectPerson(PERSON, "", ENGLISH, words)
    leg.step(PersonLeft(Reached.TALKED))
    assert leg.outcome == Outcome(Result.UPSTREAM, "no assistant: talked with a person")


def test_and_a_person_who_is_not_reached_leaves_a_message() -> None:
    leg = Leg().talks()
    leg.step(EngineDown(is_open=True))
    leg.asks()
    leg.step(PersonLeft(Reached.NO_ANSWER))
    assert leg.asks() == RecordMessage(leg.says(Phrase.NO_TRANSFER, Phrase.MESSAGE_PLEASE), ENGLISH)


@pytest.mark.parametrize(("who", "is_open"), [(persona(transfer=PERSON), False), (persona(), True)])
def test_out_of_hours_or_without_a_person_a_message_is_recorded(who: Persona, is_open: bool) -> None:
    leg = Leg(who).talks()
    leg.step(LanguageSpoken(JAPANESE), EngineDown(is_open))
    words = leg.says(Phrase.ENGINE_DOWN, Phrase.MESSAGE_PLEASE)
    assert leg.asks() == RecordMessage(words, JAPANESE), "in the language that the caller speaks"
    leg.step(MessageLeft("https://example.com/RE1", 12.0))
    assert leg.asks() == LeaveCall(leg.says(Phrase.GOODBYE), JAPANESE)
    assert leg.outcome == Outcome(Result.UPSTREAM, "no assistant: left a message")
    assert leg.state.message_url == "https://example.com/RE1"


def test_who_says_nothing_after_the_tone_is_asked_twice() -> None:
    leg = Leg(persona()).talks()
    leg.step(EngineDown(is_open=True))
    assert [type(leg.asks()) for _ in range(2)] == [RecordMessage] * 2, "an answer may get lost"
    assert leg.step(MessageLeft("")) == []
    assert isinstance(leg.asks(), RecordMessage)
    assert len(leg.step(MessageLeft(""))) == 1
    assert leg.asks() == LeaveCall(leg.says(Phrase.GOODBYE), ENGLISH)
    assert leg.outcome == Outcome(Result.UPSTREAM, "no assistant: left no message")


@pytest.mark.parametrize("url", ["https://api.twilio.com/R", ""])
def test_a_message_whose_caller_hung_up_counts_whatever_the_carrier_tells_first(url: str) -> None:
    leg = Leg().talks()
    leg.step(EngineDown(False))
    leg.asks()
    assert leg.step(CallerLeft(), CallerLeft()) == []
    assert len(leg.step(MessageLeft(url))) == 1
    assert leg.state.message_url == url
    assert leg.outcome == Outcome(Result.UPSTREAM, f"no assistant: left {'a' if url else 'no'} message")


@pytest.mark.parametrize("event", [EngineDown(False), Performed(Transfer("", "s"))])
def test_who_hung_up_and_left_nothing_is_not_waited_for_for_long(event: Event) -> None:
    leg = Leg().talks()
    leg.step(event)
    leg.asks()
    leg.step(CallerLeft())
    leg.now += 5
    leg.step(CallerLeft())
    (finish,) = leg.wait(answering.LATE_S - 5)
    assert isinstance(finish, Finish)
    assert "hung up" in finish.outcome.reason


def test_who_hung_up_before_a_person_answered_is_gone() -> None:
    leg = Leg().talks()
    leg.step(Performed(Transfer("", "s")))
    leg.asks()
    assert leg.step(CallerLeft(), PersonLeft(Reached.NO_ANSWER)) == [Finish(GONE)]


def test_a_leg_that_asks_and_never_records_runs_in_circles() -> None:
    leg = Leg().talks()
    leg.step(EngineDown(False))
    told = [leg.asks() for _ in range(MAX_HOPS + 1)]
    assert isinstance(told[-1], LeaveCall)


def test_who_hung_up_on_a_person_did_talk_with_them() -> None:
    leg = Leg().talks()
    leg.step(Performed(Transfer("", "s")))
    leg.asks()
    leg.step(CallerLeft(), PersonLeft(Reached.TALKED))
    assert leg.outcome == Outcome(Result.AGENT, "talked with a person")


def test_an_engine_that_is_down_before_the_stream_is_here() -> None:
    leg = Leg()
    assert leg.asks() == TalkOn(ID)
    assert leg.step(EngineDown(is_open=True)) == []
    assert leg.step(Joined()) == [LetGo()], "it is let go, so that the leg asks"
    assert isinstance(leg.asks(), ConnectPerson)


@pytest.mark.parametrize("is_open", [True, False])
def test_a_talk_that_ends_late_ends_neither_a_message_nor_a_talk_with_a_person(is_open: bool) -> None:
    leg = Leg().talks()
    leg.step(EngineDown(is_open))
    leg.asks()
    assert leg.step(TalkEnded(EndWhy.IDLE)) == []
    assert leg.outcome is None


def test_who_talks_with_a_person_needs_no_engine() -> None:
    leg = Leg().talks()
    leg.step(Performed(Transfer("", "")))
    leg.asks()
    assert leg.step(EngineDown(is_open=True)) == []
    leg.step(PersonLeft(Reached.BUSY))
    assert isinstance(leg.asks(), RecordMessage), "but when the person is not reached there is nobody to go on with"


# ---- Ends ------------------------------------------------------------------------------------------------------------


def test_an_end_of_ours_says_why() -> None:
    leg = Leg().talks()
    ours = Outcome(Result.US, "the server stopped")
    assert leg.step(EndForced(ours, "Sorry.")) == [LetGo(), Finish(ours)]
    assert leg.asks() == LeaveCall("Sorry.", ENGLISH)


@pytest.mark.parametrize("where", [*Where])
def test_a_phone_call_that_is_to_end_ends_whoever_the_caller_is_with(where: Where) -> None:
    leg = Leg()
    leg.state = replace(leg.state, where=where, down=where is Where.MESSAGE)
    ours = Outcome(Result.US, "ended by the api")
    assert leg.step(EndForced(ours, cut=True))[-1] == TakeDown()
    assert leg.state.outcome is not None
    assert leg.state.outcome.reason.endswith("ended by the api"), "and not: with a person"
    assert leg.step(EndForced(ours, cut=True)) == [], "once"


def test_the_carrier_says_that_the_leg_is_over() -> None:
    leg = Leg().talks()
    assert leg.step(CallerLeft()) == [LetGo(), Finish(GONE)]
    assert not leg.state.parting
    assert leg.step(CallerLeft()) == []


def test_a_leg_that_is_over_after_the_call_does_not_ask() -> None:
    leg = Leg().talks()
    leg.step(Performed(HangUp("")))
    assert leg.state.parting
    leg.step(CallerLeft())
    assert not leg.state.parting


EVENTS: list[Event] = [
    Joined(), Left(True), Left(False, 99.0), Waited(), Performed(HangUp("")), Performed(Transfer("", "s")),
    Performed(HandOver("", "s")), Performed(SendDigits("1")), Performed(TakeMessage("m")), TalkEnded(EndWhy.IDLE),
    EngineDown(True), EngineDown(False), TakenOver(CallId("x")), TakenOver(None), LanguageSpoken(JAPANESE),
    EndForced(Outcome(Result.US, "x"), "Sorry."), PersonLeft(Reached.TALKED), PersonLeft(Reached.BUSY),
    MessageLeft(""), KeysPressed(), CallerLeft(),
]  # fmt: skip


@given(st.lists(st.sampled_from([*EVENTS, "ask", "wait"]), max_size=30))
def test_whatever_happens_it_ends_once_and_always_answers(story: list[Event | str]) -> None:
    leg = Leg()
    for one in story:
        over = leg.state.over
        if one == "ask":
            assert leg.asks() is not None
        elif one == "wait":
            leg.wait(20)
        elif not isinstance(one, str):
            leg.step(one)
        assert leg.state.over >= over, "what is over stays so"
    assert len(of(Finish, leg.effects)) == leg.state.over
    for _ in range(40):
        leg.asks()
        leg.step(Left(clean=False))
        leg.wait(5 * 3600)
    assert leg.state.over, "a leg that is gone, or runs in circles, ends every call"
    if leg.state.interpreted is None:
        assert isinstance(leg.asks(), LeaveCall | PressKeys)
