"""HTTP connections that are slow, half, too many, or no HTTP: over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import uvloop
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dragoman.web.guard import SECURITY_HEADERS
from dragoman.web.http import HttpBounds
from dragoman.web.server import WebServer
from tests.fakes.media_owner import PaperDoor

pytestmark = pytest.mark.pair

HELLO = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
UPGRADE = (
    b"GET /media HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def _hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


async def _count(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def _long(_request: Request) -> Response:
    return PlainTextResponse("x" * 30_000_000)


ROUTES = [Route("/hello", _hello), Route("/count", _count, methods=["POST"]), Route("/long", _long)]


class Client:
    """A connection on which anything may be said."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, raw: bytes) -> bytes:
        """Send; the answer's head."""
        self.writer.write(raw)
        return await self.reader.readuntil(b"\r\n\r\n")

    async def hello(self) -> bytes:
        head = await self.ask(HELLO)
        await self.reader.readexactly(5)
        return head

    async def closed(self) -> bytes:
        """All that comes until the server closes."""
        with contextlib.suppress(ConnectionResetError):
            return await self.reader.read()
        return b""


@contextlib.asynccontextmanager
async def serving(bounds: HttpBounds) -> AsyncIterator[WebServer]:
    server = WebServer(ROUTES, {"/media": PaperDoor()}, http_bounds=bounds)
    async with server.listening(), asyncio.timeout(15):
        yield server


@contextlib.asynccontextmanager
async def dialled(server: WebServer, number: int = 1) -> AsyncIterator[list[Client]]:
    clients = [Client(*await asyncio.open_connection("127.0.0.1", server.port)) for _ in range(number)]
    yield clients
    for client in clients:
        client.writer.close()


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET /hello HT",
        b"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
        b"POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        HELLO + b"GET /hello HT",
    ],
    ids=["nothing", "half a head", "half a body", "half of the chunks", "half a second request"],
)
async def test_a_request_that_does_not_end_is_given_up(beginning: bytes) -> None:
    async with serving(HttpBounds(request_s=0.15)) as server, dialled(server) as (slow,):
        slow.writer.write(beginning)
        await asyncio.sleep(0.05)
        slow.writer.write(b"x" if beginning.endswith(b"HT") else b"")
        got = await slow.closed()
        assert got.count(b"200 OK") == beginning.count(HELLO)
        async with dialled(server) as (quick,):
            assert b"200 OK" in await quick.hello()


async def test_bytes_that_drip_do_not_buy_time() -> None:
    async with serving(HttpBounds(request_s=0.2)) as server, dialled(server) as (client,):

        async def drip() -> None:
            with contextlib.suppress(ConnectionError):
                for byte in HELLO * 20:
                    client.writer.write(bytes([byte]))
                    await client.writer.drain()
                    await asyncio.sleep(0.02)

        async with asyncio.TaskGroup() as group:
            dripping = group.create_task(drip())
            assert await client.closed() == b""
            dripping.cancel()


async def test_an_idle_connection_between_requests_is_not_in_a_hurry() -> None:
    async with serving(HttpBounds(request_s=0.1)) as server, dialled(server) as (client,):
        for _ in range(3):
            assert b"200 OK" in await client.hello()
            await asyncio.sleep(0.2)


async def test_a_slow_answer_is_no_slow_request() -> None:
    entered = asyncio.Event()

    async def slow(_request: Request) -> Response:
        entered.set()
        await asyncio.sleep(0.3)
        return PlainTextResponse("done")

    server = WebServer([Route("/slow", slow)], {}, http_bounds=HttpBounds(request_s=0.1))
    async with server.listening(), asyncio.timeout(15), dialled(server) as (client,):
        assert b"200 OK" in await client.ask(HELLO.replace(b"/hello", b"/slow"))


async def test_who_does_not_read_the_answer_is_cut_off() -> None:
    async with serving(HttpBounds(unread_s=0.1)) as server, dialled(server) as (client,):
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        client.writer.write(HELLO.replace(b"/hello", b"/long"))
        await asyncio.sleep(0.6)
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert len(await client.closed()) < 30_000_000


async def test_with_too_many_the_one_that_waits_longest_goes() -> None:
    async with serving(HttpBounds(connections=5)) as server, dialled(server) as (served,):
        assert b"200 OK" in await served.hello()
        async with dialled(server, 40) as crowd:
            crowd[-1].writer.write(b"GET /hello HTTP/1.1\r\n")
            await asyncio.sleep(0.1)
            async with dialled(server) as (newcomer,):
                assert b"200 OK" in await newcomer.hello(), "there is always room for one more"
            gone = [client for client in crowd if client.reader.at_eof() or client.reader.exception()]
            assert len(gone) >= 34
            assert gone == crowd[: len(gone)], "the oldest first"


