"""Assistants' calls that outlive the process: killed, handed back, left for good, with a person, over already."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from dragoman.assistant_ports import Line
from dragoman.domain.call import AskLater, CallId, ConnectStream, Notice, Role
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.persona import Phrase
from dragoman.domain.reception import (
    CallerLeft,
    ConnectPerson,
    GoOnInterpreted,
    LeaveCall,
    MessageLeft,
    PersonLeft,
    Reached,
    RecordMessage,
    TalkOn,
)
from dragoman.domain.speech import Side, TroubleKind
from dragoman.domain.tools import HandOver, HangUp, ToolAsked, ToolResult, ToolTold, Transfer
from dragoman.errors import Refused
from dragoman.notices import Notices
from dragoman.relay.assistant_memory import VERSION, read
from dragoman.relay.call_state import AWAITED_S, LOST_S, STOPPED
from dragoman.relay.found_out import INTERRUPTED
from dragoman.relay.keeper import DOUBT_S
from tests.fakes.assistants import FakeAssistantEngine
from tests.fakes.call_store import FakeCallStore
from tests.fakes.leg import FakeLeg
from tests.fakes.personas import LEAST, write
from tests.fakes.virtual_time import run
from tests.relay.test_assistants import ASKED, DESK, PERSON, House, house, wall

pytestmark = pytest.mark.script

SHUT = DESK.replace(f'transfer = "{PERSON}"\n', "")
NIGHT = LEAST.format(name="night")
"""Answers where the one before is gone."""
Happens = Callable[[House, CallId], Awaitable[None]]


@pytest.fixture(autouse=True)
def _virtual_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.relay.annals.wall", wall)


@contextlib.asynccontextmanager
async def killed(
    folder: Path, happens: Happens | None = None, **how: Any
) -> AsyncIterator[tuple[CallId, FakeCallStore]]:
    """A call in mid-talk whose process is no more, and what it left."""
    store = FakeCallStore()
    async with house(folder, *how.pop("files", (DESK,)), store=store, **how) as before:
        call_id = await before.talk()
        if happens is not None:
            await happens(before, call_id)
        await before.quiet(1.5, call_id)
        left = FakeCallStore(dict(store.kept))
        yield call_id, left
        before.legs[call_id].end(clean=True)
        before.assistants.tell(call_id, CallerLeft())
        await asyncio.sleep(15)


async def asks(here: House, call_id: CallId, text: str, answer: str) -> None:
    session = here.engine.of(call_id)
    session.hears(text)
    session.speak(answer)
    await here.quiet(1, call_id)


def says(here: House, phrase: Phrase) -> str:
    (persona,) = [one for one in here.assistants._personas.everyone if one.name == "desk"]
    return persona.say(phrase, "en")


def back(here: House) -> str:
    return Notices.load().text(Notice.BACK_AGAIN, here.assistants.greeting_language("", "desk"))


def joined_again(here: House, call_id: CallId) -> FakeLeg:
    leg = here.legs[call_id] = FakeLeg("another stream")
    here.assistants.join(call_id, leg, "another nonce")
    return leg


# ---- Talking ---------------------------------------------------------------------------------------------------------


def test_a_killed_processs_call_goes_on_where_it_was(tmp_path: Path) -> None:
    async def happens(here: House, call_id: CallId) -> None:
        here.tools.results["order"] = ToolResult("on its way", "It is on its way.")
        session = here.engine.of(call_id)
        session.hears("Where is it?")
        session.asks(ASKED)
        await here.quiet(2, call_id)

    async def story() -> None:
        async with killed(tmp_path, happens, engine=FakeAssistantEngine(usd=0.25)) as (call_id, left):
            pass
        async with house(tmp_path, store=left, engine=FakeAssistantEngine(usd=0.25)) as after:
            view = after.assistants.find(call_id)
            assert view is not None
            assert (view.state, view.engines) == ("assistant: talking", ("fake",))
            assert after.engine.built == [], "it sleeps until the leg asks"
            with pytest.raises(Refused, match="used already"):
                after.assistants.join(call_id, FakeLeg(), next(iter(used(left, call_id))))
            assert after.assistants.call_of("CA1") == call_id
            assert after.assistants.next(call_id) == TalkOn(call_id)
            joined_again(after, call_id)
            await after.quiet(2, call_id)
            session = after.engine.of(call_id)
            assert session.said == [back(after)], "no second greeting"
            words = [one.text if isinstance(one, Line) else one.output for one in session.wanted.so_far]
            assert words == [
                says(after, Phrase.GREETING),
                "Where is it?",
                ToolResult("on its way", "It is on its way.").output(),
                "It is on its way.",
            ]
            await asks(after, call_id, "And when?", "Tomorrow.")
            after.legs[call_id].end(clean=True)
            await asyncio.sleep(5)
            assert left.kept == {}, "nothing is kept of a call that is over"
        (record,) = after.records
        assert [line.text for line in record.lines if line.side is Side.SOURCE] == ["Where is it?", "And when?"]
        assert [line.number for line in record.lines] == list(range(1, len(record.lines) + 1))
        assert [use.name for use in record.tools] == ["order"]
        assert (record.sessions, record.engines, record.outcome.reason) == (2, ("fake",), "hung up")
        assert record.usd == pytest.approx(1.0), "all of it: two responses before, two after"
        assert [turn.number for turn in record.turns] == [1, 2, 3, 4]

    run(story())


def used(left: FakeCallStore, call_id: CallId) -> list[str]:
    """The stream tokens of the call, as they were kept."""
    kept = read(left.kept[call_id].body, VERSION)
    assert kept is not None
    return kept.nonces


def test_what_was_said_is_shown_to_who_watches_from_now_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with killed(tmp_path) as (call_id, left):
            pass
        async with house(tmp_path, store=left) as after:
            watched = after.assistants.captions(call_id)
            assert watched is not None
            assert (await anext(watched)).text == says(after, Phrase.GREETING)
            after.assistants.tell(call_id, CallerLeft())

    run(story())


def test_a_tool_that_was_at_work_is_asked_for_again_by_who_wants_it(tmp_path: Path) -> None:
    slow = ToolAsked("c9", "hang", "{}")

    async def happens(here: House, call_id: CallId) -> None:
        here.engine.of(call_id).hears("Book it.")
        here.engine.of(call_id).asks(slow)
        await here.quiet(1, call_id)

    async def story() -> None:
        async with killed(tmp_path, happens) as (call_id, left):
            pass
        async with house(tmp_path, store=left) as after:
            after.join(call_id)
            await after.quiet(2, call_id)
            session = after.engine.of(call_id)
            assert session.said == [f"{back(after)} {says(after, Phrase.NOT_UNDERSTOOD)}"]
            assert ToolTold(slow, INTERRUPTED) in session.wanted.so_far
            assert after.tools.called == [], "nothing is done twice by us"
        (record,) = after.records
        assert [(use.name, use.ended_s) for use in record.tools] == [("hang", None)]

    run(story())


def test_the_length_of_a_call_is_counted_from_its_ring(tmp_path: Path) -> None:
    async def story() -> None:
        short = DESK + "max-minutes = 1\n[idle]\nafter-s = 0\n"
        async with killed(tmp_path, files=(short,)) as (call_id, left):
            pass
        async with house(tmp_path, short, store=left) as after:
            await asyncio.sleep(10)
            after.join(call_id)
            await after.quiet(20, call_id)
            assert after.engine.of(call_id).said[-1] != says(after, Phrase.TIME_UP)
            await after.quiet(15, call_id)
            assert after.engine.of(call_id).said[-1] == says(after, Phrase.TIME_UP)
        assert after.records[0].outcome.reason == "length limit of the call"

    run(story())


def test_a_stream_that_was_on_its_way_wakes_the_call(tmp_path: Path) -> None:
    async def story() -> None:
        async with killed(tmp_path) as (call_id, left):
            pass
        async with house(tmp_path, store=left) as after:
            joined_again(after, call_id)
            await after.quiet(2, call_id)
            assert after.engine.of(call_id).said == [back(after)]

    run(story())


# ---- Nobody comes, or the store is another's -------------------------------------------------------------------------


@pytest.mark.parametrize(("ago_s", "waits_s"), [(1.0, AWAITED_S), (LOST_S + 10, 0.0)])
def test_who_does_not_come_back_is_not_waited_for(tmp_path: Path, ago_s: float, waits_s: float) -> None:
    async def story() -> None:
        async with killed(tmp_path) as (call_id, left):
            pass
        await asyncio.sleep(ago_s)
        async with house(tmp_path, store=left) as after:
            if waits_s:
                await asyncio.sleep(waits_s - 2)
                assert after.records == []
            await asyncio.sleep(3)
            assert after.records[0].outcome == STOPPED
            assert after.assistants.calls() == []
            assert 'dragoman_taken_up_total{how="given up"} 1.0' in after.text()
            assert after.engine.built == []
            assert left.kept == {}
        assert call_id == after.records[0].call_id

    run(story())


def test_while_the_store_fails_a_leg_is_told_to_ask_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with killed(tmp_path) as (call_id, left):
            pass
        left.broken = True
        async with house(tmp_path, store=left) as after:
            await after.assistants.recall(call_id)
            assert after.assistants.next(call_id) == AskLater()
            left.broken = False
            await after.assistants.recall(call_id)
            assert after.assistants.next(call_id) == TalkOn(call_id)
            after.assistants.tell(call_id, CallerLeft())
            left.broken = True
            await after.assistants.recall("nobody")
            await asyncio.sleep(DOUBT_S + 1)
            assert after.assistants.next("nobody") == LeaveCall()
            left.broken = False

    run(story())


def test_without_an_engine_it_cannot_go_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with killed(tmp_path) as (call_id, left):
            pass
        kept, left.kept = dict(left.kept), {}
        async with house(tmp_path, store=left, engines=()) as after:
            left.kept |= kept
            await after.assistants.recall(call_id)
            await asyncio.sleep(0.1)
            assert (after.assistants.account_of(call_id), left.kept) == (None, {})

    run(story())


# ---- With a person, or leaving a message -----------------------------------------------------------------------------


async def transferred(here: House, call_id: CallId) -> None:
    """The caller is connected with a person."""
    here.tools.results["order"] = ToolResult("", "One moment.", action=Transfer(PERSON, "Ana."))
    here.engine.of(call_id).asks(ASKED)
    await here.quiet(3, call_id)
    assert isinstance(here.assistants.next(call_id), ConnectPerson)


def test_who_is_with_a_person_stays_there_however_long(tmp_path: Path) -> None:
    async def story() -> None:
        async with killed(tmp_path, transferred) as (call_id, left):
            pass
        async with house(tmp_path, store=left) as after:
            await asyncio.sleep(LOST_S + AWAITED_S)
            assert [view.state for view in after.assistants.calls()] == ["assistant: person"]
            assert after.assistants.tell(call_id, PersonLeft(Reached.TALKED))
            assert isinstance(after.assistants.next(call_id), LeaveCall)
            await asyncio.sleep(1)
            assert after.engine.built == [], "nobody needed an assistant"
        assert after.records[0].outcome == Outcome(Result.AGENT, "talked with a person")

    run(story())


def test_who_reached_nobody_is_back_with_an_assistant_who_knows(tmp_path: Path) -> None:
    async def story() -> None:
        async with killed(tmp_path, transferred) as (call_id, left):
            pass
        async with house(tmp_path, store=left) as after:
            assert after.assistants.tell(call_id, PersonLeft(Reached.BUSY))
            after.join(call_id)
            await after.quiet(2, call_id)
            session = after.engine.of(call_id)
            assert session.said == [says(after, Phrase.NO_TRANSFER)]
            assert Line(Side.TARGET, "One moment.") in session.wanted.so_far

    run(story())


def test_a_talk_with_a_person_whose_end_nobody_heard_of_is_over_some_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ended while nobody was there. Each process that found the call waited the whole time for it once more."""
    monkeypatch.setattr("dragoman.relay.answering.TALK_S", 600.0)

    async def story() -> None:
        async with killed(tmp_path, transferred) as (_, left):
            pass
        for _ in range(4):
            async with house(tmp_path, store=left) as after:
                if not after.assistants.calls():
                    break
                await asyncio.sleep(200)
                frozen = FakeCallStore(dict(left.kept))
                for call in after.assistants.calls():
                    after.assistants.tell(call.call_id, PersonLeft(Reached.TALKED))
            left = frozen
        else:
            pytest.fail("it lives for ever")

    run(story())


