"""What one media socket may cost: floods of every kind end it, and held-up honest audio does not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from dragoman.observe.metrics import Metrics
from dragoman.web.media_socket import MESSAGE_COST_BYTES, MediaBounds
from dragoman.web.server import WebServer
from tests.fakes.media_owner import PaperDoor

pytestmark = pytest.mark.pair

FRAME = "x" * 380
"""As long as twenty milliseconds of a carrier's."""

FRAMES_OF_30_S = 1500


class Scene:
    """A server with one door, and what it counts."""

    def __init__(self, bounds: MediaBounds) -> None:
        self.door = PaperDoor()
        self.metrics = Metrics()
        self.server = WebServer([], {"/media": self.door}, bounds=bounds, metrics=self.metrics)

    @contextlib.asynccontextmanager
    async def stream(self) -> AsyncIterator[ClientConnection]:
        url = f"ws://127.0.0.1:{self.server.port}/media"
        async with connect(url, proxy=None, compression=None, ping_interval=None) as client:
            yield client

    def cut(self, reason: str) -> int:
        """How many sockets were cut off for it."""
        return int(self.metrics.streams_cut.labels(reason)._value.get())


@contextlib.asynccontextmanager
async def scene(bounds: MediaBounds) -> AsyncIterator[Scene]:
    made = Scene(bounds)
    async with made.server.listening(), asyncio.timeout(15):
        yield made


async def flood(client: ClientConnection, message: bytes, number: int) -> int | None:
    """Write `message` so often, whatever comes back; the close code that came."""
    with contextlib.suppress(ConnectionError, ConnectionClosed):
        for _ in range(number):
            if client.transport.is_closing():
                break
            client.transport.write(message)
            await asyncio.sleep(0)
        while True:
            await client.recv()
    return client.close_code


def frame(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """A masked WebSocket frame of a client's, with a mask of zeros."""
    first = bytes([(0x80 if fin else 0) | opcode])
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2, "big")
    return first + length + b"\x00" * 4 + payload


TEXT, BINARY, CONTINUATION, PING, PONG = 1, 2, 0, 9, 10


FLOODS = {
    "frames": frame(TEXT, FRAME.encode()) * 50,
    "small": frame(TEXT, b"x") * 100,
    "large": frame(TEXT, b"x" * 65_000),
    "pings": frame(PING, b"") * 100,
    "large pings": frame(PING, b"x" * 125) * 50,
    "pongs": frame(PONG, b"") * 100,
    "binary": frame(BINARY, b"x") * 100,
    "empty fragments": frame(CONTINUATION, b"", fin=False) * 100,
    "fragments of a byte": frame(CONTINUATION, b"x", fin=False) * 100,
}


@pytest.mark.parametrize("kind", FLOODS)
async def test_a_flood_is_cut_off(kind: str) -> None:
    async with scene(MediaBounds(burst_bytes=100_000)) as here, here.stream() as honest, here.stream() as hostile:
        if "fragments" in kind:
            hostile.transport.write(frame(TEXT, b"", fin=False))
        assert await flood(hostile, FLOODS[kind], 1000) in (1008, 1006)
        await here.door.owners[1].over.wait()
        assert here.cut("sends-too-fast") == 1
        await honest.send("still here")
        assert await honest.recv() == "echo:still here"


