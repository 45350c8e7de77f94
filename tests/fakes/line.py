"""A network between browsers and a server on this machine, which can be jittery and can fail."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

HOST: Final = "127.0.0.1"
PIECE_BYTES: Final = 65_536
APART_S: Final = 1e-6
"""Timers of one moment come in any order: what was read later is due so much later."""


@dataclass(slots=True)
class Line:
    """Carries TCP connections to `to_port`. While `broken`, nobody gets through.

    What comes from the server is late by 0 to `jitter_ms` (even chances for each piece that was read), and in order.
    """

    to_port: int
    jitter_ms: float = 0.0
    broken: bool = False
    port: int = 0
    _server: asyncio.Server | None = None
    _carried: set[asyncio.StreamWriter] = field(default_factory=set)
    _chance: random.Random = field(default_factory=lambda: random.Random(1))

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        """All that is open is gone, without a word."""
        for writer in self._carried:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.broken:
            writer.transport.abort()
            return
        from_server, to_server = await asyncio.open_connection(HOST, self.to_port)
        both = {writer, to_server}
        self._carried |= both
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass(reader, to_server, jitters=False))
                tasks.create_task(self._pass(from_server, writer, jitters=True))
        finally:
            self._carried -= both

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, jitters: bool) -> None:
        loop, due = asyncio.get_running_loop(), 0.0
        while True:
            try:
                piece = await reader.read(PIECE_BYTES)
            except ConnectionError:
                writer.transport.abort()
                return
            late_s = self._chance.random() * self.jitter_ms / 1000 if jitters else 0.0
            due = max(due + APART_S, loop.time() + late_s)
            if not piece:
                loop.call_at(due, writer.close)
                return
            loop.call_at(due, writer.write, piece)
