"""The conformance list of the local server, items 1, 4 and 5: the real server, over loopback."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from dragoman.interpreters.openai.emulator import (
    Kind,
    MarkerScript,
    OpenAIEmulator,
    Pace,
    serve,
)
from dragoman.interpreters.openai.emulator.markers import MARKERS, answer_hz, marker_tone, markers_heard
from tests.fakes.openai_socket import (
    CONVERSATION,
    KEY,
    TRANSLATION,
    WAIT_S,
    dialled,
    next_event,
    refusal_of,
    until_closed,
)

pytestmark = pytest.mark.pair

BOTH = pytest.mark.parametrize("path", [CONVERSATION, TRANSLATION])


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


async def interpreted(emulator: OpenAIEmulator, hz: int) -> set[int]:
    """The markers that come back to a session that speaks one."""
    async with dialled(emulator) as socket:
        await next_event(socket)
        audio = {"format": {"type": "audio/pcmu"}}
        update = {"type": "realtime", "audio": {"input": audio, "output": audio}}
        await socket.send(json.dumps({"type": "session.update", "session": update}))
        while (await next_event(socket))["type"] != "session.updated":
            pass
        sound = marker_tone(hz, 600) + b"\xff" * 4000
        for start in range(0, len(sound), 1600):
            audio_b64 = base64.b64encode(sound[start : start + 1600]).decode()
            await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio_b64}))
        heard = b""
        while (event := await next_event(socket))["type"] != "response.done":
            if event["type"] == "response.output_audio.delta":
                heard += base64.b64decode(event["delta"])
    return markers_heard(heard)


async def test_thirty_sessions_at_once_each_carry_their_own_marker() -> None:
    markers = MARKERS[::4][:30]
    async with OpenAIEmulator(script=MarkerScript(), pace=Pace(speed=5.0)) as emulator:
        heard = await asyncio.gather(*(interpreted(emulator, hz) for hz in markers))
        assert heard == [{answer_hz(hz)} for hz in markers]
        assert emulator.errors == []
        assert {record.close_code for record in emulator.sessions} <= {None, 1000}


async def test_serve_runs_until_it_is_cancelled() -> None:
    running: list[OpenAIEmulator] = []
    listening = asyncio.Event()

    def ready(emulator: OpenAIEmulator) -> None:
        running.append(emulator)
        listening.set()

    async def stop() -> None:
        await listening.wait()
        async with dialled(running[0]) as socket:
            assert (await next_event(socket))["type"] == "session.created"
        raise Enough

    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.timeout(WAIT_S), asyncio.TaskGroup() as group:
            group.create_task(serve(0, ready=ready))
            group.create_task(stop())
    assert caught.group_contains(Enough)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(running[0].host, running[0].port)


class Enough(Exception):
    """The test has seen what it wanted."""


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
