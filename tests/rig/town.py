"""A whole town over loopback: our server, the emulated telephone network, the emulated speech models, and people."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from dragoman.app import Serving, serving
from dragoman.interpreters.openai.emulator import Faults as ModelFaults
from dragoman.interpreters.openai.emulator import MarkerScript, OpenAIEmulator, Pace, Script
from dragoman.relay.record import CallRecord
from dragoman.telephony.twilio.emulator import ACCOUNT_SID, Faults, Phone, TwilioEmulator
from dragoman.telephony.twilio.emulator import Pace as CarrierPace
from dragoman.telephony.twilio.emulator.server import AUTH_TOKEN

LINE = "+15555550101"
FLEX_NUMBER = "+15555550102"
AGENTS_PHONE = "+15555550110"
WORKFLOW_SID = "WW" + "0123456789abcdef" * 2
API_TOKEN = "an-api-token-for-the-rig-only"  # noqa: S105 - nobody's secret
EVENTS = ("reservation.accepted", "reservation.rejected", "task.canceled", "workflow.timeout")
STEP_S = 15.0


@dataclass(slots=True)
class Town:
    """Everything is reachable: `twilio`, `models`, `app`; `records` of the calls that ended."""

    twilio: TwilioEmulator
    models: OpenAIEmulator
    app: Serving
    public_url: str
    records: list[CallRecord] = field(default_factory=list)

    async def dial(self, number: str = "+34600000001", key: str = "2") -> Phone:
        """A caller dials our line and chooses a language by key."""
        phone = await self.twilio.phone(number).call(LINE)
        await phone.connected(STEP_S)
        await asyncio.sleep(0.2)
        phone.press(key)
        return phone

    async def answer(self, worker: str = "Alice") -> Phone:
        """The next task's agent accepts."""
        reservation = await self.twilio.worker(worker).reservation(STEP_S)
        phone = await reservation.accept()
        await phone.connected(STEP_S)
        return phone

    async def interpreted(self, number: str = "+34600000001") -> tuple[Phone, Phone]:
        """A call with both people on the line."""
        caller = await self.dial(number)
        agent = await self.answer()
        return caller, agent

    async def until(self, done: Callable[[], bool], timeout_s: float = STEP_S) -> None:
        """Let time pass until `done`; TimeoutError when it does not come true."""
        for _ in range(int(timeout_s / 0.02)):
            if done():
                return
            await asyncio.sleep(0.02)
        raise TimeoutError("what was waited for did not happen")

    async def record(self, number: int = 1) -> CallRecord:
        """The record of the `number`-th call that ended."""
        await self.until(lambda: len(self.records) >= number)
        return self.records[number - 1]


@contextlib.asynccontextmanager
async def town(
    engine: str = "conversation",
    *,
    script: Script | None = None,
    pace: Pace | None = None,
    model_faults: ModelFaults | None = None,
    carrier_pace: CarrierPace | None = None,
    faults: Faults | None = None,
    env: Mapping[str, str] | None = None,
    record: bool = True,
) -> AsyncIterator[Town]:
    """Build it; everything ends with the block."""
    records: list[CallRecord] = []
    async with contextlib.AsyncExitStack() as stack:
        models = await stack.enter_async_context(
            OpenAIEmulator(
                script=script if script is not None else MarkerScript(),
                pace=pace if pace is not None else Pace(),
                faults=model_faults if model_faults is not None else ModelFaults(),
            )
        )
        twilio = await stack.enter_async_context(
            TwilioEmulator(pace=carrier_pace or CarrierPace(calls_per_second=50.0), faults=faults, record=record)
        )
        port = free_port()
        public_url = f"http://127.0.0.1:{port}"
        settings = {
            "DRAGOMAN_ENGINE": engine,
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_BASE_URL": models.base_url,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_BASE_URL": twilio.base_url,
            "TWILIO_CALLER_NUMBER": LINE,
            "TWILIO_FLEX_NUMBER": FLEX_NUMBER,
            "TWILIO_FLEX_WORKFLOW_SID": WORKFLOW_SID,
            "TWILIO_CALLS_PER_SECOND": "50",
            "PUBLIC_URL": public_url,
            "API_PORT": str(port),
            "DRAGOMAN_HOST": "127.0.0.1",
            "DRAGOMAN_SECRET": "s" * 43,
            "DRAGOMAN_API_TOKEN": API_TOKEN,
            **(env or {}),
        }
        app = await stack.enter_async_context(serving(settings, ended=records.append, drain_s=2.0))
        twilio.number(LINE, f"{public_url}/incoming-call", f"{public_url}/fallback")
        twilio.number(FLEX_NUMBER, f"{public_url}/outbound-call", f"{public_url}/fallback")
        twilio.workspace(f"{public_url}/reservation-accepted", EVENTS)
        twilio.workflow(WORKFLOW_SID)
        yield Town(twilio, models, app, public_url, records)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
