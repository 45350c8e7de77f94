from __future__ import annotations

import asyncio
import dataclasses

import pytest

from dragoman.domain.speech import Closed, InterpreterEvent, Trouble, TroubleKind
from dragoman.interpreters.openai.emulator import Faults, OpenAIEmulator
from dragoman.interpreters.openai.emulator import faults as emulated
from dragoman.interpreters.openai.emulator.faults import Ending
from dragoman.interpreters.openai.endpoint import Endpoint
from dragoman.interpreters.openai.machine import Outlet
from dragoman.interpreters.openai.session import RealtimeInterpreter
from dragoman.interpreters.openai.socket import RealtimeSocket

pytestmark = pytest.mark.pair


class Note:
    """A machine that writes down what it is asked, and is over when told to be."""

    tick_s = 0.05

    def __init__(self, out: Outlet) -> None:
        self.out = out
        self.calls: list[str] = []
        self.over = False
        self.over_on_close = True
        self.woken = asyncio.Event()
        self.heard_server = asyncio.Event()
        self.ticked = asyncio.Event()

    def opened(self, now: float) -> None:
        self.calls.append("opened")
        self.woken.set()

    def received(self, message: bytes, now: float) -> None:
        self.calls.append("received")
        self.heard_server.set()

    def hear(self, audio: bytes, now: float) -> None:
        self.calls.append("hear")

    def interrupt(self, heard_ms: int, now: float) -> None:
        self.calls.append("interrupt")

    def tick(self, now: float) -> None:
        self.ticked.set()

    def close(self, now: float) -> None:
        self.calls.append("close")
        self.over = self.over_on_close

    def ended(self, now: float) -> None:
        self.calls.append("ended")


class Call:
    def __init__(self, base_url: str) -> None:
        self.told: list[InterpreterEvent] = []
        self.machines: list[Note] = []
        socket = RealtimeSocket(Endpoint(base_url, "sk-test"), "/realtime", "gpt-realtime-2.1")
        self.interpreter = RealtimeInterpreter(socket, self._build, self.told.append)

    def _build(self, out: Outlet) -> Note:
        self.machines.append(Note(out))
        return self.machines[-1]

    @property
    def machine(self) -> Note:
        return self.machines[0]


async def test_the_machine_is_told_of_everything_in_order() -> None:
    async with OpenAIEmulator() as server:
        call = Call(server.base_url)
        call.interpreter.hear(b"\xff")
        async with asyncio.TaskGroup() as group:
            group.create_task(call.interpreter.run())
            async with asyncio.timeout(5):
                await call.machine.woken.wait()
                await call.machine.heard_server.wait()
                await call.machine.ticked.wait()
            call.interpreter.interrupt(5)
            call.interpreter.close()
        calls = [name for name in call.machine.calls if name != "received"]
        assert calls == ["hear", "opened", "interrupt", "close", "ended"]
        assert call.told == [Closed()]


async def test_a_machine_that_is_over_ends_the_session() -> None:
    async with OpenAIEmulator() as server:
        call = Call(server.base_url)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(call.interpreter.run())
            async with asyncio.timeout(5):
                await call.machine.woken.wait()
                call.machine.over = True
                await running
        assert call.told == [Closed()]


async def test_a_server_that_never_says_goodbye_is_cut_off_within_two_seconds() -> None:
    async with OpenAIEmulator() as server:
        call = Call(server.base_url)
        call.machine.over_on_close = False
        async with asyncio.TaskGroup() as group:
            running = group.create_task(call.interpreter.run())
            async with asyncio.timeout(5):
                await call.machine.woken.wait()
            call.interpreter.close()
            async with asyncio.timeout(2):
                await running
        assert call.told == [Closed()]


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        (Faults(ending=Ending.DROP), TroubleKind.NETWORK),
        (Faults(ending=Ending.EXPIRE), TroubleKind.EXPIRED),
        (Faults(refuse=emulated.UNAUTHORISED), TroubleKind.AUTH),
    ],
)
async def test_how_the_server_ended_it_is_a_fatal_trouble(faults: Faults, kind: TroubleKind) -> None:
    async with OpenAIEmulator(faults=faults) as server:
        call = Call(server.base_url)
        async with asyncio.timeout(5):
            await call.interpreter.run()
        trouble, last = call.told
        assert isinstance(trouble, Trouble)
        assert (trouble.kind, trouble.fatal) == (kind, True)
        assert last == Closed()


async def test_a_machine_that_told_the_trouble_is_not_contradicted() -> None:
    async with OpenAIEmulator(faults=Faults(ending=Ending.DROP)) as server:
        call = Call(server.base_url)
        call.machine.out.tell(Trouble(TroubleKind.EXPIRED, "60 minutes", fatal=True))
        async with asyncio.timeout(5):
            await call.interpreter.run()
        assert [type(event) for event in call.told] == [Trouble, Closed]


async def test_a_cancelled_call_closes_too() -> None:
    async with OpenAIEmulator() as server:
        call = Call(server.base_url)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(call.interpreter.run())
            async with asyncio.timeout(5):
                await call.machine.woken.wait()
            running.cancel()
        assert call.told == [Closed()]


async def test_when_to_come_back_is_passed_on() -> None:
    refusal = dataclasses.replace(emulated.TOO_MANY, retry_after_s=7)
    async with OpenAIEmulator(faults=Faults(refuse=refusal)) as server:
        call = Call(server.base_url)
        async with asyncio.timeout(5):
            await call.interpreter.run()
        trouble, _ = call.told
        assert isinstance(trouble, Trouble)
        assert (trouble.kind, trouble.retry_after_s) == (TroubleKind.RATE_LIMIT, 7.0)
