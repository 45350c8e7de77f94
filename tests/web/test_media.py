"""Media sockets on the server's own port, driven by the `websockets` client: one test per promise and bound.

This is also the contract test of the part of picows that is not public (`WSProtocol`, its arguments, set_protocol).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dragoman.web.media_socket import MediaBounds
from dragoman.web.server import WebServer
from tests.fakes.media_owner import PaperDoor

pytestmark = pytest.mark.contract

LONG = MediaBounds(opening_s=15.0)


@contextlib.asynccontextmanager
async def serving(door: PaperDoor, bounds: MediaBounds = LONG) -> AsyncIterator[WebServer]:
    server = WebServer([], {"/media": door}, bounds=bounds)
    async with server.listening(), asyncio.timeout(15):
        yield server


def dial(server: WebServer, path: str = "/media", **options: object) -> connect:
    return connect(f"ws://127.0.0.1:{server.port}{path}", proxy=None, **options)  # type: ignore[arg-type]


async def closing_of(client: ClientConnection) -> tuple[int | None, str]:
    """Read to the end; the close code and reason that the server gave."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await client.recv()
    return client.close_code, client.close_reason or ""


async def test_messages_go_both_ways_and_the_end_is_told_once() -> None:
    door = PaperDoor()
    async with serving(door) as server:
        async with dial(server) as client:
            await client.send("one")
            await client.send("zwei é")
            assert [await client.recv(), await client.recv()] == ["echo:one", "echo:zwei é"]
            assert server.media_sockets == 1
        await door.owners[0].over.wait()
        assert server.media_sockets == 0
    assert door.owners[0].got == [b"one", "zwei é".encode()]
    assert door.owners[0].ends == 1


async def test_the_door_sees_path_query_headers_and_peer() -> None:
    door = PaperDoor()
    extra = {"X-Twilio-Signature": "abc="}
    async with serving(door) as server, dial(server, "/media?x=1&y=%20", additional_headers=extra):
        pass
    (request,) = door.requests
    assert (request.path, request.query, request.peer) == ("/media", "x=1&y=%20", "127.0.0.1")
    assert request.headers["x-twilio-signature"] == "abc="
    assert all(name == name.lower() for name in request.headers)


async def test_a_slash_at_the_end_is_the_same_path() -> None:
    door = PaperDoor()
    async with serving(door) as server, dial(server, "/media/"):
        assert len(door.owners) == 1


async def test_a_refusal_is_a_403_with_its_reason() -> None:
    async with serving(PaperDoor(refusal="signature is wrong")) as server:
        with pytest.raises(InvalidStatus) as caught:
            await dial(server)
    assert caught.value.response.status_code == 403
    assert caught.value.response.body == b"signature is wrong"


async def test_a_fault_of_the_door_is_a_500_without_its_text() -> None:
    async with serving(PaperDoor(fault=True)) as server:
        with pytest.raises(InvalidStatus) as caught:
            await dial(server)
    assert caught.value.response.status_code == 500
    assert b"secret" not in (caught.value.response.body or b"")


async def test_other_paths_are_not_ours() -> None:
    door = PaperDoor()
    async with serving(door) as server:
        with pytest.raises(InvalidStatus) as caught:
            await dial(server, "/elsewhere")
    assert caught.value.response.status_code == 403
    assert door.requests == []


async def test_deflate_is_declined() -> None:
    async with serving(PaperDoor()) as server, dial(server, compression="deflate") as client:
        assert client.protocol.extensions == []


async def test_fragments_are_joined_with_pings_between() -> None:
    door = PaperDoor()
    async with serving(door) as server, dial(server) as client:
        await client.send(["he", "l", "lo"])
        await (await client.ping())
        assert await client.recv() == "echo:hello"
    assert door.owners[0].got == [b"hello"]


@pytest.mark.parametrize("fragments", [False, True])
async def test_a_message_above_the_bound_closes_with_1009(fragments: bool) -> None:
    door = PaperDoor()
    async with serving(door, MediaBounds(message_bytes=1000)) as server, dial(server) as client:
        await client.send("x" * 1000)
        await client.recv()
        await client.send(["x" * 600, "x" * 600] if fragments else "x" * 1001)
        code, _ = await closing_of(client)
        assert code == 1009
    assert door.owners[0].got == [b"x" * 1000]
    assert door.owners[0].ends == 1


async def test_the_default_bound_is_64_kib() -> None:
    door = PaperDoor()
    async with serving(door) as server, dial(server) as client:
        await client.send("x" * 65_536)
        await client.recv()
        await client.send("y" * 65_537)
        assert (await closing_of(client))[0] == 1009
    assert [len(message) for message in door.owners[0].got] == [65_536]


