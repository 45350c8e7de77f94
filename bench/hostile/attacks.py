"""What hostile peers do, each as fast as it is told to. Run as a process of its own by `bench.hostile`:

python -m bench.hostile.attacks < order.json       # until it is ended
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

import httpx2
import msgspec
import uvloop

from dragoman.domain.audio import PCMU_FRAME_BYTES
from dragoman.telephony.twilio.signature import HEADER, sign
from dragoman.telephony.twilio.wire import CarrierEnd

TEXT, BINARY, CONTINUATION, PING = 1, 2, 0, 9
FRAME_S: Final = 0.02
RING_S: Final = 1.0
NICE: Final = 15
LINE: Final = "+12025550123"


class Order(msgspec.Struct):
    """Which attack, by how many at once, on whom; a hostile leg is a real one, of a caller of this account."""

    kind: str
    number: int
    app_url: str
    sid: str
    token: str


class Wire:
    """A WebSocket on which anything may be said, over a bare connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, app_url: str, signature: str) -> Wire:
        parts = urlsplit(app_url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        head = f"GET /intercept HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}"
        writer.write(f"{head}{HEADER}: {signature}\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        return cls(reader, writer)

    async def say(self, raw: bytes) -> None:
        try:
            self.writer.write(raw)
        except RuntimeError:  # uvloop's word for a connection that is gone
            raise ConnectionResetError("thrown out") from None
        await self.writer.drain()


def frame(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """A masked frame, its mask all zeros."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 1 << 16:
        length = bytes([0x80 | 126]) + size.to_bytes(2, "big")
    else:
        length = bytes([0x80 | 127]) + size.to_bytes(8, "big")
    return bytes([(0x80 if fin else 0) | opcode]) + length + b"\x00" * 4 + payload


async def hostile_leg(order: Order, http: httpx2.AsyncClient) -> tuple[Wire, CarrierEnd]:
    """A caller of the account rings and brings a stream, as any other; what it says on it is another matter.

    The carrier takes its time for that: without it, the cost of callers would be measured, not of what they send.
    """
    await asyncio.sleep(RING_S)
    call_sid, url = f"CA{secrets.token_hex(16)}", f"{order.app_url}/incoming-call?lang=es"
    caller = f"+1303555{secrets.randbelow(10_000):04d}"
    form = {"CallSid": call_sid, "AccountSid": order.sid, "From": caller, "To": LINE, "CallStatus": "ringing"}
    answer = await http.post(url, data=form, headers={HEADER: sign(order.token, url, form.items())})
    document = ElementTree.fromstring(answer.content)  # noqa: S314 - our own app's
    told = {one.attrib["name"]: one.attrib["value"] for one in document.iter("Parameter")}
    if not told:
        raise OSError("the call was not taken")
    wire = await Wire.open(order.app_url, sign(order.token, order.app_url.replace("http", "ws", 1) + "/intercept"))
    carrier = CarrierEnd(f"MZ{secrets.token_hex(16)}", call_sid, order.sid)
    await wire.say(frame(TEXT, carrier.connected()) + frame(TEXT, carrier.start(told)))
    return wire, carrier


Attack = Callable[[Order, httpx2.AsyncClient], Awaitable[None]]
"""One go of one peer: returns, or raises OSError, when it was thrown out. It is called again at once."""


async def never_reads(order: Order, http: httpx2.AsyncClient) -> None:
    """Takes nothing of what is played to it."""
    wire, carrier = await hostile_leg(order, http)
    wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
    for number in range(1_000_000):
        await wire.say(frame(TEXT, carrier.media(b"\xff" * PCMU_FRAME_BYTES, number * 20)))
        await asyncio.sleep(FRAME_S)


async def flood_of_audio(order: Order, http: httpx2.AsyncClient) -> None:
    """Fifty times real time."""
    wire, carrier = await hostile_leg(order, http)
    for number in range(1_000_000):
        await wire.say(
            b"".join(frame(TEXT, carrier.media(b"\x7f" * PCMU_FRAME_BYTES, (number * 50 + n) * 20)) for n in range(50))
        )
        await asyncio.sleep(FRAME_S)


async def as_fast_as_it_goes(order: Order, http: httpx2.AsyncClient, raw: bytes) -> None:
    wire, _ = await hostile_leg(order, http)
    while True:
        await wire.say(raw)


async def audio_without_pause(order: Order, http: httpx2.AsyncClient) -> None:
    wire, carrier = await hostile_leg(order, http)
    raw = b"".join(frame(TEXT, carrier.media(b"\x7f" * PCMU_FRAME_BYTES, number * 20)) for number in range(200))
    while True:
        await wire.say(raw)


async def large_garbage(order: Order, http: httpx2.AsyncClient) -> None:
    await as_fast_as_it_goes(order, http, frame(TEXT, b'{"event":"media","x":"' + b"x" * 65_000 + b'"}'))


async def nested_garbage(order: Order, http: httpx2.AsyncClient) -> None:
    await as_fast_as_it_goes(order, http, frame(TEXT, b"[" * 65_000))


async def fragments(order: Order, http: httpx2.AsyncClient) -> None:
    """A message byte by byte."""
    wire, _ = await hostile_leg(order, http)
    await wire.say(frame(TEXT, b"{", fin=False))
    while True:
        await wire.say(frame(CONTINUATION, b" ", fin=False) * 500)


async def pings(order: Order, http: httpx2.AsyncClient) -> None:
    await as_fast_as_it_goes(order, http, frame(PING, b"x" * 125) * 100)


async def keys(order: Order, http: httpx2.AsyncClient) -> None:
    """Ten thousand keys."""
    wire, carrier = await hostile_leg(order, http)
    await wire.say(b"".join(frame(TEXT, carrier.dtmf("12346"[number % 5])) for number in range(10_000)))
    await asyncio.sleep(1)


async def storm(order: Order, _http: httpx2.AsyncClient) -> None:
    """Comes in, says nothing, leaves."""
    wire = await Wire.open(order.app_url, sign(order.token, order.app_url.replace("http", "ws", 1) + "/intercept"))
    wire.writer.transport.abort()


async def unsigned_storm(order: Order, _http: httpx2.AsyncClient) -> None:
    wire = await Wire.open(order.app_url, "x")
    wire.writer.transport.abort()


async def slow_heads(order: Order, _http: httpx2.AsyncClient) -> None:
    """A hundred requests, each a byte a second."""
    parts = urlsplit(order.app_url)
    opened = [await asyncio.open_connection(parts.hostname, parts.port) for _ in range(100)]
    for byte in b"POST /incoming-call HTTP/1.1\r\nHost: x\r\n":
        for _, writer in opened:
            writer.write(bytes([byte]))
            await writer.drain()
        await asyncio.sleep(1)


async def forged_webhooks(order: Order, _http: httpx2.AsyncClient) -> None:
    """One after the other on one connection."""
    parts = urlsplit(order.app_url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    body = urlencode({"CallSid": "CA1", "AccountSid": order.sid, "From": "+1", "To": "+1"}).encode()
    head = f"POST /incoming-call HTTP/1.1\r\nHost: {parts.netloc}\r\n{HEADER}: x\r\nContent-Length: {len(body)}\r\n"
    raw = head.encode() + b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + body
    while True:
        writer.write(raw)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)


ATTACKS: Final[dict[str, Attack]] = {
    "a socket that never reads": never_reads,
    "audio, 50 x real time": flood_of_audio,
    "audio without pause": audio_without_pause,
    "64 KiB of garbage": large_garbage,
    "64 KiB of brackets": nested_garbage,
    "fragments byte by byte": fragments,
    "pings": pings,
    "10,000 keys": keys,
    "connect and leave, signed": storm,
    "connect and leave, unsigned": unsigned_storm,
    "slow heads (100 each)": slow_heads,
    "forged webhooks": forged_webhooks,
}


async def attack(order: Order) -> None:
    """For ever."""
    async with httpx2.AsyncClient(trust_env=False, timeout=10) as http, asyncio.TaskGroup() as peers:
        for _ in range(order.number):
            peers.create_task(_again_and_again(order, http))


async def _again_and_again(order: Order, http: httpx2.AsyncClient) -> None:
    while True:
        with contextlib.suppress(OSError, EOFError, httpx2.HTTPError):
            await ATTACKS[order.kind](order, http)
        await asyncio.sleep(0)


if __name__ == "__main__":
    os.nice(NICE)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(attack(msgspec.json.decode(sys.stdin.buffer.read(), type=Order)))
