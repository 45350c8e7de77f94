"""The assistants of a node: who answers, limits shared with interpreted calls, reload, drain, hand-over."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from dragoman.domain.call import AgentVia, CallId, ConnectStream, LegEnded, Length, Notice, Opening, Role
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.persona import Persona, Phrase
from dragoman.domain.reception import CallerLeft, ConnectPerson, GoOnInterpreted, LeaveCall, PersonLeft, Reached, TalkOn
from dragoman.domain.tools import HandOver, ToolAsked, ToolResult, Transfer
from dragoman.errors import Refused
from dragoman.languages import languages
from dragoman.notices import Notices
from dragoman.personas import Personas
from dragoman.ports import Ringing
from dragoman.relay.admission import Limits
from dragoman.relay.assistant_record import AssistantRecord
from dragoman.relay.assistants import Assistants
from dragoman.relay.entrance import Entrance
from dragoman.relay.keeper import Keeper
from dragoman.relay.live import LiveCalls
from dragoman.relay.living import FAREWELL_S, LINGER_S
from dragoman.relay.recall import Recall
from dragoman.relay.record import CallRecord
from dragoman.relay.tool_desks import BuildTools, OpenTools
from tests.fakes.assistant_scene import assistant_parts
from tests.fakes.assistant_talk import QUIET, voice
from tests.fakes.assistants import FakeAssistantEngine, FakeTools
from tests.fakes.call_store import FakeCallStore
from tests.fakes.engine import FakeEngine
from tests.fakes.leg import FakeLeg
from tests.fakes.personas import LEAST, write
from tests.fakes.relay_parts import BOOK, FLEX, SPANISH, loop_clock, parts
from tests.fakes.telephony import FakeTelephony
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script

PERSON = "+15550100007"
ASKED = ToolAsked("c1", "order", "{}")
DESK = LEAST.format(name="desk").replace('["en"]', '["en", "es"]') + f'transfer = "{PERSON}"\n'


async def at_once(build: BuildTools, persona: Persona) -> OpenTools:
    """In virtual time a thread would take for ever."""
    return build(persona)


def wall() -> float:
    """Unix time, as far as a node's clock tells."""
    return 1_700_000_000.0 + loop_clock()


@dataclass
class House:
    """A node with interpreted calls and assistants, behind one entrance."""

    assistants: Assistants
    live: LiveCalls
    engine: FakeAssistantEngine
    interpreter: FakeEngine
    tools: FakeTools
    telephony: FakeTelephony
    records: list[AssistantRecord]
    interpreted: list[CallRecord]
    text: Callable[[], str]
    legs: dict[str, FakeLeg] = field(default_factory=dict)
    rung: int = 0

    def ringing(self, called: str = "+15550100001", number: str = "+34600000001") -> Ringing:
        self.rung += 1
        language = self.assistants.greeting_language(called)
        return Ringing(f"CA{self.rung}", number, called, language, "AC1")

    def ring(self, called: str = "+15550100001", persona: str = "") -> CallId:
        return self.assistants.ring(self.ringing(called), persona)

    def join(self, call_id: CallId) -> FakeLeg:
        leg = self.legs[call_id] = FakeLeg(f"stream-{call_id}")
        assert self.assistants.next(call_id) == TalkOn(call_id)
        self.assistants.join(call_id, leg, f"nonce-{uuid.uuid4()}")
        return leg

    async def talk(self, called: str = "+15550100001") -> CallId:
        """A call whose greeting was heard."""
        call_id = self.ring(called)
        self.join(call_id)
        await self.quiet(2, call_id)
        return call_id

    async def quiet(self, seconds: float, *calls: CallId) -> None:
        await self.hear(QUIET * round(seconds * 50), *calls)

    async def hear(self, audio: bytes, *calls: CallId) -> None:
        for at in range(0, len(audio), 160):
            await asyncio.sleep(0.02)
            for call_id in calls:
                self.legs[call_id].hear(audio[at : at + 160])


