"""`dragoman serve` as a process behind a socket that outlives it, as systemd keeps one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2

from tests.fakes.surroundings import KEPT

HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.executable, [sys.executable, "-m", "dragoman", "serve"])
"""
"""What systemd does between fork and exec."""

UP_S = 30.0
POLL_S = 0.05


class ServerProcess:
    """One server after the other behind one socket; `folder` holds their log. The database is theirs to share."""

    def __init__(self, folder: Path) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listening.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "server.log"
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Another process; it answers a moment later, and whoever asks meanwhile waits."""
        inherited = {name: os.environ[name] for name in KEPT if name in os.environ}
        own = {"DRAGOMAN_LOG": "json", "API_PORT": str(self.port)}
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", HAND_OVER, str(self._listening.fileno())],
                cwd=self._folder,
                env=inherited | dict(settings) | own,
                stdout=log,
                stderr=log,
                pass_fds=(self._listening.fileno(),),
            )
        self._running.append(process)
        return process

    async def answers(self, path: str, status: int) -> None:
        """Until `path` is answered with `status`."""
        async with asyncio.timeout(UP_S), httpx2.AsyncClient(trust_env=False, timeout=UP_S) as http:
            while (await http.get(self.url + path)).status_code != status:  # noqa: ASYNC110 - another process
                await asyncio.sleep(POLL_S)

    async def ended(self, process: subprocess.Popen[bytes]) -> int:
        """Until it has ended by itself; its exit code."""
        async with asyncio.timeout(UP_S):
            while process.poll() is None:  # noqa: ASYNC110 - another process tells nobody
                await asyncio.sleep(POLL_S)
        return int(process.returncode)

    @property
    def log(self) -> list[dict[str, Any]]:
        """What all of them logged."""
        return [json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{")]

    def close(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()
        self._listening.close()
