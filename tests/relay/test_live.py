"""The living calls of a node: doors, limits, drain, and that calls do not touch each other."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import random
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import pytest

from dragoman.domain.call import (
    Accepted,
    AgentRoute,
    AgentVia,
    CallId,
    DialFailed,
    EndAsked,
    HangUpLeg,
    LegEnded,
    Length,
    Notice,
    Opening,
    Role,
    SayAndHangUp,
)
from dragoman.domain.control import Change
from dragoman.domain.effects import Caption
from dragoman.domain.outcome import DialFailure, Outcome, Result
from dragoman.domain.speech import Captioned, Side
from dragoman.errors import Refused
from dragoman.ports import Origination, Ringing
from dragoman.relay.admission import Limits
from dragoman.relay.bridge import Bridge
from dragoman.relay.keeper import Keeper
from dragoman.relay.live import LiveCalls
from dragoman.relay.living import FAREWELL_S, LINGER_S
from dragoman.relay.parts import Parts
from dragoman.relay.recall import Recall
from dragoman.relay.record import CallRecord
from tests.fakes.call_store import FakeCallStore
from tests.fakes.engine import TURNS, FakeEngine
from tests.fakes.leg import FakeLeg
from tests.fakes.relay_parts import BOOK, ENGLISH, FLEX, FRENCH, SPANISH, frame, loop_clock, parts
from tests.fakes.telephony import FakeTelephony
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT
ENOUGH = EndAsked(Outcome(Result.US, "asked"))


@dataclass
class Node:
    """A node with its calls, and what it kept of them."""

    live: LiveCalls
    engine: FakeEngine
    telephony: FakeTelephony
    made_of: Parts
    records: list[CallRecord] = field(default_factory=list)
    rung: int = 0

    def ring(self, number: str = "+34600000001") -> CallId:
        self.rung += 1
        return self.live.ring(Ringing(f"CA-in-{self.rung}", number, "+15550100001", SPANISH))

    def join(self, call_id: CallId, role: Role, leg: FakeLeg | None = None, nonce: str = "") -> FakeLeg:
        leg = leg or FakeLeg(f"{call_id}-{role.value}")
        self.live.join(call_id, role, leg, nonce or f"{call_id}-{role.value}-{uuid.uuid4()}")
        return leg

    async def talk(self, call_id: CallId) -> dict[Role, FakeLeg]:
        legs = {CALLER: self.join(call_id, CALLER)}
        await asyncio.sleep(0.1)
        legs[AGENT] = self.join(call_id, AGENT)
        self.live.tell(call_id, Accepted(AGENT, "WR1"))
        await asyncio.sleep(1)
        return legs


@contextlib.asynccontextmanager
async def node(
    *,
    engine: FakeEngine | None = None,
    telephony: FakeTelephony | None = None,
    limits: Limits | None = None,
    route: AgentRoute | None = FLEX,
    broken_store: bool = False,
    safety_id: Callable[[str], str] | None = None,
    store: FakeCallStore | None = None,
    name: str = "here",
    alone: bool = True,
) -> AsyncIterator[Node]:
    """Runs a node; at the end it is stopped, and nothing may be left of its calls. `store` keeps those that live.

    Not `alone`: another node goes on after it.
    """
    engine, telephony = engine or FakeEngine(), telephony or FakeTelephony()
    made_of = parts(engines=[engine], telephony=telephony)
    if safety_id is not None:
        made_of = replace(made_of, safety_id=safety_id)
    records: list[CallRecord] = []

    def ended(record: CallRecord) -> None:
        records.append(record)
        if broken_store:
            raise OSError("the disk is full")

    keeper = Keeper(store, name, made_of.metrics, loop_clock, wall) if store is not None else None
    recall = Recall(keeper, made_of.metrics) if keeper is not None else None
    live = LiveCalls(made_of, BOOK, route, limits=limits, ended=ended, recall=recall)
    made = Node(live, engine, telephony, made_of, records)
    async with asyncio.timeout(7200), asyncio.TaskGroup() as tasks:
        tasks.create_task(made.live.run())
        await made.live.found()
        yield made
        made.live.stop()
    assert engine.running == 0
    if not alone:
        return
    assert len(asyncio.all_tasks()) == 1
    loop = asyncio.get_running_loop()
    assert [handle for handle in loop._scheduled if not handle.cancelled()] == []  # type: ignore[attr-defined]


def wall() -> float:
    return datetime.datetime.now(datetime.UTC).timestamp() + loop_clock()


def gauge(made: Node, line: str) -> bool:
    return line in made.made_of.metrics.text().decode()


# ---- New calls -------------------------------------------------------------------------------------------------------


def test_a_call_is_found_by_its_own_id_and_gone_a_while_after_its_end() -> None:
    async def scene() -> None:
        async with node() as here:
            call_id = here.ring()
            view = here.live.find(call_id)
            assert view is not None
            assert (view.state, view.caller_language, view.agent_language) == ("ringing", "es", "en")
            assert [one.call_id for one in here.live.calls()] == [call_id]
            assert gauge(here, "dragoman_calls_living 0.0"), "the task has not begun"
            legs = await here.talk(call_id)
            assert gauge(here, "dragoman_calls_living 1.0")
            legs[CALLER].end(clean=True)
            await asyncio.sleep(1)
            assert here.live.calls() == []
            assert here.live.find(call_id) is not None, "its legs may still ask"
            assert gauge(here, "dragoman_calls_living 0.0")
            assert gauge(here, 'dragoman_calls_ended_total{side="caller"} 1.0')
            await asyncio.sleep(LINGER_S)
            assert here.live.find(call_id) is None
            assert here.live.setup(call_id) is None
            assert [record.call_id for record in here.records] == [call_id]
            assert here.ring() != call_id

    run(scene())


def test_a_repeated_webhook_rings_once() -> None:
    async def scene() -> None:
        async with node() as here:
            ringing = Ringing("CA1", "+34600000001", "+15550100001", SPANISH)
            call_id = here.live.ring(ringing)
            assert here.live.ring(ringing) == call_id
            with pytest.raises(Refused, match="another account's"):
                here.live.ring(replace(ringing, account="AC9"))
            assert here.live.ring(Ringing("CA2", "+34600000001", "+15550100001", SPANISH)) != call_id
            for one in here.live.calls():
                here.live.tell(one.call_id, ENOUGH)

    run(scene())


def test_calls_without_a_carriers_id_are_not_one_call() -> None:
    async def scene() -> None:
        async with node() as here:
            calls = {here.live.ring(Ringing("", "", "", SPANISH)) for _ in range(2)}
            assert len(calls) == 2
            for one in calls:
                here.live.tell(one, ENOUGH)

    run(scene())


def test_a_call_that_we_place_dials_the_agent_of_its_choice_first() -> None:
    async def scene() -> None:
        async with node() as here:
            route = AgentRoute(AgentVia.DIRECT, "client:alice")
            call_id = here.live.originate(Origination("+34600000001", SPANISH, FRENCH, route))
            await asyncio.sleep(1)
            assert here.telephony.dialled == [(call_id, AGENT)]
            setup = here.live.setup(call_id)
            assert setup is not None
            assert (setup.first, setup.route, setup.agent.language) == (AGENT, route, FRENCH)
            assert (setup.caller.address, setup.agent.address) == ("+34600000001", "client:alice")
            here.live.tell(call_id, ENOUGH)
            await asyncio.sleep(1)
            assert here.telephony.hung_up == [f"CA-{call_id}-agent"]

    run(scene())


def test_without_an_agent_nothing_is_taken() -> None:
    async def scene() -> None:
        async with node(route=None) as here:
            with pytest.raises(Refused, match="no agent") as refused:
                here.ring()
            assert refused.value.notice is Notice.NO_AGENT
            with pytest.raises(Refused, match="no agent"):
                here.live.originate(Origination("+34600000001", SPANISH))
            assert gauge(here, 'dragoman_calls_refused_total{reason="no-agent"} 2.0')

    run(scene())


def test_no_more_calls_than_allowed_at_once() -> None:
    async def scene() -> None:
        async with node(limits=Limits(max_calls=2)) as here:
            first, second = here.ring(), here.ring()
            with pytest.raises(Refused, match="too many"):
                here.ring()
            here.live.tell(first, ENOUGH)
            await asyncio.sleep(1)
            third = here.ring()
            for one in (second, third):
                here.live.tell(one, ENOUGH)

    run(scene())


def test_a_caller_who_rings_too_often_hears_so_and_each_limit_is_counted_apart() -> None:
    async def scene() -> None:
        limits = Limits(calls_per_number_minute=2, max_calls_per_line=3)
        async with node(limits=limits, safety_id=lambda address: address) as here:
            calls = [here.ring(), here.ring()]
            with pytest.raises(Refused, match="a minute") as refused:
                here.ring()
            assert refused.value.notice is Notice.TOO_MANY
            with pytest.raises(Refused, match="a minute"):
                here.live.originate(Origination("+34600000001", SPANISH))
            calls.append(here.ring("+34600000002"))
            with pytest.raises(Refused, match="this line") as refused:
                here.ring("+34600000003")
            assert refused.value.notice is Notice.BUSY
            assert gauge(here, 'dragoman_calls_refused_total{reason="calls-per-number-minute"} 2.0')
            assert gauge(here, 'dragoman_calls_refused_total{reason="max-calls-per-line"} 1.0')
            for one in calls:
                here.live.tell(one, ENOUGH)
            await asyncio.sleep(60)
            here.live.tell(here.ring(), ENOUGH)

    run(scene())


def test_a_call_that_cannot_begin_takes_nobodys_place() -> None:
    async def scene() -> None:
        two = FakeEngine(capabilities=replace(TURNS, pairs=frozenset({("es", "en"), ("en", "es")})))
        async with node(engine=two, limits=Limits(max_calls=1)) as here:
            for _ in range(3):
                with pytest.raises(Refused, match="no engine carries"):
                    here.live.originate(Origination("+34600000009", FRENCH))
            call_id = here.ring()
            here.live.tell(call_id, ENOUGH)
            await asyncio.sleep(0)

    run(scene())


def test_the_days_spending_counts_living_and_ended_calls() -> None:
    async def scene() -> None:
        async with node(engine=FakeEngine(usd_per_frame=0.01), limits=Limits(max_usd_per_day=0.15)) as here:
            for frames in (10, 5):
                call_id = here.ring()
                legs = await here.talk(call_id)
                for number in range(frames):
                    legs[CALLER].hear(frame(number))
            with pytest.raises(Refused, match="spending"):
                here.ring()
            for one in here.live.calls():
                here.live.tell(one.call_id, ENOUGH)
            await asyncio.sleep(1)
            with pytest.raises(Refused, match="spending"):
                here.ring()

    run(scene())


def test_before_it_runs_and_after_it_stopped_nothing_is_taken() -> None:
    async def scene() -> None:
        live = LiveCalls(parts(), BOOK, FLEX)
        with pytest.raises(Refused, match="not running"):
            live.ring(Ringing("CA1", "", "", SPANISH))
        assert live.calls() == []
        async with node() as here:
            here.live.stop()
            with pytest.raises(Refused, match="stopping"):
                here.ring()

    run(scene())


# ---- Doors of living calls -------------------------------------------------------------------------------------------


def test_unknown_calls() -> None:
    async def scene() -> None:
        async with node() as here:
            assert here.live.find("nobody") is None
            assert here.live.setup("nobody") is None
            assert here.live.captions("nobody") is None
            assert here.live.tell("nobody", ENOUGH) is False
            assert here.live.instruct("nobody", CALLER) == HangUpLeg()
            with pytest.raises(Refused, match="no such call"):
                here.live.join("nobody", CALLER, FakeLeg(), "n1")

    run(scene())


def test_a_token_opens_one_stream_once() -> None:
    async def scene() -> None:
        async with node() as here:
            call_id = here.ring()
            leg = here.join(call_id, CALLER, nonce="n1")
            leg.end(clean=False)
            with pytest.raises(Refused, match="used already"):
                here.live.join(call_id, CALLER, FakeLeg(), "n1")
            here.join(call_id, CALLER, nonce="n2")
            with pytest.raises(Refused, match="a stream already"):
                here.live.join(call_id, CALLER, FakeLeg(), "n3")
            here.live.tell(call_id, ENOUGH)
            with pytest.raises(Refused, match="over"):
                here.live.join(call_id, CALLER, FakeLeg(), "n4")

    run(scene())


def test_what_is_told_to_a_call_that_is_over_is_not_taken() -> None:
    async def scene() -> None:
        async with node() as here:
            call_id = here.ring()
            assert here.live.tell(call_id, LegEnded(CALLER)) is True
            assert here.live.tell(call_id, LegEnded(CALLER)) is False
            assert here.live.instruct(call_id, CALLER) == HangUpLeg()

    run(scene())


def test_a_change_reaches_its_call_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """What becomes of it is the bridge's own test."""
    reached: list[tuple[str, Change]] = []
    monkeypatch.setattr(
        Bridge, "change", lambda self, change: reached.append((self.setup.call_id, change)), raising=False
    )

    async def scene() -> None:
        async with node() as here:
            first, second = here.ring(), here.ring()
            view = here.live.change(second, Change(recording=False))
            assert view == here.live.find(second)
            assert reached == [(second, Change(recording=False))]
            with pytest.raises(Refused, match="no such call"):
                here.live.change("nobody", Change(recording=False))
            here.live.tell(second, ENOUGH)
            with pytest.raises(Refused, match="the call is over"):
                here.live.change(second, Change(recording=True))
            assert len(reached) == 1
            here.live.tell(first, ENOUGH)

    run(scene())