@contextlib.asynccontextmanager
async def house(
    folder: Path,
    *files: str,
    engine: FakeAssistantEngine | None = None,
    limits: Limits | None = None,
    build: BuildTools | None = None,
    opening: Opening | None = None,
    store: FakeCallStore | None = None,
    **fields: object,
) -> AsyncIterator[House]:
    """Runs a node; at the end it is stopped, and nothing may be left of its calls. `store` keeps those that live."""
    write(folder, {f"{number}.toml": text for number, text in enumerate(files or (DESK,))})
    engine, interpreter, telephony, tools = engine or FakeAssistantEngine(), FakeEngine(), FakeTelephony(), FakeTools()
    made_of = parts(engines=[interpreter], telephony=telephony)
    made_of = made_of if opening is None else replace(made_of, opening=opening)
    metrics = made_of.metrics
    entrance = Entrance(limits or Limits(), str, metrics, loop_clock)
    records: list[AssistantRecord] = []
    interpreted: list[CallRecord] = []
    recall = Recall(Keeper(store, "here", metrics, loop_clock, wall), metrics) if store is not None else None
    live = LiveCalls(made_of, BOOK, FLEX, entrance=entrance, ended=interpreted.append, recall=recall)
    of_assistants = assistant_parts(engine, metrics=metrics, languages=languages(), hand_to=live.take_over, **fields)
    personas = Personas.load(folder, clock=loop_clock)
    assistants = Assistants(
        of_assistants,
        personas,
        build or (lambda _: tools),
        entrance,
        ended=records.append,
        in_thread=at_once,
        recall=recall,
    )
    made = House(
        assistants, live, engine, interpreter, tools, telephony, records, interpreted, lambda: metrics.text().decode()
    )
    async with asyncio.timeout(7200), asyncio.TaskGroup() as tasks:
        tasks.create_task(live.run())
        tasks.create_task(assistants.run())
        await live.found()
        await asyncio.sleep(0)
        yield made
        for leg in made.legs.values():
            leg.end(clean=True)
        live.stop()
        assistants.stop()
    assert (engine.running, interpreter.running) == (0, 0)
    assert len(asyncio.all_tasks()) == 1
    loop = asyncio.get_running_loop()
    assert [handle for handle in loop._scheduled if not handle.cancelled()] == []  # type: ignore[attr-defined]


# ---- Who answers -----------------------------------------------------------------------------------------------------


