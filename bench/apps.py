"""The applications under load: Dragoman as it ships, the plain Node relay, and a bare one in Python.

How each is started, when it is ready, and how a call is brought into it.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import httpx2
from starlette.routing import BaseRoute

from bench.captions import CaptionCount, watch
from bench.contact_centre import CALLER_NUMBER, FLEX_NUMBER, Account, ContactCentre
from bench.lane_log import Pacing
from bench.names import NODE, OURS, PYTHON
from bench.phone import Phone
from dragoman.relay.playout import LEAD_MS, TOP_UP_MS
from dragoman.telephony.twilio.wire import CarrierEnd

START_S: Final = 60.0
RELAY: Final = Path(__file__).with_name("node_relay")
PERSONAS: Final = Path(__file__).with_name("personas")


class App(Protocol):
    """An application and what it takes to bring a call into it. One object serves one process of it."""

    name: str
    pacing: Pacing | None

    async def ready(self) -> bool:
        """Whether it takes calls yet."""
        ...

    def command(self) -> list[str]: ...

    def env(self, load_port: int) -> dict[str, str]: ...

    def routes(self) -> list[BaseRoute]:
        """What the load must serve for it, besides the model."""
        ...

    async def call(self, number: int, phones: Sequence[Phone], watchers: asyncio.TaskGroup) -> None:
        """Bring one call up to where all parties are heard; `phones` are theirs, the caller's first."""
        ...


class Dragoman:
    """`dragoman serve`, and an engine that is our stand-in. Its parties are told nothing before the talk."""

    name = OURS
    pacing: Pacing | None = Pacing(LEAD_MS / 1000, TOP_UP_MS / 1000)

    def __init__(
        self,
        calls: int,
        http: httpx2.AsyncClient,
        captions: CaptionCount,
        engine: str = "conversation",
        *,
        echo_gate: bool = False,
    ) -> None:
        self._engine = engine
        self._echo_gate = echo_gate
        self._port = free_port()
        self._calls = calls
        self._captions = captions
        self.account = Account.made_up(f"http://127.0.0.1:{self._port}")
        self._http = http
        self._centre = ContactCentre(self.account, http)

    async def ready(self) -> bool:
        try:
            return (await self._http.get(f"{self.account.app_url}/ready")).status_code == httpx2.codes.OK
        except httpx2.HTTPError:
            return False

    def command(self) -> list[str]:
        return [sys.executable, "-m", "dragoman", "serve"]

    def env(self, load_port: int) -> dict[str, str]:
        return _environment() | {
            "DRAGOMAN_ENGINE": self._engine,
            "OPENAI_BASE_URL": f"http://127.0.0.1:{load_port}/v1",
            "OPENAI_API_KEY": secrets.token_hex(16),
            "TWILIO_BASE_URL": f"http://127.0.0.1:{load_port}",
            "TWILIO_ACCOUNT_SID": self.account.sid,
            "TWILIO_AUTH_TOKEN": self.account.token,
            "TWILIO_CALLER_NUMBER": CALLER_NUMBER,
            "TWILIO_FLEX_NUMBER": FLEX_NUMBER,
            "TWILIO_FLEX_WORKFLOW_SID": self.account.workflow,
            "TWILIO_CALLS_PER_SECOND": "1000",
            "PUBLIC_URL": self.account.app_url,
            "API_PORT": str(self._port),
            "DRAGOMAN_HOST": "127.0.0.1",
            "DRAGOMAN_SECRET": secrets.token_hex(32),
            "DRAGOMAN_MAX_CALLS": str(self._calls),
            # Living calls are kept, as in production; but not among the user's own.
            "DRAGOMAN_DATABASE": str(Path(tempfile.gettempdir()) / f"dragoman-bench-{self._port}.sqlite"),
            "DRAGOMAN_ANNOUNCE": "off",
            "DRAGOMAN_ECHO_GATE": "true" if self._echo_gate else "false",
        }

    def routes(self) -> list[BaseRoute]:
        return self._centre.routes()

    async def call(self, number: int, phones: Sequence[Phone], watchers: asyncio.TaskGroup) -> None:
        caller, agent = phones
        centre, sid = self._centre, self.account.sid
        first = await centre.ring(number)
        await caller.connect(first.url, first.headers, _carrier(first.call_sid, sid), first.parameters)
        dial = await centre.fetched(first.parameters["call"])
        attributes = await centre.arrive(dial)
        second = await centre.answered(dial)
        await agent.connect(second.url, second.headers, _carrier(second.call_sid, sid), second.parameters)
        await centre.accept(attributes)
        page = f"{attributes['panel_url']}?token={attributes['panel_token']}"
        watchers.create_task(watch(page, self._captions))


class Assistant(Dragoman):
    """The same server, where an assistant answers."""

    def env(self, load_port: int) -> dict[str, str]:
        return super().env(load_port) | {"DRAGOMAN_PERSONAS": str(PERSONAS)}

    async def call(self, number: int, phones: Sequence[Phone], watchers: asyncio.TaskGroup) -> None:
        (caller,) = phones
        stream = await self._centre.ring_assistant(number)
        carrier = _carrier(stream.call_sid, self.account.sid)
        await caller.connect(stream.url, stream.headers, carrier, stream.parameters)


class BareRelay:
    """One or two sockets in, as many out: in Node (`bench/node_relay`) or in Python (`bench/bare_relay.py`)."""

    pacing: Pacing | None = None

    def __init__(self, name: str, program: Sequence[str]) -> None:
        self.name = name
        self._program = program
        self._port = free_port()

    @classmethod
    def node(cls) -> BareRelay:
        return cls(NODE, [_program("node"), str(RELAY / "relay.js")])

    @classmethod
    def python(cls) -> BareRelay:
        return cls(PYTHON, [sys.executable, str(Path(__file__).with_name("bare_relay.py"))])

    async def ready(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        writer.close()
        return True

    def command(self) -> list[str]:
        return list(self._program)

    def env(self, load_port: int) -> dict[str, str]:
        model = f"ws://127.0.0.1:{load_port}/v1/realtime?model=bench"
        return _environment() | {"PORT": str(self._port), "MODEL_URL": model, "NODE_ENV": "production"}

    def routes(self) -> list[BaseRoute]:
        return []

    async def call(self, number: int, phones: Sequence[Phone], watchers: asyncio.TaskGroup) -> None:
        roles = ("caller", "agent") if len(phones) > 1 else ("alone",)
        for phone, role in zip(phones, roles, strict=True):
            carrier = _carrier(f"CA{secrets.token_hex(16)}", f"AC{secrets.token_hex(16)}")
            told = {"call": str(number), "role": role}
            await phone.connect(f"ws://127.0.0.1:{self._port}/intercept", {}, carrier, told)


def install_relay() -> None:
    """Fetch the relay's one package into a folder that git ignores, unless it is there. Raises OSError with advice."""
    _program("node")
    if (RELAY / "node_modules" / "ws" / "package.json").exists():
        return
    order = ["install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    try:
        subprocess.run([_program("npm"), *order], cwd=RELAY, check=True, timeout=120, capture_output=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failed:
        raise OSError("npm could not install `ws` for the Node relay; see bench/node_relay/package.json") from failed


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise OSError(f"{name} is not installed: it is what the bench compares with (or leave it out: --no-node)")
    return found


def _environment() -> dict[str, str]:
    """What any program needs, and none of the settings of whoever runs the bench."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


def _carrier(call_sid: str, account: str) -> CarrierEnd:
    return CarrierEnd(f"MZ{secrets.token_hex(16)}", call_sid, account)