async def test_fragments_out_of_order_close_with_1002() -> None:
    async with serving(PaperDoor()) as server, dial(server) as client:
        frame = bytes([0x80, 0x80, 0, 0, 0, 0])  # a continuation, final and masked, of nothing
        client.transport.write(frame)
        assert (await closing_of(client))[0] == 1002


async def test_binary_is_told_and_dropped() -> None:
    door = PaperDoor()
    async with serving(door) as server, dial(server) as client:
        await client.send(b"\x00\x01")
        await client.send("text")
        assert await client.recv() == "echo:text"
    assert (door.owners[0].binary, door.owners[0].got) == (1, [b"text"])


async def test_the_owner_closes_with_code_and_reason() -> None:
    door = PaperDoor()
    async with serving(door) as server, dial(server) as client:
        await client.send("hello")
        await client.recv()
        door.owners[0].close(4001, "enough")
        door.owners[0].close(4002, "twice")
        assert await closing_of(client) == (4001, "enough")
        door.owners[0].send(b"too late")
    assert door.owners[0].ends == 1


@pytest.mark.parametrize("step", ["connected", "received", "received_binary"])
async def test_a_fault_of_the_owner_costs_its_own_socket_only(step: str) -> None:
    door = PaperDoor()
    async with serving(door) as server, dial(server) as healthy:
        door.owner_fault = step
        async with dial(server) as client:
            with contextlib.suppress(ConnectionClosed):
                await client.send(b"b" if step == "received_binary" else "t")
            assert (await closing_of(client))[0] == 1011
        await healthy.send("still here")
        assert await healthy.recv() == "echo:still here"


async def test_a_fault_while_closing_harms_nobody() -> None:
    door = PaperDoor(owner_fault="closed")
    async with serving(door) as server:
        async with dial(server):
            pass
        await door.owners[0].over.wait()
        assert server.media_sockets == 0


@pytest.mark.parametrize("messages", [0, 1])
async def test_a_stream_that_does_not_start_is_closed(messages: int) -> None:
    async with serving(PaperDoor(), MediaBounds(opening_s=0.1)) as server, dial(server) as client:
        for _ in range(messages):
            await client.send("connected")
        assert await closing_of(client) == (1008, "the stream did not start in time")


async def test_a_stream_that_started_may_take_its_time() -> None:
    door = PaperDoor()
    async with serving(door, MediaBounds(opening_s=0.1)) as server, dial(server) as client:
        await client.send("connected")
        await client.send("start")
        await asyncio.sleep(0.3)
        await client.send("late")
        assert [await client.recv() for _ in range(3)][-1] == "echo:late"


@pytest.mark.parametrize(
    "bounds",
    [MediaBounds(unsent_bytes=200_000, stall_s=60), MediaBounds(unsent_bytes=1 << 40, stall_s=0.1)],
    ids=["too much", "too long"],
)
async def test_a_peer_that_does_not_read_is_cut_off(bounds: MediaBounds) -> None:
    await silent_peer(bounds)


async def silent_peer(bounds: MediaBounds) -> None:
    """Write to a peer that stops reading after the handshake, until it is cut off."""
    door = PaperDoor()
    async with serving(door, bounds) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        writer.write(
            f"GET /media HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}\r\n".encode()
        )
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        owner = door.owners[0]
        for _ in range(200):
            owner.send(b"x" * 100_000)
            if owner.ends:
                break
        await owner.over.wait()
        writer.close()
    assert owner.ends == 1


async def test_stopping_says_going_away() -> None:
    door = PaperDoor()
    async with contextlib.AsyncExitStack() as stack:
        async with serving(door) as server:
            client = await stack.enter_async_context(dial(server))
            await client.send("hello")
            await client.recv()
        assert await closing_of(client) == (1001, "the server stops")


async def test_rubbish_after_the_upgrade_closes_one_socket_only() -> None:
    door = PaperDoor()
    async with serving(door) as server, dial(server) as healthy:
        async with dial(server) as client:
            client.transport.write(b"\xff" * 50)
            assert (await closing_of(client))[0] in (1002, 1006)
        await healthy.send("fine")
        assert await healthy.recv() == "echo:fine"


def test_all_of_it_holds_on_uvloop_too() -> None:
    """Production runs on uvloop, whose transports are others."""

    async def talk() -> PaperDoor:
        door = PaperDoor()
        async with serving(door) as server, dial(server) as client:
            await client.send(["he", "llo"])
            assert await client.recv() == "echo:hello"
            await client.send("x" * 65_537)
            assert (await closing_of(client))[0] == 1009
        await silent_peer(MediaBounds(unsent_bytes=200_000, stall_s=60))
        await silent_peer(MediaBounds(unsent_bytes=1 << 40, stall_s=0.1))
        return door

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        door = runner.run(talk())
    assert door.owners[0].ends == 1


async def test_pings_are_answered() -> None:
    async with serving(PaperDoor()) as server, dial(server) as client:
        async with asyncio.timeout(5):
            await (await client.ping(b"x"))
