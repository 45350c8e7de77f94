"""Pages' sockets on the server's own port: text and binary both ways, the subprotocol, bounds of their own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dragoman.errors import Refused
from dragoman.observe.metrics import Metrics
from dragoman.ports import MediaDoor, MediaRequest
from dragoman.web.media_socket import MediaBounds
from dragoman.web.page_socket import PAGE_BOUNDS, Entrance
from dragoman.web.server import WebServer
from tests.fakes.media_owner import PaperDoor

pytestmark = pytest.mark.contract

PROTOCOL = "test.1"


@dataclass
class PaperPageOwner:
    """Implements ports.PageSocket: answers each message in its own kind, with `echo:` before it."""

    got: list[bytes] = field(default_factory=list)
    got_binary: list[bytes] = field(default_factory=list)
    ends: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    fault: bool = False
    send: Callable[[bytes], None] = field(default=lambda _message: None)
    send_binary: Callable[[bytes], None] = field(default=lambda _message: None)
    close: Callable[[int, str], None] = field(default=lambda _code, _reason: None)

    def connected(
        self, send: Callable[[bytes], None], send_binary: Callable[[bytes], None], close: Callable[[int, str], None]
    ) -> None:
        self.send, self.send_binary, self.close = send, send_binary, close

    def received(self, message: bytes) -> None:
        self.got.append(message)
        self.send(b"echo:" + message)

    def received_binary(self, message: bytes) -> None:
        self.got_binary.append(message)
        if self.fault:
            raise RuntimeError("a fault of the owner's")
        self.send_binary(b"echo:" + message)

    def closed(self) -> None:
        self.ends += 1
        self.over.set()


@dataclass
class PaperPageDoor:
    """A ports.PageDoor."""

    refusal: str = ""
    fault: bool = False
    owners: list[PaperPageOwner] = field(default_factory=list)

    def __call__(self, _request: MediaRequest) -> PaperPageOwner:
        if self.refusal:
            raise Refused(self.refusal)
        self.owners.append(PaperPageOwner(fault=self.fault))
        return self.owners[-1]


@contextlib.asynccontextmanager
async def serving(door: PaperPageDoor, bounds: MediaBounds = PAGE_BOUNDS) -> AsyncIterator[WebServer]:
    doors: dict[str, MediaDoor | Entrance] = {"/page": Entrance(door, PROTOCOL, bounds), "/media": PaperDoor()}
    server = WebServer([], doors, metrics=Metrics())
    async with server.listening(), asyncio.timeout(15):
        yield server


def dial(server: WebServer, path: str = "/page") -> connect:
    return connect(f"ws://127.0.0.1:{server.port}{path}", proxy=None, subprotocols=[PROTOCOL])  # type: ignore[list-item]


async def closing_of(client: ClientConnection) -> int | None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await client.recv()
    return client.close_code


async def test_text_and_binary_go_both_ways() -> None:
    door = PaperPageDoor()
    async with serving(door) as server:
        async with dial(server) as client:
            assert client.subprotocol == PROTOCOL
            await client.send("one")
            await client.send(b"\x00\xff")
            assert [await client.recv(), await client.recv()] == ["echo:one", b"echo:\x00\xff"]
            assert server.media_sockets == 1
        await door.owners[0].over.wait()
    assert (door.owners[0].got, door.owners[0].got_binary, door.owners[0].ends) == ([b"one"], [b"\x00\xff"], 1)


async def test_fragments_of_both_kinds_are_joined() -> None:
    door = PaperPageDoor()
    async with serving(door) as server, dial(server) as client:
        await client.send([b"ab", b"", b"c"])
        await client.send(["de", "f"])
        assert [await client.recv(), await client.recv()] == [b"echo:abc", "echo:def"]


@pytest.mark.parametrize("fragments", [False, True])
@pytest.mark.parametrize("binary", [False, True])
async def test_a_message_above_the_bound_closes_with_1009(fragments: bool, binary: bool) -> None:
    door = PaperPageDoor()
    async with serving(door, MediaBounds(message_bytes=1000, opening_messages=1)) as server, dial(server) as client:
        piece: str | bytes = b"x" * 600 if binary else "x" * 600
        await client.send([piece, piece] if fragments else piece + piece)  # type: ignore[operator]
        assert await closing_of(client) == 1009
    assert (door.owners[0].got, door.owners[0].got_binary) == ([], [])


async def test_a_refusal_is_a_403_with_its_reason() -> None:
    async with serving(PaperPageDoor(refusal="not ours")) as server:
        with pytest.raises(InvalidStatus) as caught:
            await dial(server)
    assert (caught.value.response.status_code, caught.value.response.body) == (403, b"not ours")


async def test_a_fault_of_the_owner_s_ends_its_own_socket_only() -> None:
    door = PaperPageDoor(fault=True)
    async with serving(door) as server, dial(server) as broken, dial(server, "/media") as other:
        await broken.send(b"x")
        assert await closing_of(broken) == 1011
        await other.send("still here")
        assert await other.recv() == "echo:still here"


async def test_who_says_nothing_is_sent_away() -> None:
    bounds = MediaBounds(opening_messages=1, opening_s=0.05)
    async with serving(PaperPageDoor(), bounds) as server, dial(server) as client:
        assert await closing_of(client) == 1008


async def test_pages_that_wait_crowd_out_pages_and_no_carrier() -> None:
    door = PaperPageDoor()
    bounds = MediaBounds(opening_messages=1, unstarted=1)
    async with serving(door, bounds) as server, dial(server, "/media") as carrier, dial(server) as first:
        second = await dial(server)
        assert await closing_of(first) == 1013
        await second.send("here")
        assert await second.recv() == "echo:here"
        await carrier.send("still here")
        assert await carrier.recv() == "echo:still here"
        await second.close()


async def test_a_flood_is_cut_off_and_speech_is_not() -> None:
    door = PaperPageDoor()
    async with serving(door) as server, dial(server) as honest, dial(server) as hostile:
        for _ in range(500):  # ten seconds that were held up
            await honest.send(bytes(960))
        with contextlib.suppress(ConnectionClosed):
            for _ in range(100):
                await hostile.send(bytes(64_000))
        assert await closing_of(hostile) in (1008, 1006)
        for _ in range(500):
            assert await honest.recv() == b"echo:" + bytes(960)


async def test_the_server_s_end_closes_with_1001() -> None:
    door = PaperPageDoor()
    async with serving(door) as server:
        client = await dial(server)
        await client.send("here")
        await client.recv()
    assert await closing_of(client) == 1001
