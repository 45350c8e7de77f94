"""`dragoman serve` as a process of its own, which can be killed, stopped, frozen and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import httpx2

START_S: Final = 30.0
POLL_S: Final = 0.05
_KEPT: Final = ("PATH", "HOME", "LANG", "PYTHONPATH", "XDG_CACHE_HOME")
"""What a child needs of our environment: no setting of the machine's owner is to change the lab."""
_HAND_OVER: Final = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.executable, [sys.executable, "-m", "dragoman", "serve"])
"""
"""What systemd does between fork and exec."""


class Server:
    """One server behind one listening socket; `log` gets what all its lives print.

    The socket is ours, as it is systemd's in production (docs/howto/deploy.md): who connects while no process lives
    waits for the next one.
    """

    def __init__(self, log: Path) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._log = log
        self._env: dict[str, str] = {}
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its public address."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    @property
    def pid(self) -> int:
        return 0 if self._child is None else self._child.pid

    def configure(self, settings: Mapping[str, str]) -> None:
        """The environment of all lives to come."""
        inherited = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self._env = inherited | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} | dict(settings)

    def start(self) -> None:
        """Start it; it takes a moment until it answers."""
        shared = self._listening.fileno()
        with self._log.open("ab") as out:
            self._child = subprocess.Popen(
                [sys.executable, "-ISc", _HAND_OVER, str(shared)],
                env=self._env,
                cwd=self._log.parent,
                stdout=out,
                stderr=subprocess.STDOUT,
                pass_fds=(shared,),
            )

    def close(self) -> None:
        """No more lives."""
        self.kill()
        self._listening.close()

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    async def ready(self, http: httpx2.AsyncClient, timeout_s: float = START_S) -> None:
        """Until it wants calls, or is gone. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while self.alive and not await self._answers(http):  # noqa: ASYNC110 - another process tells nobody
                await asyncio.sleep(POLL_S)

    async def _answers(self, http: httpx2.AsyncClient) -> bool:
        try:
            answer = await http.get(f"{self.url}/ready", timeout=2.0)
        except httpx2.HTTPError:
            return False
        return answer.status_code == httpx2.codes.OK

    def kill(self) -> None:
        """Not one more instruction: SIGKILL. Idempotent."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def ask_to_stop(self) -> None:
        """SIGTERM: it drains, and hands back what does not end."""
        self._signal(signal.SIGTERM)

    async def stopped(self, timeout_s: float) -> None:
        """Until the process is gone. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while self.alive:  # noqa: ASYNC110 - as above
                await asyncio.sleep(POLL_S)

    def freeze(self) -> None:
        """For the server no time passes until `thaw`; then its clock jumps."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None:
            self._child.send_signal(number)
