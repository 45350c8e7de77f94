"""Calls that outlive the process: killed, handed back, left for good; two nodes on one store."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from dragoman.domain.call import (
    Accepted,
    AskLater,
    CallId,
    ConnectStream,
    Dialled,
    EndAsked,
    HangUpLeg,
    Instruction,
    LegEnded,
    Prior,
    Role,
)
from dragoman.domain.control import Change
from dragoman.domain.kept import KeptCall
from dragoman.domain.manner import BargeIn
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.speech import Captioned, Line, Side
from dragoman.errors import Refused, StoreError
from dragoman.ports import Capabilities, Ringing
from dragoman.relay import call_machine
from dragoman.relay.call_machine import REJOIN_S
from dragoman.relay.call_state import AWAITED_S, LOST_S, UNSURE_S
from dragoman.relay.keeper import DOUBT_S, ELSEWHERE_S, STALE_S, TOUCH_S
from dragoman.relay.memory import read, written
from dragoman.relay.recall import SWEEP_S
from tests.fakes.call_store import FakeCallStore
from tests.fakes.engine import TURNS, FakeEngine
from tests.fakes.leg import FakeLeg
from tests.fakes.relay_parts import SPANISH
from tests.fakes.telephony import FakeTelephony
from tests.fakes.virtual_time import run
from tests.relay.test_live import Node, node, wall

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT
STOPPED = Outcome(Result.US, "the server stopped")


@pytest.fixture(autouse=True)
def _virtual_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.relay.annals.wall", wall)


class Frozen(FakeCallStore):
    """What a process that was killed has left: nothing it still says reaches the store."""

    def __init__(self, of: FakeCallStore) -> None:
        super().__init__(dict(of.kept))


@contextlib.asynccontextmanager
async def killed(talk: Callable[[Node], object] | None = None) -> AsyncIterator[tuple[Node, CallId, Frozen]]:
    """A call in mid-talk whose process is no more; what it left."""
    store = FakeCallStore()
    async with node(store=store) as before:
        call_id = before.ring()
        legs = await before.talk(call_id)
        if talk is not None:
            talk(before)
        await asyncio.sleep(1.5)
        left = Frozen(store)
        yield before, call_id, left
        legs[CALLER].end(clean=True)
        await asyncio.sleep(1)


def came_back(here: Node, call_id: CallId, role: Role, nonce: str = "") -> FakeLeg:
    """The leg asks what to do next, and connects a new stream."""
    assert isinstance(here.live.instruct(call_id, role), ConnectStream)
    return here.join(call_id, role, nonce=nonce)


def says(speaker: Role, text: str) -> Callable[[Node], None]:
    """One utterance of `speaker`, interpreted."""

    def talk(here: Node) -> None:
        listen = next(one for one in here.engine.built if one.wanted.speaker is speaker).listen
        listen(Captioned(Side.SOURCE, f"{text}, source.", "u1", final=True, whole=True))
        listen(Captioned(Side.TARGET, f"{text}, target.", "u1", final=True, whole=True))

    return talk


def test_a_killed_processs_call_goes_on_where_it_was() -> None:
    async def scene() -> None:
        async with killed(says(CALLER, "before")) as (before, call_id, left):
            before.live.change(call_id, Change(barge_in=BargeIn.DUCK))
            await asyncio.sleep(0.1)
            left.kept = dict(Frozen(left).kept)
        async with node(store=left) as after:
            view = after.live.find(call_id)
            assert view is not None
            assert view.state == "interpreting"
            assert after.engine.running == 0, "it sleeps until somebody comes"
            legs = {role: came_back(after, call_id, role) for role in Role}
            await asyncio.sleep(1)
            assert after.engine.running == 2
            wanted = {one.wanted.speaker: one.wanted for one in after.engine.built}
            assert (wanted[CALLER].source.tag, wanted[AGENT].source.tag) == ("es", "en")
            says(AGENT, "after")(after)
            await asyncio.sleep(2)
            legs[AGENT].end(clean=True)
            await asyncio.sleep(1)
            assert left.kept == {}, "nothing is kept of a call that is over"
            assert after.telephony.dialled == []
        (record,) = after.records
        assert record.call_id == call_id
        assert [one.source_text for one in record.utterances] == ["before, source.", "after, source."]
        assert [one.role for one in record.utterances] == [CALLER, AGENT]
        assert record.outcome == Outcome(Result.AGENT, "hung up")

    run(scene())


def test_manner_captions_and_what_was_used_are_as_before() -> None:
    async def scene() -> None:
        def talk(here: Node) -> None:
            says(CALLER, "before")(here)
            here.live.change(next(iter(here.live.calls())).call_id, Change(barge_in=BargeIn.DUCK))

        async with killed(talk) as (before, call_id, left):
            used = before.live._carrier_calls.nonces(call_id)
            before.telephony.keepsakes[call_id] = "later"
        left.kept[call_id] = left.kept[call_id]
        async with node(store=left) as after:
            view = after.live.find(call_id)
            assert view is not None
            assert view.manner.barge_in is BargeIn.DUCK
            for nonce in used:
                with pytest.raises(Refused, match="used already"):
                    after.join(call_id, CALLER, nonce=nonce)
            captions = after.live.captions(call_id)
            assert captions is not None
            first = await anext(captions)
            assert first.text == "before, source."
            await captions.aclose()  # type: ignore[attr-defined]
            came_back(after, call_id, CALLER).end(clean=True)
            await asyncio.sleep(1)

    run(scene())


def test_what_was_said_to_an_assistant_before_is_known_after_a_restart() -> None:
    async def scene() -> None:
        store, line = FakeCallStore(), Line(Side.SOURCE, "Una persona, por favor.")
        async with node(store=store) as before:
            call_id = before.live.take_over(Ringing("CA-in-1", "", "", SPANISH), "", "Wants a person.", [line])
            legs = await before.talk(call_id)
            await asyncio.sleep(1.5)
            left = Frozen(store)
            legs[CALLER].end(clean=True)
            await asyncio.sleep(1)
        async with node(store=left) as after:
            captions = after.live.captions(call_id)
            assert captions is not None
            assert [(await anext(captions)).text for _ in range(2)] == ["Wants a person.", line.text]
            await captions.aclose()  # type: ignore[attr-defined]
            came_back(after, call_id, CALLER).end(clean=True)
            await asyncio.sleep(1)
            assert after.records[0].prior == Prior("Wants a person.", (line,))

    run(scene())


def test_legs_on_their_way_and_repeated_webhooks_find_their_call() -> None:
    async def scene() -> None:
        store = FakeCallStore()
        ringing = Ringing("CA1", "+34600000001", "+15550100001", SPANISH)
        async with node(store=store, telephony=FakeTelephony()) as before:
            call_id = before.live.ring(ringing)
            before.telephony.keepsakes[call_id] = "0123456789"
            before.join(call_id, CALLER)
            await asyncio.sleep(1.5)
            left = Frozen(store)
            before.live.tell(call_id, LegEnded(CALLER))
            await asyncio.sleep(1)
        async with node(store=left) as after:
            assert after.telephony.keepsakes == {call_id: "0123456789"}
            assert after.live.ring(ringing) == call_id, "Twilio repeats the webhook at the new process"
            caller = came_back(after, call_id, CALLER)
            after.live.tell(call_id, Accepted(AGENT, "WR1"))
            after.join(call_id, AGENT)
            await asyncio.sleep(1)
            assert after.engine.running == 2
            assert after.telephony.dialled == [], "the agent's leg was placed before"
            caller.end(clean=True)
            await asyncio.sleep(1)

    run(scene())


def test_a_call_whose_dial_may_not_have_been_made_is_dialled() -> None:
    async def scene() -> None:
        store = FakeCallStore()
        async with node(store=store, telephony=FakeTelephony(dial_s=5)) as before:
            call_id = before.ring()
            before.join(call_id, CALLER)
            await asyncio.sleep(1)
            left = Frozen(store)
            before.live.tell(call_id, LegEnded(CALLER))
            await asyncio.sleep(10)
        async with node(store=left) as after:
            caller = came_back(after, call_id, CALLER)
            await asyncio.sleep(UNSURE_S - 0.1)
            assert after.telephony.dialled == [], "the carrier may tell of a leg that was placed after all"
            await asyncio.sleep(0.2)
            assert after.telephony.dialled == [(call_id, AGENT)]
            caller.end(clean=True)
            await asyncio.sleep(1)


@pytest.mark.parametrize("awake", [True, False])
def test_a_leg_of_which_the_carrier_tells_after_a_restart_is_not_dialled_again(awake: bool) -> None:
    async def scene() -> None:
        store = FakeCallStore()
        async with node(store=store, telephony=FakeTelephony(dial_s=5)) as before:
            call_id = before.ring()
            before.join(call_id, CALLER)
            await asyncio.sleep(1)
            left = Frozen(store)
            before.live.tell(call_id, LegEnded(CALLER))
            await asyncio.sleep(10)
        async with node(store=left) as after:
            if not awake:
                after.live.tell(call_id, Dialled(AGENT, "CA-first"))
            came_back(after, call_id, CALLER)
            await asyncio.sleep(1)
            after.live.tell(call_id, Dialled(AGENT, "CA-first"))
            await asyncio.sleep(UNSURE_S)
            assert after.telephony.dialled == []
            after.live.tell(call_id, Dialled(AGENT, "CA-twin"))
            after.live.tell(call_id, EndAsked(STOPPED))
            await asyncio.sleep(1)
            assert {"CA-first", "CA-twin"} <= set(after.telephony.hung_up)

    run(scene())


def test_who_does_not_come_back_ends_the_call_for_the_other() -> None:
    async def scene() -> None:
        async with killed() as (_, call_id, left):
            pass
        async with node(store=left) as after:
            came_back(after, call_id, CALLER)
            await asyncio.sleep(REJOIN_S + 2)
        assert [one.outcome for one in after.records] == [Outcome(Result.UPSTREAM, "the agent's stream was lost")]

    run(scene())


def test_a_party_who_hung_up_meanwhile_ends_the_call() -> None:
    async def scene() -> None:
        async with killed() as (_, call_id, left):
            pass
        async with node(store=left) as after:
            assert after.live.tell(call_id, LegEnded(CALLER))
            await asyncio.sleep(1)
            assert after.engine.built == []
        assert [one.outcome for one in after.records] == [Outcome(Result.CALLER, "hung up")]
        assert after.telephony.hung_up == [f"CA-{call_id}-agent"]

    run(scene())


def test_a_call_to_which_nobody_comes_back_is_given_up_and_its_legs_are_hung_up() -> None:
    async def scene() -> None:
        async with killed(says(CALLER, "before")) as (_, call_id, left):
            pass
        async with node(store=left) as after:
            await asyncio.sleep(AWAITED_S - 1)
            assert after.records == []
            await asyncio.sleep(2)
            assert after.engine.built == []
            assert left.kept == {}
        (record,) = after.records
        assert (record.outcome, len(record.utterances)) == (STOPPED, 1)
        assert set(after.telephony.hung_up) == {f"CA-{call_id}-agent", "CA-in-1"}

    run(scene())


def test_a_call_that_was_over_when_its_process_died_is_over_here_too() -> None:
    async def scene() -> None:
        async with killed(says(CALLER, "before")) as (_, call_id, left):
            pass
        kept = left.kept[call_id]
        memory = read(kept.body, kept.version)
        assert memory is not None
        ended = replace(memory, state=call_machine.step(memory.state, EndAsked(STOPPED))[0])
        left.kept[call_id] = replace(kept, body=written(ended))
        async with node(store=left) as after:
            await asyncio.sleep(1)
            assert left.kept == {}
            assert isinstance(after.live.instruct(call_id, AGENT), HangUpLeg), "it answers its legs"
            began = asyncio.get_running_loop().time()
            await after.live.drain(AWAITED_S)
            assert asyncio.get_running_loop().time() - began < 1, "nobody waits for it"
        (record,) = after.records
        assert (record.outcome, len(record.utterances)) == (STOPPED, 1)

    run(scene())


def test_a_call_that_was_left_long_ago_is_over_at_once() -> None:
    async def scene() -> None:
        async with killed() as (_, _, left):
            pass
        await asyncio.sleep(LOST_S + 1)
        async with node(store=left) as after:
            await asyncio.sleep(1)
        assert [one.outcome for one in after.records] == [STOPPED]

    run(scene())


# ---- Handing back ----------------------------------------------------------------------------------------------------


def test_past_the_deadline_calls_are_handed_back_and_the_next_process_takes_them_up() -> None:
    async def scene() -> None:
        store = FakeCallStore()
        shut: list[dict[str, str]] = []
        async with node(store=store) as before:
            call_id = before.ring()
            legs = await before.talk(call_id)
            says(CALLER, "before")(before)

            def close_door() -> None:
                shut.append({kept.call_id: kept.node for kept in store.kept.values()})
                assert not legs[CALLER].over, "who comes at once must not come here"

            await before.live.drain(2.0, close_door)
            assert shut == [{call_id: ""}], "the call was nobody's before its streams were closed"
            assert [leg.over for leg in legs.values()] == [True, True]
            assert before.live.instruct(call_id, CALLER) == AskLater()
            with pytest.raises(Refused):
                before.join(call_id, CALLER)
        assert before.records == [], "its record is the next process's"
        assert before.telephony.hung_up == []
        async with node(store=store, name="next") as after:
            legs = {role: came_back(after, call_id, role) for role in Role}
            await asyncio.sleep(1)
            legs[CALLER].end(clean=True)
            await asyncio.sleep(1)
        (record,) = after.records
        assert [one.source_text for one in record.utterances] == ["before, source."]
        assert store.kept == {}

    run(scene())


def test_what_the_store_does_not_take_is_ended_with_a_word() -> None:
    async def scene() -> None:
        store = FakeCallStore()
        async with node(store=store) as before:
            call_id = before.ring()
            await before.talk(call_id)
            store.broken = True
            await before.live.drain(1.0)
        assert [one.outcome for one in before.records] == [STOPPED]

    run(scene())


def test_a_running_node_takes_up_what_another_hands_back_when_a_leg_asks() -> None:
    async def scene() -> None:
        store = FakeCallStore()
        async with node(store=store, name="green") as green:
            async with node(store=store, name="blue", alone=False) as blue:
                call_id = blue.ring()
                await blue.talk(call_id)
                await green.live.recall(call_id)
                assert green.live.find(call_id) is None, "it lives at blue's"
                assert green.live.instruct(call_id, CALLER) == AskLater(), "its leg strayed here, and is not hung up"
                await green.live.recall("unknown")
                assert green.live.instruct("unknown", CALLER) == HangUpLeg()
                await blue.live.drain(0.0)
                await asyncio.gather(*(green.live.recall(call_id) for _ in range(3)))
                assert len(green.live.calls()) == 1
            legs = {role: came_back(green, call_id, role) for role in Role}
            await asyncio.sleep(1)
            legs[AGENT].end(clean=True)
            await asyncio.sleep(1)
        assert [one.call_id for one in green.records] == [call_id]

    run(scene())


def test_a_running_node_gives_up_what_a_dead_one_left() -> None:
    async def scene() -> None:
        async with killed() as (_, call_id, left):
            pass
        async with node(store=left, name="green") as green:
            assert green.live.calls() == [], "its node may live"
            await asyncio.sleep(STALE_S + SWEEP_S + TOUCH_S)
            assert [one.call_id for one in green.live.calls()] == [call_id]
            await asyncio.sleep(AWAITED_S)
        assert [one.outcome for one in green.records] == [STOPPED]

    run(scene())


def test_legs_whose_node_dies_ask_another_until_it_may_take_their_call_up() -> None:
    async def scene() -> None:
        async with killed() as (_, call_id, left):
            pass
        async with node(store=left, name="green") as green:
            told = list[Instruction]()
            await green.live.recall(call_id)
            while green.live.find(call_id) is None:
                told.append(green.live.instruct(call_id, CALLER))
                await asyncio.sleep(1)
                await green.live.recall(call_id)
            assert set(told) == {AskLater()}
            assert len(told) <= STALE_S + TOUCH_S
            legs = {role: came_back(green, call_id, role) for role in Role}
            await asyncio.sleep(1)
            legs[CALLER].end(clean=True)
            await asyncio.sleep(1)
        assert [one.outcome.reason for one in green.records] == ["hung up"]

    run(scene())


def test_a_leg_that_strays_from_a_node_that_lives_is_not_kept_for_ever() -> None:
    async def scene() -> None:
        store = FakeCallStore()
        async with node(store=store, name="green") as green, node(store=store, name="blue", alone=False) as blue:
            call_id = blue.ring()
            legs = await blue.talk(call_id)
            told = list[Instruction]()
            for _ in range(round(ELSEWHERE_S) + 30):
                await green.live.recall(call_id)
                told.append(green.live.instruct(call_id, AGENT))
                await asyncio.sleep(1)
            assert told == [AskLater()] * round(ELSEWHERE_S) + [HangUpLeg()] * 30
            legs[CALLER].end(clean=True)
            await asyncio.sleep(1)

    run(scene())


def test_a_node_that_hands_its_calls_back_takes_no_others_up() -> None:
    """It would carry them to nobody's ear, and not end as long as they last."""

    async def scene() -> None:
        store = FakeCallStore()
        async with node(store=store, name="green") as green:
            mine = green.ring()
            await green.talk(mine)
            async with node(store=store, name="blue", alone=False) as blue:
                call_id = blue.ring()
                await blue.talk(call_id)
                await asyncio.gather(blue.live.drain(0.0), green.live.drain(0.0))
            await green.live.recall(call_id)
            assert green.live.find(call_id) is None
            assert green.live.instruct(call_id, CALLER) == AskLater()
        assert {one.node for one in store.kept.values()} == {""}
        async with node(store=store, name="next") as after:
            assert {one.call_id for one in after.live.calls()} == {mine, call_id}

    run(scene())