async def test_a_flood_of_requests_waits_its_turn_and_none_is_lost() -> None:
    bounds = HttpBounds(requests_per_s=200.0, requests_at_once=5)
    async with serving(bounds) as server, dialled(server, 30) as crowd:
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(client.hello()) for client in crowd]
        assert all(b"200 OK" in task.result() for task in asked)
        took_s = loop.time() - began
        assert took_s > (30 - 5) / 200 * 0.8, "25 of them had to wait"


async def test_one_connection_s_flood_does_not_starve_another() -> None:
    bounds = HttpBounds(requests_per_s=100.0, requests_at_once=2)
    async with serving(bounds) as server, dialled(server, 2) as (greedy, modest):
        greedy.writer.write(HELLO * 40)
        await asyncio.sleep(0.05)
        assert b"200 OK" in await modest.hello()
        for _ in range(40):
            assert b"200 OK" in await greedy.reader.readuntil(b"\r\n\r\nhello")


async def test_an_upgrade_may_have_to_wait_too() -> None:
    bounds = HttpBounds(requests_per_s=50.0, requests_at_once=1)
    async with serving(bounds) as server, dialled(server, 4) as clients:
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(client.ask(UPGRADE)) for client in clients]
        assert all(b"101" in task.result() for task in asked)
        assert server.media_sockets == 4
        clients[0].writer.write(b"\x81\x82\x00\x00\x00\x00hi")
        assert await clients[0].reader.readexactly(9) == b"\x81\x07echo:hi"


async def test_upgraded_sockets_are_none_of_them() -> None:
    async with serving(HttpBounds(connections=3, request_s=0.1)) as server, contextlib.AsyncExitStack() as stack:
        for _ in range(6):
            (stream,) = await stack.enter_async_context(dialled(server))
            assert b"101" in await stream.ask(UPGRADE)
        await asyncio.sleep(0.2)
        assert server.media_sockets == 6
        async with dialled(server) as (client,):
            assert b"200 OK" in await client.hello()


@pytest.mark.parametrize(
    "raw",
    [
        b"GARBAGE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50,
        b"GET /hello HTTP/1.1\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nHost: x\r\nX-A : b\r\n\r\n",
        b"GET /hello\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_a_bad_request_with_our_headers(raw: bytes) -> None:
    async with serving(HttpBounds()) as server, dialled(server) as (client,):
        client.writer.write(raw)
        answer = (await client.closed()).decode("latin-1").lower()
        status = answer.split("\r\n")[0]
        assert " 400" in status or " 501" in status
        for name, value in SECURITY_HEADERS.items():
            assert f"{name}: {value}".lower() in answer


async def test_a_body_with_two_lengths_is_refused_and_its_rest_is_no_request() -> None:
    raw = (
        b"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    async with serving(HttpBounds()) as server, dialled(server) as (client,):
        client.writer.write(raw)
        answer = await client.closed()
        assert answer.count(b"HTTP/1.1") == 1
        assert b"400 Bad Request" in answer
        assert b"two lengths" in answer


async def test_a_head_without_end_is_a_bad_request() -> None:
    async with serving(HttpBounds(head_bytes=4096)) as server, dialled(server) as (client,):
        client.writer.write(b"GET /hello HTTP/1.1\r\nHost: x\r\n")
        await asyncio.sleep(0.05)
        client.writer.write(b"X: " + b"a" * 5000)
        assert b"400" in (await client.closed())[:20]


async def test_who_leaves_in_the_middle_of_a_body_leaves_no_trace_of_a_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving(HttpBounds()) as server:
        async with dialled(server) as (client,):
            client.writer.write(b"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
            await asyncio.sleep(0.05)
        async with dialled(server) as (client,):
            assert b"200 OK" in await client.hello()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_it_holds_on_uvloop_too() -> None:
    async def scene() -> None:
        async with serving(HttpBounds(request_s=0.15, connections=2)) as server:
            async with dialled(server, 5) as crowd:
                await asyncio.sleep(0.3)
                assert all([await client.closed() == b"" for client in crowd])
            async with dialled(server) as (client,):
                assert b"200 OK" in await client.hello()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scene())
