"""Keys for a browser's own session: as the vendor's endpoint takes and gives them, and never another key."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import msgspec
import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from websockets.asyncio.client import connect

from dragoman.browser_ports import DirectKind, SessionKey
from dragoman.domain.language import Language, LanguageTag
from dragoman.errors import Refused, UpstreamError
from dragoman.interpreters.openai.client_secret import LIFE_S, ClientSecrets, read_answer
from dragoman.interpreters.openai.emulator import OpenAIEmulator
from dragoman.interpreters.openai.settings import OpenAISettings
from dragoman.web.server import WebServer
from tests.fakes.interpreting_desk import SPANISH
from tests.fakes.paper_rooms import ENGLISH

pytestmark = pytest.mark.pair

API_KEY = "sk-not-for-browsers"
TAGALOG = Language(LanguageTag("tl"), "Tagalog", "Tagalog", "tl-PH")


@contextlib.asynccontextmanager
async def secrets_at(base_url: str) -> AsyncIterator[ClientSecrets]:
    settings = OpenAISettings(api_key=SecretStr(API_KEY), base_url=base_url)
    async with contextlib.aclosing(ClientSecrets(settings)) as made:
        yield made


async def opens(key: SessionKey, emulator: OpenAIEmulator, path: str) -> dict[str, Any]:
    """The session that the key opens, as a browser would."""
    url = f"{emulator.base_url}{path}?model={key.model}".replace("http", "ws", 1)
    headers = {"Authorization": f"Bearer {key.value}"}
    async with connect(url, proxy=None, additional_headers=headers) as client:
        created: dict[str, Any] = msgspec.json.decode(await client.recv())
    assert created["type"] == "session.created"
    session: dict[str, Any] = created["session"]
    return session


async def test_a_conversation_s_key_opens_an_interpreter() -> None:
    async with OpenAIEmulator() as emulator, secrets_at(emulator.base_url) as vendor:
        key = await vendor.key(DirectKind.CONVERSATION, SPANISH, ENGLISH, "hash")
        assert key.value.startswith("ek_")
        assert key.url == f"{emulator.base_url}/realtime/calls"
        session = await opens(key, emulator, "/realtime")
    assert "interpreting device" in session["instructions"]
    assert "Spanish" in session["instructions"]
    detection = session["audio"]["input"]["turn_detection"]
    assert (detection["create_response"], detection["interrupt_response"]) == (True, False)
    assert session["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24000}


async def test_a_translation_s_key_opens_a_translation() -> None:
    async with OpenAIEmulator() as emulator, secrets_at(emulator.base_url) as vendor:
        key = await vendor.key(DirectKind.TRANSLATION, ENGLISH, SPANISH, "")
        assert (key.kind, key.url) == (DirectKind.TRANSLATION, f"{emulator.base_url}/realtime/translations/calls")
        session = await opens(key, emulator, "/realtime/translations")
    assert session["audio"]["output"]["language"] == "es"


async def test_a_key_of_one_kind_opens_nothing_of_the_other() -> None:
    async with OpenAIEmulator() as emulator, secrets_at(emulator.base_url) as vendor:
        key = await vendor.key(DirectKind.TRANSLATION, ENGLISH, SPANISH, "")
        with pytest.raises(Exception, match="401"):
            await opens(key, emulator, "/realtime")


async def test_a_language_that_the_session_does_not_speak_is_refused_before_anybody_is_asked() -> None:
    async with secrets_at("http://127.0.0.1:9/v1") as vendor:
        with pytest.raises(Refused, match="conversation"):
            await vendor.key(DirectKind.TRANSLATION, ENGLISH, TAGALOG, "")


async def test_nobody_there_is_an_upstream_error() -> None:
    async with secrets_at("http://127.0.0.1:9/v1") as vendor:
        with pytest.raises(UpstreamError):
            await vendor.key(DirectKind.CONVERSATION, ENGLISH, SPANISH, "")


class Vendor:
    """Answers what it is told to, and keeps what it was asked."""

    def __init__(self, status: int, body: bytes) -> None:
        self.asked: list[tuple[dict[str, str], dict[str, Any]]] = []
        self._status, self._body = status, body
        self._server = WebServer([Route("/v1/{path:path}", self._answer, methods=["POST"])], {})

    async def _answer(self, request: Request) -> Response:
        self.asked.append((dict(request.headers), msgspec.json.decode(await request.body())))
        return Response(self._body, self._status, media_type="application/json")

    async def key(self) -> SessionKey | UpstreamError:
        async with self._server.listening(), secrets_at(f"http://127.0.0.1:{self._server.port}/v1") as vendor:
            assert vendor.origin == f"http://127.0.0.1:{self._server.port}"
            try:
                return await vendor.key(DirectKind.CONVERSATION, SPANISH, ENGLISH, "hash")
            except UpstreamError as error:
                return error


async def test_it_is_asked_for_with_our_key_and_a_short_life() -> None:
    vendor = Vendor(200, b'{"value":"ek_1","expires_at":1800000000,"session":{}}')
    key = await vendor.key()
    assert isinstance(key, SessionKey)
    ((headers, order),) = vendor.asked
    assert (key.value, key.expires_at) == ("ek_1", 1_800_000_000)
    assert headers["authorization"] == f"Bearer {API_KEY}"
    assert headers["openai-safety-identifier"] == "hash"
    assert order["expires_after"] == {"anchor": "created_at", "seconds": LIFE_S}
    assert API_KEY not in str(order)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, b"{}"),
        (500, b""),
        (307, b""),
        (200, b""),
        (200, b"{}"),
        (200, b'{"value":1,"expires_at":1}'),
        (200, b'{"value":"sk-the-real-one","expires_at":1}'),
        (200, b'{"value":"ek_1","expires_at":1,"x":"' + b"x" * 300_000 + b'"}'),
    ],
)
async def test_what_is_no_ephemeral_key_is_not_given_out(status: int, body: bytes) -> None:
    error = await Vendor(status, body).key()
    assert isinstance(error, UpstreamError)
    assert "sk-" not in str(error)


def test_an_answer_is_read() -> None:
    assert read_answer(b'{"value":"ek_1","expires_at":1.5,"more":[1]}').value == "ek_1"


def test_http_clients_ask_nobody_else() -> None:
    made = ClientSecrets(OpenAISettings(api_key=SecretStr(API_KEY)))
    assert isinstance(made._client, httpx2.AsyncClient)
    assert made.origin == "https://api.openai.com"
