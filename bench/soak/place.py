"""Where the soak takes place: both emulators in this process, `dragoman serve` in one of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from bench import machine
from bench.apps import free_port
from bench.soak.people import LINE, EngineTrouble
from bench.soak.readings import Patient
from dragoman.interpreters.openai.emulator import MarkerScript, OpenAIEmulator
from dragoman.telephony.twilio.addresses import FALLBACK, INCOMING, OUTBOUND, RESERVATION
from dragoman.telephony.twilio.emulator import ACCOUNT_SID, AUTH_TOKEN, Pace, TwilioEmulator

START_S: Final = 60.0
FLEX_NUMBER: Final = "+15555550102"
SIP_DOMAIN: Final = "agents"
WORKFLOW_SID: Final = "WW" + "0123456789abcdef" * 2
EVENTS: Final = ("reservation.accepted", "task.canceled", "workflow.timeout")
TASK_S: Final = 60.0
NOTICES: Final = '[en]\nwhisper = "{language}."\n'
"""Short, so that calls are no longer than they must be."""


@dataclass(frozen=True, slots=True)
class Place:
    twilio: TwilioEmulator
    models: OpenAIEmulator
    patient: Patient
    log: Path

    def complaints(self) -> list[str]:
        """What the server logged of its own faults."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if '"level": "error"' in line or '"level":"error"' in line]


def pace() -> Pace:
    """Nobody waits for anything; audio is in real time all the same."""
    return Pace(
        ring_s=0.02,
        no_answer_s=0.2,
        detect_s=0.05,
        gather_timeout_s=2.5,
        say_ms_per_character=1.0,
        calls_per_second=1000.0,
    )


@contextlib.asynccontextmanager
async def opened(engine: str, seed: int, *, trace: bool, log: Path | None = None) -> AsyncIterator[Place]:
    """Start everything; it ends with the block. Raises RuntimeError with the log when the server does not start."""
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        models = await stack.enter_async_context(
            OpenAIEmulator(script=MarkerScript(), faults_by_number=EngineTrouble(seed))
        )
        twilio = await stack.enter_async_context(TwilioEmulator(pace=pace(), record=False))
        http = await stack.enter_async_context(httpx2.AsyncClient(trust_env=False, timeout=30))
        port, token = free_port(), secrets.token_urlsafe(32)
        url = f"http://127.0.0.1:{port}"
        _furnish(twilio, url)
        dump, written = folder / "objects.json", log or folder / "server.log"
        command = [sys.executable, "-m", "bench.soak.served", str(dump), *(["trace"] if trace else [])]
        env = _environment(folder) | _settings(engine, models, twilio, url, token)
        child = stack.enter_context(machine.process(command, env, folder, written, None))
        began = time.perf_counter()
        place = Place(twilio, models, Patient(child.pid, url, token, dump, http, began), written)
        await _until_ready(place, child)
        yield place
        await twilio.exchange.hang_up_all()


def _furnish(twilio: TwilioEmulator, url: str) -> None:
    twilio.number(LINE, url + INCOMING, url + FALLBACK)
    twilio.number(FLEX_NUMBER, url + OUTBOUND, url + FALLBACK)
    twilio.sip_domain(SIP_DOMAIN, url + OUTBOUND, url + FALLBACK)
    twilio.workspace(url + RESERVATION, EVENTS)
    twilio.workflow(WORKFLOW_SID, reservation_timeout_s=TASK_S, task_timeout_s=TASK_S)


def _environment(folder: Path) -> dict[str, str]:
    """What any program needs, a home of its own, and where the bench's modules are."""
    (folder / "notices.toml").write_text(NOTICES, encoding="utf-8")
    here = str(Path(__file__).resolve().parents[2])
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    paths = [here, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return kept | {"HOME": str(folder), "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def _settings(engine: str, models: OpenAIEmulator, twilio: TwilioEmulator, url: str, token: str) -> dict[str, str]:
    return {
        "DRAGOMAN_ENGINE": engine,
        "OPENAI_API_KEY": secrets.token_hex(16),
        "OPENAI_BASE_URL": models.base_url,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_BASE_URL": twilio.base_url,
        "TWILIO_CALLER_NUMBER": LINE,
        "TWILIO_FLEX_NUMBER": FLEX_NUMBER,
        "TWILIO_FLEX_SIP_DOMAIN": f"{SIP_DOMAIN}.sip.twilio.com",
        "TWILIO_FLEX_WORKFLOW_SID": WORKFLOW_SID,
        "TWILIO_CALLS_PER_SECOND": "1000",
        "PUBLIC_URL": url,
        "API_PORT": url.rpartition(":")[2],
        "DRAGOMAN_HOST": "127.0.0.1",
        "DRAGOMAN_SECRET": secrets.token_urlsafe(32),
        "DRAGOMAN_API_TOKEN": token,
        "DRAGOMAN_ANNOUNCE": "off",
        "DRAGOMAN_ECHO_GATE": "false",
        "DRAGOMAN_NOTICES": "notices.toml",
        "DRAGOMAN_MAX_CALLS": "500",
        "DRAGOMAN_CALLS_PER_NUMBER_MINUTE": "1",
        "TWILIO_DIAL_TIMEOUT_S": "5",  # so much longer are words kept that pair legs
        "DRAGOMAN_LOG": "json",
        "DRAGOMAN_LOG_LEVEL": "warning",
    }


async def _until_ready(place: Place, child: subprocess.Popen[bytes]) -> None:
    patient = place.patient
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(START_S):
            while child.poll() is None:
                with contextlib.suppress(httpx2.TransportError):
                    if (await patient.http.get(f"{patient.url}/ready")).status_code == httpx2.codes.OK:
                        return
                await asyncio.sleep(0.1)
    text = place.log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise RuntimeError(f"the server did not start:\n{text}")
