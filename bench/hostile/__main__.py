"""`python -m bench.hostile`: how long frames of ordinary calls take with and without hostile peers beside them.

The server has core 0. The load and, below it in priority, the attack (a process of its own) share core 1.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import httpx2
import msgspec
import uvloop
from cyclopts import App as Command
from cyclopts import Parameter
from rich.console import Console
from starlette.routing import Route

from bench import apps, machine
from bench.captions import CaptionCount
from bench.hostile.attacks import ATTACKS, Order
from bench.hostile.report import Figures, Window, table, thrown_out
from bench.hostile.served import held
from bench.lane_log import EarCount, traffic
from bench.load import WARM_S, Load, Plan, speech_of_silence
from bench.stand_in import Wiring
from dragoman.observe import log
from dragoman.web.server import WebServer

API_TOKEN: Final = "bench-hostile-api-token"  # noqa: S105 - of a server that lives for this bench
SETTLE_S: Final = 1.5
"""Between two windows: what the one left behind does not fall into the next."""

command = Command(name="bench.hostile", help="Ordinary calls beside hostile peers (docs/benchmarks.md).")


class Target(apps.Dragoman):
    """The server as the bench starts it, with room for hostile callers, its metrics open, and a clock beside it."""

    holds = "holds.bin"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "bench.hostile.served", self.holds]

    def env(self, load_port: int) -> dict[str, str]:
        more = {"DRAGOMAN_MAX_CALLS": "10000", "DRAGOMAN_API_TOKEN": API_TOKEN, "PYTHONPATH": os.getcwd()}
        return super().env(load_port) | more

    def order(self, kind: str, number: int) -> Order:
        return Order(kind, number, self.account.app_url, self.account.sid, self.account.token)


@command.default
def hostile(
    *,
    calls: int = 10,
    hostile_peers: Annotated[tuple[int, ...], Parameter(name="--peers", consume_multiple=True)] = (1, 4),
    window_s: float = 5.0,
    only: str = "",
    json_file: Annotated[Path | None, Parameter(name="--json")] = None,
) -> int:
    """Measure ordinary calls, in turns without and with each attack.

    Parameters
    ----------
    calls
        How many ordinary calls run all the time.
    hostile_peers
        How many hostile peers at once, one table per number.
    window_s
        How long each window measures.
    only
        Only attacks with this in their name.
    json_file
        Write all figures here.
    """
    console = Console(width=None if Console().is_terminal else 190)
    log.configure(json=False, level="error", pii=False)
    core = machine.APP_CORE if machine.pin(machine.LOAD_CORE) else None
    kinds = [kind for kind in ATTACKS if only in kind]
    found: list[Figures] = []
    for number in hostile_peers:
        beside = console.status(f"{calls} calls beside {number} hostile")
        with beside, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            rows = runner.run(_round(Plan(calls, window_s, core), kinds, number))
        console.print(table(rows, calls, number))
        found += rows
    if json_file is not None:
        json_file.write_text(json.dumps([asdict(one) for one in found], indent=2) + "\n", encoding="utf-8")
    return 0


async def _round(plan: Plan, kinds: list[str], number: int) -> list[Figures]:
    """One server, its ordinary calls all the time, one attack after the other."""
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx2.AsyncClient(timeout=20, trust_env=False))
        app = Target(plan.calls, http, CaptionCount())
        wiring = Wiring()
        routes = [*app.routes(), Route("/v1/audio/speech", speech_of_silence, methods=["POST"])]
        server = WebServer(routes, {plan.workload.path: lambda _request: plan.workload.session(wiring)})
        await stack.enter_async_context(server.listening())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        child = stack.enter_context(
            machine.process(app.command(), app.env(server.port), folder, folder / "app.log", plan.core)
        )
        await _until_ready(app)
        seconds = len(kinds) * 2 * (plan.window_s + 2 * SETTLE_S) + WARM_S
        load = Load(plan, app, wiring, EarCount(), seconds)
        async with asyncio.TaskGroup() as watchers:
            load.pacer.start()
            await load.connect(watchers)
            await asyncio.sleep(WARM_S)
            looking = Looking(load, plan, child.pid)
            seen = [await _beside(looking, app, http, folder, kind, number) for kind in kinds]
            load.pacer.stop()
            load.hang_up()
        return [one.figures(kind, number, load, folder / app.holds) for kind, one in zip(kinds, seen, strict=True)]


async def _until_ready(app: Target) -> None:
    async with asyncio.timeout(apps.START_S):
        while not await app.ready():  # noqa: ASYNC110 - nobody would set an event
            await asyncio.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Looking:
    """What a window looks at: the load and the server's process."""

    load: Load
    plan: Plan
    pid: int


@dataclass(frozen=True, slots=True)
class Span:
    """A window while calls run. What its frames say is worked out when they are over: meanwhile the load would stand
    still, all phones would then talk at once, and what they said would lie in the playouts of the next window.
    """

    began: float
    ended: float
    cores: float
    late_p99_ms: float

    def window(self, load: Load, holds: Path) -> Window:
        seen = traffic([lane.window(self.began, self.ended) for lane in load.lanes])
        loop_held = held(holds, self.began, self.ended)
        return Window(seen.up, seen.down, *loop_held, seen.frames, seen.lost, self.cores, self.late_p99_ms)


@dataclass(frozen=True, slots=True)
class Seen:
    """One attack: the window before, the window with it, and how often somebody was thrown out meanwhile."""

    quiet: Span
    attacked: Span
    thrown_out: int

    def figures(self, kind: str, number: int, load: Load, holds: Path) -> Figures:
        quiet, attacked = (span.window(load, holds) for span in (self.quiet, self.attacked))
        return Figures(kind, number, quiet, attacked, self.thrown_out)


async def _beside(
    looking: Looking, app: Target, http: httpx2.AsyncClient, folder: Path, kind: str, number: int
) -> Seen:
    quiet = await _window(looking)
    before = thrown_out(await _metrics(app, http))
    order = folder / "order.json"
    order.write_bytes(msgspec.json.encode(app.order(kind, number)))
    async with _attack(order):
        await asyncio.sleep(SETTLE_S)
        attacked = await _window(looking)
    await asyncio.sleep(SETTLE_S)
    after = thrown_out(await _metrics(app, http))
    return Seen(quiet, attacked, after - before)


@contextlib.asynccontextmanager
async def _attack(order: Path) -> AsyncIterator[None]:
    with order.open("rb") as told:
        child = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.hostile.attacks", stdin=told)
    try:
        yield
        if child.returncode is not None:
            raise RuntimeError(f"the attack ended by itself with {child.returncode}")
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def _window(looking: Looking) -> Span:
    load = looking.load
    load.pacer.begin_noting()
    began, used = time.perf_counter(), machine.used(looking.pid)
    await asyncio.sleep(looking.plan.window_s)
    ended, cores = time.perf_counter(), machine.used(looking.pid).cores_since(used)
    late = load.pacer.lateness()
    load.pacer.noting = False
    await asyncio.sleep(SETTLE_S)
    return Span(began, ended, cores, late.p99_ms)


async def _metrics(app: Target, http: httpx2.AsyncClient) -> str:
    answer = await http.get(f"{app.account.app_url}/metrics", headers={"Authorization": f"Bearer {API_TOKEN}"})
    return answer.raise_for_status().text


if __name__ == "__main__":
    sys.exit(command())
