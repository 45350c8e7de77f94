"""One port for HTTP, sockets and media; taking the port; stopping."""

from __future__ import annotations

import asyncio
import errno
import json
import socket

import pytest
from httpx2 import AsyncClient, ConnectError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from dragoman.domain.call import Role
from dragoman.domain.effects import Caption
from dragoman.domain.speech import Side
from dragoman.errors import SettingsError
from dragoman.languages import languages
from dragoman.observe.metrics import Metrics
from dragoman.ports import LanguageBook
from dragoman.tokens import Tokens
from dragoman.web.api import Api
from dragoman.web.server import WebServer, inherited
from tests.fakes.media_owner import PaperDoor
from tests.fakes.paper_switchboard import PaperSwitchboard

pytestmark = pytest.mark.pair


async def _form(request: Request) -> Response:
    form = await request.form()
    return PlainTextResponse(str(form["CallSid"]))


async def _console(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("console:" + await websocket.receive_text())
    await websocket.close()


ROUTES = [Route("/voice", _form, methods=["POST"]), WebSocketRoute("/console", _console)]


async def test_http_our_sockets_and_media_share_the_port() -> None:
    door = PaperDoor()
    server = WebServer(ROUTES, {"/media": door})
    async with server.listening(), asyncio.timeout(15):
        base = f"127.0.0.1:{server.port}"
        async with AsyncClient() as client:
            answer = await client.post(f"http://{base}/voice", data={"CallSid": "CA1"})
            assert answer.text == "CA1"
            assert "server" not in answer.headers
        async with connect(f"ws://{base}/console", proxy=None) as console:
            await console.send("hi")
            assert await console.recv() == "console:hi"
        async with connect(f"ws://{base}/media", proxy=None) as media:
            await media.send("hi")
            assert await media.recv() == "echo:hi"


async def test_answers_do_not_wait_for_acknowledgements() -> None:
    """What connections inherit from the listening socket: without it each of these takes 40 ms on asyncio."""
    server = WebServer(ROUTES, {})
    async with server.listening(), asyncio.timeout(15):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        accepted = next(iter(server._server.server_state.connections)).transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        writer.close()
        del reader


async def test_a_connection_may_be_upgraded_after_other_requests() -> None:
    server = WebServer(ROUTES, {"/media": PaperDoor()})
    async with server.listening(), asyncio.timeout(15):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /voice HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n")
        writer.write(b"Content-Type: application/x-www-form-urlencoded\r\n\r\nCallSid=CA1")
        assert b"200 OK" in await reader.readuntil(b"CA1")
        writer.write(b"GET /media HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
        writer.write(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        assert b"101" in await reader.readuntil(b"\r\n\r\n")
        writer.close()


async def test_a_media_path_without_an_upgrade_is_not_found() -> None:
    server = WebServer(ROUTES, {"/media": PaperDoor()})
    async with server.listening(), AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{server.port}/media")).status_code == 404


async def test_a_long_request_head_is_taken_in_pieces() -> None:
    door = PaperDoor()
    server = WebServer([], {"/media": door})
    async with server.listening(), asyncio.timeout(15):
        headers = {f"x-filler-{number}": "v" * 1000 for number in range(14)}
        async with connect(f"ws://127.0.0.1:{server.port}/media", additional_headers=headers, proxy=None) as media:
            await media.send("hi")
            assert await media.recv() == "echo:hi"


async def test_captions_are_read_as_they_come_and_a_reader_may_leave() -> None:
    switchboard, tokens = PaperSwitchboard(), Tokens("a secret of good length", lambda: 0.0)
    switchboard.add("call-1")
    book = LanguageBook(offered=languages(), agent=languages()[0], left_out={})
    server = WebServer(Api(switchboard, tokens, book, Metrics(), None).routes(), {})
    path = f"http://127.0.0.1:{server.port}/api/calls/call-1/captions"
    async with server.listening(), asyncio.timeout(15), AsyncClient() as client:
        assert (await client.get(path)).status_code == 403
        async with client.stream("GET", path, params={"token": tokens.panel("call-1")}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.aiter_lines()
            for text in ("ho", "hola"):
                switchboard.push("call-1", Caption("u1", Role.CALLER, Side.SOURCE, "es", text, final=False, at_s=1.0))
                data = await anext(line async for line in lines if line.startswith("data: "))
                assert json.loads(data.removeprefix("data: "))["text"] == text
            assert switchboard.readers == 1
        await switchboard.left.wait()
    assert switchboard.readers == 0


def test_a_port_that_is_taken_is_a_wrong_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"API_PORT: cannot listen on 127.0.0.1 port {port}"):
            WebServer([], {}, port=port)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (
            OSError(errno.EADDRINUSE, "Address already in use (while attempting)"),
            "API_PORT: .* use. Stop the",
        ),
        (OSError(errno.EACCES, "Permission denied"), "API_PORT: .* denied. Set API_PORT to 1024 or above"),
        (
            OSError(errno.EADDRNOTAVAIL, "Cannot assign"),
            "DRAGOMAN_HOST: .* assign. Set it to an address",
        ),
        (socket.gaierror(-2, "Name or service not known"), "DRAGOMAN_HOST: .* known. Set it to an address"),
    ],
)
def test_each_reason_why_it_cannot_listen_has_its_own_advice(
    fault: OSError, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_given: object, **_named: object) -> socket.socket:
        raise fault

    monkeypatch.setattr(socket, "create_server", refused)
    with pytest.raises(SettingsError, match=f"^{told}"):
        WebServer([], {}, host="10.9.9.9", port=80)


async def test_stopping_lets_an_answer_under_way_finish_and_frees_the_port() -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_request: Request) -> Response:
        entered.set()
        await go_on.wait()
        return PlainTextResponse("done")

    server = WebServer([Route("/slow", slow)], {})
    async with asyncio.timeout(15), AsyncClient() as client, asyncio.TaskGroup() as group:
        async with server.listening():
            asked = group.create_task(client.get(f"http://127.0.0.1:{server.port}/slow"))
            await entered.wait()
            asyncio.get_running_loop().call_later(0.3, go_on.set)
        assert (await asked).text == "done"
    WebServer([], {}, port=server.port).close()