def test_captions_can_be_watched_from_the_start_to_the_end() -> None:
    async def scene() -> None:
        async with node() as here:
            call_id = here.ring()
            captions = here.live.captions(call_id)
            assert captions is not None
            seen: list[Caption] = []

            async def watch() -> None:
                seen.extend([one async for one in captions])

            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(watch())
                await here.talk(call_id)
                here.engine.built[0].listen(Captioned(Side.TARGET, "Hello.", "u1", whole=True, final=True))
                await asyncio.sleep(1)
                here.live.tell(call_id, ENOUGH)
            assert [(one.text, one.language) for one in seen] == [("Hello.", "en")]

    run(scene())


# ---- The end of the node ---------------------------------------------------------------------------------------------


def test_a_drain_waits_for_the_calls_that_run() -> None:
    async def scene() -> None:
        async with node() as here:
            legs = await here.talk(here.ring())
            loop = asyncio.get_running_loop()
            began = loop.time()
            loop.call_later(30, lambda: legs[CALLER].end(clean=True))
            await here.live.drain(120)
            assert here.live.draining
            assert loop.time() - began == pytest.approx(30, abs=1)
        assert [record.outcome.result for record in here.records] == [Result.CALLER]

    run(scene())


def test_a_drain_without_calls_is_over_at_once() -> None:
    async def scene() -> None:
        async with node() as here:
            await here.live.drain(120)
            assert asyncio.get_running_loop().time() == 0.0

    run(scene())