def test_a_leg_that_was_on_its_way_to_a_person_is_told_where(tmp_path: Path) -> None:
    async def on_the_way(here: House, call_id: CallId) -> None:
        here.tools.results["order"] = ToolResult("", "One moment.", action=Transfer(PERSON, "Ana."))
        here.engine.of(call_id).asks(ASKED)
        await here.quiet(3, call_id)

    async def story() -> None:
        async with killed(tmp_path, on_the_way) as (call_id, left):
            pass
        async with house(tmp_path, store=left) as after:
            told = after.assistants.next(call_id)
            assert isinstance(told, ConnectPerson)
            assert (told.to, told.summary) == (PERSON, "Ana.")
            after.assistants.tell(call_id, PersonLeft(Reached.TALKED))

    run(story())


def test_a_message_that_is_being_left_is_kept(tmp_path: Path) -> None:
    async def down(here: House, call_id: CallId) -> None:
        here.engine.dies[:] = [None, TroubleKind.AUTH]
        here.engine.of(call_id).die(TroubleKind.AUTH)
        await here.quiet(1, call_id)
        assert isinstance(here.assistants.next(call_id), RecordMessage)

    async def story() -> None:
        kept: list[str] = []

        async def recorded(_persona: str, url: str, _facts: object) -> None:
            kept.append(url)

        async with killed(tmp_path, down, files=(SHUT,)) as (call_id, left):
            pass
        async with house(tmp_path, SHUT, store=left, recorded=recorded) as after:
            assert after.assistants.tell(call_id, MessageLeft("https://example.com/RE1", 3.0))
            assert isinstance(after.assistants.next(call_id), LeaveCall)
            await asyncio.sleep(1)
        (record,) = after.records
        assert (record.message_url, kept) == ("https://example.com/RE1", ["https://example.com/RE1"])
        assert record.outcome == Outcome(Result.UPSTREAM, "no assistant: left a message")

    run(story())