def test_after_a_store_failed_for_two_nodes_neither_takes_the_others_calls_for_dead() -> None:
    """Nobody could say that they live. Who takes them up would have their legs hung up a minute later."""

    async def scene() -> None:
        store = FakeCallStore()
        async with node(store=store, name="green") as green, node(store=store, name="blue", alone=False) as blue:
            call_id = blue.ring()
            legs = await blue.talk(call_id)
            store.broken = True
            await asyncio.sleep(2 * STALE_S)
            store.broken = False
            await green.live.recall(call_id)
            assert green.live.calls() == []
            await asyncio.sleep(SWEEP_S + AWAITED_S)
            assert [one.call_id for one in blue.live.calls()] == [call_id]
            assert (green.telephony.hung_up, blue.telephony.hung_up) == ([], [])
            legs[CALLER].end(clean=True)
            await asyncio.sleep(1)
        assert (len(green.records), len(blue.records)) == (0, 1)

    run(scene())


def test_a_node_that_was_not_dead_keeps_its_calls() -> None:
    async def scene() -> None:
        kept: dict[CallId, KeptCall] = {}
        greens, blues = FakeCallStore(kept), FakeCallStore(kept)
        async with node(store=greens, name="green") as green, node(store=blues, name="blue", alone=False) as blue:
            call_id = blue.ring()
            legs = await blue.talk(call_id)
            blues.broken = True
            await asyncio.sleep(STALE_S + SWEEP_S + TOUCH_S)
            assert [one.call_id for one in green.live.calls()] == [call_id], "it cannot know"
            blues.broken = False
            await asyncio.sleep(AWAITED_S)
            assert green.telephony.hung_up == [], "a living call's legs"
            assert kept[call_id].node == "blue"
            legs[CALLER].end(clean=True)
            await asyncio.sleep(1)
            assert kept == {}
        assert (len(green.records), len(blue.records)) == (0, 1)

    run(scene())