def test_the_last_call_of_a_drain_still_hears_its_word() -> None:
    async def scene() -> None:
        async with node() as here:
            call_id = here.ring()
            here.join(call_id, CALLER)
            await asyncio.sleep(1)
            async with asyncio.TaskGroup() as tasks:
                draining = tasks.create_task(here.live.drain(60))
                await asyncio.sleep(1)
                here.live.tell(call_id, DialFailed(AGENT, DialFailure.BUSY))
                await asyncio.sleep(FAREWELL_S / 2)
                assert not draining.done()
                assert here.live.instruct(call_id, CALLER) == SayAndHangUp(SPANISH, Notice.BUSY)
                await asyncio.sleep(0.2)
                assert draining.done(), "nobody is waited for any more"

    run(scene())


def test_who_does_not_ask_is_not_waited_for_for_long() -> None:
    async def scene() -> None:
        async with node() as here:
            call_id = here.ring()
            here.join(call_id, CALLER)
            await asyncio.sleep(1)
            here.live.tell(call_id, DialFailed(AGENT, DialFailure.BUSY))
            await asyncio.sleep(1)
            began = asyncio.get_running_loop().time()
            await here.live.drain(60)
            assert asyncio.get_running_loop().time() - began == pytest.approx(FAREWELL_S, abs=0.1)

    run(scene())


