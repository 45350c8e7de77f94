"""Starts the engine's process, waits until it can take calls, starts it again when it dies, ends it with us."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from typing import Final

import structlog

from dragoman.errors import ModelError
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.settings import environment

PACKAGES: Final = ("ctranslate2", "faster_whisper", "kokoro_onnx", "onnxruntime")
"""Of the extra `local`, without which there is no engine."""
INSTALL: Final = "install Dragoman with its extra `local`: pip install '.[local]' in its folder"

_FIRST_BACKOFF_S: Final = 0.5
_LONGEST_BACKOFF_S: Final = 30.0
_STEADY_S: Final = 60.0
"""A process that lived this long is no failure of its start."""
_GOODBYE_S: Final = 3.0

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Running:
    """Where the engine listens now. `base_url` ends in `/v1`; `pairs` is what it can interpret (source, target).

    `mind` is what thinks in its assistants' sessions, for people to read.
    """

    base_url: str
    token: str
    pid: int
    pairs: frozenset[tuple[str, str]]
    mind: str = ""


def missing_packages() -> list[str]:
    """Those of PACKAGES that are not installed."""
    return [name for name in PACKAGES if importlib.util.find_spec(name) is None]


class LocalProcess:
    """The embedded engine as this process's child.

    `start` once, then keep `supervise` running in a TaskGroup; `running` is where it listens. The address and the token
    stay the same over restarts, so clients may keep them.
    """

    def __init__(self, settings: LocalSettings, command: tuple[str, ...] = ()) -> None:
        """`command` replaces the engine's own (tests)."""
        self._settings = settings
        self._ours = not command
        self._command = command or (sys.executable, "-m", "dragoman.interpreters.local")
        self._token = secrets.token_urlsafe(24)
        self._port = 0
        self._process: Process | None = None
        self._running: Running | None = None

    @property
    def running(self) -> Running | None:
        """None while it is down."""
        return self._running

    async def start(self) -> Running:
        """Start it; raise ModelError with its own words when it cannot start, or when it takes too long."""
        if self._ours and (missing := missing_packages()):
            what = f"the embedded engine needs packages that are not here: {', '.join(missing)}"
            raise ModelError(f"{what}. Set OPENAI_API_KEY to do without it, or {INSTALL}.")
        inherited = {**environment(), **self._told()}
        arguments = ("--port", str(self._port))
        self._process = await asyncio.create_subprocess_exec(
            *self._command, *arguments, stdin=PIPE, stdout=PIPE, stderr=None, env=inherited, start_new_session=True
        )
        try:
            async with asyncio.timeout(self._settings.ready_s):
                told = await _ready(self._process)
        except TimeoutError as error:
            await self.stop()
            raise ModelError(f"the embedded engine was not ready within {self._settings.ready_s:g} s") from error
        except ModelError:
            await self.stop()
            raise
        self._port = told.port
        base_url = f"http://127.0.0.1:{told.port}/v1"
        self._running = Running(base_url, self._token, self._process.pid, told.pairs, told.mind)
        _log.info("local.ready", port=told.port, pid=self._process.pid, mind=told.mind)
        return self._running

    async def supervise(self) -> None:
        """Start it again whenever it dies, until cancelled; then end it."""
        loop = asyncio.get_running_loop()
        backoff_s = _FIRST_BACKOFF_S
        deaths = 0
        try:
            while True:
                began_s = loop.time()
                if self._process is not None:
                    code = await self._process.wait()
                    self._running = None
                    deaths += 1
                    _log.warning("local.died", code=code, deaths=deaths)
                backoff_s = _FIRST_BACKOFF_S if loop.time() - began_s > _STEADY_S else backoff_s * 2
                await asyncio.sleep(min(backoff_s, _LONGEST_BACKOFF_S))
                try:
                    await self.start()
                except ModelError as error:
                    _log.error("local.restart_failed", reason=str(error))
        finally:
            await self.stop()

    async def stop(self) -> None:
        """End it: closing its input asks it to, and it is killed when it does not hear. Idempotent."""
        process, self._process, self._running = self._process, None, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(_GOODBYE_S):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _told(self) -> dict[str, str]:
        """The settings as they were read here, so that both processes mean the same; one thread for numpy."""
        return {
            "DRAGOMAN_LOCAL_TOKEN": self._token,
            "DRAGOMAN_MODELS": str(self._settings.models_folder),
            "DRAGOMAN_LOCAL_ASR": self._settings.asr,
            "DRAGOMAN_LOCAL_THREADS": str(self._settings.threads),
            "DRAGOMAN_LOCAL_ENDPOINT_MS": str(self._settings.endpoint_ms),
            "DRAGOMAN_LOCAL_MT": str(self._settings.translation_models or ""),
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_WAIT_POLICY": "passive",
        }


@dataclass(frozen=True, slots=True)
class _Told:
    port: int
    pairs: frozenset[tuple[str, str]]
    mind: str


async def _ready(process: Process) -> _Told:
    """What the process's line of JSON tells; lines of others (libraries print) are skipped."""
    while process.stdout is not None and (line := await process.stdout.readline()):
        with contextlib.suppress(ValueError):
            told = json.loads(line)
            if isinstance(told, dict) and told.get("ready") is True:
                pairs = frozenset((str(a), str(b)) for a, b in told.get("pairs", ()))
                return _Told(int(told["port"]), pairs, str(told.get("mind", "")))
            if isinstance(told, dict) and told.get("ready") is False:
                raise ModelError(f"the embedded engine cannot start: {told.get('error')}")
    raise ModelError(f"the embedded engine ended at its start (exit code {await process.wait()})")
