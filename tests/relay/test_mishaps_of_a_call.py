"""Whole calls in virtual time to which something happens: streams die, legs fail, people wait too long."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.audio.hold import hold_sound
from dragoman.domain.call import ConnectStream, EndAsked, Notice, QueueMoved, Role, SayAndHangUp, TaskKnown
from dragoman.domain.outcome import DialFailure, Outcome, Result
from dragoman.notices import Notices
from dragoman.relay.presence import JOIN_DEADLINE_S
from tests.fakes.announcer import sound_of
from tests.fakes.call_scene import CallScene, call_scene
from tests.fakes.relay_parts import DIRECT, ENGLISH, SPANISH, frame, setup
from tests.fakes.telephony import FakeTelephony
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT
HUNG_UP_BY_US = EndAsked(Outcome(Result.US, "asked"))


def frames(first: int, count: int) -> list[bytes]:
    return [frame(number) for number in range(first, first + count)]


def words(call: CallScene, role: Role, notice: Notice, number: int = 0) -> bytes:
    """What the notice sounds like to this party."""
    hearer = call.bridge.setup.party(role).language
    return sound_of(Notices.load().words(notice, role, hearer, SPANISH, number), hearer)


# ---- Streams ---------------------------------------------------------------------------------------------------------


def test_a_stream_that_stays_away_is_told_of_on_both_sides() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            await call.talk()
            call.agent.end(clean=False)
            await asyncio.sleep(2)
            assert words(call, CALLER, Notice.OTHER_AWAY) in call.caller.ear
            assert call.join(AGENT).ear == b""
            await asyncio.sleep(1)
            assert call.agent.ear == words(call, AGENT, Notice.BACK_AGAIN)
            call.bridge.tell(HUNG_UP_BY_US)

    run(scene())


def test_a_stream_that_is_back_at_once_is_not_worth_a_word() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            await call.talk()
            call.caller.end(clean=False)
            await asyncio.sleep(0.8)
            new = call.join(CALLER)
            await asyncio.sleep(5)
            assert new.ear == b""
            assert words(call, AGENT, Notice.OTHER_AWAY) not in call.agent.ear
            assert hold_sound(10) in call.agent.ear, "but not of silence either"
            call.bridge.tell(HUNG_UP_BY_US)

    run(scene())


def test_a_stream_that_fell_silent_is_closed_and_comes_back() -> None:
    """No `stop`, no close: the host at the other end has vanished."""

    async def scene() -> None:
        async with call_scene(silent_leg_s=3.0) as call:
            await call.talk()
            await call.says(AGENT, frames(0, 50))
            await call.says(CALLER, frames(0, 145))
            assert not call.agent.over
            await call.says(CALLER, frames(0, 20))
            assert call.agent.over
            assert not call.caller.over
            assert isinstance(call.bridge.instruct(AGENT), ConnectStream)
            call.join(AGENT)
            call.bridge.tell(HUNG_UP_BY_US)

    run(scene())


def test_a_leg_that_runs_in_circles_ends_the_call() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            await call.talk()
            while isinstance(call.bridge.instruct(CALLER), ConnectStream):
                pass
            assert call.agent.over
            assert call.bridge.instruct(AGENT) == SayAndHangUp(ENGLISH, Notice.FAILED)
        assert call.ended.outcome == Outcome(Result.UPSTREAM, "the caller's leg ran in circles")

    run(scene())


def test_a_caller_who_hangs_up_before_the_stream_costs_seconds_and_not_minutes() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            assert isinstance(call.bridge.instruct(CALLER), ConnectStream)
        assert asyncio.get_running_loop().time() < JOIN_DEADLINE_S / 3
        assert call.ended.outcome == Outcome(Result.UNKNOWN, "the caller never came")

    run(scene())


def test_a_call_has_a_greatest_length_and_both_are_told() -> None:
    async def scene() -> None:
        async with call_scene(max_call_s=60.0) as call:
            await call.talk()
            await asyncio.sleep(60)
            assert [call.bridge.instruct(role) for role in Role] == [
                SayAndHangUp(SPANISH, Notice.LIMIT),
                SayAndHangUp(ENGLISH, Notice.LIMIT),
            ]
        assert call.ended.outcome == Outcome(Result.US, "length limit of the call")

    run(scene())


def test_who_waits_hears_from_us_and_the_task_is_closed() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            call.join(CALLER)
            call.bridge.tell(TaskKnown("WT1"))
            await asyncio.sleep(31)
            assert words(call, CALLER, Notice.STILL_WAITING) in call.caller.ear
            call.bridge.tell(QueueMoved(4))
            await asyncio.sleep(5)
            assert words(call, CALLER, Notice.QUEUE_POSITION, 4) in call.caller.ear
            call.caller.end(clean=True)
        assert call.telephony.closed == [("WT1", False)]

    run(scene())


def test_a_leg_that_the_carrier_failed_is_placed_again() -> None:
    async def scene() -> None:
        telephony = FakeTelephony(refuses=DialFailure.FAILED)
        async with call_scene(setup(route=DIRECT), telephony=telephony, dial_tries=3) as call:
            call.join(CALLER)
            await asyncio.sleep(1.5)
            telephony.refuses = None
            await asyncio.sleep(1)
            call.join(AGENT)
            await asyncio.sleep(1)
            assert call.bridge.view().state == "interpreting"
            call.caller.end(clean=True)
        assert len(telephony.dialled) == 3
        assert telephony.hung_up == ["CA-call-1-agent"]

    run(scene())