async def test_leaving_by_an_error_stops_too() -> None:
    server = WebServer([], {})

    async def fail() -> None:
        async with server.listening():
            raise RuntimeError("the application failed")

    with pytest.raises(ExceptionGroup) as caught:
        await fail()
    assert caught.group_contains(RuntimeError, match="the application failed")


async def test_a_socket_that_is_handed_over_is_served_and_outlives_its_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as kept:
        port = kept.getsockname()[1]
        waiting = socket.create_connection(("127.0.0.1", port))
        server = WebServer(ROUTES, {}, listener=kept.dup())
        assert server.port == port
        async with server.listening(), AsyncClient() as client:
            answer = await client.post(f"http://127.0.0.1:{port}/voice", data={"CallSid": "CA1"})
            assert answer.text == "CA1"
        waiting.close()
        socket.create_connection(("127.0.0.1", port)).close()
        again = WebServer(ROUTES, {}, listener=kept.dup())
        async with again.listening(), AsyncClient() as client:
            answer = await client.post(f"http://127.0.0.1:{port}/voice", data={"CallSid": "CA2"})
            assert answer.text == "CA2"


async def test_behind_a_closed_door_only_those_who_are_inside_are_served() -> None:
    server = WebServer(ROUTES, {})
    url = f"http://127.0.0.1:{server.port}/voice"
    async with server.listening(), AsyncClient() as inside, AsyncClient() as late:
        assert (await inside.post(url, data={"CallSid": "CA1"})).text == "CA1"
        server.close_door()
        await asyncio.sleep(0)
        assert (await inside.post(url, data={"CallSid": "CA2"})).text == "CA2"
        with pytest.raises(ConnectError):
            await late.post(url, data={"CallSid": "CA3"})


def test_what_is_handed_over_is_for_us_and_a_listening_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    assert inherited(0, 42, 42) is None
    assert inherited(1, 41, 42) is None, "for the process that started us"
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as idle:
        monkeypatch.setattr("dragoman.web.server._FIRST_FD", listening.dup().detach())
        taken = inherited(1, 42, 42)
        assert taken is not None
        with taken:
            assert taken.getsockname() == listening.getsockname()
            assert not taken.get_inheritable()
        spare = idle.dup()
        monkeypatch.setattr("dragoman.web.server._FIRST_FD", spare.detach())
        with pytest.raises(SettingsError, match="no listening socket"):
            inherited(1, 42, 42)
    with open("/dev/null") as no_socket:
        monkeypatch.setattr("dragoman.web.server._FIRST_FD", no_socket.fileno())
        with pytest.raises(SettingsError, match="is no socket"):
            inherited(1, 42, 42)
