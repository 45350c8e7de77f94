"""Fifty calls at once from one number, agents coming in any order, some of them failing: nobody hears anybody else."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import structlog

from dragoman.domain.outcome import Result
from dragoman.interpreters.openai.emulator.markers import MARKERS, answer_hz
from dragoman.telephony.twilio.emulator import Phone, Reservation
from tests.rig.people import SPEECH_MS, Ear, voice
from tests.rig.town import Town, town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(120)]

CALLS = 50
PBX = "+34600000000"
"""The one number that all callers show."""
CALLER_HZ, AGENT_HZ = MARKERS[0 : 2 * CALLS : 2], MARKERS[1 : 2 * CALLS : 2]
"""A hundred markers: each party of each call has one of their own."""


@dataclass(slots=True)
class Pair:
    """A call: its caller, the task that its agent is offered, and what became of it."""

    number: int
    caller: Phone
    reservation: Reservation
    call_id: str
    agent: Phone | None = None
    fate: str = "talks"


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    """Thousands of lines that nobody reads."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.reset_defaults()


@pytest.fixture
def seed(record_property: Callable[[str, object], None]) -> int:
    """A seed of this run's own, told so that a failure can be had again."""
    seed = random.randrange(10**6)
    record_property("fifty calls: seed", seed)
    return seed


async def dialled(here: Town, count: int) -> list[Phone]:
    """Callers, with their language chosen."""
    return [await here.dial(PBX) for _ in range(count)]


async def not_dialled(here: Town, count: int) -> None:
    """Further callers whose agents the carrier refuses to dial: they are told and gone, in the midst of the others."""
    tasks = here.twilio.router.tasks
    await here.until(lambda: len(tasks) == len(here.app.calls.calls()))
    here.twilio.faults.rest_not_allowed = True
    for caller in await dialled(here, count):
        await caller.ended()
    here.twilio.faults.rest_not_allowed = False
    await here.until(lambda: len(here.records) == count)
    assert {record.outcome.reason for record in here.records} == {"agent: rejected"}
    here.records.clear()


async def paired(here: Town, callers: list[Phone]) -> list[Pair]:
    """Which task belongs to which caller, as our own ids say: by nothing else can they be told apart."""
    by_sid = {caller.call_sid: number for number, caller in enumerate(callers)}
    reservations = [await here.reserved(f"Agent{number}") for number in range(CALLS)]
    pairs = []
    for reservation in reservations:
        call_id = str(reservation.task.attributes["dragoman_call"])
        setup = here.app.calls.setup(call_id)
        assert setup is not None
        number = by_sid[setup.carrier_call]
        pairs.append(Pair(number, callers[number], reservation, call_id))
    assert sorted(pair.number for pair in pairs) == list(range(CALLS))
    assert {pair.reservation.task.attributes["caller"] for pair in pairs} == {PBX}
    return pairs


async def meet(here: Town, pair: Pair, dice: random.Random) -> None:
    """The agent comes, sooner or later; or the task is lost, or somebody hangs up."""
    await asyncio.sleep(dice.random() * 1.5)
    match pair.fate:
        case "lost":
            here.twilio.router.cancel(pair.reservation.task, "nobody")
        case "caller leaves":
            pair.caller.hang_up()
        case _:
            pair.agent = await pair.reservation.accept()
            if pair.fate == "agent leaves":
                await asyncio.sleep(0.3)
                pair.agent.hang_up()


async def test_fifty_calls_from_one_number_are_never_crossed(seed: int) -> None:
    dice = random.Random(seed)
    async with town("conversation") as here:
        callers = await dialled(here, CALLS // 2)
        await not_dialled(here, 3)
        callers += await dialled(here, CALLS - len(callers))
        pairs = await paired(here, callers)
        for fate in ("lost", "caller leaves", "agent leaves"):
            for pair in dice.sample([one for one in pairs if one.fate == "talks"], 3):
                pair.fate = fate
        dice.shuffle(pairs)
        async with asyncio.TaskGroup() as tasks:
            for pair in pairs:
                tasks.create_task(meet(here, pair, dice))
        talking = [pair for pair in pairs if pair.fate == "talks"]
        await here.until(lambda: len(here.records) == CALLS - len(talking))
        await here.twilio.ticker.beats(120)  # the last whispers, also where the machine is slow
        await everybody_talks(here, talking)
        assert Counter(view.state for view in here.app.calls.calls()) == {"interpreting": len(talking)}
        fates = {record.call_id: record.outcome.result for record in here.records}
        expected = {"lost": Result.AGENT, "caller leaves": Result.CALLER, "agent leaves": Result.AGENT}
        assert fates == {pair.call_id: expected[pair.fate] for pair in pairs if pair.fate != "talks"}
        assert here.models.errors == []


async def everybody_talks(here: Town, talking: list[Pair]) -> None:
    """All at the same time; each hears the interpretation of their partner's marker, in full, and nothing else."""
    heard: list[tuple[Ear, int]] = []
    for pair in talking:
        assert pair.agent is not None
        heard += [(Ear(pair.agent), CALLER_HZ[pair.number]), (Ear(pair.caller), AGENT_HZ[pair.number])]
    for pair in talking:
        pair.caller.say(voice(CALLER_HZ[pair.number]))
        if pair.agent is not None:
            pair.agent.say(voice(AGENT_HZ[pair.number]))
    waiting = list(heard)
    for _ in range(40):
        await here.twilio.ticker.beats(25)
        waiting = [(ear, hz) for ear, hz in waiting if not ear.heard_all(200)]
        if not waiting:
            break
    crossed = {hz: ear.markers for ear, hz in heard if ear.markers != {answer_hz(hz)}}
    assert crossed == {}
    for ear, hz in heard:
        ear.expect_only(hz, SPEECH_MS)
