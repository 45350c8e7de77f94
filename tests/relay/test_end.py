"""One end of a call: what its lane wants done is done, in order; what has nobody to go to is dropped."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId, Notice, Role
from dragoman.domain.effects import (
    Across,
    Announced,
    Ask,
    Caption,
    Clear,
    Hear,
    Interrupt,
    LaneEffect,
    Mark,
    Play,
    Publish,
)
from dragoman.domain.speech import Side
from dragoman.ports import Wanted
from dragoman.relay.booth import Booth
from dragoman.relay.end import LONGEST_RETIRING_S, RETIRING_S, End
from dragoman.relay.lane import Lane
from dragoman.relay.lane_plan import LanePlan
from tests.fakes.engine import FakeEngine
from tests.fakes.leg import FakeLeg
from tests.fakes.relay_parts import ENGLISH, SPANISH, frame
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.unit

CAPTION = Caption("c1", Role.CALLER, Side.SOURCE, "es", "Hola", final=True, at_s=1.0)
EFFECTS: list[LaneEffect] = [
    Hear(frame(1)),
    Play(frame(2)),
    Mark("g0.1"),
    Clear(),
    Interrupt(120),
    Publish(CAPTION),
    Ask(Notice.REPEAT),
    Announced("wait.1", whole=True),
]


Told = list[tuple[Role, str, bool]]


def ends(shown: list[Caption], asked: list[tuple[Role, Notice]], told: Told) -> tuple[End, End]:
    def one(role: Role) -> End:
        plan = LanePlan(role, "es", "en", AudioFormat.PCMU_8K, "fake")
        return End(
            role,
            Lane(plan, 0.0),
            shown.append,
            lambda role, notice: asked.append((role, notice)),
            lambda role, label, whole: told.append((role, label, whole)),
        )

    caller, agent = one(Role.CALLER), one(Role.AGENT)
    caller.other, agent.other = agent, caller
    return caller, agent


def test_everything_reaches_whom_it_is_for() -> None:
    async def scene() -> None:
        shown: list[Caption] = []
        asked: list[tuple[Role, Notice]] = []
        told: Told = []
        caller, agent = ends(shown, asked, told)
        engine, ear, mouth = FakeEngine(), FakeLeg(), FakeLeg()
        agent.leg, caller.leg = ear, mouth
        wanted = Wanted(CallId("call-1"), Role.CALLER, SPANISH, ENGLISH, AudioFormat.PCMU_8K, AudioFormat.PCMU_8K)
        caller.booth = Booth(engine, lambda: wanted, listen=lambda _: None, seated=lambda: None, lost=lambda _: None)
        caller.perform(EFFECTS)
        assert engine.built[0].heard == frame(1)
        assert engine.built[0].interrupted == [120]
        assert (ear.ear, ear.marks, ear.cleared) == (frame(2), ["g0.1"], 1)
        assert (mouth.ear, mouth.marks, mouth.cleared) == (b"", [], 0)
        assert shown == [CAPTION]
        assert asked == [(Role.CALLER, Notice.REPEAT)]
        assert told == [(Role.AGENT, "wait.1", True)]
        await asyncio.sleep(0)

    run(scene())


def test_without_a_stream_and_an_interpreter_the_rest_is_done() -> None:
    shown: list[Caption] = []
    asked: list[tuple[Role, Notice]] = []
    caller, _ = ends(shown, asked, [])
    caller.perform(EFFECTS)
    assert shown == [CAPTION]
    assert asked == [(Role.CALLER, Notice.REPEAT)]


def test_who_retires_hears_silence_until_the_time_is_over() -> None:
    async def scene() -> None:
        caller, _ = ends([], [], [])
        engine = FakeEngine()
        wanted = Wanted(CallId("call-1"), Role.CALLER, SPANISH, ENGLISH, AudioFormat.PCMU_8K, AudioFormat.PCMU_8K)
        caller.retire(1.0)
        assert caller.retiring == [], "nobody sat there"
        caller.booth = Booth(engine, lambda: wanted, listen=lambda _: None, seated=lambda: None, lost=lambda _: None)
        caller.retire(1.0)
        assert caller.booth is None
        caller.perform([Hear(frame(1))])
        caller.hush(320)
        (old,) = engine.built
        assert old.heard == b"\xff" * 320
        caller.let_retire(1.0 + RETIRING_S - 0.01)
        assert not old.closed
        caller.let_retire(1.0 + RETIRING_S)
        assert old.closed
        assert caller.retiring == []
        caller.let_retire(99.0)

    run(scene())


def test_who_is_in_the_midst_of_its_last_words_is_heard_out_but_not_for_ever() -> None:
    async def scene() -> None:
        caller, _ = ends([], [], [])
        engine = FakeEngine()
        wanted = Wanted(CallId("call-1"), Role.CALLER, SPANISH, ENGLISH, AudioFormat.PCMU_8K, AudioFormat.PCMU_8K)
        for _ in range(2):
            caller.booth = Booth(
                engine, lambda: wanted, listen=lambda _: None, seated=lambda: None, lost=lambda _: None
            )
            caller.retire(1.0)
        talker = caller.retiring[0].booth
        caller.still_speaks(talker, 2.0)
        for now in range(9, 100):
            caller.still_speaks(talker, float(now))
            caller.let_retire(float(now))
            assert [one.closed for one in engine.built] == [now >= 1.0 + LONGEST_RETIRING_S, now >= 1.0 + RETIRING_S]

    run(scene())


def test_all_who_sit_or_retire_are_closed_with_the_end() -> None:
    async def scene() -> None:
        caller, _ = ends([], [], [])
        engine = FakeEngine()
        wanted = Wanted(CallId("call-1"), Role.CALLER, SPANISH, ENGLISH, AudioFormat.PCMU_8K, AudioFormat.PCMU_8K)
        for _ in range(2):
            caller.retire(1.0)
            caller.booth = Booth(
                engine, lambda: wanted, listen=lambda _: None, seated=lambda: None, lost=lambda _: None
            )
        caller.leg = FakeLeg()
        caller.leg.stops_on_close = True
        caller.close()
        assert [one.closed for one in engine.built] == [True, True]
        assert caller.leg.over

    run(scene())


def test_what_goes_across_is_done_at_the_other_end() -> None:
    async def scene() -> None:
        caller, agent = ends([], [], [])
        ear, mouth = FakeLeg(), FakeLeg()
        agent.leg, caller.leg = ear, mouth
        caller.perform([Play(frame(1)), Across((Play(frame(2)), Mark("g0.1"))), Play(frame(3))])
        assert (ear.ear, ear.marks) == (frame(1) + frame(3), [])
        assert (mouth.ear, mouth.marks) == (frame(2), ["g0.1"])
        await asyncio.sleep(0)

    run(scene())
