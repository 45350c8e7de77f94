"""Who may come in to the embedded engine's server."""

from __future__ import annotations

import json

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from dragoman.assistant_settings import AssistantSettings
from dragoman.interpreters.local.mind.minds import SMALL, Minds
from dragoman.settings import load
from tests.fakes.local_parts import TOKEN, FakeEngine, serving

pytestmark = pytest.mark.pair

PATHS = ("/realtime", "/realtime/translations")
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def address(engine: FakeEngine, path: str) -> str:
    return engine.base_url.replace("http", "ws", 1) + path


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
async def test_without_the_token_the_upgrade_is_answered_401(
    engine: FakeEngine, path: str, headers: dict[str, str]
) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await connect(address(engine, path), additional_headers=headers)
    assert caught.value.response.status_code == 401


@pytest.mark.parametrize("path", PATHS)
async def test_a_session_is_greeted_at_once(engine: FakeEngine, path: str) -> None:
    async with connect(address(engine, path) + "?model=mine", additional_headers=BEARER) as socket:
        created = json.loads(await socket.recv())
    assert created["type"] == "session.created"
    assert created["session"]["model"] == "mine"
    assert created["session"]["expires_at"] > 1_700_000_000
    assert created["event_id"]


async def test_a_browser_brings_its_key_as_a_sub_protocol(engine: FakeEngine) -> None:
    offered = [Subprotocol("realtime"), Subprotocol(f"openai-insecure-api-key.{TOKEN}")]
    async with connect(address(engine, "/realtime"), subprotocols=offered) as socket:
        assert socket.subprotocol == "realtime"


@pytest.mark.parametrize("path", PATHS)
async def test_the_beta_dialect_is_refused(engine: FakeEngine, path: str) -> None:
    headers = BEARER | {"OpenAI-Beta": "realtime=v1"}
    async with connect(address(engine, path), additional_headers=headers) as socket:
        assert json.loads(await socket.recv())["error"]["code"] == "beta_api_shape_disabled"
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 4000


@pytest.mark.parametrize("path", PATHS)
async def test_an_overloaded_engine_takes_no_new_sessions(engine: FakeEngine, path: str) -> None:
    engine.jobs._delay_s = 10.0
    with pytest.raises(InvalidStatus) as caught:
        await connect(address(engine, path), additional_headers=BEARER)
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "5"


async def test_garbage_is_an_error_event(engine: FakeEngine) -> None:
    async with connect(address(engine, "/realtime"), additional_headers=BEARER) as socket:
        await socket.recv()
        for message in ("{", "[]", '"x"', b"\xff\x00"):
            await socket.send(message)
            assert json.loads(await socket.recv())["type"] == "error"


async def test_health_tells_sessions_and_voices(engine: FakeEngine) -> None:
    url = engine.base_url.replace("/v1", "/healthz")
    async with httpx2.AsyncClient() as client, connect(address(engine, "/realtime"), additional_headers=BEARER):
        told = (await client.get(url)).json()
    state = {"status": "ok", "sessions": 1, "delay_s": 0.0, "spoken": ["en", "es", "ja"]}
    assert told == {**state, "mind": None, "to_rehearse": 0}


async def test_health_tells_which_mind_runs() -> None:
    minds = Minds(load(AssistantSettings, {}))
    async with serving(minds=minds) as engine, httpx2.AsyncClient() as client:
        told = (await client.get(engine.base_url.replace("/v1", "/healthz"))).json()
    assert told["mind"] == SMALL