def test_a_store_that_is_broken_costs_nobody_anything() -> None:
    async def scene() -> None:
        async with node(store=FakeCallStore(broken=True)) as here:
            call_id = here.ring()
            legs = await here.talk(call_id)
            assert here.engine.running == 2
            legs[CALLER].end(clean=True)
            await asyncio.sleep(1)
        assert [one.outcome for one in here.records] == [Outcome(Result.CALLER, "hung up")]

    run(scene())


def test_a_leg_whose_call_may_be_in_a_failing_store_asks_again_for_a_minute() -> None:
    async def scene() -> None:
        async with killed() as (_, call_id, left):
            pass
        left.broken = True
        async with node(store=left) as after:
            await after.live.recall(call_id)
            assert after.live.instruct(call_id, CALLER) == AskLater()
            await asyncio.sleep(DOUBT_S / 2)
            left.broken = False
            await after.live.recall(call_id)
            legs = {role: came_back(after, call_id, role) for role in Role}
            await asyncio.sleep(1)
            legs[CALLER].end(clean=True)
            await asyncio.sleep(1)
            left.broken = True
            told = list[Instruction]()
            for _ in range(30):
                await after.live.recall("another")
                told.append(after.live.instruct("another", CALLER))
                await asyncio.sleep(DOUBT_S / 20)
            assert told[:20] == [AskLater()] * 20
            assert told[21:] == [HangUpLeg()] * 9, "nobody is kept waiting for ever"

    run(scene())


