"""A telephone network and speech models around a server that is a process of its own, and can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dragoman.interpreters.openai.emulator import MarkerScript, OpenAIEmulator, Record, Script
from dragoman.interpreters.realtime.wire.conversation import CreateItem
from dragoman.interpreters.realtime.wire.items import FunctionCallOutputItem, text_of
from dragoman.telephony.twilio.emulator import Phone, TwilioEmulator
from tests.rig.assistants import DESK_LINE
from tests.rig.people import Ear, voice
from tests.rig.server_process import ServerProcess
from tests.rig.town import BY_SIP, CALLER, EVENTS, LINE, POLL_S, SIP_DOMAIN, STEP_S, WORKFLOW_SID, quick, settings_of

BEFORE_HZ, AFTER_HZ = (400, 600), (500, 800)
"""What caller and agent say, before and after."""


async def until(done: Callable[[], object], timeout_s: float = STEP_S) -> None:
    async with asyncio.timeout(timeout_s):
        while not done():  # noqa: ASYNC110 - phones and files are looked at
            await asyncio.sleep(POLL_S)


@dataclass
class Street:
    """A telephone network, speech models, and a server that can be killed; `phones` of those on the line."""

    twilio: TwilioEmulator
    models: OpenAIEmulator
    server: ServerProcess
    settings: dict[str, str]
    records: Path
    phones: list[Phone] = field(default_factory=list)

    def start(self, **more: str) -> subprocess.Popen[bytes]:
        return self.server.start(self.settings | more)

    def assistants_line(self, number: str) -> None:
        """An assistant answers there."""
        self.twilio.number(number, *(f"{self.server.url}/twilio/voice{door}" for door in ("", "/fallback", "/status")))

    async def talk(self) -> tuple[Phone, Phone]:
        """A caller and an agent who understand each other."""
        caller = await self.twilio.phone(CALLER).call(LINE)
        await until(lambda: caller.leg is not None and caller.leg.ear is not None)
        caller.press("2")
        agent = await (await self.twilio.worker("Alice").reservation(STEP_S)).accept()
        whisper = Ear(agent)
        await until(lambda: whisper.heard_all(400))
        self.phones = [caller, agent]
        await self.interpreted(*BEFORE_HZ)
        return caller, agent

    async def interpreted(self, caller_hz: int, agent_hz: int) -> None:
        """Both say a marker, and hear the interpretation of the other's."""
        caller, agent = self.phones
        ears = Ear(caller), Ear(agent)
        caller.say(voice(caller_hz))
        agent.say(voice(agent_hz))
        await until(lambda: ears[1].heard_answer(caller_hz))
        await until(lambda: ears[0].heard_answer(agent_hz))

    @property
    def streams(self) -> set[object]:
        """The streams that are open at the carrier."""
        return {leg.source for leg in self.twilio.exchange.living if leg.tap is not None}

    async def back(self, old: set[object], legs: int = 2) -> float:
        """Until all have other streams than those in `old`; how many seconds that took by the network's clock."""
        began_s = self.twilio.ticker.now_s
        await until(lambda: len(self.streams - old) == legs)
        return self.twilio.ticker.now_s - began_s

    async def record(self, reason: str = "") -> dict[str, Any]:
        """The record of the one call that is over, or that ended so."""

        def found() -> list[dict[str, Any]]:
            return [one for one in self.all_records() if reason in ("", one["outcome"]["reason"])]

        await until(found)
        (record,) = found()
        return record

    def all_records(self) -> list[dict[str, Any]]:
        """Of the calls that are over."""
        whole = [path.read_text(encoding="utf-8") for path in self.records.glob("*.json")]
        return [json.loads(text) for text in whole if text.endswith("}\n")]


@contextlib.asynccontextmanager
async def street(folder: Path, script: Script | None = None, **env: str) -> AsyncIterator[Street]:
    """`env` adds to the server's settings. An assistant answers DESK_LINE."""
    async with contextlib.AsyncExitStack() as stack:
        models = await stack.enter_async_context(OpenAIEmulator(script=script or MarkerScript()))
        twilio = await stack.enter_async_context(TwilioEmulator(pace=quick()))
        server = stack.enter_context(contextlib.closing(ServerProcess(folder)))
        records = folder / "records"
        kept = {"DRAGOMAN_DATABASE": str(folder / "calls.sqlite"), "DRAGOMAN_RECORDS": str(records)}
        cache = {"DRAGOMAN_CACHE": str(folder / "cache")}
        settings = settings_of("conversation", models, twilio, server.url, BY_SIP | kept | cache | env)
        twilio.number(LINE, f"{server.url}/incoming-call", f"{server.url}/fallback")
        twilio.sip_domain(SIP_DOMAIN, f"{server.url}/outbound-call", f"{server.url}/fallback")
        twilio.workspace(f"{server.url}/reservation-accepted", EVENTS, beep=False, hold_music=False)
        twilio.workflow(WORKFLOW_SID)
        try:
            made = Street(twilio, models, server, settings, records)
            made.assistants_line(DESK_LINE)
            yield made
        finally:
            await twilio.exchange.hang_up_all()


# ---- Who talks with an assistant -------------------------------------------------------------------------------------


@dataclass
class Guest:
    """Somebody who talks with an assistant."""

    phone: Phone
    ear: Ear

    @classmethod
    async def connected(cls, twilio: TwilioEmulator, number: int = 0, line: str = DESK_LINE) -> Guest:
        phone = twilio.phone(f"+3460000010{number}")
        guest = cls(phone, Ear(phone))
        await phone.call(line)
        await until(lambda: guest.ear.heard_all(300))
        return guest

    def ask(self, hz: int) -> None:
        self.phone.say(voice(hz))

    async def answered(self, hz: int, tone_hz: int) -> None:
        """A question, and its whole answer."""
        ear = Ear(self.phone)
        self.ask(hz)
        await until(lambda: tone_hz in ear.markers and ear.heard_all(200))


def told(session: Record) -> list[str]:
    """What a session was told of the talk so far: words, and what tools gave."""
    items = [event.item for event in session.events if isinstance(event, CreateItem)]
    return [item.output if isinstance(item, FunctionCallOutputItem) else text_of(item) for item in items]


async def session_with(models: OpenAIEmulator, *texts: str) -> Record:
    """The last session that was told all of this."""

    def found() -> list[Record]:
        return [one for one in models.sessions if all(any(text in line for line in told(one)) for text in texts)]

    await until(found)
    return found()[-1]
