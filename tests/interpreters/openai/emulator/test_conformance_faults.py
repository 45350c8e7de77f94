"""The conformance list of the local server, item 6: the real server, over loopback."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from dragoman.interpreters.openai.emulator import (
    Ending,
    Faults,
    MarkerScript,
    OpenAIEmulator,
    Pace,
    Refusal,
)
from dragoman.interpreters.openai.emulator.faults import BROKEN, FORBIDDEN, TOO_MANY, UNAUTHORISED
from dragoman.interpreters.openai.emulator.markers import marker_tone
from tests.fakes.openai_socket import (
    CONVERSATION,
    TRANSLATION,
    WAIT_S,
    appended,
    dialled,
    next_event,
    refusal_of,
    until_closed,
)

pytestmark = pytest.mark.pair

BOTH = pytest.mark.parametrize("path", [CONVERSATION, TRANSLATION])


# ---- 6: faults -------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("ending", "code", "error"),
    [
        (Ending.DROP, 1006, None),
        (Ending.SERVER_ERROR, 1011, "server_error"),
        (Ending.EXPIRE, 1001, "session_expired"),
        (Ending.LEAVE, 1001, None),
    ],
)
async def test_item_06_a_session_is_cut_off_after_so_much_audio(
    path: str, ending: Ending, code: int, error: str | None
) -> None:
    faults = Faults(ending=ending, ending_after_ms=400)
    async with OpenAIEmulator(faults=faults) as emulator, dialled(emulator, path) as socket:
        assert (await next_event(socket))["type"] == "session.created"
        await socket.send(appended(path, 200))
        await socket.send(appended(path, 200))
        events, closed_with, _ = await until_closed(socket)
        assert closed_with == code
        assert [one["error"]["code"] for one in events if one["type"] == "error"] == ([error] if error else [])
        assert emulator.sessions[0].audio_ms == 400


async def test_item_06_a_stalled_session_stays_open_and_says_nothing() -> None:
    async with OpenAIEmulator(faults=Faults(ending=Ending.STALL)) as emulator:
        async with dialled(emulator, ping_interval=None, close_timeout=0.1) as socket:
            assert (await next_event(socket))["type"] == "session.created"
            await socket.send(json.dumps({"type": "session.update", "session": {"type": "realtime"}}))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    while True:
                        event = json.loads(await socket.recv())
                        assert event["type"] == "conversation.created"
            pong = await socket.ping()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await pong
        assert not emulator.sessions[0].events


@BOTH
async def test_item_06_a_mute_session_takes_all_and_says_nothing(path: str) -> None:
    async with OpenAIEmulator() as emulator, dialled(emulator, path, ping_interval=None) as socket:
        assert (await next_event(socket))["type"] == "session.created"
        (life,) = emulator.open_lives
        life.end(Ending.MUTE)
        await socket.send("no event at all")
        async with asyncio.timeout(WAIT_S):
            await (await socket.ping())
        assert (emulator.open_lives, emulator.errors, emulator.sessions[0].close_code) == ([], [], None)


@BOTH
async def test_item_06_any_message_can_be_sent_at_any_time(path: str) -> None:
    async with OpenAIEmulator() as emulator, dialled(emulator, path) as socket:
        assert (await next_event(socket))["type"] == "session.created"
        emulator.lives[0].send_raw(b'{"type":17}')
        while await next_event(socket) != {"type": 17}:
            pass


@pytest.mark.parametrize("refusal", [UNAUTHORISED, FORBIDDEN, TOO_MANY, BROKEN])
async def test_item_06_an_upgrade_is_refused_with_a_status(refusal: Refusal) -> None:
    async with OpenAIEmulator(faults_by_number={0: Faults(refuse=refusal)}) as emulator:
        response = (await refusal_of(emulator, CONVERSATION)).response
        assert response.status_code == refusal.status
        assert json.loads(response.body or b"")["error"]["code"] == refusal.code
        assert response.headers.get("Retry-After") == ("1" if refusal is TOO_MANY else None)
        async with dialled(emulator) as socket:
            await next_event(socket)


async def test_item_06_slow_connect_keeps_the_handshake_waiting() -> None:
    async with OpenAIEmulator(faults=Faults(connect_delay_s=30.0)) as emulator:
        with pytest.raises(TimeoutError):
            async with dialled(emulator, open_timeout=0.2):
                pass
        assert emulator.upgrades == 1
        assert not emulator.sessions


async def test_item_06_session_updated_can_be_late() -> None:
    async with OpenAIEmulator(faults=Faults(updated_delay_s=30.0)) as emulator, dialled(emulator) as socket:
        await next_event(socket)
        await socket.send(json.dumps({"type": "session.update", "session": {"type": "realtime"}}))
        await socket.send(json.dumps({"type": "response.cancel"}))
        while (event := await next_event(socket))["type"] == "conversation.created":
            pass
        assert event["error"]["code"] == "response_cancel_not_active", "the session lives on meanwhile"


async def test_item_06_broken_and_unknown_events_come_in_between() -> None:
    faults = Faults(corrupt_after_ms=0, unknown_after_ms=0)
    async with OpenAIEmulator(faults=faults) as emulator, dialled(emulator) as socket:
        async with asyncio.timeout(WAIT_S):
            messages = [str(await socket.recv()) for _ in range(3)]
            while '"session.aurora.updated"' not in "".join(messages):
                messages.append(str(await socket.recv()))
            with pytest.raises(json.JSONDecodeError):
                for _ in range(3):
                    json.loads(messages[-1])
                    messages.append(str(await socket.recv()))


async def test_item_06_bursts_send_ten_seconds_at_once() -> None:
    faults = Faults(burst_ms=10_000)
    fast = OpenAIEmulator(script=MarkerScript(), faults=faults, pace=Pace(speed=20.0))
    async with fast as emulator, dialled(emulator) as socket:
        await next_event(socket)
        audio = {"format": {"type": "audio/pcmu"}}
        update = {"type": "realtime", "audio": {"input": audio, "output": audio}}
        await socket.send(json.dumps({"type": "session.update", "session": update}))
        while (await next_event(socket))["type"] != "session.updated":
            pass
        sound = marker_tone(440, 10_000) + b"\xff" * 8000
        await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": base64.b64encode(sound).decode()}))
        types = []
        while (event := await next_event(socket))["type"] != "response.done":
            types.append(event["type"])
        deltas = [number for number, one in enumerate(types) if one == "response.output_audio.delta"]
        assert len(deltas) > 20
        assert emulator.sessions[0].spoken_ms == 10_000


async def test_item_06_a_session_can_be_cut_off_by_hand() -> None:
    async with OpenAIEmulator() as emulator, dialled(emulator) as socket:
        await next_event(socket)
        emulator.lives[0].end(Ending.DROP)
        assert (await until_closed(socket))[1] == 1006
        assert emulator.sessions[0].close_code == 1006
