"""Calls ring at agents' pages, one is first, the page is the leg: real desk, real calls, the rest on paper."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.browser.agent_desk import LEG_PREFIX, AgentDesk, shown_number
from dragoman.browser_ports import GoneWhy
from dragoman.domain.call import AgentRoute, AgentVia, Role
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.room import Leave, Shut
from dragoman.errors import RoomRefused
from tests.fakes.agent_scene import RING_S, agent_scene
from tests.fakes.page import FakePage
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script

PHONE = AgentRoute(AgentVia.DIRECT, "+15550100003")


def test_a_call_rings_until_somebody_has_it() -> None:
    async def scene() -> None:
        async with agent_scene() as here:
            one, other = await here.on_duty(), await here.on_duty()
            call_id, caller = await here.calls()
            assert one.calls == other.calls
            (ring,) = one.duty.calls
            assert (ring.language.tag, ring.caller) == ("es", "…01")
            page, call, _ = await here.sits(one)
            assert (call, one.calls, other.calls) == (call_id, [], [])
            assert [gone.why for gone in other.duty.gone] == [GoneWhy.TAKEN]
            with pytest.raises(RoomRefused) as refused:
                here.desk.accept(ring.leg, other.duty.page)
            assert refused.value.why is Shut.SEAT_TAKEN
            view = here.live.find(call_id)
            assert view is not None
            assert view.state == "interpreting"
            assert here.carrier.dialled == [], "no carrier has part in it"
            caller.end(clean=True)
            await asyncio.sleep(1)
            assert (page.over, here.desk.kept()["agents' legs"]()) == (True, 0)

    run(scene())


def test_only_who_is_on_duty_answers_and_only_what_rings() -> None:
    async def scene() -> None:
        async with agent_scene() as here:
            agent = await here.on_duty()
            _, caller = await here.calls()
            (leg,) = agent.calls
            for call, page, why in ((leg, "stranger", Shut.NO_SEAT), ("page-other", agent.duty.page, Shut.NO_ROOM)):
                with pytest.raises(RoomRefused) as refused:
                    here.desk.accept(call, page)
                assert refused.value.why is why
            caller.end(clean=True)
            await asyncio.sleep(0.5)
            assert agent.calls == []
            assert [gone.why for gone in agent.duty.gone] == [GoneWhy.OVER]
            with pytest.raises(RoomRefused) as refused:
                here.desk.accept(leg, agent.duty.page)
            assert refused.value.why is Shut.NO_ROOM

    run(scene())


def test_nobody_sits_down_where_it_did_not_accept() -> None:
    async def scene() -> None:
        async with agent_scene() as here:
            agent = await here.on_duty()
            call_id, _ = await here.calls()
            (leg,) = agent.calls
            page = FakePage()
            for call, seat in ((call_id, leg), (call_id, f"{leg}~other"), ("c-other", f"{leg}~{agent.duty.page}")):
                with pytest.raises(RoomRefused) as refused:
                    here.desk.join(call, seat, page, page)
                assert refused.value.why is Shut.OVER
            with pytest.raises(RoomRefused) as refused:
                here.desk.tell(call_id, f"{leg}~other", Leave())
            assert refused.value.why is Shut.OVER
            assert page.shown == []

    run(scene())


@pytest.mark.parametrize(("declines", "reason"), [(True, "agent: busy"), (False, "agent: no-answer")])
def test_when_no_agent_will_answer_the_caller_is_told(declines: bool, reason: str) -> None:
    async def scene() -> None:
        async with agent_scene() as here:
            agent = await here.on_duty()
            await here.calls()
            if declines:
                here.desk.decline(agent.calls[0], agent.duty.page)
            await asyncio.sleep(1 if declines else RING_S + 1)
            assert agent.calls == []
            await asyncio.sleep(1)
            (record,) = here.records
            assert record.outcome == Outcome(Result.AGENT, reason)

    run(scene())


def test_with_another_route_the_call_goes_on_there() -> None:
    """What the caller is being told, and the hold sound, go on meanwhile."""

    async def scene() -> None:
        async with agent_scene(next_route=PHONE) as here:
            call_id, caller = await here.calls()
            await asyncio.sleep(6)
            assert here.carrier.dialled == [(call_id, Role.AGENT)]
            setup = here.live.setup(call_id)
            assert setup is not None
            assert (setup.route, setup.otherwise, setup.agent.address) == (PHONE, None, PHONE.address)
            heard = len(caller.ear)
            await asyncio.sleep(2)
            assert len(caller.ear) > heard, "hold sound"

    run(scene())


def test_who_was_on_duty_is_told_when_the_server_stops() -> None:
    async def scene() -> None:
        async with agent_scene() as here:
            agent = await here.on_duty()
            here.desk.stop()
            await asyncio.sleep(0.5)
            assert agent.over
            assert here.desk.duty() is None
            page = FakePage()
            with pytest.raises(RoomRefused) as refused:
                here.desk.join("c", "page-1~p", page, page)
            assert refused.value.why is Shut.STOPPING

    run(scene())


def test_a_leg_of_an_earlier_process_rings_again_or_waits_for_its_page() -> None:
    async def scene() -> None:
        async with agent_scene() as here:
            agent = await here.on_duty()
            call_id, _ = await here.calls()
            leg, page = here.desk.keepsake(call_id)
            assert (leg, page) == (agent.calls[0], "")
            here.desk.hang_up(leg)
            here.desk.remember(call_id, leg, "")
            await asyncio.sleep(1)
            assert agent.calls == [leg], "it rings again"
            await here.sits(agent)
            assert here.desk.keepsake(call_id) == (leg, agent.duty.page)
            here.desk.remember(call_id, "page-lost", "earlier")
            await asyncio.sleep(1)
            assert agent.calls == [], "it is one page's alone"
            stranger = FakePage()
            with pytest.raises(RoomRefused):
                here.desk.join(call_id, "page-lost~somebody", stranger, stranger)
            here.desk.hang_up("page-lost")

    run(scene())


def test_numbers_are_shown_as_the_operator_wants() -> None:
    assert shown_number("+34600000001", whole=True) == "+34600000001"
    assert shown_number("+34600000001", whole=False) == "…01"
    for address in ("", "+123", "sip:ana@example.com", "client:ana"):
        assert shown_number(address, whole=False) == ""


def test_our_names_of_legs_are_no_carriers() -> None:
    assert not "CA0123".startswith(LEG_PREFIX)
    assert AgentDesk(RING_S).keepsake("nobody's call") == ("", "")
