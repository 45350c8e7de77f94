"""One round: an application of its own process, N calls through it, a window in which all is measured."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench import machine
from bench.apps import START_S, App
from bench.captions import CaptionCount
from bench.lane_log import EarCount, LaneLog, LaneTimes, Spread
from bench.machine import Used
from bench.pacer import Pacer
from bench.phone import Phone
from bench.stamps import Side
from bench.stand_in import Wiring
from bench.workload import CONVERSATION, Workload
from dragoman.domain.audio import FRAME_MS, AudioFormat
from dragoman.web.server import WebServer

RAMP_S: Final = 40.0
WARM_S: Final = 5.0
"""More than a whole utterance and its pause: what queued up while the call began is played by then."""
GOODBYE_S: Final = 4.0
AT_ONCE: Final = 16
CHIME_MS: Final = 200


@dataclass(frozen=True, slots=True)
class Round:
    """What one round showed. `before` is the app without calls, `began` and `ended` are the window's edges."""

    lanes: list[LaneTimes]
    before: Used
    began: Used
    ended: Used
    ears: EarCount
    wiring: Wiring
    captions: CaptionCount
    own_late: Spread
    own_cpu: float
    left_open: int

    @property
    def cores(self) -> float:
        return self.ended.cores_since(self.began)


@dataclass(frozen=True, slots=True)
class Plan:
    """`core`: where the application runs, None = anywhere. `workload`: what is said, and which model answers."""

    calls: int
    window_s: float
    core: int | None
    logs: Path | None = None
    workload: Workload = CONVERSATION
    echo_gate: bool = False


class Load:
    """The calls of one round."""

    def __init__(self, plan: Plan, app: App, wiring: Wiring, ears: EarCount, talk_s: float | None = None) -> None:
        """`talk_s`: how long the parties may have to talk, when it is not for one window."""
        self._plan, self._app, self._wiring = plan, app, wiring
        seconds = RAMP_S + (WARM_S + plan.window_s + plan.workload.tail_s if talk_s is None else talk_s) + 5
        capacity = int(seconds * 1000 / FRAME_MS)
        self.lanes: list[LaneLog] = []
        self.phones: list[Sequence[Phone]] = []
        """Those of each call, the caller's first."""
        for call in range(plan.calls):
            says = [self._lane(call, side, capacity) for side in plan.workload.sides]
            # Either of two hears what the other says; who talks with an assistant hears their own words.
            self.phones.append([Phone(mouth, ear, ears) for mouth, ear in zip(says, reversed(says), strict=True)])
        wiring.lanes = {(lane.call, lane.side): lane for lane in self.lanes}
        # The same place in the 20 ms for no two phones, and the two legs of a call far apart.
        self.pacer = Pacer([phone for leg in zip(*self.phones, strict=True) for phone in leg])

    def _lane(self, call: int, side: Side, capacity: int) -> LaneLog:
        script = self._plan.workload.script
        # Spread over the calls; and the two of a call do not pause together, or either would be the other's very echo.
        offset = call * script.frames // self._plan.calls + side * script.frames // 2
        lane = self._plan.workload.lane(call, side, replace(script, offset=offset), capacity, self._app.pacing)
        self.lanes.append(lane)
        return lane

    async def connect(self, watchers: asyncio.TaskGroup) -> None:
        """All calls up and all sessions ready; then the parties begin to talk. Raises TimeoutError."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with gate:
                await self._app.call(number, self.phones[number], watchers)

        async with asyncio.timeout(RAMP_S):
            async with asyncio.TaskGroup() as group:
                for number in range(self._plan.calls):
                    group.create_task(one(number))
            while self._wiring.ready < len(self.lanes):  # noqa: ASYNC110 - nobody would set an event
                await asyncio.sleep(0.1)
        for lane in self.lanes:
            lane.talks_from = lane.count

    def hang_up(self) -> None:
        """The callers hang up; the app then ends the streams of agents."""
        for caller, *others in self.phones:
            for other in others:
                other.let_go()
            caller.hang_up()


async def play(plan: Plan, build: Callable[[httpx2.AsyncClient, CaptionCount], App]) -> Round:
    """Start the application, carry the calls, measure, and end everything."""
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx2.AsyncClient(timeout=20, follow_redirects=False))
        captions = CaptionCount()
        app = build(http, captions)
        wiring, ears = Wiring(), EarCount()
        routes = [*app.routes(), Route("/v1/audio/speech", speech_of_silence, methods=["POST"])]
        server = WebServer(routes, {plan.workload.path: lambda _request: plan.workload.session(wiring)})
        await stack.enter_async_context(server.listening())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        log = (plan.logs or folder) / f"{app.name.replace(' ', '-')}-{plan.calls}.log"
        child = stack.enter_context(machine.process(app.command(), app.env(server.port), folder, log, plan.core))
        try:
            await _until_ready(app)
            return await _measured(plan, app, child.pid, wiring, ears, captions)
        except (TimeoutError, ExceptionGroup, OSError) as failed:
            tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise RuntimeError(f"{app.name} with {plan.calls} calls: {failed!r}\n{tail}") from failed


async def _measured(plan: Plan, app: App, pid: int, wiring: Wiring, ears: EarCount, captions: CaptionCount) -> Round:
    load = Load(plan, app, wiring, ears)
    before = machine.used(pid)
    async with (
        asyncio.timeout(RAMP_S + WARM_S + plan.window_s + plan.workload.tail_s + 2 * GOODBYE_S),
        asyncio.TaskGroup() as watchers,
    ):
        load.pacer.start()
        await load.connect(watchers)
        await asyncio.sleep(WARM_S)
        with _no_collections():
            own, began, began_at = time.process_time(), machine.used(pid), time.perf_counter()
            load.pacer.noting = True
            await asyncio.sleep(plan.window_s)
            load.pacer.noting = False
            ended_at, ended = time.perf_counter(), machine.used(pid)
            own_cpu = (time.process_time() - own) / (ended_at - began_at)
        await asyncio.sleep(plan.workload.tail_s)
        load.pacer.stop()
        load.hang_up()
        await _until_closed(wiring)
    left_open = wiring.sessions
    plan.workload.settle(load.lanes, wiring, ears)
    return Round(
        lanes=[lane.window(began_at, ended_at) for lane in load.lanes],
        before=before,
        began=began,
        ended=ended,
        ears=ears,
        wiring=wiring,
        captions=captions,
        own_late=load.pacer.lateness(),
        own_cpu=own_cpu,
        left_open=left_open,
    )


@contextlib.contextmanager
def _no_collections() -> Iterator[None]:
    """Our own garbage collector must not make frames late."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


async def _until_ready(app: App) -> None:
    async with asyncio.timeout(START_S):
        while not await app.ready():  # noqa: ASYNC110 - nobody would set an event
            await asyncio.sleep(0.1)


async def _until_closed(wiring: Wiring) -> None:
    """Hanging up one leg must end both sessions."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE_S):
            while wiring.sessions:  # noqa: ASYNC110 - nobody would set an event
                await asyncio.sleep(0.05)


async def speech_of_silence(_request: Request) -> Response:
    """A notice, as `/v1/audio/speech` gives it: a moment of silence."""
    return Response(AudioFormat.PCM16_24K.silence(CHIME_MS), media_type="audio/pcm")
