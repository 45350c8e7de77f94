"""What an assistant's call remembers: it reads what it wrote, and goes on where it was."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dragoman.domain.call import CallId
from dragoman.domain.hours import Hours, Span, Weekday
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.persona import Phrase
from dragoman.domain.reception import ConnectPerson, LeaveCall, RecordMessage, TalkOn
from dragoman.domain.speech import Side, Tokens
from dragoman.domain.tools import ToolAsked
from dragoman.languages import language_of
from dragoman.ports import Ringing
from dragoman.relay import answering, memory
from dragoman.relay.answering import HUNG_UP, LATE_S, TALK_S
from dragoman.relay.answering_state import AnsweringState, EngineDown, Joined, LetGo, Wait, Waited, Where
from dragoman.relay.assistant_memory import (
    VERSION,
    AssistantMemory,
    KeptPersona,
    Standing,
    read,
    woken,
    written,
)
from dragoman.relay.assistant_record import BargeIn, ToolUse
from dragoman.relay.call_state import AWAITED_S, LOST_S, STOPPED
from dragoman.relay.found_out import Finding
from dragoman.relay.talk_lines import TalkLine
from dragoman.relay.talk_memory import TalkMemory
from dragoman.relay.turn_times import TurnTimes
from tests.fakes.personas import EN, JA, MONDAY_10_IN_TOKYO, persona

pytestmark = pytest.mark.unit

ID = CallId("call-1")
ENGLISH, JAPANESE = language_of(EN), language_of(JA)
PERSON = "+15550100007"
RINGING = Ringing("CA1", "+819012345678", "+81312345678", JAPANESE, "AC1")
WHO = persona(transfer=PERSON)
BEGAN, NOW = 100.0, 500.0


def remembered(standing: Standing | None = None, **more: object) -> AssistantMemory:
    kept = KeptPersona.of(WHO, MONDAY_10_IN_TOKYO)
    whole = AssistantMemory(ID, RINGING, kept, 1_700_000_000.25, standing or Standing(ENGLISH), TalkMemory(EN))
    return replace(whole, **more)  # type: ignore[arg-type]


def up(standing: Standing, ago_s: float = 1.0, waits_s: float = 0.0) -> AnsweringState:
    return woken(remembered(standing, waits_s=waits_s), WHO, [ENGLISH, JAPANESE], BEGAN, NOW, ago_s)


def test_everything_is_read_as_it_was_written() -> None:
    standing = Standing(
        JAPANESE,
        Where.PERSON,
        digits="1w2#",
        pressing="1",
        person=ConnectPerson(PERSON, "Ana.", JAPANESE, "A moment.", ENGLISH),
        message=RecordMessage("Speak.", ENGLISH),
        down=True,
        hops=3,
        recordings=1,
        message_url="https://example.com/RE1",
        interpreted=CallId("call-2"),
        farewell="Bye.",
        gone=True,
        parted=True,
        outcome=Outcome(Result.US, "a limit"),
    )
    talk = TalkMemory(
        JA,
        [TalkLine(1, Side.SOURCE, 1.0, "Where?", 2.0, final=True, heard_ms=300)],
        [TurnTimes(1, 2.5, stopped_s=2.0, first_heard_s=2.6, cut=True)],
        [Finding(ToolAsked("c1", "order", "{}"), 2.1, "{}"), Finding(ToolAsked("c2", "order", "{}"), 2.2)],
        greeted=True,
        unsettled=True,
        prompts=1,
        warned=True,
    )
    whole = remembered(
        standing,
        talk=talk,
        usd=0.125,
        usd_is_estimate=True,
        troubles=["network: gone"],
        tools=[ToolUse("order", 2.1, 2.2), ToolUse("order", 2.2, None, "slow")],
        barge_ins=[BargeIn(3.0, (100, 0))],
        tokens=Tokens(1, 2, 3, 4, 5, 6),
        engines=["conversation", "second"],
        sessions=2,
        nonces=["n1"],
    )
    assert read(written(whole), VERSION) == whole
    assert written(whole) == written(whole)


def test_what_another_version_wrote_and_what_is_broken_is_nothing() -> None:
    whole = written(remembered())
    assert read(whole, VERSION + 1) is None
    assert read(whole, memory.VERSION) is None
    for broken in (b"", b"{}", b"\xff\xfe", whole[:-1], whole.replace(b'"talking"', b'"nowhere"'), b"[" * 10_000):
        assert read(broken, VERSION) is None


def test_a_field_that_is_new_is_as_it_would_be_without_it() -> None:
    whole = msgspec.json.decode(written(remembered()))
    del whole["standing"]["hops"], whole["nonces"], whole["talk"]["findings"]
    whole["from_the_future"] = 1
    assert read(msgspec.json.encode(whole), VERSION) == remembered()


def test_all_of_the_state_is_kept_but_what_is_another_process_s() -> None:
    kept = {one.name for one in fields(Standing)}
    not_kept = {one.name for one in fields(AnsweringState)} - kept
    assert not_kept == {"call_id", "persona", "languages", "wait", "here"}
    state = replace(answering.begin(ID, WHO, JAPANESE, NOW), here=True, hops=2, digits="1")
    again = up(Standing.of(state))
    assert again == replace(state, here=False, wait=again.wait, languages=again.languages)


def test_a_persona_that_is_gone_still_speaks_what_the_carrier_says() -> None:
    kept = KeptPersona.of(WHO, MONDAY_10_IN_TOKYO)
    stand_in = kept.stand_in()
    for tag in (EN, JA):
        for phrase in (Phrase.ENGINE_DOWN, Phrase.TRANSFERRING, Phrase.MESSAGE_PLEASE, Phrase.GOODBYE):
            assert stand_in.say(phrase, tag) == WHO.say(phrase, tag)
    assert (stand_in.name, stand_in.transfer, stand_in.languages, stand_in.tools) == (WHO.name, PERSON, (JA, EN), ())
    assert stand_in.say(Phrase.IDLE, EN) == "", "it has nothing to talk about"
    state = woken(remembered(), stand_in, [ENGLISH], BEGAN, NOW, 1.0)
    state, _ = answering.step(state, EngineDown(is_open=True), NOW)
    assert state.person is not None
    assert state.person.say.startswith(WHO.say(Phrase.ENGINE_DOWN, EN))


@pytest.mark.parametrize(("later", "is_open"), [(timedelta(), True), (timedelta(hours=12), False)])
def test_whether_people_are_there_is_known_too(later: timedelta, *, is_open: bool) -> None:
    hours = Hours(zone=ZoneInfo("Asia/Tokyo"), week={Weekday.MONDAY: (Span(9 * 60, 17 * 60),)})
    assert KeptPersona.of(persona(hours=hours), MONDAY_10_IN_TOKYO + later).is_open is is_open


# ---- Waking ----------------------------------------------------------------------------------------------------------


def test_who_talked_with_the_assistant_must_come_back_soon() -> None:
    state = up(Standing(ENGLISH, hops=2))
    assert state.wait == Wait(NOW + AWAITED_S, STOPPED)
    ended, _ = answering.step(state, Waited(), NOW + AWAITED_S)
    assert (ended.outcome, ended.gone) == (STOPPED, True)
    _, told, _ = answering.ask(state, NOW + 1)
    assert told == TalkOn(ID)


def test_nobody_comes_back_to_a_call_that_was_left_long_ago() -> None:
    ended, _ = answering.step(up(Standing(ENGLISH), LOST_S + 1), Waited(), NOW)
    assert ended.outcome == STOPPED


@pytest.mark.parametrize("where", [Where.PERSON, Where.MESSAGE])
def test_who_is_in_the_carriers_hands_is_there_as_long_as_before(where: Where) -> None:
    assert up(Standing(ENGLISH, where), 400.0, TALK_S).wait == Wait(BEGAN + TALK_S, HUNG_UP)
    assert up(Standing(ENGLISH, where), 1.0, NOW - BEGAN + 1).wait == Wait(NOW + AWAITED_S, HUNG_UP), "if it had asked"


def test_a_leg_that_was_over_is_not_waited_for() -> None:
    assert up(Standing(ENGLISH, Where.MESSAGE, gone=True)).wait == Wait(NOW + LATE_S, HUNG_UP)


def test_a_call_that_was_over_says_goodbye_still() -> None:
    over = Standing(ENGLISH, Where.OVER, farewell="Bye.", outcome=Outcome(Result.US, "a limit"))
    state = up(over)
    assert (state.over, state.parting, state.wait) == (True, True, None)
    assert answering.ask(state, NOW)[1] == LeaveCall("Bye.", ENGLISH)


def test_keys_that_were_to_be_pressed_are_pressed() -> None:
    state = up(Standing(ENGLISH, digits="12"))
    state, effects = answering.step(state, Joined(), NOW)
    assert effects == [LetGo()], "the leg asks, and is told"
