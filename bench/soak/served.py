"""`python -m bench.soak.served DUMP [trace]`: `dragoman serve`, which counts its own objects when it gets SIGUSR2.

The counts are written to the file DUMP as JSON. With `trace` Python remembers where memory was asked for, which makes
everything slower; the lines that hold most more than at the first count are told.
"""

from __future__ import annotations

import ctypes
import gc
import json
import runpy
import signal
import sys
import tracemalloc
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

MOST = 40
FRAMES = 8


class _MallInfo(ctypes.Structure):
    """glibc's `struct mallinfo2`."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in [
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        ]
    )


class _Counts:
    """Answers the signal."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._first: tracemalloc.Snapshot | None = None

    def tell(self, _signal: int, _frame: FrameType | None) -> None:
        gc.collect()
        told: dict[str, Any] = {"blocks": sys.getallocatedblocks(), "heap_bytes": _heap_bytes()}
        objects = gc.get_objects()
        kinds = Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in objects)
        told |= {"objects": len(objects), "kinds": dict(kinds), "grown": self._grown()}
        del objects
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps(told), encoding="utf-8")
        beside.replace(self._path)

    def _grown(self) -> list[str]:
        """The places in the code that hold most more memory than at the first count."""
        if not tracemalloc.is_tracing():
            return []
        snapshot = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(False, tracemalloc.__file__)])
        if self._first is None:
            self._first = snapshot
            return []
        worst = sorted(snapshot.compare_to(self._first, "traceback"), key=lambda one: -one.size_diff)[:MOST]
        return [
            f"{one.size_diff / 1024:+.1f} KiB in {one.count_diff:+d} blocks\n" + "\n".join(one.traceback.format())
            for one in worst
        ]


def _heap_bytes() -> int:
    """What was asked of the C library and not given back: all that Python's own small blocks do not hold. 0: not known.

    Blocks for Python's small objects are asked for in arenas of their own, which are not in it.
    """
    ask = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if ask is None:
        return 0
    ask.restype = _MallInfo
    info = ask()
    return int(info.uordblks + info.hblkhd)


def main() -> None:
    """Become the server."""
    path, *how = sys.argv[1:]
    if "trace" in how:
        tracemalloc.start(FRAMES)
    signal.signal(signal.SIGUSR2, _Counts(Path(path)).tell)
    sys.argv = ["dragoman", "serve"]
    runpy.run_module("dragoman", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
