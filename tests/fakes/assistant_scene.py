"""An assistant's call in virtual time, with all that is outside it on paper."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dragoman.assistant_ports import AssistantEngine, Line
from dragoman.domain.call import CallId
from dragoman.domain.persona import Persona
from dragoman.domain.tools import Tools
from dragoman.errors import Refused
from dragoman.languages import language_of
from dragoman.notices import Notices
from dragoman.observe.metrics import Metrics
from dragoman.ports import Ringing
from dragoman.relay.assistant_call import AssistantCall
from dragoman.relay.assistant_parts import AssistantParts
from dragoman.relay.assistant_record import AssistantRecord
from tests.fakes.assistant_talk import QUIET
from tests.fakes.assistants import FakeAssistant, FakeAssistantEngine, FakeTools
from tests.fakes.leg import FakeLeg
from tests.fakes.personas import EN, MONDAY_10_IN_TOKYO, persona
from tests.fakes.relay_parts import loop_clock

CALL = CallId("call-1")
RINGING = Ringing("CA1", "+819012345678", "+81312345678", language_of(EN), "AC1")


@dataclass
class HandedOver:
    """Takes callers over, or refuses to."""

    refuses: bool = False
    taken: list[tuple[Ringing, str, str, tuple[Line, ...]]] = field(default_factory=list)

    def __call__(self, ringing: Ringing, to: str, summary: str, lines: Sequence[Line], call_id: CallId) -> CallId:
        if self.refuses:
            raise Refused("no engine carries these two languages both ways")
        assert call_id == CALL
        self.taken.append((ringing, to, summary, tuple(lines)))
        return CallId("interpreted-1")


def assistant_parts(*engines: AssistantEngine, **fields: Any) -> AssistantParts:
    whole: dict[str, Any] = {
        "engines": engines,
        "metrics": Metrics(),
        "clock": loop_clock,
        "notices": Notices.load(),
        "echo_gate": False,
        "silent_leg_s": float("inf"),
        "today": lambda: MONDAY_10_IN_TOKYO,
    }
    return AssistantParts(**{**whole, **fields})


@dataclass
class Scene:
    """A call that runs. `record` is there when it is over."""

    call: AssistantCall
    engine: FakeAssistantEngine
    tools: FakeTools
    handed: HandedOver
    leg: FakeLeg = field(default_factory=FakeLeg)
    record: AssistantRecord | None = None

    @property
    def session(self) -> FakeAssistant:
        return self.engine.now

    def join(self) -> FakeLeg:
        """The leg asks and brings its stream."""
        self.call.next()
        self.leg = FakeLeg()
        self.call.join(self.leg)
        return self.leg

    async def hear(self, audio: bytes) -> None:
        """The caller makes a sound, in real time."""
        for at in range(0, len(audio), 160):
            await asyncio.sleep(0.02)
            self.leg.hear(audio[at : at + 160])

    async def quiet(self, seconds: float) -> None:
        await self.hear(QUIET * round(seconds * 50))

    async def greeted(self) -> None:
        """The stream is here, and the greeting was heard."""
        self.join()
        await self.quiet(2)


@contextlib.asynccontextmanager
async def scene(
    *engines: FakeAssistantEngine,
    who: Persona | None = None,
    tools: FakeTools | None = None,
    handed: HandedOver | None = None,
    ringing: Ringing = RINGING,
    **fields: Any,
) -> AsyncIterator[Scene]:
    """Runs a call; at the end it must be over by itself, or is ended by the caller, and nothing may be left of it."""
    used = engines or (FakeAssistantEngine(),)
    tools, handed = tools or FakeTools(), handed or HandedOver()

    async def load() -> Tools:
        return tools

    parts = replace(assistant_parts(*used, hand_to=handed), **fields)
    made = Scene(AssistantCall(CALL, ringing, who or persona(), parts, load), used[0], tools, handed)

    async def carry() -> None:
        made.record = await made.call.run()

    async with asyncio.timeout(7200), asyncio.TaskGroup() as tasks:
        tasks.create_task(carry())
        await asyncio.sleep(0)
        yield made
        if not made.call.over:
            made.leg.end(clean=True)
    assert sum(one.running for one in used) == 0
    assert len(asyncio.all_tasks()) == 1
    loop = asyncio.get_running_loop()
    assert [handle for handle in loop._scheduled if not handle.cancelled()] == []  # type: ignore[attr-defined]