def test_a_call_is_known_from_its_ring_until_a_minute_after_its_end(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as here:
            ringing = here.ringing()
            call_id = here.assistants.ring(ringing)
            assert here.assistants.ring(ringing) == call_id, "a repeated webhook is the same call"
            assert here.assistants.call_of(ringing.carrier_call) == call_id
            assert here.assistants.account_of(call_id) == "AC1"
            assert [view.call_id for view in here.assistants.calls()] == [call_id]
            here.join(call_id)
            await here.quiet(2, call_id)
            assert here.assistants.tell(call_id, CallerLeft())
            assert not here.assistants.tell(call_id, CallerLeft())
            assert here.assistants.calls() == []
            assert isinstance(here.assistants.next(call_id), LeaveCall)
            await asyncio.sleep(LINGER_S + 1)
            assert (here.assistants.account_of(call_id), here.assistants.call_of("CA1")) == (None, None)
            assert here.assistants.next(call_id) == LeaveCall()
            with pytest.raises(Refused, match="no such call"):
                here.assistants.join(call_id, FakeLeg(), "n")
            assert [record.outcome.reason for record in here.records] == ["hung up"]

    run(story())


def test_another_account_does_not_get_a_call_by_naming_its_leg(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as here:
            ringing = here.ringing()
            call_id = here.assistants.ring(ringing)
            assert here.assistants.ring(ringing) == call_id
            with pytest.raises(Refused, match="another account's"):
                here.assistants.ring(replace(ringing, account="AC9"))

    run(story())


def test_a_token_is_good_for_one_stream(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as here:
            call_id = here.ring()
            here.assistants.join(call_id, FakeLeg(), "once")
            await asyncio.sleep(3)
            with pytest.raises(Refused, match="used already"):
                here.assistants.join(call_id, FakeLeg(), "once")
            here.assistants.tell(call_id, CallerLeft())

    run(story())


def test_the_called_number_chooses_the_persona_unless_one_is_named(tmp_path: Path) -> None:
    async def story() -> None:
        own = LEAST.format(name="shop") + 'numbers = ["+1 555 010 0002"]\n'
        async with house(tmp_path, DESK, own) as here:
            calls = [here.ring(), here.ring("+15550100002"), here.ring("+15550100002", persona="desk")]
            await asyncio.sleep(0.1)
            assert [here.engine.of(one).wanted.persona.name for one in calls] == ["desk", "shop", "desk"]
            with pytest.raises(Refused, match="no assistant"):
                here.ring(persona="nobody")
            for one in calls:
                here.assistants.tell(one, CallerLeft())

    run(story())


@pytest.mark.parametrize(
    ("persona", "wish", "tag"),
    [("", "", "en"), ("", "es-MX", "es"), ("", "ja", "en"), ("nobody", "ja", "ja"), ("nobody", "xx", "en")],
)
def test_a_call_begins_in_a_language_of_who_answers(tmp_path: Path, persona: str, wish: str, tag: str) -> None:
    async def story() -> None:
        async with house(tmp_path) as here:
            assert here.assistants.greeting_language("+15550100001", persona, wish).primary == tag

    run(story())


def test_a_persona_that_was_changed_serves_new_calls(tmp_path: Path) -> None:
    async def story() -> None:
        built: list[str] = []

        def build(persona: Persona) -> FakeTools:
            built.append(persona.instructions)
            return FakeTools()

        async with house(tmp_path, build=build) as here:
            old = await here.talk()
            write(tmp_path, {"0.toml": DESK.replace("Be brief.", "Be long. " * 3)})
            await asyncio.sleep(2)
            new = await here.talk()
            assert here.engine.of(old).wanted.persona.instructions == "Be brief."
            assert here.engine.of(new).wanted.persona.instructions.startswith("Be long.")
            assert len(built) == 2
            write(tmp_path, {"0.toml": "broken"})
            await here.quiet(2, old, new)
            assert here.engine.of(await here.talk()).wanted.persona.instructions.startswith("Be long.")
            assert len(built) == 2

    run(story())


def test_without_an_engine_nobody_answers(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as here:
            here.assistants._parts = replace(here.assistants._parts, engines=())
            with pytest.raises(Refused, match="no engine"):
                here.ring()
            assert 'dragoman_calls_refused_total{reason="no-engine"} 1.0' in here.text()

    run(story())


# ---- Together with interpreted calls ---------------------------------------------------------------------------------


def test_limits_count_calls_of_both_kinds(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path, limits=Limits(max_calls=2)) as here:
            interpreted = here.live.ring(Ringing("CA-live", "+34600000009", "+15550100001", SPANISH))
            assistant = here.ring()
            with pytest.raises(Refused, match="too many"):
                here.ring()
            with pytest.raises(Refused, match="too many"):
                here.live.ring(Ringing("CA-x", "", "", SPANISH))
            here.live.tell(interpreted, LegEnded(Role.CALLER))
            await asyncio.sleep(0.1)
            here.assistants.tell(here.ring(), CallerLeft())
            here.assistants.tell(assistant, CallerLeft())

    run(story())


def test_the_days_money_is_that_of_both_kinds(tmp_path: Path) -> None:
    async def story() -> None:
        engine = FakeAssistantEngine(usd=0.5)
        async with house(tmp_path, engine=engine, limits=Limits(max_usd_per_day=0.6)) as here:
            call_id = await here.talk()
            here.live.tell(here.live.ring(Ringing("CA-a", "", "", SPANISH)), LegEnded(Role.CALLER))
            engine.of(call_id).speak("An answer.")
            with pytest.raises(Refused, match="spending"):
                here.live.ring(Ringing("CA-b", "", "", SPANISH))
            await here.quiet(1, call_id)
            here.legs[call_id].end(clean=True)
            await asyncio.sleep(10)
            with pytest.raises(Refused, match="spending"):
                here.ring()

    run(story())


def test_two_calls_never_mix(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as here:
            one, other = await here.talk(), await here.talk()
            here.engine.of(one).speak("To one.", mark=0x31)
            here.engine.of(other).speak("To the other.", mark=0x32)
            said = voice(400, seed=7)
            for at in range(0, len(said), 160):
                await asyncio.sleep(0.02)
                here.legs[one].hear(said[at : at + 160])
                here.legs[other].hear(QUIET)
            await here.quiet(2, one, other)
            assert b"\x31" in here.legs[one].ear
            assert b"\x32" not in here.legs[one].ear
            assert b"\x31" not in here.legs[other].ear
            assert set(here.engine.of(other).heard) == {0xFF}
            here.legs[one].broken = True
            here.engine.of(one).speak("Again.")
            await here.quiet(0.2, other)
            assert [view.call_id for view in here.assistants.calls()] == [other], "a fault ends one call"

    run(story())


def test_a_record_that_cannot_be_kept_ends_nobody_elses_call(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as here:

            def full(_record: AssistantRecord) -> None:
                raise OSError("the disk is full")

            here.assistants._ended = full
            one, other = await here.talk(), await here.talk()
            here.assistants.tell(one, CallerLeft())
            await here.quiet(1, other)
            assert [view.call_id for view in here.assistants.calls()] == [other]

    run(story())


def test_what_calls_were_like_is_counted(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as here:
            here.tools.results["order"] = ToolResult("ok", "It is here.")
            call_id = await here.talk()
            assert "dragoman_calls_living 1.0" in here.text()
            here.engine.of(call_id).hears("Where is it?")
            here.engine.of(call_id).asks(ASKED)
            await here.quiet(2, call_id)
            here.assistants.tell(call_id, CallerLeft())
            await asyncio.sleep(0.1)
            for line in (
                "dragoman_calls_living 0.0",
                'dragoman_calls_ended_total{side="caller"} 1.0',
                'dragoman_assistant_turns_total{engine="fake"} 2.0',
                'dragoman_assistant_wait_seconds_count{engine="fake"} 1.0',
                'dragoman_tool_calls_total{result="done"} 1.0',
            ):
                assert line in here.text()

    run(story())


# ---- Handing over ----------------------------------------------------------------------------------------------------


def test_a_caller_goes_on_in_an_interpreted_call_whose_agent_sees_what_was_said(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path, limits=Limits(max_calls=1), opening=Opening(Length.FULL, Length.SHORT)) as here:
            here.tools.results["order"] = ToolResult("", "One moment.", action=HandOver(PERSON, "An order."))
            ringing = replace(here.ringing(), language=here.assistants.greeting_language("", "desk", "es"))
            before = here.assistants.ring(ringing)
            here.join(before)
            await here.quiet(2, before)
            here.engine.of(before).hears("Quiero hablar con una persona.")
            here.engine.of(before).asks(ASKED)
            await here.quiet(3, before)
            told = here.assistants.next(before)
            assert isinstance(told, GoOnInterpreted)
            call_id = told.call_id
            setup = here.live.setup(call_id)
            assert setup is not None
            assert (setup.route.via, setup.agent.address, setup.caller.language.tag) == (AgentVia.DIRECT, PERSON, "es")
            assert here.live.call_of(ringing.carrier_call) == call_id
            watched = here.live.captions(call_id)
            assert watched is not None
            texts = [(await anext(watched)).text for _ in range(4)]
            assert texts[0] == "An order."
            assert texts[2:] == ["Quiero hablar con una persona.", "One moment."]

            connect = here.live.instruct(call_id, Role.CALLER)
            assert connect == ConnectStream(setup.caller.language), "nobody is asked to wait twice"
            here.live.join(call_id, Role.CALLER, FakeLeg("caller"), "n1")
            await asyncio.sleep(1)
            assert here.telephony.dialled == [(call_id, Role.AGENT)]
            here.live.instruct(call_id, Role.AGENT)
            here.live.join(call_id, Role.AGENT, FakeLeg("agent"), "n2")
            await asyncio.sleep(1)
            view = here.live.find(call_id)
            assert view is not None
            assert view.state == "interpreting"
            here.live.tell(call_id, LegEnded(Role.CALLER))
            await asyncio.sleep(1)
            (record,) = here.interpreted
            assert record.as_json()["assistant"]["summary"] == "An order."
            assert [line["who"] for line in record.as_json()["assistant"]["lines"]] == [
                "assistant",
                "caller",
                "assistant",
            ]
            assert (here.records[0].interpreted, here.records[0].outcome.result) == (call_id, Result.AGENT)

    run(story())


def test_languages_that_no_engine_carries_keep_the_caller_with_the_assistant(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as here:
            unable = replace(here.interpreter.capabilities, pairs=frozenset({("fr", "en"), ("en", "fr")}))
            here.interpreter.capabilities = unable
            here.tools.results["order"] = ToolResult("", "One moment.", action=HandOver(PERSON, ""))
            call_id = here.assistants.ring(
                replace(here.ringing(), language=here.assistants.greeting_language("", "desk", "es"))
            )
            here.join(call_id)
            await here.quiet(2, call_id)
            here.engine.of(call_id).asks(ASKED)
            await here.quiet(3, call_id)
            assert here.live.calls() == []
            assert not here.legs[call_id].over
            assert len(here.engine.of(call_id).said) == 2, "it is said that nobody can be had"

    run(story())


# ---- Drain -----------------------------------------------------------------------------------------------------------


def test_a_drain_waits_for_talks_and_takes_no_new_ones(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as here:
            call_id = await here.talk()
            loop = asyncio.get_running_loop()
            began = loop.time()
            async with asyncio.TaskGroup() as tasks:
                draining = tasks.create_task(here.assistants.drain(60))
                await here.quiet(5, call_id)
                assert here.assistants.draining
                with pytest.raises(Refused, match="stopping"):
                    here.ring()
                assert not draining.done()
                here.legs[call_id].end(clean=True)
                await draining
            assert loop.time() - began < 10
            assert here.records[0].outcome.reason == "hung up"

    run(story())


def test_past_the_deadline_talks_end_with_a_word(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as here:
            call_id = await here.talk()
            async with asyncio.TaskGroup() as tasks:
                draining = tasks.create_task(here.assistants.drain(3))
                await here.quiet(3.5, call_id)
                assert here.legs[call_id].over
                assert not draining.done(), "the leg is yet to ask"
                told = here.assistants.next(call_id)
                assert isinstance(told, LeaveCall)
                assert told.language is not None
                assert told.say == Notices.load().text(Notice.FAILED, told.language)
                await asyncio.sleep(0.2)
                assert draining.done()
            assert here.records[0].outcome == Outcome(Result.US, "the server stopped")

    run(story())


@pytest.mark.parametrize("reached", [Reached.TALKED, Reached.BUSY])
def test_who_is_with_a_person_is_not_waited_for_and_not_cut_off(tmp_path: Path, reached: Reached) -> None:
    async def story() -> None:
        async with house(tmp_path) as here:
            here.tools.results["order"] = ToolResult("", "One moment.", action=Transfer(PERSON, ""))
            call_id = await here.talk()
            here.engine.of(call_id).asks(ASKED)
            await here.quiet(3, call_id)
            assert isinstance(here.assistants.next(call_id), ConnectPerson)
            began = asyncio.get_running_loop().time()
            await here.assistants.drain(60)
            assert asyncio.get_running_loop().time() - began <= FAREWELL_S + 0.2
            assert not here.assistants.tell(call_id, PersonLeft(reached))
            english = here.assistants.greeting_language("", "desk")
            sorry = Notices.load().text(Notice.FAILED, english)
            assert here.assistants.next(call_id) == LeaveCall("" if reached is Reached.TALKED else sorry, english)

    run(story())


# ---- For the API -----------------------------------------------------------------------------------------------------


def test_calls_can_be_looked_at_and_ended(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as here:
            call_id = await here.talk()
            view = here.assistants.find(call_id)
            assert view is not None
            assert (view.state, view.caller_language, view.engines) == ("assistant: talking", "en", ("fake",))
            watched = here.assistants.captions(call_id)
            assert watched is not None
            greeting = here.engine.of(call_id).wanted.persona.say(Phrase.GREETING, "en")
            assert (await anext(watched)).text == greeting
            assert here.assistants.end(call_id, Outcome(Result.US, "ended by the api"))
            assert not here.assistants.end(call_id, Outcome(Result.US, "ended by the api"))
            assert (here.assistants.find("nobody"), here.assistants.captions("nobody")) == (None, None)

    run(story())