def test_past_its_deadline_a_drain_ends_calls_with_a_word_that_can_still_be_asked_for() -> None:
    async def scene() -> None:
        async with node() as here:
            call_id = here.ring()
            await here.talk(call_id)
            async with asyncio.TaskGroup() as tasks:
                draining = tasks.create_task(here.live.drain(10))
                await asyncio.sleep(10 + FAREWELL_S / 2)
                assert not draining.done()
                assert here.live.instruct(call_id, CALLER) == SayAndHangUp(SPANISH, Notice.FAILED)
                assert here.live.instruct(call_id, AGENT) == SayAndHangUp(ENGLISH, Notice.FAILED)
        assert [record.outcome for record in here.records] == [Outcome(Result.US, "the server stopped")]

    run(scene())


# ---- Calls do not touch each other -----------------------------------------------------------------------------------


def test_a_record_that_cannot_be_kept_costs_no_call() -> None:
    async def scene() -> None:
        async with node(broken_store=True) as here:
            first, second = here.ring(), here.ring()
            legs = await here.talk(second)
            here.live.tell(first, ENOUGH)
            await asyncio.sleep(1)
            legs[CALLER].hear(frame(1))
            assert legs[AGENT].ear.endswith(frame(1))
            here.live.tell(second, ENOUGH)
        assert len(here.records) == 2

    run(scene())


