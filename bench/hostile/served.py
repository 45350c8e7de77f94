"""`dragoman serve` with a clock beside it that notes how long the loop is held. Run as a process by `bench.hostile`:

python -m bench.hostile.served holds.bin

A thousand times a second it notes when it is, and how much processor time this thread has used since the last time: so
long would a frame have waited that came just then. Other processes on the machine do not count.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from array import array
from pathlib import Path
from typing import Final

import numpy as np
import uvloop

from dragoman.app import serving
from dragoman.observe import log

TICK_S: Final = 0.001
WRITE_S: Final = 0.1


class Holds:
    """Pairs of seconds (`time.perf_counter`) and milliseconds held, written to a file as they come."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("wb")
        self._noted = array("d")
        self._used_s = time.thread_time()

    def close(self) -> None:
        self._file.close()

    def tick(self) -> None:
        asyncio.get_running_loop().call_later(TICK_S, self.tick)
        used_s = time.thread_time()
        self._noted.extend((time.perf_counter(), (used_s - self._used_s) * 1000))
        self._used_s = used_s

    def write(self) -> None:
        asyncio.get_running_loop().call_later(WRITE_S, self.write)
        if self._file.closed:
            return
        self._noted.tofile(self._file)
        self._file.flush()
        del self._noted[:]


def held(file: Path, began: float, ended: float) -> tuple[float, float]:
    """How long the loop was held at one go between two times: p99 and the most, in milliseconds."""
    pairs = np.fromfile(file, np.float64)
    pairs = pairs[: len(pairs) // 2 * 2].reshape(-1, 2)
    inside = pairs[(pairs[:, 0] >= began) & (pairs[:, 0] < ended), 1]
    if not inside.size:
        return 0.0, 0.0
    return float(np.percentile(inside, 99)), float(inside.max())


async def serve(file: Path) -> None:
    """Until SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    holds = Holds(file)
    async with serving(drain_s=0.0):
        holds.tick()
        holds.write()
        await stopped.wait()
    holds.close()


if __name__ == "__main__":
    log.configure(json=False, level="error", pii=False)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(Path(sys.argv[1])))
