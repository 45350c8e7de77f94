"""Processes on the machine: pinned to a core, and what they used. Linux."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

APP_CORE: Final = 0
LOAD_CORE: Final = 1
STOP_S: Final = 8.0
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


def pin(core: int) -> bool:
    """Keep this process on one core; False where that is not possible."""
    try:
        os.sched_setaffinity(0, {core})
    except (AttributeError, OSError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Used:
    """CPU seconds since the start; memory in MB now and at its highest."""

    at: float
    cpu_s: float
    rss_mb: float
    peak_mb: float

    def cores_since(self, before: Used) -> float:
        """The share of a core in between, 1.0 = one core."""
        return (self.cpu_s - before.cpu_s) / (self.at - before.at)


def used(pid: int) -> Used:
    """Of all threads of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    sizes_mb = {name: int(rest.split()[0]) / 1024 for name, rest in _sizes(status)}
    cpu_s = (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
    return Used(time.perf_counter(), cpu_s, sizes_mb["VmRSS"], sizes_mb["VmHWM"])


def _sizes(status: str) -> Iterator[tuple[str, str]]:
    for line in status.splitlines():
        name, _, rest = line.partition(":")
        if name in ("VmRSS", "VmHWM"):
            yield name, rest


@contextlib.contextmanager
def process(
    command: Sequence[str], env: Mapping[str, str], folder: Path, log: Path, core: int | None
) -> Iterator[subprocess.Popen[bytes]]:
    """A child on one core (None: any), in `folder`, all it prints in `log`; ended with the block."""
    pinned = [] if core is None else [sys.executable, str(Path(__file__).with_name("pinned.py")), str(core)]
    with log.open("wb") as out:
        child = subprocess.Popen([*pinned, *command], env=dict(env), cwd=folder, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield child
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(STOP_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
