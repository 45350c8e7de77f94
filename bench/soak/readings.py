"""Takes a server's measure from outside and inside: the kernel's figures, its own metrics, its objects."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from bench.soak.growth import Bound, Reading

COUNT_S: Final = 60.0
OBJECTS_PER_CALL: Final = 0.1
OBJECTS: Final = 300
"""What is made once, when something first happens: a metric with a label of its own."""
HEAP_MB: Final = 1.0
"""Buffers that are kept at the size that they once had."""
HEAP_MB_PER_CALL: Final = 0.0005
BLOCKS_PER_CALL: Final = 0.5
BLOCKS: Final = 2_500
"""What is remembered on purpose, and bounded: 2,000 legs that ended, to know late news of them."""
KEPT: Final = "dragoman_kept"

BOUNDS: Final = (
    Bound("RSS", "MB", per_1000=1.0),
    Bound("PSS", "MB"),  # depends on what else runs on the machine
    Bound("open files", left=0),
    Bound("sockets", left=0),
    Bound("threads", left=0),
    Bound("calls living", left=0),
    Bound("streams living", left=0),
    Bound("sessions living", left=0),
)
"""What the server holds by its own word (`dragoman_kept`) is judged too: see `bounds`."""


def bounds(before: Reading, calls: int) -> list[Bound]:
    """Those above; next to no object or block of memory left of a call; nothing of what the server says it keeps."""
    found = [
        *BOUNDS,
        Bound("objects", left=OBJECTS_PER_CALL * calls + OBJECTS),
        Bound("blocks", left=BLOCKS_PER_CALL * calls + BLOCKS),
        Bound("C heap", "MB", left=HEAP_MB_PER_CALL * calls + HEAP_MB),
    ]
    known = {one.name for one in found}
    return [*found, *(Bound(name, left=0) for name in sorted(before.values) if name not in known)]


@dataclass(frozen=True, slots=True)
class Objects:
    """What the garbage collector knows of, by kind, and all blocks of memory that Python holds.

    `heap_mb`: what the process holds of the C library besides.
    `grown`: with tracing, where memory grew since the first count.
    """

    blocks: int
    heap_mb: float
    total: int
    kinds: Mapping[str, int]
    grown: tuple[str, ...] = ()

    def beside(self, reading: Reading) -> Reading:
        """The reading with these figures."""
        counted = {"objects": float(self.total), "blocks": float(self.blocks), "C heap": self.heap_mb}
        return Reading(reading.calls, reading.at_s, {**reading.values, **counted})

    def more_than(self, before: Objects, most: int = 12) -> list[tuple[str, int]]:
        """The kinds of which there are most more."""
        more = {kind: count - before.kinds.get(kind, 0) for kind, count in self.kinds.items()}
        return [one for one in sorted(more.items(), key=lambda pair: -pair[1])[:most] if one[1] > 0]


@dataclass(frozen=True, slots=True)
class Patient:
    """The server whose measure is taken. `dump` is where it writes its counts, `began` is perf_counter's."""

    pid: int
    url: str
    token: str
    dump: Path
    http: httpx2.AsyncClient
    began: float

    async def reading(self, calls: int) -> Reading:
        """Now. Raises OSError when the process is gone, httpx2.HTTPError when it does not answer."""
        answer = await self.http.get(f"{self.url}/metrics", headers={"Authorization": f"Bearer {self.token}"})
        answer.raise_for_status()
        values = of_kernel(self.pid) | of_metrics(answer.text)
        return Reading(calls, time.perf_counter() - self.began, values)

    async def objects(self) -> Objects:
        """Count them, which stops the server for a moment. Raises TimeoutError."""
        self.dump.unlink(missing_ok=True)
        os.kill(self.pid, signal.SIGUSR2)
        async with asyncio.timeout(COUNT_S):
            while not self.dump.exists():  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.05)
        told: dict[str, Any] = json.loads(self.dump.read_text(encoding="utf-8"))
        return Objects(told["blocks"], told["heap_bytes"] / 2**20, told["objects"], told["kinds"], tuple(told["grown"]))


def of_kernel(pid: int) -> dict[str, float]:
    """Memory in MB, open files, sockets among them, threads. Linux; raises OSError when there is no such process."""
    folder = Path(f"/proc/{pid}")
    rollup = dict(_kilobytes(folder.joinpath("smaps_rollup").read_text(encoding="ascii")))
    links = []
    for one in folder.joinpath("fd").iterdir():
        try:
            links.append(os.readlink(one))
        except FileNotFoundError:
            continue  # closed since
    return {
        "RSS": rollup["Rss"] / 1024,
        "PSS": rollup["Pss"] / 1024,
        "open files": float(len(links)),
        "sockets": float(sum(link.startswith("socket:") for link in links)),
        "threads": float(len(list(folder.joinpath("task").iterdir()))),
    }


def of_metrics(text: str) -> dict[str, float]:
    """What a server says of itself: how many calls, streams and sessions live, and what it keeps, by name."""
    found = {"calls living": 0.0, "streams living": 0.0, "sessions living": 0.0}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = family.name.removeprefix("dragoman_").replace("_", " ")
            if family.name == KEPT:
                found[sample.labels["what"]] = sample.value
            elif name in found:
                found[name] += sample.value
    return found


def _kilobytes(text: str) -> list[tuple[str, int]]:
    pairs = (line.partition(":") for line in text.splitlines() if line.endswith("kB"))
    return [(name, int(rest.split()[0])) for name, _, rest in pairs]