@pytest.mark.parametrize(("before", "told"), [(DESK, ConnectPerson), (SHUT, RecordMessage)])
def test_where_who_answered_is_gone_the_caller_hears_so_and_gets_somebody(
    tmp_path: Path, before: str, told: type
) -> None:
    async def story() -> None:
        async with killed(tmp_path / "before", files=(before,)) as (call_id, left):
            sorry = "I am sorry, I have a technical problem."
        async with house(tmp_path / "after", NIGHT, store=left) as after:
            answer = after.assistants.next(call_id)
            assert type(answer) is told
            assert getattr(answer, "say", "").startswith(sorry)
            assert after.engine.built == []
            again = FakeCallStore(dict(left.kept))
            after.assistants.tell(call_id, PersonLeft(Reached.TALKED))
            after.assistants.tell(call_id, MessageLeft("https://example.com/RE1"))
            await asyncio.sleep(1)
        (record,) = after.records
        assert (record.persona, record.troubles) == ("desk", ("persona gone: desk",))
        assert len(again.kept) == 1

    (tmp_path / "before").mkdir()
    run(story())


def test_a_persona_that_is_broken_meanwhile_keeps_its_calls(tmp_path: Path) -> None:
    async def story() -> None:
        async with killed(tmp_path / "before") as (call_id, left):
            pass
        store = FakeCallStore()
        async with house(tmp_path, store=store) as after:
            write(tmp_path, {"0.toml": "broken"})
            await asyncio.sleep(2)
            store.kept |= left.kept
            await after.assistants.recall(call_id)
            after.join(call_id)
            await after.quiet(2, call_id)
            assert after.engine.of(call_id).said == [back(after)]

    (tmp_path / "before").mkdir()
    run(story())