def test_a_call_that_breaks_costs_no_other() -> None:
    async def scene() -> None:
        async with node() as here:
            first, second = here.ring(), here.ring()
            broken, whole = await here.talk(first), await here.talk(second)
            broken[AGENT].broken = True
            for number in range(10):
                broken[CALLER].hear(frame(number))
                whole[CALLER].hear(frame(100 + number))
                await asyncio.sleep(0.02)
            assert here.live.calls()[0].call_id == second
            await asyncio.sleep(1)
            assert whole[AGENT].ear.endswith(b"".join(frame(100 + number) for number in range(10)))
            assert broken[CALLER].over
            assert broken[AGENT].over
            here.live.tell(second, ENOUGH)
        assert [record.outcome.reason for record in here.records] == ["internal fault", "asked"]

    run(scene())


FIFTY = 50
FRAMES = 60
GATE_FRAMES = 30


@dataclass
class Conversation:
    """One of fifty: its legs, and what is to become of it."""

    number: int
    call_id: CallId
    fate: str
    legs: dict[Role, FakeLeg] = field(default_factory=dict)

    def words(self, role: Role) -> list[bytes]:
        """Frames that nobody else says."""
        side = 0 if role is CALLER else 1
        return [frame((self.number * 2 + side) * FRAMES + index) for index in range(FRAMES)]


async def converse(here: Node, one: Conversation, chance: random.Random) -> None:
    """The legs come in some order and at some time; some fail on the way."""
    await asyncio.sleep(chance.random() * 5)
    one.legs[CALLER] = here.join(one.call_id, CALLER)
    await asyncio.sleep(0.1 + chance.random() * 5)
    if one.fate == "busy":
        here.live.tell(one.call_id, DialFailed(AGENT, DialFailure.BUSY))
        return
    if one.fate == "nobody":
        one.legs[AGENT] = here.join(one.call_id, AGENT)
        here.live.tell(one.call_id, DialFailed(AGENT, DialFailure.NO_AGENT))
        return
    steps: list[Callable[[], object]] = [
        lambda: here.live.tell(one.call_id, Accepted(AGENT, f"WR{one.number}")),
        lambda: one.legs.update({AGENT: here.join(one.call_id, AGENT)}),
    ]
    chance.shuffle(steps)
    for step in steps:
        step()
        await asyncio.sleep(chance.random() * 3)
    if one.fate == "lost":
        one.legs[CALLER].end(clean=False)
        return
    for said, heard in zip(one.words(CALLER), one.words(AGENT), strict=True):
        one.legs[CALLER].hear(said)
        one.legs[AGENT].hear(heard)
        await asyncio.sleep(0.02)
    await asyncio.sleep(5)
    one.legs[chance.choice([CALLER, AGENT])].end(clean=True)


