"""Whom we ask: the configured host and nobody else, whatever an answer says."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request as Upgrade
from websockets.http11 import Response as Refusal

import dragoman
from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import TroubleKind
from dragoman.errors import UpstreamError
from dragoman.interpreters.openai.endpoint import Endpoint
from dragoman.interpreters.openai.socket import RealtimeSocket
from dragoman.interpreters.openai.speech import SpeechAnnouncer
from dragoman.outgoing import Origin, client_of, origin_of
from dragoman.telephony.twilio.rest import Rest
from dragoman.web.server import WebServer
from tests.fakes.interpreting_desk import SPANISH
from tests.fakes.twilio_desk import twilio_settings

pytestmark = pytest.mark.pair

SOURCE = Path(dragoman.__file__).parent


class Elsewhere:
    """A server that sends everybody on to another one, and that other one."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._other = WebServer([Route("/{path:path}", self._take, methods=["GET", "POST"])], {})
        self._first = WebServer([Route("/{path:path}", self._send_on, methods=["GET", "POST"])], {})

    async def _take(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        return PlainTextResponse("{}")

    async def _send_on(self, request: Request) -> Response:
        return RedirectResponse(f"http://127.0.0.1:{self._other.port}{request.url.path}", 307)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._first.port}"

    @property
    def other_url(self) -> str:
        return f"http://127.0.0.1:{self._other.port}"


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    made = Elsewhere()
    async with made._first.listening(), made._other.listening():
        yield made


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin_of("https://API.example.com/v1?x=1") == Origin("https", "api.example.com", 443)
    assert origin_of("http://127.0.0.1:5050") == Origin("http", "127.0.0.1", 5050)
    assert origin_of("http://[::1]/") == Origin("http", "::1", 80)
    for url in ("ftp://x", "//x", "/path", ""):
        with pytest.raises(ValueError, match="http"):
            origin_of(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "http://127.0.0.1:1/x",
        "https://api.example.com:444/x",
        "http://api.example.com/x",
        "https://api.example.com.evil.example/x",
        "https://api.example.com@evil.example/x",
    ],
)
async def test_another_host_is_not_asked(url: str) -> None:
    async with client_of("https://api.example.com", timeout=1.0, trust_env=False) as http:
        with pytest.raises(httpx2.TransportError, match="another host"):
            await http.get(url)


async def test_a_redirect_is_an_answer_and_no_more(elsewhere: Elsewhere) -> None:
    async with client_of(elsewhere.url, timeout=5.0, trust_env=False) as http:
        assert (await http.get(f"{elsewhere.url}/x")).status_code == 307
        with pytest.raises(httpx2.TransportError, match="another host"):
            await http.get(f"{elsewhere.other_url}/x")
    assert elsewhere.asked == []


async def test_the_carriers_api_leads_nowhere_else(elsewhere: Elsewhere) -> None:
    settings = twilio_settings(base_url=elsewhere.url)
    async with client_of(settings.api_url, timeout=5.0, trust_env=False) as http:
        with pytest.raises(UpstreamError, match="status 307"):
            await Rest(settings, http).create("", [("To", "+15550100")])
    assert elsewhere.asked == []


async def test_the_speech_models_lead_nowhere_else(elsewhere: Elsewhere) -> None:
    endpoint = Endpoint(elsewhere.url + "/v1", "sk-test")
    announcer = SpeechAnnouncer(endpoint, "tts", "marin")
    assert await announcer.render("Hola.", SPANISH, AudioFormat.PCMU_8K) is None
    await announcer.aclose()
    assert elsewhere.asked == []


async def test_a_session_s_socket_leads_nowhere_else() -> None:
    opened: list[str] = []

    async def welcome(connection: ServerConnection) -> None:
        opened.append(connection.request.path if connection.request else "")

    async with serve(welcome, "127.0.0.1", 0) as other:
        there = f"ws://127.0.0.1:{next(iter(other.sockets)).getsockname()[1]}/"

        def send_on(_connection: ServerConnection, _request: Upgrade) -> Refusal:
            return Refusal(302, "Found", Headers({"Location": there, "Content-Length": "0"}))

        async with serve(welcome, "127.0.0.1", 0, process_request=send_on) as first:
            endpoint = Endpoint(f"http://127.0.0.1:{next(iter(first.sockets)).getsockname()[1]}/v1", "sk-test")
            socket = RealtimeSocket(endpoint, "/realtime", "model")
            ending = await socket.run(lambda: None, lambda _message: None)
    assert (ending.kind, ending.code) == (TroubleKind.UPSTREAM, 302)
    assert opened == []


OPENERS = frozenset({"AsyncClient", "Client", "ws_connect", "open_connection", "create_connection", "urlopen"})

MAY_OPEN = {
    "outgoing.py": "the one place",
    "interpreters/openai/socket.py": "sockets to the configured speech models; max_redirects=0",
    "interpreters/local/sources.py": "weights, whose hash is checked",
}
"""Modules that open connections, and why they may. Emulators, and commands that talk to one, do not serve calls."""

NOT_SERVING = ("emulator/", "cli/emulate.py", "cli/demo/")


def test_no_other_module_opens_connections() -> None:
    found = set()
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).as_posix()
        if any(part in name for part in NOT_SERVING):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in OPENERS:
                    found.add(name)
    assert found == set(MAY_OPEN)