# ---- Handed over, or over --------------------------------------------------------------------------------------------


def test_who_was_handed_over_goes_on_there(tmp_path: Path) -> None:
    """The assistant's part was over; the leg had not asked yet."""

    async def happens(here: House, call_id: CallId) -> None:
        here.tools.results["order"] = ToolResult("", "One moment.", action=HandOver(PERSON, "An order."))
        here.engine.of(call_id).asks(ASKED)
        await here.quiet(3, call_id)

    async def story() -> None:
        async with killed(tmp_path, happens) as (call_id, left):
            (interpreted,) = left.kept
        assert interpreted != call_id
        async with house(tmp_path, store=left) as after:
            assert after.live.heir_of(call_id) == interpreted
            assert after.live.call_of("CA1") == interpreted
            assert isinstance(after.live.instruct(interpreted, Role.CALLER), ConnectStream)

    run(story())


def test_a_call_whose_end_was_not_written_down_ends_once(tmp_path: Path) -> None:
    async def story() -> None:
        store = FakeCallStore()
        async with house(tmp_path, store=store, engine=FakeAssistantEngine(deaf_to_close=True)) as before:
            before.tools.results["order"] = ToolResult("", "Bye.", action=HangUp("Bye."))
            call_id = await before.talk()
            before.engine.of(call_id).asks(ASKED)
            await before.quiet(2, call_id)
            await asyncio.sleep(0.1)
            left = FakeCallStore(dict(store.kept))
            assert before.records == [], "its session has not left yet"
            await asyncio.sleep(10)
        async with house(tmp_path, store=left) as after:
            await asyncio.sleep(0.1)
            assert isinstance(after.assistants.next(call_id), LeaveCall), "and no new greeting"
        assert [one.outcome.reason for one in after.records] == ["the assistant said goodbye"]
        assert left.kept == {}

    run(story())


