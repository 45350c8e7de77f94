"""The server dies, or is told to stop, in the midst of a call: real processes between the emulators."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dragoman.domain.call import Notice
from dragoman.interpreters.openai.emulator import MarkerScript, OpenAIEmulator
from dragoman.notices import Notices
from dragoman.telephony.twilio.emulator import CallStatus, Phone, TwilioEmulator
from tests.fakes.relay_parts import SPANISH
from tests.rig.assistants import DESK_LINE
from tests.rig.people import Ear, voice
from tests.rig.server_process import ServerProcess
from tests.rig.town import BY_SIP, CALLER, EVENTS, LINE, POLL_S, SIP_DOMAIN, STEP_S, WORKFLOW_SID, quick, settings_of
from tests.rig.town import said as said_to

pytestmark = [pytest.mark.rig, pytest.mark.timeout(90)]

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
    server: ServerProcess
    settings: dict[str, str]
    records: Path
    phones: list[Phone] = field(default_factory=list)

    def start(self, **more: str) -> subprocess.Popen[bytes]:
        return self.server.start(self.settings | more)

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

    async def back(self, old: set[object]) -> float:
        """Until both have another stream than in `old`; how many seconds that took by the network's clock."""
        began_s = self.twilio.ticker.now_s
        await until(lambda: len(self.streams - old) == 2)
        return self.twilio.ticker.now_s - began_s

    async def record(self) -> dict[str, Any]:
        """The call's record, when it is over."""
        await until(lambda: list(self.records.glob("*.json")))
        (file,) = self.records.glob("*.json")
        await until(lambda: file.read_text().endswith("}\n"))
        written: dict[str, Any] = json.loads(file.read_text())
        return written


@contextlib.asynccontextmanager
async def street(folder: Path) -> AsyncIterator[Street]:
    async with contextlib.AsyncExitStack() as stack:
        models = await stack.enter_async_context(OpenAIEmulator(script=MarkerScript()))
        twilio = await stack.enter_async_context(TwilioEmulator(pace=quick()))
        server = stack.enter_context(contextlib.closing(ServerProcess(folder)))
        records = folder / "records"
        kept = {"DRAGOMAN_DATABASE": str(folder / "calls.sqlite"), "DRAGOMAN_RECORDS": str(records)}
        cache = {"DRAGOMAN_CACHE": str(folder / "cache")}
        settings = settings_of("conversation", models, twilio, server.url, BY_SIP | kept | cache)
        twilio.number(LINE, f"{server.url}/incoming-call", f"{server.url}/fallback")
        twilio.sip_domain(SIP_DOMAIN, f"{server.url}/outbound-call", f"{server.url}/fallback")
        twilio.workspace(f"{server.url}/reservation-accepted", EVENTS, beep=False, hold_music=False)
        twilio.workflow(WORKFLOW_SID)
        try:
            yield Street(twilio, server, settings, records)
        finally:
            await twilio.exchange.hang_up_all()


async def test_a_killed_servers_calls_go_on_in_the_next_one(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async with street(tmp_path) as here:
        first = here.start()
        await here.server.answers("/ready", 200)
        caller, agent = await here.talk()
        await asyncio.sleep(1.2)  # what was said last is written within a second
        legs, old = [caller.leg, agent.leg], here.streams
        first.kill()
        first.wait()
        here.start()
        record_property("seconds from kill -9 to both streams", round(await here.back(old), 2))
        assert [caller.leg, agent.leg] == legs, "the same calls at the carrier"
        await here.interpreted(*AFTER_HZ)
        caller.hang_up()
        await agent.ended(STEP_S)
        record = await here.record()
        taken_up = [line for line in here.server.log if line["event"] == "found a call of an earlier process"]
    assert [one["leg"] for one in record["utterances"]].count("caller") == 2
    assert [one["leg"] for one in record["utterances"]].count("agent") == 2
    assert record["outcome"] == {"result": "caller", "reason": "hung up"}
    assert [line["call"] for line in taken_up] == [record["call"]]
    assert "unreadable" not in {path.suffix for path in tmp_path.iterdir()}


async def test_sigterm_refuses_new_calls_politely_and_lets_the_running_one_finish(tmp_path: Path) -> None:
    async with street(tmp_path) as here:
        process = here.start()
        await here.server.answers("/ready", 200)
        caller, agent = await here.talk()
        process.send_signal(signal.SIGTERM)
        await here.server.answers("/ready", 503)
        late = await here.twilio.phone("+34600000099").call(LINE)
        await until(lambda: late.leg is not None and late.leg.ear is not None)
        late.press("2")
        await late.ended(STEP_S)
        assert said_to(late)[-1] == Notices.load(Path(__file__).with_name("notices.toml")).text(Notice.BUSY, SPANISH)
        assert late.leg is not None
        assert late.leg.status is CallStatus.COMPLETED
        await here.server.answers("/ready", 503)
        await here.interpreted(*AFTER_HZ)
        caller.hang_up()
        await agent.ended(STEP_S)
        assert await here.server.ended(process) == 0
        assert (await here.record())["outcome"]["result"] == "caller"


async def test_past_the_drains_deadline_the_next_process_takes_the_call_up(tmp_path: Path) -> None:
    async with street(tmp_path) as here:
        process = here.start(DRAGOMAN_DRAIN_S="0.5")
        await here.server.answers("/ready", 200)
        caller, agent = await here.talk()
        old = here.streams
        process.send_signal(signal.SIGTERM)
        assert await here.server.ended(process) == 0
        here.start()
        await here.back(old)
        await here.interpreted(*AFTER_HZ)
        agent.hang_up()
        await caller.ended(STEP_S)
        record = await here.record()
    assert len(record["utterances"]) == 4
    assert record["outcome"] == {"result": "agent", "reason": "hung up"}


async def test_a_caller_of_an_assistant_is_answered_anew_when_the_server_was_killed(tmp_path: Path) -> None:
    async with street(tmp_path) as here:
        here.twilio.number(
            DESK_LINE,
            f"{here.server.url}/twilio/voice",
            f"{here.server.url}/twilio/voice/fallback",
            f"{here.server.url}/twilio/voice/status",
        )
        first = here.start()
        await here.server.answers("/ready", 200)
        caller = await here.twilio.phone(CALLER).call(DESK_LINE)
        call_sid = caller.call_sid
        await until(lambda: here.streams)
        old = here.streams
        await assistant_answers(caller, BEFORE_HZ[0])
        first.send_signal(signal.SIGKILL)
        here.start()
        await until(lambda: here.streams - old)
        await assistant_answers(caller, AFTER_HZ[0])
        assert caller.call_sid == call_sid, "the same phone call"
        assert any(line["event"] == "leg of a call that is not known" for line in here.server.log)
        caller.hang_up()
        record = await here.record()
    assert (record["kind"], record["outcome"]["reason"]) == ("assistant", "hung up")


async def assistant_answers(caller: Phone, hz: int) -> None:
    ear = Ear(caller)
    caller.say(voice(hz))
    await until(lambda: ear.heard_answer(hz))
