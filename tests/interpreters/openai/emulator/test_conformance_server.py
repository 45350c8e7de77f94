"""The conformance list of the local server, items 1, 4, 5 and 6: the real server, over loopback."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from dragoman.interpreters.openai.emulator import (
    Ending,
    Faults,
    Kind,
    MarkerScript,
    OpenAIEmulator,
    Pace,
    Refusal,
)
from dragoman.interpreters.openai.emulator.faults import BROKEN, FORBIDDEN, TOO_MANY, UNAUTHORISED
from dragoman.interpreters.openai.emulator.markers import marker_tone

pytestmark = pytest.mark.pair

KEY = {"Authorization": "Bearer sk-test"}
CONVERSATION = "/realtime?model=gpt-realtime-2.1"
TRANSLATION = "/realtime/translations?model=gpt-realtime-translate"
BOTH = pytest.mark.parametrize("path", [CONVERSATION, TRANSLATION])
WAIT_S = 8.0


@asynccontextmanager
async def dialled(
    emulator: OpenAIEmulator, path: str = CONVERSATION, headers: dict[str, str] | None = None, **more: Any
) -> AsyncIterator[ClientConnection]:
    url = emulator.base_url.replace("http://", "ws://") + path
    wanted = KEY if headers is None else headers
    async with connect(url, additional_headers=wanted, proxy=None, compression=None, **more) as socket:
        yield socket


async def next_event(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(WAIT_S):
        found: dict[str, Any] = json.loads(await socket.recv())
    return found


async def until_closed(socket: ClientConnection) -> tuple[list[dict[str, Any]], int, str]:
    """All events that still come, then the code and the reason of the close."""
    events: list[dict[str, Any]] = []
    with pytest.raises(ConnectionClosed) as caught:
        async with asyncio.timeout(WAIT_S):
            while True:
                events.append(json.loads(await socket.recv()))
    received = caught.value.rcvd
    return events, received.code if received else 1006, received.reason if received else ""


async def refusal_of(emulator: OpenAIEmulator, path: str, headers: dict[str, str] | None = None) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as caught:
        async with dialled(emulator, path, headers):
            pass
    return caught.value


def appended(path: str, ms: int) -> str:
    """An append event of `ms` of a session's default format."""
    prefix = "session." if path is TRANSLATION else ""
    audio = base64.b64encode(b"\0" * 48 * ms).decode()
    return json.dumps({"type": f"{prefix}input_audio_buffer.append", "audio": audio})


# ---- 1: paths and keys -----------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("headers", [{"Authorization": "Bearer sk-test"}, {"api-key": "sk-test"}])
async def test_item_01_a_key_opens_a_session(path: str, headers: dict[str, str]) -> None:
    async with OpenAIEmulator(keys=frozenset({"sk-test"})) as emulator, dialled(emulator, path, headers) as socket:
        created = await next_event(socket)
        assert created["type"] == "session.created"
        assert created["session"]["type"] == ("translation" if path is TRANSLATION else "realtime")
        assert emulator.sessions[0].kind is (Kind.TRANSLATION if path is TRANSLATION else Kind.CONVERSATION)


@BOTH
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sk-wrong"}, {"Authorization": "Basic sk-test"}])
async def test_item_01_no_key_or_a_wrong_one_is_401(path: str, headers: dict[str, str]) -> None:
    async with OpenAIEmulator(keys=frozenset({"sk-test"})) as emulator:
        refused = await refusal_of(emulator, path, headers)
        assert refused.response.status_code == 401
        assert b"api_key" in (refused.response.body or b"")
        assert not emulator.sessions


@BOTH
async def test_item_01_a_browser_shows_its_secret_as_a_sub_protocol(path: str) -> None:
    kind, model = (
        (Kind.TRANSLATION, "gpt-realtime-translate") if path is TRANSLATION else (Kind.CONVERSATION, "gpt-realtime-2.1")
    )
    async with OpenAIEmulator() as emulator:
        secret = emulator._doorkeeper.mint(kind, model, None, 600)
        protocols = [Subprotocol("realtime"), Subprotocol(f"openai-insecure-api-key.{secret.value}")]
        async with dialled(emulator, path.partition("?")[0], {}, subprotocols=protocols) as socket:
            assert socket.subprotocol == "realtime"
            assert (await next_event(socket))["session"]["model"] == model
        async with dialled(emulator, path.partition("?")[0], {}, subprotocols=protocols) as socket:
            await next_event(socket)