def test_a_hand_over_whose_end_was_not_written_down_goes_on(tmp_path: Path) -> None:
    async def story() -> None:
        store = FakeCallStore()
        async with house(tmp_path, store=store, engine=FakeAssistantEngine(deaf_to_close=True)) as before:
            before.tools.results["order"] = ToolResult("", "One moment.", action=HandOver(PERSON, "An order."))
            call_id = await before.talk()
            before.engine.of(call_id).asks(ASKED)
            await before.quiet(2, call_id)
            await asyncio.sleep(0.1)
            left = FakeCallStore(dict(store.kept))
            await asyncio.sleep(10)
        async with house(tmp_path, store=left) as after:
            told = after.assistants.next(call_id)
            assert isinstance(told, GoOnInterpreted)
            assert after.live.call_of("CA1") == told.call_id

    run(story())


# ---- Handed back -----------------------------------------------------------------------------------------------------


def test_past_the_drains_deadline_a_call_is_handed_back(tmp_path: Path) -> None:
    async def story() -> None:
        store, closed = FakeCallStore(), asyncio.Event()
        async with house(tmp_path, store=store) as before:
            call_id = await before.talk()
            leg = before.legs[call_id]
            draining = asyncio.get_running_loop().time()
            async with asyncio.TaskGroup() as tasks:
                work = tasks.create_task(before.assistants.drain(0.5, closed.set))
                await before.quiet(1, call_id)
                assert leg.over
                assert closed.is_set()
                assert before.assistants.next(call_id) == AskLater()
                assert not before.assistants.end(call_id, STOPPED), "who asks for its end hears that it was not ended"
                assert not before.assistants.tell(call_id, CallerLeft())
                with pytest.raises(Refused, match="no such call"):
                    before.assistants.join(call_id, FakeLeg(), "late")
                await work
            assert asyncio.get_running_loop().time() - draining < 3
            assert before.records == []
            assert {one.node for one in store.kept.values()} == {""}
        async with house(tmp_path, store=store) as after:
            after.join(call_id)
            await after.quiet(2, call_id)
            assert after.engine.of(call_id).said == [back(after)]
        assert len(after.records) == 1

    run(story())


def test_so_is_one_that_is_with_a_person(tmp_path: Path) -> None:
    async def story() -> None:
        store = FakeCallStore()
        async with house(tmp_path, store=store) as before:
            call_id = await before.talk()
            await transferred(before, call_id)
            await before.assistants.drain(60)
            assert before.records == []
        async with house(tmp_path, store=store) as after:
            after.assistants.tell(call_id, PersonLeft(Reached.TALKED))
            await asyncio.sleep(1)
        assert [one.outcome.reason for one in after.records] == ["talked with a person"]

    run(story())


def test_a_call_that_cannot_be_written_down_ends_with_a_word(tmp_path: Path) -> None:
    async def story() -> None:
        store = FakeCallStore()
        async with house(tmp_path, store=store) as here:
            call_id = await here.talk()
            store.broken = True
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(here.assistants.drain(0.5))
                await here.quiet(1, call_id)
                told = here.assistants.next(call_id)
            assert isinstance(told, LeaveCall)
            assert told.say
        assert here.records[0].outcome == STOPPED

    run(story())
