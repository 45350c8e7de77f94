"""The streams of a call's two parties: one living one each."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.domain.call import ConnectStream, EndAsked, HangUpLeg, Role
from dragoman.domain.outcome import Outcome, Result
from dragoman.errors import Refused
from dragoman.relay.call_state import MAX_HOPS
from dragoman.relay.streams import STALE_S
from tests.fakes.call_scene import call_scene
from tests.fakes.leg import FakeLeg
from tests.fakes.relay_parts import frame
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.unit

CALLER, AGENT = Role.CALLER, Role.AGENT
OVER = EndAsked(Outcome(Result.US, "enough"))


def test_a_party_has_one_stream_until_that_has_been_silent_for_too_long() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            await call.talk()
            first = call.caller
            await call.says(CALLER, [frame(1)] * 5)
            with pytest.raises(Refused, match="has a stream already"):
                call.join(CALLER, FakeLeg("another"))
            assert call.bridge._streams.heard_at().keys() == {CALLER, AGENT}
            await asyncio.sleep(STALE_S + 0.1)
            call.join(CALLER)
            assert first.over
            first.hear(frame(3))
            await asyncio.sleep(1)
            assert frame(3) not in bytes(call.agent.ear), "what the old one still brings is nobody's"
            await call.says(CALLER, [frame(4)] * 5)
            await asyncio.sleep(1)
            assert frame(4) in bytes(call.agent.ear)
            call.bridge.tell(OVER)

    run(scene())


def test_a_second_leg_of_a_party_who_talks_is_hung_up_and_costs_nobody_anything() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            await call.talk()
            await call.says(CALLER, [frame(1)] * 5)
            call.bridge._streams._talk.ends[CALLER].leg.carrier_call = "CA1"  # type: ignore[union-attr,misc]
            for _ in range(2 * MAX_HOPS):
                assert call.bridge.instruct(CALLER, "CA2") == HangUpLeg()
            assert not call.bridge.over
            assert isinstance(call.bridge.instruct(CALLER, "CA1"), ConnectStream), "its own leg may ask what it likes"
            await asyncio.sleep(STALE_S + 0.1)
            assert isinstance(call.bridge.instruct(CALLER, "CA2"), ConnectStream), "the first one is as good as gone"
            call.bridge.tell(OVER)

    run(scene())


def test_one_that_is_let_go_is_over_at_once() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            await call.talk()
            call.bridge._streams.let_go(AGENT)
            assert call.bridge._streams.heard_at().keys() == {CALLER}
            call.bridge._streams.let_go(AGENT)
            call.bridge.tell(OVER)

    run(scene())