def test_fifty_calls_from_one_number_in_any_order_some_failing_cross_nothing() -> None:
    async def scene() -> None:
        chance = random.Random(20_261_121)
        engine = FakeEngine(ready_s=0.3, delay_s=0.2)
        async with node(engine=engine) as here:
            fates = ["busy", "nobody", "lost"] * 4 + ["talk"] * (FIFTY - 12)
            chance.shuffle(fates)
            calls = [Conversation(number, here.ring(), fate) for number, fate in enumerate(fates)]
            async with asyncio.TaskGroup() as tasks:
                for one in calls:
                    tasks.create_task(converse(here, one, chance))
            await asyncio.sleep(15)
        owner = {word: (one.number, role) for one in calls for role in Role for word in one.words(role)}
        for one in calls:
            for role, leg in one.legs.items():
                heard = [leg.ear[at : at + 160] for at in range(0, len(leg.ear), 160)]
                strangers = {owner[word] for word in heard if word in owner} - {(one.number, role.other)}
                assert strangers == set(), f"call {one.number}, {one.fate}: {role.value} heard {strangers}"
                if one.fate == "talk":
                    words = one.words(role.other)
                    assert [word for word in heard if word in owner] == words, f"call {one.number}: {role.value}"
                assert leg.over
        assert len(here.records) == FIFTY
        assert sum(record.outcome.reason == "hung up" for record in here.records) == FIFTY - 12
        assert engine.running == 0

    run(scene())


def test_every_call_begins_as_the_node_is_set() -> None:
    opening = Opening(Length.FULL, Length.SHORT, consent=frozenset({CALLER}))

    async def scene() -> None:
        live = LiveCalls(replace(parts(), opening=opening, person="client:somebody"), BOOK, FLEX)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(live.run())
            await asyncio.sleep(0)
            rung = live.ring(Ringing("CA-1", "+34600000001", "+15550100001", SPANISH))
            placed = live.originate(Origination("+34600000002", SPANISH))
            for call_id in (rung, placed):
                setup = live.setup(call_id)
                assert setup is not None
                assert (setup.opening, setup.person) == (opening, "client:somebody")
                live.tell(call_id, ENOUGH)
            live.stop()

    run(scene())


# ---- Callers of an assistant -----------------------------------------------------------------------------------------


def test_a_caller_who_is_inside_already_is_taken_over_though_the_node_is_full() -> None:
    async def scene() -> None:
        async with node(limits=Limits(max_calls=1)) as here:
            here.ring()
            ringing = Ringing("CA-of-an-assistant", "+34600000002", "+15550100001", SPANISH)
            call_id = here.live.take_over(ringing, "sip:desk@example.com", "An order.", [])
            assert here.live.ring(ringing) == here.live.call_of("CA-of-an-assistant") == call_id
            setup = here.live.setup(call_id)
            assert setup is not None
            assert setup.route == AgentRoute(AgentVia.DIRECT, "sip:desk@example.com")
            for view in here.live.calls():
                here.live.tell(view.call_id, ENOUGH)

    run(scene())


def test_without_an_address_the_callers_agent_is_where_agents_are() -> None:
    async def scene() -> None:
        async with node() as here:
            call_id = here.live.take_over(Ringing("CA1", "", "", SPANISH), "", "", [])
            setup = here.live.setup(call_id)
            assert setup is not None
            assert setup.route == FLEX
            here.live.tell(call_id, ENOUGH)
        async with node(route=None) as here:
            with pytest.raises(Refused, match="no agent"):
                here.live.take_over(Ringing("CA1", "", "", SPANISH), "", "", [])

    run(scene())


def test_nobody_is_taken_over_by_a_node_that_stops_or_cannot_interpret() -> None:
    async def scene() -> None:
        only_french = replace(TURNS, pairs=frozenset({("fr", "en"), ("en", "fr")}))
        async with node(engine=FakeEngine(capabilities=only_french)) as here:
            with pytest.raises(Refused, match="no engine"):
                here.live.take_over(Ringing("CA1", "", "", SPANISH), "", "", [])
            assert (here.live.calls(), here.live.call_of("CA1")) == ([], None)
            await here.live.drain(0)
            with pytest.raises(Refused, match="stopping"):
                here.live.take_over(Ringing("CA1", "", "", FRENCH), "", "", [])

    run(scene())