def test_legs_do_not_wait_in_a_row_for_a_store_that_hangs() -> None:
    class Hanging(FakeCallStore):
        async def claim(self, call_id: CallId, node: str, now: float, stale_before: float) -> KeptCall | None:
            await asyncio.sleep(8)
            raise StoreError("the store did not answer in time")

    async def scene() -> None:
        async with node(store=Hanging()) as here:
            await here.live.recall("first")
            began = asyncio.get_running_loop().time()
            await asyncio.gather(*(here.live.recall(f"call-{number}") for number in range(20)))
            assert asyncio.get_running_loop().time() - began < 10
            assert here.live.instruct("call-7", CALLER) == AskLater()

    run(scene())


def test_a_call_in_languages_that_nobody_carries_any_more_is_forgotten() -> None:
    async def scene() -> None:
        async with killed() as (_, call_id, left):
            pass
        elsewhere = FakeEngine(capabilities=replace(TURNS, pairs=frozenset({("ja", "ko")})))
        async with node(store=left, engine=elsewhere) as after:
            await asyncio.sleep(1)
            assert after.live.find(call_id) is None
            assert left.kept == {}

    run(scene())


def test_a_process_that_is_ended_at_once_leaves_its_calls_as_a_kill_does() -> None:
    async def scene() -> None:
        store = FakeCallStore()
        async with node(store=store) as before:
            call_id = before.ring()
            await before.talk(call_id)
            await asyncio.sleep(1.5)
            (running,) = (one for one in asyncio.all_tasks() if "LiveCalls.run" in repr(one.get_coro()))
            running.cancel()
            await asyncio.wait({running})
        assert list(store.kept) == [call_id]
        assert before.records == [], "it is not over"
        async with node(store=store) as after:
            assert isinstance(after.live.instruct(call_id, CALLER), ConnectStream)
            after.join(call_id, CALLER).end(clean=True)
            await asyncio.sleep(1)

    run(scene())