async def test_item_01_a_secret_expires_and_opens_one_kind_only() -> None:
    now_s = [1_795_000_000.0]
    async with OpenAIEmulator(unix_s=lambda: now_s[0]) as emulator:
        url = f"{emulator.base_url}/realtime/client_secrets"
        async with httpx2.AsyncClient() as client:
            body = {
                "expires_after": {"anchor": "created_at", "seconds": 10},
                "session": {"type": "realtime", "model": "gpt-realtime-2.1", "instructions": "From the secret."},
            }
            minted = (await client.post(url, json=body, headers=KEY)).json()
        assert minted["expires_at"] == now_s[0] + 10
        headers = {"Authorization": f"Bearer {minted['value']}"}
        async with dialled(emulator, "/realtime", headers) as socket:
            created = await next_event(socket)
            assert created["session"]["instructions"] == "From the secret."
            assert created["session"]["expires_at"] == now_s[0] + 3600, "a session outlives its secret"
        assert (await refusal_of(emulator, TRANSLATION, headers)).response.status_code == 401
        now_s[0] += 10
        assert (await refusal_of(emulator, "/realtime", headers)).response.status_code == 401


@pytest.mark.parametrize("seconds", [9, 7201])
@pytest.mark.parametrize(
    ("path", "session"),
    [
        ("/realtime/client_secrets", {"type": "realtime"}),
        ("/realtime/translations/client_secrets", {"model": "gpt-realtime-translate"}),
    ],
)
async def test_item_01_secrets_have_limits(path: str, session: dict[str, str], seconds: int) -> None:
    async with OpenAIEmulator() as emulator, httpx2.AsyncClient(headers=KEY) as client:
        url = emulator.base_url + path
        wrong = {"expires_after": {"anchor": "created_at", "seconds": seconds}, "session": session}
        answer = await client.post(url, json=wrong)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "expires_after.seconds")
        assert (await client.post(url, json={"session": {**session, "voice": "x"}})).status_code == 400
        assert (await client.post(url, json={"session": session}, headers={"Authorization": ""})).status_code == 401
        assert (await client.post(url, json={"session": session})).json()["value"].startswith("ek_")


async def test_item_01_azures_root_is_served_and_other_paths_are_not() -> None:
    async with OpenAIEmulator() as emulator:
        root = emulator.base_url.replace("/v1", "/openai/v1").replace("http://", "ws://")
        async with connect(root + CONVERSATION, additional_headers={"api-key": "x"}, proxy=None) as socket:
            await next_event(socket)
        assert (await refusal_of(emulator, "/live/sessions")).response.status_code == 404
        async with httpx2.AsyncClient(headers=KEY) as client:
            assert (await client.post(f"{emulator.base_url}/realtime/sessions", json={})).status_code == 404
            assert (await client.get(f"{emulator.base_url}/realtime")).status_code == 426


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/realtime", "missing_model"),
        ("/realtime/translations", "missing_model"),
        ("/realtime?model=gpt-realtime-translate", "invalid_model"),
        ("/realtime/translations?model=gpt-realtime-2.1", "invalid_model"),
        ("/realtime?intent=transcription", "invalid_intent"),
    ],
)
async def test_item_01_a_wrong_address_is_told_and_closed_4000(path: str, code: str) -> None:
    async with OpenAIEmulator() as emulator, dialled(emulator, path) as socket:
        events, close_code, reason = await until_closed(socket)
        assert [one["error"]["code"] for one in events] == [code]
        assert (close_code, reason) == (4000, f"invalid_request_error.{code}")


