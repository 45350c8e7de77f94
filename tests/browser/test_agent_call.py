"""One call with its agent in a page: heard, shown, asked, left, lost and found again."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from dragoman.domain import room
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId, EndAsked, Role
from dragoman.domain.control import Change, KeyAction
from dragoman.domain.ear import OriginalMode
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.manner import Interpreting
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.room import Carried, Ended, Ending, Joined, Parties, RoomCaption, Shut
from dragoman.domain.speech import Captioned, Side, Spoke, SpokeAll
from dragoman.errors import RoomRefused
from dragoman.keys import KeyMap, parse_keys
from dragoman.ports import Capabilities
from dragoman.relay.choices import CHOICE_S, CHOICES
from tests.fakes.agent_scene import agent_scene
from tests.fakes.call_store import FakeCallStore
from tests.fakes.engine import TURNS
from tests.fakes.key_receiver import keys_heard
from tests.fakes.leg import FakeLeg
from tests.fakes.page import WIDE, FakePage, wide_frame
from tests.fakes.relay_parts import FRENCH, frame
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script


async def speak(leg: FakeLeg, frames: list[bytes]) -> None:
    for one in frames:
        leg.hear(one)
        await asyncio.sleep(0.02)


def test_each_hears_the_other_in_the_own_format() -> None:
    async def scene() -> None:
        async with agent_scene() as here:
            _, page, _, _ = await here.talking()
            built = {one.wanted.speaker: one for one in here.engine.built}
            assert built[Role.CALLER].wanted.source_format is AudioFormat.PCMU_8K
            assert built[Role.CALLER].wanted.sink_format is WIDE
            assert built[Role.AGENT].wanted.source_format is WIDE
            assert built[Role.AGENT].wanted.sink_format is AudioFormat.PCMU_8K
            (joined,) = page.of(Joined)
            assert (joined.party, joined.languages, joined.resumed) == ("agent", ("en", "fr"), False)
            await speak(page, [wide_frame(number) for number in range(20)])
            assert wide_frame(3) in built[Role.AGENT].heard

    run(scene())


def test_a_page_that_is_lost_comes_back_to_the_same_call() -> None:
    async def scene() -> None:
        async with agent_scene() as here:
            caller, page, call, seat = await here.talking()
            here.engine.built[0].listen(Captioned(Side.SOURCE, "Hola", "u1", final=True))
            await asyncio.sleep(1)
            assert [one.text for one in page.of(RoomCaption)] == ["Hola"]
            page.end(clean=False, reason="connection lost")
            before = len(caller.ear)
            await asyncio.sleep(5)
            assert len(caller.ear) > before, "who waits hears that"
            again = FakePage("page-2")
            here.desk.join(call, seat, again, again)
            assert again.of(Joined)[0].resumed
            assert again.captions == page.captions, "all so far, once more"
            await asyncio.sleep(0.5)
            view = here.live.find(call)
            assert view is not None
            assert (view.state, view.outcome) == ("interpreting", None)

    run(scene())


def test_a_page_that_does_not_come_back_ends_the_call() -> None:
    async def scene() -> None:
        async with agent_scene() as here:
            _, page, call, seat = await here.talking()
            page.end(clean=False, reason="connection lost")
            await asyncio.sleep(12)
            (record,) = here.records
            assert record.outcome == Outcome(Result.UPSTREAM, "the agent's stream was lost")
            late = FakePage()
            with pytest.raises(RoomRefused) as refused:
                here.desk.join(call, seat, late, late)
            assert refused.value.why is Shut.OVER

    run(scene())


def test_a_second_tab_has_to_say_that_it_takes_over() -> None:
    async def scene() -> None:
        async with agent_scene() as here:
            _, page, call, seat = await here.talking()
            page.hear(wide_frame(1))
            second = FakePage("page-2")
            with pytest.raises(RoomRefused) as refused:
                here.desk.join(call, seat, second, second)
            assert (refused.value.why, second.shown) == (Shut.SEAT_TAKEN, [])
            here.desk.join(call, seat, second, second, take_over=True)
            assert page.of(Ended)[0].why is Ending.TAKEN_OVER
            await asyncio.sleep(1)
            second.hear(wide_frame(2))
            view = here.live.find(call)
            assert view is not None
            assert (view.here, page.over, second.over) == (frozenset(Role), True, False)

    run(scene())


def test_a_page_that_fell_silent_is_called_back_and_a_muted_one_is_not() -> None:
    async def scene() -> None:
        async with agent_scene(silent_leg_s=5.0) as here:
            caller, page, call, seat = await here.talking()

            async def caller_breathes() -> None:
                while not caller.over:
                    caller.hear(b"\xff" * 160)
                    await asyncio.sleep(0.02)

            breathing = here.tasks.create_task(caller_breathes())
            page.hear(wide_frame(1))
            here.desk.tell(call, seat, room.Mute(True))
            await asyncio.sleep(20)
            assert (page.over, page.called_back) == (False, False)
            assert page.of(Parties)[-1].parties[1].muted
            here.desk.tell(call, seat, room.Mute(False))
            await asyncio.sleep(7)
            assert page.called_back
            assert page.of(Ended) == []
            again = FakePage("page-2")
            here.desk.join(call, seat, again, again)
            assert again.of(Joined)[0].resumed
            here.desk.tell(call, seat, room.Leave())
            await breathing

    run(scene())


def test_what_the_page_asks_of_the_call() -> None:
    async def scene() -> None:
        async with agent_scene() as here:
            caller, page, call, seat = await here.talking()
            here.desk.tell(call, seat, room.ChooseLanguage(FRENCH))
            here.desk.tell(call, seat, room.ChooseOriginal(OriginalMode.DUCK, -30.0))
            here.desk.tell(call, seat, room.Playback(1, 0, 2, 0, 3.0, 4.0, 120.0))
            await asyncio.sleep(5)
            view = here.live.find(call)
            assert view is not None
            assert (view.agent_language, view.manner.original_to_agent) == ("fr", OriginalMode.DUCK)
            assert page.of(Parties)[-1].parties[1].language == "fr"
            heard = len(page.ear)
            await speak(caller, [frame(number) for number in range(30)])
            await asyncio.sleep(3)
            assert len(page.ear) > heard, "the caller's own voice, and the interpreter's"
            serving = next(one for one in here.engine.built if one.running and one.wanted.speaker is Role.CALLER)
            serving.listen(Spoke(b"".join(wide_frame(number) for number in range(25)), "u9"))
            serving.listen(SpokeAll("u9"))
            await asyncio.sleep(2)
            heard = len(page.ear)
            here.desk.tell(call, seat, room.ChooseOriginal(OriginalMode.OFF))
            here.desk.tell(call, seat, room.SayAgain())
            await asyncio.sleep(3)
            assert len(page.ear) > heard
            klingon = Language(LanguageTag("tlh"), "tlhIngan Hol", "Klingon", "tlh")
            here.engine.capabilities = _only("es", "fr")
            for event, why in (
                (room.ChooseLanguage(klingon), Shut.LANGUAGE),
                (room.Speaks(room.Speaker.A), Shut.NOT_HERE),
                (room.CloseRoom(), Shut.NOT_HERE),
            ):
                with pytest.raises(RoomRefused) as refused:
                    here.desk.tell(call, seat, event)
                assert refused.value.why is why

    run(scene())


def _only(*tags: str) -> Capabilities:
    return replace(TURNS, pairs=frozenset((a, b) for a in tags for b in tags if a != b))


def test_after_a_restart_the_page_has_its_call_again() -> None:
    async def scene() -> None:
        store = FakeCallStore()
        async with agent_scene(store=store, alone=False) as before:
            caller, page, call, seat = await before.talking()
            await asyncio.sleep(1)
        assert (page.called_back, page.of(Ended)) == (True, [])
        async with agent_scene(store=store) as after:
            agent = await after.on_duty()
            again, other_phone = FakePage("page-2"), FakeLeg("caller-2")
            after.desk.join(call, seat, again, again)
            after.live.join(CallId(call), Role.CALLER, other_phone, "another nonce")
            await asyncio.sleep(2)
            view = after.live.find(call)
            assert view is not None
            assert (view.state, view.here, agent.calls) == ("interpreting", frozenset(Role), [])
            after.desk.tell(call, seat, room.Leave())
            await asyncio.sleep(1)
            assert (caller.over, other_phone.over) == (True, True)

    run(scene())


def test_after_a_restart_what_rang_rings_again() -> None:
    async def scene() -> None:
        store = FakeCallStore()
        async with agent_scene(store=store, alone=False) as before:
            await before.on_duty()
            await before.calls()
            await asyncio.sleep(1)
        async with agent_scene(store=store) as after:
            agent = await after.on_duty()
            await asyncio.sleep(1)
            assert len(agent.calls) == 1
            page, call, _ = await after.sits(agent)
            view = after.live.find(call)
            assert view is not None
            assert Role.AGENT in view.here
            assert not page.over

    run(scene())


def test_the_agent_turns_interpreting_and_recording_off_and_on() -> None:
    async def scene() -> None:
        async with agent_scene(keys=parse_keys("caller: 9=pause-recording")) as here:
            caller, page, call, seat = await here.talking()
            assert page.of(Carried) == [Carried(interpreting=True, recording=True)]
            here.live.change(CallId(call), Change(interpreting=Interpreting.TO_AGENT))
            for event in (room.Interpret(False), room.Interpret(False), room.KeepRecord(False)):
                here.desk.tell(call, seat, event)
            await asyncio.sleep(0.2)
            view = here.live.find(call)
            assert view is not None
            assert (view.manner.interpreting, view.manner.recording) == (Interpreting.OFF, False)
            assert page.of(Carried)[1:] == [Carried(interpreting=False, recording=False)]
            again = FakePage("page-2")
            here.desk.join(call, seat, again, again, take_over=True)
            assert again.of(Carried) == [Carried(interpreting=False, recording=False)], "for a page that comes later"
            here.desk.tell(call, seat, room.Interpret(True))
            caller.press("9")
            await asyncio.sleep(0.2)
            view = here.live.find(call)
            assert view is not None
            assert view.manner.interpreting is Interpreting.TO_AGENT, "as it was before"
            assert again.of(Carried)[-1] == Carried(interpreting=True, recording=True), "whoever changed it"
            assert len(again.of(Carried)) == 2, "told once"

    run(scene())


def test_who_cannot_leave_a_switch_alone_opens_no_sessions_without_end() -> None:
    async def scene() -> None:
        async with agent_scene(keys=parse_keys("caller: 9=interpreting")) as here:
            caller, _, call, seat = await here.talking()
            built = len(here.engine.built)
            for _ in range(CHOICES):
                here.desk.tell(call, seat, room.Interpret(False))
                here.desk.tell(call, seat, room.Interpret(True))
            assert len(here.engine.built) == built + 2 * CHOICES
            here.desk.tell(call, seat, room.Interpret(False))  # goes at any time
            with pytest.raises(RoomRefused, match="too often"):
                here.desk.tell(call, seat, room.Interpret(True))
            caller.press("9")
            view = here.live.find(call)
            assert view is not None
            assert view.manner.interpreting is Interpreting.OFF
            await asyncio.sleep(CHOICE_S + 0.1)
            caller.press("9")
            assert len(here.engine.built) == built + 2 * CHOICES + 2

    run(scene())


def test_keys_of_the_pad_are_heard_on_the_callers_line_and_change_nothing() -> None:
    keys: KeyMap = parse_keys("agent: 5=interpreting")
    assert keys.key(Role.AGENT, KeyAction.INTERPRETING_TOGGLE) == "5"

    async def scene() -> None:
        async with agent_scene(keys=keys) as here:
            caller, page, call, _ = await here.talking()
            with capture_logs() as logged:
                for key in "5*#":
                    page.press(key)
                await asyncio.sleep(1)
            assert keys_heard(caller.ear) == "5*#"
            assert caller.most_ahead_ms <= 120.001
            view = here.live.find(call)
            assert view is not None
            assert view.manner.interpreting.value == "on"
            assert not [word for one in logged for word in ("5", "*", "#") if word in one.values()]
            (interpreter,) = [one for one in here.engine.built if one.wanted.speaker is Role.CALLER]
            assert keys_heard(bytes(interpreter.heard)) == "", "they come from nobody's mouth"
            caller.end(clean=True)
            await asyncio.sleep(1)
            (record,) = here.records
            assert record.keys_sent == 3
            assert record.as_json()["keys_sent"] == 3

    run(scene())


def test_keys_that_nobody_can_hear_are_not_counted() -> None:
    async def scene() -> None:
        async with agent_scene() as here:
            caller, page, _, _ = await here.talking()
            with capture_logs() as logged:
                for _ in range(100):
                    page.press("1")
            assert {one["log_level"] for one in logged} == {"debug"}, "nor fills the log who holds one down"
            await asyncio.sleep(8)
            assert keys_heard(caller.ear) == "1" * 34, "nobody's fingers are so fast"
            caller.end(clean=False)
            page.press("2")
            await asyncio.sleep(1)
            page.end(clean=True)
            await asyncio.sleep(20)
            (record,) = here.records
            assert record.keys_sent == 34

    run(scene())


def test_leaving_is_hanging_up() -> None:
    async def scene() -> None:
        async with agent_scene() as here:
            caller, page, call, seat = await here.talking()
            here.desk.tell(call, seat, room.Leave())
            assert page.of(Ended)[0].why is Ending.LEFT
            assert page.closing
            await asyncio.sleep(1)
            (record,) = here.records
            assert record.outcome == Outcome(Result.AGENT, "hung up")
            assert caller.over
            with pytest.raises(RoomRefused):
                here.desk.tell(call, seat, room.SayAgain())

    run(scene())


def test_the_calls_end_is_the_pages_after_the_last_captions() -> None:
    async def scene() -> None:
        async with agent_scene() as here:
            caller, page, call, seat = await here.talking()
            await speak(caller, [frame(number) for number in range(10)])
            here.live.tell(call, EndAsked(Outcome(Result.US, "spending limit of the call")))
            assert page.of(Ended) == []
            with pytest.raises(RoomRefused) as refused:
                here.desk.tell(call, seat, room.SayAgain())
            assert refused.value.why is Shut.OVER
            await asyncio.sleep(1)
            assert page.shown[-1] == page.of(Ended)[0]
            assert page.of(Ended)[0].why is Ending.SPENDING_LIMIT
            assert page.closing

    run(scene())