def test_a_call_that_breaks_who_takes_it_up_is_forgotten_and_costs_no_other() -> None:
    class Moody(FakeEngine):
        @property
        def capabilities(self) -> Capabilities:
            raise RuntimeError("this engine was exchanged for another one")

        @capabilities.setter
        def capabilities(self, _value: Capabilities) -> None:
            pass

    async def scene() -> None:
        async with killed() as (_, call_id, left):
            pass
        async with node(store=left, engine=Moody()) as after:
            await asyncio.sleep(1)
            assert after.live.find(call_id) is None
            assert left.kept == {}

    run(scene())


def test_a_leg_that_asks_a_call_that_is_over_since_it_was_found_opens_nothing() -> None:
    async def scene() -> None:
        async with killed() as (_, call_id, left):
            pass
        async with node(store=left, telephony=FakeTelephony(hang_up_s=5.0)) as after:
            after.live.tell(call_id, LegEnded(CALLER))
            await asyncio.sleep(0.5)
            after.live.instruct(call_id, AGENT)
            await asyncio.sleep(1)
            assert after.engine.running == 0
            await asyncio.sleep(10)
            assert after.live.calls() == []
            assert len(after.records) == 1

    run(scene())


def test_the_leg_that_asks_was_placed_though_nobody_knew() -> None:
    async def scene() -> None:
        store = FakeCallStore()
        async with node(store=store, telephony=FakeTelephony(dial_s=100.0)) as before:
            call_id = before.ring()
            before.join(call_id, CALLER)
            await asyncio.sleep(1.5)
            left = Frozen(store)
            before.live.tell(call_id, EndAsked(STOPPED))
        async with node(store=left) as after:
            came_back(after, call_id, AGENT)
            came_back(after, call_id, CALLER)
            await asyncio.sleep(1)
            assert after.telephony.dialled == []
            after.live.tell(call_id, EndAsked(STOPPED))

    run(scene())


