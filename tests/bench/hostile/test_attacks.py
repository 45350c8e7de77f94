"""The hostile peers say what they mean to, and are thrown out."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from bench.hostile.attacks import ATTACKS, CONTINUATION, PING, TEXT, Order, Wire, frame
from dragoman.observe.metrics import Metrics
from dragoman.web.server import WebServer
from tests.fakes.media_owner import PaperDoor

pytestmark = pytest.mark.pair


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_frames_are_what_a_websocket_reads(size: int) -> None:
    reader = StreamReader()
    reader.feed_data(frame(TEXT, b"x" * size, fin=False))
    parsing = Frame.parse(reader.read_exact, mask=True)
    with pytest.raises(StopIteration) as done:
        next(parsing)
    read = done.value.value
    assert (read.opcode, read.fin, len(read.data)) == (Opcode.TEXT, False, size)


@pytest.mark.parametrize(
    "raw",
    [frame(PING, b"x" * 125) * 100, frame(TEXT, b"[" * 65_000), frame(CONTINUATION, b" ", fin=False) * 500],
    ids=["pings", "brackets", "fragments"],
)
async def test_a_peer_is_thrown_out_and_counted(raw: bytes) -> None:
    metrics = Metrics()
    server = WebServer([], {"/intercept": PaperDoor()}, metrics=metrics)
    async with server.listening(), asyncio.timeout(15):
        wire = await Wire.open(f"http://127.0.0.1:{server.port}", "any")
        if raw[0] & 0x0F == CONTINUATION:
            await wire.say(frame(TEXT, b"{", fin=False))
        with contextlib.suppress(OSError):
            while True:
                await wire.say(raw)
                await asyncio.sleep(0)
        assert b'dragoman_streams_cut_total{reason="sends-too-fast"} 1.0' in metrics.text()


async def test_one_storm_is_one_connection() -> None:
    door = PaperDoor()
    server = WebServer([], {"/intercept": door})
    order = Order("", 1, f"http://127.0.0.1:{server.port}", "AC1", "token")
    async with server.listening(), asyncio.timeout(15):
        for _ in range(3):
            await ATTACKS["connect and leave, signed"](order, None)  # type: ignore[arg-type]  # asks nobody else
        for number in range(3):
            await door.owners[number].over.wait()
