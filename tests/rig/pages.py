"""A page of a browser over a real socket: speaks markers, plays what it is given in real time, acknowledges marks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from dragoman.audio.convert import Converter
from dragoman.browser import wire
from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.openai.emulator.markers import markers_heard
from tests.rig.people import voice

FORMAT = AudioFormat.PCM16_24K
POLL_S = 0.04
STEP_S = 15.0

ToldT = TypeVar("ToldT")


def spoken(hz: int, ms: int = 500) -> bytes:
    """A marker as a page sends it."""
    converter = Converter(AudioFormat.PCMU_8K, FORMAT)
    return converter.convert(voice(hz, ms)) + converter.flush()


class RigPage:
    """One connection of a page. `told` is all text, `ear` all audio that was played (24 kHz)."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.told: list[wire.FromServer] = []
        self.ear = bytearray()
        self._played_until = 0.0
        self._saying = bytearray()
        self._texts: list[str] = []

    async def run(self) -> None:
        """Listen, and speak in real time (silence while there is nothing to say), until the socket ends."""
        async with asyncio.TaskGroup() as tasks:
            speaking = tasks.create_task(self._speak())
            await self._listen()
            speaking.cancel()

    async def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self._take()

    async def _take(self) -> None:
        loop = asyncio.get_running_loop()
        async for message in self._connection:
            if isinstance(message, bytes):
                self.ear += message
                self._played_until = max(self._played_until, loop.time()) + FORMAT.ms(len(message)) / 1000
                continue
            read = wire.decode_server(message.encode())
            self.told.append(read)
            if isinstance(read, wire.MarkHere):
                loop.call_at(self._played_until, self._reached, read.name)
            elif isinstance(read, wire.ClearAudio):
                self._played_until = loop.time()

    def _reached(self, name: str) -> None:
        self._texts.append(wire.encode(wire.ReachedMark(name)).decode())

    async def _speak(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self._give()

    async def _give(self) -> None:
        loop, frame = asyncio.get_running_loop(), FORMAT.frame_bytes
        due = loop.time()
        while True:
            for text in self._texts:
                await self._connection.send(text)
            self._texts.clear()
            piece = bytes(self._saying[:frame]).ljust(frame, b"\0")
            del self._saying[:frame]
            await self._connection.send(piece)
            due += 0.02
            await asyncio.sleep(max(0.0, due - loop.time()))

    # ---- For tests ---------------------------------------------------------------------------------------------------

    def say(self, hz: int, ms: int = 500) -> None:
        """Speak a marker, and breathe after it."""
        self._saying += spoken(hz, ms) + FORMAT.silence(800)

    def tell(self, message: wire.FromPage) -> None:
        self._texts.append(wire.encode(message).decode())

    def all(self, kind: type[ToldT]) -> list[ToldT]:
        return [one for one in self.told if isinstance(one, kind)]

    def markers(self) -> set[int]:
        """What was heard so far."""
        converter = Converter(FORMAT, AudioFormat.PCMU_8K)
        return markers_heard(converter.convert(bytes(self.ear)) + converter.flush())

    async def until(self, done: Callable[[], object]) -> None:
        for _ in range(int(STEP_S / POLL_S)):
            if done():
                return
            await asyncio.sleep(POLL_S)
        raise TimeoutError(f"it did not come true; told: {[type(one).__name__ for one in self.told]}")

    async def joined(self) -> wire.Joined:
        await self.until(lambda: self.all(wire.Joined))
        return self.all(wire.Joined)[-1]

    async def drop(self) -> None:
        """The network is gone: no good-bye."""
        self._connection.transport.abort()


@contextlib.asynccontextmanager
async def page(origin: str, seat: str, *, take_over: bool = False) -> AsyncIterator[RigPage]:
    """A page that asks to join with this seat's token."""
    url = origin.replace("http", "ws", 1) + "/browser/stream"
    options = {"proxy": None, "compression": None, "origin": origin, "subprotocols": [Subprotocol(wire.SUBPROTOCOL)]}
    async with connect(url, **options) as connection:  # type: ignore[arg-type]
        await connection.send(wire.encode(wire.Join(seat, wire.RATE_HZ, take_over=take_over)).decode())
        made = RigPage(connection)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(made.run())
            try:
                yield made
            finally:
                running.cancel()