async def test_who_was_told_good_bye_may_not_flood_on() -> None:
    """A polite close waits a second for the other side's answer."""
    async with scene(MediaBounds(burst_bytes=100_000)) as here:
        reader, writer = await asyncio.open_connection("127.0.0.1", here.server.port)
        writer.write(
            b"GET /media HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert b"101" in await reader.readuntil(b"\r\n\r\n")
        owner = here.door.owners[0]
        owner.close(1000, "enough")
        while not owner.ends and not writer.is_closing():
            writer.write(FLOODS["small"])
            await asyncio.sleep(0)
        await owner.over.wait()
        assert here.cut("sends-too-fast") == 1
        assert owner.got == []
        writer.close()


async def test_audio_that_was_held_up_for_thirty_seconds_comes_through_at_once() -> None:
    async with scene(MediaBounds()) as here, here.stream() as client:
        for _ in range(FRAMES_OF_30_S):
            await client.send(FRAME)
        for _ in range(FRAMES_OF_30_S):
            await client.recv()
        assert len(here.door.owners[0].got) == FRAMES_OF_30_S
        assert here.cut("sends-too-fast") == 0


async def test_however_much_lies_there_only_so_much_is_taken_at_one_go() -> None:
    """Between two turns of the loop, others have theirs."""
    async with scene(MediaBounds(burst_bytes=1 << 40)) as here, here.stream() as hostile:
        owner = here.door.owners[0]
        owner.send = lambda _message: None
        piece = frame(TEXT, FRAME.encode()) * 200
        most, seen = 0, 0
        for _ in range(300):
            hostile.transport.write(piece)
            await asyncio.sleep(0)
            most, seen = max(most, len(owner.got) - seen), len(owner.got)
        assert seen > 2000, "it came"
        assert most * len(FRAME) < 128 * 1024, "without a bound on the kernel's buffer it is megabytes"


async def test_time_earns_credit_again() -> None:
    """Thrice real time is let through for as long as it may last; a little more is not."""
    a_second = 50 * (len(FRAME) + MESSAGE_COST_BYTES)
    bounds = MediaBounds(burst_bytes=a_second // 10, rate_bytes_per_s=3 * a_second)
    async with scene(bounds) as here, here.stream() as client:
        for _ in range(10):
            for _ in range(5):
                await client.send(FRAME)
            await asyncio.sleep(0.05)
        assert here.cut("sends-too-fast") == 0
        assert await flood(client, frame(TEXT, FRAME.encode()) * 10, 50) in (1008, 1006)
        assert here.cut("sends-too-fast") == 1


async def test_who_pings_and_does_not_read_the_answers_is_cut_off() -> None:
    bounds = MediaBounds(burst_bytes=1 << 40, unsent_bytes=100_000)
    async with scene(bounds) as here, here.stream() as client:
        client.transport.pause_reading()
        pings = frame(PING, b"x" * 125) * 500
        owner = here.door.owners[0]
        for _ in range(2000):
            client.transport.write(pings)
            await asyncio.sleep(0)
            if owner.ends:
                break
        await owner.over.wait()
        assert here.cut("does-not-read") == 1
        client.transport.abort()


async def test_empty_fragments_do_not_pile_up() -> None:
    async with scene(MediaBounds()) as here, here.stream() as client:
        client.transport.write(frame(TEXT, b"", fin=False) + frame(CONTINUATION, b"", fin=False) * 500)
        client.transport.write(frame(CONTINUATION, b"end"))
        assert await client.recv() == "echo:end"
        (socket,) = here.server._media._open
        assert socket._parts == []


async def test_of_too_many_streams_that_do_not_start_the_oldest_goes() -> None:
    async with scene(MediaBounds(unstarted=3)) as here, contextlib.AsyncExitStack() as stack:
        started = await stack.enter_async_context(here.stream())
        for number in range(2):
            await started.send(str(number))
            await started.recv()
        waiting = [await stack.enter_async_context(here.stream()) for _ in range(5)]
        for client in waiting[:2]:
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert (client.close_code, client.close_reason) == (1013, "too many streams that have not started")
        for client in (started, *waiting[2:]):
            await client.send("still here")
            assert await client.recv() == "echo:still here"
        assert here.cut("crowded-out") == 2


async def test_open_streams_and_refusals_are_counted() -> None:
    async with scene(MediaBounds(opening_s=0.1)) as here:
        async with here.stream() as client:
            assert "dragoman_streams_living 1.0" in here.metrics.text().decode()
            with pytest.raises(ConnectionClosed):
                await client.recv()
        await here.door.owners[0].over.wait()
        here.door.refusal = "no"
        with pytest.raises(Exception, match="403"):
            await here.stream().__aenter__()
        text = here.metrics.text().decode()
        assert "dragoman_streams_living 0.0" in text
        assert 'dragoman_streams_cut_total{reason="not-started"} 1.0' in text
        assert 'dragoman_doors_shut_total{door="/media"} 1.0' in text
