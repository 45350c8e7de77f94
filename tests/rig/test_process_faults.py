"""The server dies, or is told to stop, in the midst of a call: real processes between the emulators."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from dragoman.domain.call import Notice
from dragoman.languages import language_of
from dragoman.notices import Notices
from dragoman.telephony.twilio.emulator import CallStatus
from tests.fakes.relay_parts import SPANISH
from tests.rig.assistants import Asked, answer
from tests.rig.street import AFTER_HZ, Guest, session_with, street, until
from tests.rig.town import LINE, STEP_S
from tests.rig.town import said as said_to

pytestmark = [pytest.mark.rig, pytest.mark.timeout(90)]


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
    async with street(tmp_path, Asked({560: answer(2060, heard="one"), 620: answer(2120, heard="two")})) as here:
        process = here.start(DRAGOMAN_DRAIN_S="0.5")
        await here.server.answers("/ready", 200)
        (caller, agent), guest = await asyncio.gather(here.talk(), Guest.connected(here.twilio))
        await guest.answered(560, 2060)
        old = here.streams
        process.send_signal(signal.SIGTERM)
        assert await here.server.ended(process) == 0
        assert list(here.records.glob("*.json")) == []
        here.start()
        await here.back(old, 3)
        session = await session_with(here.models, "one", "tone 2060")
        await asyncio.gather(here.interpreted(*AFTER_HZ), until(lambda: session.said))
        assert session.said == [Notices.load().text(Notice.BACK_AGAIN, language_of("ja"))], "no second greeting"
        await guest.answered(620, 2120)
        agent.hang_up()
        await caller.ended(STEP_S)
        record = await here.record()
        guest.phone.hang_up()
        await until(lambda: len(list(here.records.glob("*.json"))) == 2)
        (answered,) = [one for one in here.all_records() if one.get("kind") == "assistant"]
    assert len(record["utterances"]) == 4
    assert record["outcome"] == {"result": "agent", "reason": "hung up"}
    assert [line["text"] for line in answered["lines"] if line["who"] == "caller"] == ["one", "two"]
    assert answered["sessions"] == 2
