"""An assistant's call in virtual time: cold start, barge-in, tools, lost sessions, transfers, ends."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.assistant_ports import Line
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId, Notice
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.persona import BuiltIn, Phrase, ToolPlan
from dragoman.domain.reception import (
    CallerLeft,
    ConnectPerson,
    GoOnInterpreted,
    KeysPressed,
    LeaveCall,
    MessageLeft,
    PersonLeft,
    PressKeys,
    Reached,
    RecordMessage,
    TalkOn,
)
from dragoman.domain.speech import Side, TroubleKind
from dragoman.domain.tools import CallFacts, HandOver, HangUp, SendDigits, ToolAsked, ToolResult, Transfer
from dragoman.errors import Refused
from dragoman.notices import Notices
from tests.fakes.assistant_scene import CALL, RINGING, HandedOver, scene
from tests.fakes.assistant_talk import sound, voice
from tests.fakes.assistants import FakeAssistantEngine, FakeTools
from tests.fakes.leg import FakeLeg
from tests.fakes.personas import EN, persona
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script

PERSON = "+15550100007"
MESSAGE = ToolPlan("message", BuiltIn.MESSAGE)
ASKED = ToolAsked("c1", "order", "{}")
HUNG_UP = Outcome(Result.CALLER, "hung up")


def says(phrase: Phrase) -> str:
    return persona().say(phrase, EN)


# ---- Beginning -------------------------------------------------------------------------------------------------------


def test_the_session_opens_while_it_rings_and_the_greeting_waits_for_the_stream() -> None:
    async def story() -> None:
        async with scene() as here:
            await asyncio.sleep(1)
            assert here.session.said == [says(Phrase.GREETING)], "said before anybody asked what to do"
            assert here.call.next() == TalkOn(CALL)
            leg = FakeLeg()
            here.call.join(leg)
            assert leg.played, "at once"
            await asyncio.sleep(1)
            assert len(leg.ear) == AudioFormat.PCMU_8K.bytes_for(here.engine.ms)
            here.leg = leg
        assert here.record is not None
        assert (here.record.outcome, here.record.sessions, here.record.engines) == (HUNG_UP, 1, ("fake",))
        assert [line.text for line in here.record.lines] == [says(Phrase.GREETING)]
        assert here.record.turns[0].first_delta_s == 0.3

    run(story())


def test_a_cold_start_loses_no_frame() -> None:
    async def story() -> None:
        engine = FakeAssistantEngine(ready_s=3.0)
        async with scene(engine) as here:
            here.join()
            said = voice(2000)
            await here.hear(said)
            assert not here.session.ready
            await here.quiet(2)
            assert bytes(here.session.heard[: len(said)]) == said

    run(story())


def test_nor_does_one_whose_first_session_fails() -> None:
    async def story() -> None:
        engine = FakeAssistantEngine(ready_s=0.5, dies=[TroubleKind.NETWORK])
        async with scene(engine) as here:
            here.join()
            said = voice(900)
            await here.hear(said)
            assert len(engine.built) == 2
            assert not here.session.ready
            assert bytes(here.session.heard) == said, "the next one hears what the first one was to hear"
            assert here.session.said == [says(Phrase.GREETING)], "and greets, once"
            await here.quiet(1)
            spoken = len(sound(engine.ms))
            assert bytes(here.leg.ear).endswith(sound(engine.ms)), "the greeting"
            assert len(here.leg.ear) > spoken, "before it a soft sound, for it took long"

    run(story())


def test_tools_are_told_to_the_session() -> None:
    async def story() -> None:
        tools = FakeTools({"order": ToolResult("ok")})
        async with scene(tools=tools) as here:
            await here.greeted()
            wanted = here.session.wanted
            assert [(one.name, one.description) for one in wanted.tools] == [("order", "In en.")]
            assert (wanted.language.tag, wanted.so_far, wanted.call_id) == ("en", (), CALL)

    run(story())


def test_tools_that_cannot_be_had_leave_an_assistant_without() -> None:
    async def story() -> None:
        async with scene() as here:

            async def broken() -> FakeTools:
                raise RuntimeError("no such module")

            here.call._talk._load_tools = broken
            await here.greeted()
            assert here.session.wanted.tools == ()
            here.session.asks(ASKED)
            await here.quiet(0.1)
            assert "there are no tools" in here.session.outputs["c1"]

    run(story())


# ---- Talking ---------------------------------------------------------------------------------------------------------


def test_a_caller_who_cuts_in_is_heard_and_the_engine_knows_what_was() -> None:
    async def story() -> None:
        async with scene() as here:
            await here.greeted()
            item = here.session.speak("A long answer.", ms=8000)
            await here.quiet(1)
            await here.hear(voice(1500))
            (heard,) = here.session.interrupted
            assert here.leg.cleared == 1
            played_ms = sum(len(audio) for _, audio in here.leg.played) / 8 - here.engine.ms
            assert 1000 < heard[item] <= played_ms
        assert here.record is not None
        (barge_in,) = here.record.barge_ins
        assert barge_in.heard_ms == (heard[item],)
        assert here.record.turns[-1].cut

    run(story())


def test_a_slow_tool_has_a_filler_and_its_answer_is_told() -> None:
    async def story() -> None:
        tools = FakeTools({"order": ToolResult("On its way.", "Your order is on its way.")}, waits_s=3)
        async with scene(tools=tools) as here:
            await here.greeted()
            here.session.hears("Where is my order?")
            here.session.asks(ASKED)
            await here.quiet(2)
            assert here.session.said[1:] == [says(Phrase.FILLER)]
            await here.quiet(3)
            assert ToolResult.of_output(here.session.outputs["c1"]).text == "On its way."
            ((asked, facts),) = tools.called
            assert (asked, facts.call_id, facts.caller, facts.language) == (ASKED, CALL, "+819012345678", "en")
        assert here.record is not None
        (use,) = here.record.tools
        assert use.ended_s is not None
        assert (use.name, round(use.ended_s - use.asked_s, 2), use.error) == ("order", 3.0, "")
        assert [(line.side, line.text) for line in here.record.lines][-1] == (Side.TARGET, "Your order is on its way.")

    run(story())


def test_a_tool_that_hangs_and_one_that_raises_are_excused() -> None:
    async def story() -> None:
        who = persona(ToolPlan("hang", BuiltIn.FAQ, timeout_s=4))
        async with scene(who=who) as here:
            await here.greeted()
            here.session.asks(ToolAsked("c1", "hang", "{}"), ToolAsked("c2", "raise", "{}"))
            await here.quiet(5)
            assert here.session.outputs.keys() == {"c2"}
            await here.quiet(2)
            for call_id in ("c1", "c2"):
                told = ToolResult.of_output(here.session.outputs[call_id])
                assert (told.is_error, told.spoken) == (True, says(Phrase.TOOL_FAILED))
        assert here.record is not None
        errors = [use.error for use in here.record.tools]
        assert errors == ["the tool gave no answer in time", "the tool failed"]

    run(story())


def test_a_tool_that_runs_when_the_caller_hangs_up_is_left_alone() -> None:
    async def story() -> None:
        async with scene() as here:
            await here.greeted()
            here.session.asks(ToolAsked("c1", "hang", "{}"))
            await here.quiet(0.1)
        assert here.record is not None
        assert here.record.tools[0].ended_s is None

    run(story())


def test_keys_of_the_caller_reach_the_assistant() -> None:
    async def story() -> None:
        async with scene() as here:
            await here.greeted()
            for digit in "12#":
                here.leg.press(digit)
            assert here.session.keys == ["12#"]

    run(story())


def test_the_callers_language_is_followed_by_our_own_sentences() -> None:
    async def story() -> None:
        def rank(text: str) -> list[tuple[str, float]]:
            return [("ja", 0.0), ("en", -50.0)] if "注文" in text else [("en", 0.0), ("ja", -50.0)]

        async with scene(rank=rank) as here:
            await here.greeted()
            here.session.hears("私の注文はどこにありますか、教えてください")
            assert here.call.view().caller_language == "ja"
            here.call.end(Outcome(Result.US, "x"), Notice.FAILED)
            told = here.call.next()
            assert isinstance(told, LeaveCall)
            assert told.language is not None
            assert told.language.tag == "ja"
            assert told.say == Notices.load().text(Notice.FAILED, told.language)

    run(story())


# ---- Lost sessions ---------------------------------------------------------------------------------------------------


def test_a_lost_session_is_taken_up_where_it_was() -> None:
    async def story() -> None:
        async with scene() as here:
            await here.greeted()
            first = here.session
            first.hears("Where is my order?")
            first.die()
            await here.hear(voice(1000))
            second = here.session
            assert second is not first
            before = (Line(Side.TARGET, says(Phrase.GREETING)), Line(Side.SOURCE, "Where is my order?"))
            assert second.wanted.so_far == before
            assert second.said == [says(Phrase.NOT_UNDERSTOOD)], "an answer was owed"
            assert len(second.heard) >= 8000 - 160
        assert here.record is not None
        assert (here.record.sessions, here.record.troubles) == (2, ("network: the session died",))

    run(story())


def test_a_session_that_is_lost_in_a_pause_is_not_noticed() -> None:
    async def story() -> None:
        async with scene() as here:
            await here.greeted()
            here.session.die()
            await here.quiet(1)
            assert here.session.said == []
            assert len(here.engine.built) == 2

    run(story())


def test_with_no_session_to_be_had_the_caller_hears_why_and_gets_a_person() -> None:
    async def story() -> None:
        engine = FakeAssistantEngine(dies=[None, *[TroubleKind.NETWORK] * 9])
        async with scene(engine, who=persona(transfer=PERSON)) as here:
            await here.greeted()
            here.session.die()
            await here.quiet(3)
            assert len(engine.built) == 3
            assert here.leg.over, "let go, so that it asks"
            words = f"{says(Phrase.ENGINE_DOWN)} {says(Phrase.TRANSFERRING)}"
            told = here.call.next()
            assert isinstance(told, ConnectPerson)
            assert (told.to, told.say) == (PERSON, words)
            here.call.tell(PersonLeft(Reached.NO_ANSWER))
            assert isinstance(here.call.next(), RecordMessage)
            here.call.tell(CallerLeft())
        assert here.record is not None
        assert here.record.outcome == Outcome(Result.UPSTREAM, "no assistant: hung up")

    run(story())


@pytest.mark.parametrize("disk_is_full", [False, True])
def test_a_message_for_the_carrier_takes_its_time_and_is_written_down(disk_is_full: bool) -> None:
    kept: list[tuple[str, str, CallFacts]] = []

    async def recorded(who: str, url: str, facts: CallFacts) -> None:
        if disk_is_full:
            raise OSError(28, "No space left on device")
        kept.append((who, url, facts))

    async def story() -> None:
        engine = FakeAssistantEngine(dies=[TroubleKind.AUTH] * 9)
        async with scene(engine, recorded=recorded) as here:
            here.join()
            await here.quiet(0.5)
            assert isinstance(here.call.next(), RecordMessage)
            await asyncio.sleep(170)
            assert not here.call.over, "nobody who leaves a message is idle"
            here.call.tell(MessageLeft("https://api.twilio.com/R", 170.0))
        assert here.record is not None
        assert here.record.message_url == "https://api.twilio.com/R"
        found = [(who, url, facts.call_id, facts.caller) for who, url, facts in kept]
        wanted = [("test", "https://api.twilio.com/R", CALL, RINGING.caller_address)]
        assert found == ([] if disk_is_full else wanted)

    run(story())


def test_a_key_that_is_refused_is_not_tried_again() -> None:
    async def story() -> None:
        engine = FakeAssistantEngine(dies=[TroubleKind.AUTH] * 9)
        async with scene(engine) as here:
            here.join()
            await here.quiet(0.5)
            assert len(engine.built) == 1
            assert isinstance(here.call.next(), RecordMessage)
            here.call.tell(CallerLeft())

    run(story())


def test_another_engine_takes_over() -> None:
    async def story() -> None:
        first = FakeAssistantEngine("first", dies=[TroubleKind.QUOTA])
        second = FakeAssistantEngine("second")
        async with scene(first, second) as here:
            await here.greeted()
            assert second.now.said == [says(Phrase.GREETING)]
        assert here.record is not None
        assert here.record.engines == ("first", "second")

    run(story())


# ---- The leg is elsewhere --------------------------------------------------------------------------------------------


def test_keys_are_sent_and_the_talk_goes_on() -> None:
    async def story() -> None:
        tools = FakeTools({"order": ToolResult("Sent.", "Done.", action=SendDigits("12"))})
        async with scene(tools=tools) as here:
            await here.greeted()
            here.session.asks(ASKED)
            await here.quiet(2)
            assert here.leg.over
            assert here.call.next() == PressKeys("12")
            here.call.tell(KeysPressed())
            await here.greeted()
            said = voice(400)
            await here.hear(said)
            assert bytes(here.session.heard).endswith(said)
            assert len(here.engine.built) == 1, "in the same session"

    run(story())


def test_a_person_who_is_not_reached_is_told_and_the_talk_goes_on() -> None:
    async def story() -> None:
        tools = FakeTools({"order": ToolResult("", "I connect you.", action=Transfer(PERSON, "An order."))})
        async with scene(who=persona(MESSAGE), tools=tools) as here:
            await here.greeted()
            here.session.asks(ASKED)
            await here.quiet(3)
            told = here.call.next()
            assert isinstance(told, ConnectPerson)
            assert (told.to, told.summary) == (PERSON, "An order.")
            await asyncio.sleep(20)
            here.call.tell(PersonLeft(Reached.BUSY))
            await here.greeted()
            assert here.session.said[-1] == says(Phrase.TRANSFER_CLOSED)
            assert here.leg.ear, "and heard"
            assert len(here.engine.built) == 1
            here.session.asks(ToolAsked("c2", "order", "{}"))
            await here.quiet(1)
            assert len(tools.called) == 2, "tools run again"

    run(story())


def test_the_session_rests_while_the_caller_talks_with_a_person_for_long() -> None:
    async def story() -> None:
        tools = FakeTools({"order": ToolResult("", "I connect you.", action=Transfer(PERSON, ""))})
        async with scene(tools=tools) as here:
            await here.greeted()
            here.session.asks(ASKED)
            await here.quiet(3)
            here.call.next()
            await asyncio.sleep(70)
            assert here.engine.running == 0
            here.call.tell(PersonLeft(Reached.NO_ANSWER))
            await here.greeted()
            assert len(here.engine.built) == 2
            assert here.session.said == [says(Phrase.NO_TRANSFER)]
            assert here.session.wanted.so_far[-1] == Line(Side.TARGET, "I connect you.")

    run(story())


def test_a_caller_who_was_connected_is_gone_for_good() -> None:
    async def story() -> None:
        tools = FakeTools({"order": ToolResult("", "I connect you.", action=Transfer(PERSON, ""))})
        async with scene(tools=tools) as here:
            await here.greeted()
            here.session.asks(ASKED)
            await here.quiet(3)
            here.call.next()
            here.call.tell(PersonLeft(Reached.TALKED))
            assert here.call.next() == LeaveCall("", here.call.ringing.language)
        assert here.record is not None
        assert here.record.outcome == Outcome(Result.AGENT, "talked with a person")

    run(story())


def test_a_call_is_handed_over_with_what_was_said() -> None:
    async def story() -> None:
        tools = FakeTools({"order": ToolResult("", "", action=HandOver(PERSON, "An order."))})
        async with scene(tools=tools) as here:
            await here.greeted()
            here.session.hears("A person, please.")
            here.session.asks(ASKED)
            await here.quiet(7)
            assert here.call.next() == GoOnInterpreted(CallId("interpreted-1"))
            ((ringing, to, summary, lines),) = here.handed.taken
            assert (ringing.carrier_call, ringing.language.tag, to, summary) == ("CA1", "en", PERSON, "An order.")
            assert [line.text for line in lines] == [says(Phrase.GREETING), "A person, please."]
        assert here.record is not None
        assert here.record.interpreted == "interpreted-1"

    run(story())


def test_where_no_call_can_take_over_the_talk_goes_on() -> None:
    async def story() -> None:
        tools = FakeTools({"order": ToolResult("", "", action=HandOver("", ""))})
        async with scene(tools=tools, handed=HandedOver(refuses=True)) as here:
            await here.greeted()
            here.session.asks(ASKED)
            await here.quiet(7)
            assert here.session.said[-1] == says(Phrase.NO_TRANSFER)
            assert not here.leg.over

    run(story())


# ---- Streams ---------------------------------------------------------------------------------------------------------


def test_a_stream_that_died_comes_back_to_the_same_talk() -> None:
    async def story() -> None:
        async with scene() as here:
            await here.greeted()
            here.session.speak("A long answer.", ms=4000)
            await here.quiet(1)
            here.leg.end(clean=False, reason="lost")
            heard = len(here.leg.ear)
            await asyncio.sleep(2)
            await here.greeted()
            assert len(here.engine.built) == 1
            assert heard + len(here.leg.ear) >= 8 * (4000 - 500), "what was not heard yet plays on"

    run(story())


def test_a_second_stream_is_refused_unless_the_first_fell_silent() -> None:
    async def story() -> None:
        async with scene() as here:
            await here.greeted()
            with pytest.raises(Refused, match="a stream already"):
                here.call.join(FakeLeg())
            await asyncio.sleep(3)
            here.join()
            await here.quiet(0.5)
            assert not here.leg.over

    run(story())


def test_a_stream_that_brings_nothing_is_let_go() -> None:
    async def story() -> None:
        async with scene(silent_leg_s=5.0) as here:
            await here.greeted()
            await asyncio.sleep(6)
            assert here.leg.over
            assert here.call.next() == TalkOn(CALL)
            here.call.tell(CallerLeft())

    run(story())


def test_sound_of_another_form_is_refused() -> None:
    async def story() -> None:
        async with scene() as here:
            with pytest.raises(Refused, match="mu-law"):
                here.call.join(FakeLeg(format=AudioFormat.PCM16_24K))
            here.call.tell(CallerLeft())
            with pytest.raises(Refused, match="over"):
                here.call.join(FakeLeg())

    run(story())


# ---- Ends ------------------------------------------------------------------------------------------------------------


def test_a_goodbye_is_heard_to_its_end() -> None:
    async def story() -> None:
        tools = FakeTools({"order": ToolResult("", "Goodbye.", action=HangUp("Goodbye."))})
        async with scene(tools=tools) as here:
            await here.greeted()
            before = len(here.leg.ear)
            here.session.asks(ASKED)
            await here.quiet(0.3)
            assert not here.leg.over
            await here.quiet(1)
            assert len(here.leg.ear) - before == AudioFormat.PCMU_8K.bytes_for(here.engine.ms)
            assert here.leg.over
            assert here.call.next() == LeaveCall("", here.call.ringing.language)
        assert here.record is not None
        assert here.record.outcome == Outcome(Result.US, "the assistant said goodbye")

    run(story())


def test_a_fault_of_ours_ends_the_call_with_a_word() -> None:
    async def story() -> None:
        async with scene() as here:
            await here.greeted()
            here.leg.broken = True
            here.session.speak("An answer.")
            assert here.leg.over
            told = here.call.next()
            assert isinstance(told, LeaveCall)
            assert told.say == Notices.load().text(Notice.FAILED, here.call.ringing.language)
        assert here.record is not None
        assert here.record.outcome == Outcome(Result.US, "internal fault")

    run(story())


def test_a_call_that_costs_too_much_ends_with_a_word() -> None:
    async def story() -> None:
        async with scene(FakeAssistantEngine(usd=0.06), max_usd=0.1) as here:
            await here.greeted()
            here.session.speak("An answer.")
            told = here.call.next()
            assert isinstance(told, LeaveCall)
            assert told.say == Notices.load().text(Notice.LIMIT, here.call.ringing.language)
        assert here.record is not None
        assert (round(here.record.usd, 2), here.record.usd_is_estimate) == (0.12, False)
        assert here.record.tokens.audio_out == 200

    run(story())


def test_whoever_watches_sees_both_sides_until_the_end() -> None:
    async def story() -> None:
        async with scene() as here:
            watched = here.call.feed.watch()
            await here.greeted()
            here.session.hears("Where are you?")
            here.leg.end(clean=True)
            texts = [caption.text async for caption in watched]
            assert texts == [says(Phrase.GREETING), "Where are you?"]

    run(story())
