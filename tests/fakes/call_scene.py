"""One call with everything around it on paper, driven step by step in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from dragoman.domain.call import Accepted, CallSetup, Role
from dragoman.domain.manner import AS_USUAL, Manner
from dragoman.keys import NO_KEYS, KeyMap
from dragoman.relay.bridge import Bridge
from dragoman.relay.ear_plan import USUAL_EAR, EarPlan
from dragoman.relay.ladder import ROTATE_S
from dragoman.relay.parts import Parts
from dragoman.relay.record import CallRecord
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.engine import FakeEngine, FakeInterpreter
from tests.fakes.leg import FakeLeg
from tests.fakes.relay_parts import parts, setup
from tests.fakes.telephony import FakeTelephony


class CallScene:
    """A bridge that runs. `caller` and `agent` are the legs that joined last."""

    def __init__(self, of: CallSetup, made_of: Parts, engine: FakeEngine, telephony: FakeTelephony) -> None:
        self.parts = made_of
        self.engine = engine
        self.telephony = telephony
        self.bridge = Bridge(of, made_of)
        self.legs: dict[Role, FakeLeg] = {}
        self.all_legs: list[FakeLeg] = []
        self.record: CallRecord | None = None

    @property
    def caller(self) -> FakeLeg:
        return self.legs[Role.CALLER]

    @property
    def agent(self) -> FakeLeg:
        return self.legs[Role.AGENT]

    def join(self, role: Role, leg: FakeLeg | None = None) -> FakeLeg:
        leg = leg or FakeLeg(f"{role.value}-{len(self.all_legs)}")
        self.bridge.join(role, leg)
        self.legs[role] = leg
        self.all_legs.append(leg)
        return leg

    async def talk(self) -> None:
        """Bring the call to where both are on the line and interpreted."""
        self.join(Role.CALLER)
        await asyncio.sleep(0.1)
        self.join(Role.AGENT)
        self.bridge.tell(Accepted(Role.AGENT, "WR1"))
        await asyncio.sleep(1)

    def interpreter(self, speaker: Role) -> FakeInterpreter:
        """The one who sits in that lane now."""
        return [one for one in self.engine.built if one.wanted.speaker is speaker][-1]

    async def says(self, role: Role, frames: list[bytes]) -> None:
        for one in frames:
            self.legs[role].hear(one)
            await asyncio.sleep(0.02)

    async def carried(self) -> None:
        self.record = await self.bridge.run()

    @property
    def ended(self) -> CallRecord:
        assert self.record is not None, "the call is not over"
        return self.record


@contextlib.asynccontextmanager
async def call_scene(
    of: CallSetup | None = None,
    *,
    engine: FakeEngine | None = None,
    others: Sequence[FakeEngine] = (),
    telephony: FakeTelephony | None = None,
    announcer: FakeAnnouncer | None = None,
    manner: Manner = AS_USUAL,
    keys: KeyMap = NO_KEYS,
    ear: EarPlan = USUAL_EAR,
    max_usd: float = 0.0,
    spare: Sequence[FakeEngine] = (),
    falls_to_original: bool = True,
    rotate_s: float = ROTATE_S,
    max_call_s: float = 0.0,
    dial_tries: int = 1,
    silent_leg_s: float = float("inf"),
) -> AsyncIterator[CallScene]:
    """Runs the call in the background; whoever leaves must have ended it. Counts what is left open.

    `others` are engines behind the first one, `spare` those for when all of them fail.
    """
    engine = engine or FakeEngine()
    telephony = telephony or FakeTelephony()
    made_of = parts(
        telephony=telephony,
        engines=[engine, *others],
        announcer=announcer,
        manner=manner,
        keys=keys,
        ear=ear,
        max_usd=max_usd,
        spare_engines=spare,
        falls_to_original=falls_to_original,
        rotate_s=rotate_s,
        max_call_s=max_call_s,
        dial_tries=dial_tries,
        silent_leg_s=silent_leg_s,
    )
    scene = CallScene(of or setup(), made_of, engine, telephony)
    async with asyncio.timeout(3600), asyncio.TaskGroup() as tasks:
        tasks.create_task(scene.carried())
        await asyncio.sleep(0)
        yield scene
    nothing_is_left(scene)
    assert [other.name for other in (*others, *spare) if other.running] == []


def nothing_is_left(scene: CallScene) -> None:
    """No session runs, no stream is open, no task and no timer waits."""
    assert scene.engine.running == 0
    assert [leg.leg_id for leg in scene.all_legs if not leg.over] == []
    assert len(asyncio.all_tasks()) == 1
    timers = [handle for handle in asyncio.get_running_loop()._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]
    assert timers == [], timers