async def test_audio_speech_gives_pcm_whose_length_follows_the_text() -> None:
    async with OpenAIEmulator() as emulator, httpx2.AsyncClient(headers=KEY) as client:
        url = f"{emulator.base_url}/audio/speech"
        body = {"model": "gpt-4o-mini-tts", "voice": "marin", "response_format": "pcm"}
        short = await client.post(url, json={**body, "input": "Hello."})
        again = await client.post(url, json={**body, "input": "Hello."})
        long = await client.post(url, json={**body, "input": "Hello. Please wait a moment."})
        assert short.headers["content-type"] == "audio/pcm"
        assert short.content == again.content
        assert len(short.content) == 6 * 60 * 48
        assert len(long.content) > 3 * len(short.content)
        for wrong in ({"input": ""}, {"input": "x", "response_format": "mp3"}, {"input": "x", "tone": 1}, {}):
            assert (await client.post(url, json={**body, **wrong})).status_code == 400
        assert (await client.post(url, json={**body, "input": "x"}, headers={"Authorization": ""})).status_code == 401


# ---- 4: expiry -------------------------------------------------------------------------------------------------------


@BOTH
async def test_item_04_expiry_tells_session_expired_and_closes_1001(path: str) -> None:
    async with OpenAIEmulator(pace=Pace(expires_after_s=0.05)) as emulator, dialled(emulator, path) as socket:
        events, code, _ = await until_closed(socket)
        assert events[-1]["error"]["code"] == "session_expired"
        assert code == 1001
        assert emulator.sessions[0].close_code == 1001


# ---- 5: the beta dialect ---------------------------------------------------------------------------------------------


@BOTH
async def test_item_05_openai_beta_is_refused_with_4000(path: str) -> None:
    async with OpenAIEmulator() as emulator, dialled(emulator, path, {**KEY, "OpenAI-Beta": "realtime=v1"}) as socket:
        events, code, reason = await until_closed(socket)
        assert [one["error"]["code"] for one in events] == ["beta_api_shape_disabled"]
        assert (code, reason) == (4000, "invalid_request_error.beta_api_shape_disabled")
        assert not emulator.sessions


async def test_item_05_the_beta_sub_protocol_is_refused_too() -> None:
    protocols = [Subprotocol("realtime"), Subprotocol("openai-beta.realtime-v1")]
    async with OpenAIEmulator() as emulator, dialled(emulator, subprotocols=protocols) as socket:
        assert (await until_closed(socket))[1] == 4000


# ---- 6: faults -------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("ending", "code", "error"),
    [
        (Ending.DROP, 1006, None),
        (Ending.SERVER_ERROR, 1011, "server_error"),
        (Ending.EXPIRE, 1001, "session_expired"),
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


# ---- What is not in the list -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"BREW /v1/realtime\r\n\r\n",
        b"GET /v1/realtime HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST /v1/audio/speech HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /v1/audio/speech HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
    ],
)
async def test_broken_http_is_a_400(request_bytes: bytes) -> None:
    async with OpenAIEmulator() as emulator, asyncio.timeout(WAIT_S):
        reader, writer = await asyncio.open_connection(emulator.host, emulator.port)
        writer.write(request_bytes)
        assert (await reader.read()).startswith(b"HTTP/1.1 400 Bad Request\r\n")
        writer.close()


async def test_the_clients_goodbye_is_kept() -> None:
    async with OpenAIEmulator() as emulator, dialled(emulator) as socket:
        await next_event(socket)
        await socket.close(4242)
    assert emulator.sessions[0].close_code == 4242


async def test_messages_in_fragments_are_joined() -> None:
    async with OpenAIEmulator() as emulator, dialled(emulator) as socket:
        await next_event(socket)

        async def pieces() -> AsyncIterator[str]:
            for piece in ('{"type":', '"response.', 'cancel"}'):
                yield piece

        await socket.send(pieces())
        while (event := await next_event(socket))["type"] == "conversation.created":
            pass
        assert event["error"]["code"] == "response_cancel_not_active"
        assert len(emulator.sessions[0].events) == 1