@pytest.mark.parametrize(("dial_s", "placed_again"), [(2.0, False), (9.0, True)])
def test_a_leg_that_is_on_its_way_when_the_call_is_handed_back_rings_once(dial_s: float, placed_again: bool) -> None:
    async def scene() -> None:
        store = FakeCallStore()
        async with node(store=store, telephony=FakeTelephony(dial_s=dial_s)) as before:
            call_id = before.ring()
            before.join(call_id, CALLER)
            await asyncio.sleep(0.1)
            await before.live.drain(0.0)
        assert len(before.telephony.dialled) == 1
        assert before.telephony.hung_up == [], "the next one may have heard of it, and wait for its answer"
        async with node(store=store, name="next") as after:
            came_back(after, call_id, CALLER)
            await asyncio.sleep(UNSURE_S + 1)
            assert len(after.telephony.dialled) == placed_again, "nobody told of it"
            after.live.tell(call_id, EndAsked(STOPPED))

    run(scene())


def test_what_is_told_to_a_call_that_was_handed_back_opens_nothing() -> None:
    async def scene() -> None:
        store = FakeCallStore()
        async with node(store=store) as before:
            call_id = before.ring()
            before.join(call_id, CALLER)
            await asyncio.sleep(1)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(before.live.drain(0.0))
                await asyncio.sleep(0.5)
                assert not before.live.tell(call_id, Accepted(AGENT, "WR1")), "nor is it said to be taken in"
                with pytest.raises(Refused):
                    before.live.change(call_id, Change(barge_in=BargeIn.DUCK))
            assert before.engine.running == 0
        assert before.records == []

    run(scene())
