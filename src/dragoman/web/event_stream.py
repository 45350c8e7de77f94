"""One reader of server-sent events of any kind: what comes is written, quiet lines stay open, who is gone is seen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import Generic, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

HEARTBEAT_S = 15.0

READER_S = 20.0
"""How long a reader may take for what it was sent before the line is cut."""

_HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
}

NewsT = TypeVar("NewsT")


class EventStream(Response, Generic[NewsT]):
    """Ends with `news`, or with its reader (`news` is closed then). `retry_s`: when a browser tries again."""

    def __init__(
        self,
        news: AsyncGenerator[NewsT],
        event: Callable[[NewsT], bytes],
        *,
        retry_s: float,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        super().__init__(status_code=200, headers=_HEADERS)
        self._news, self._event = news, event
        self._retry_s, self._heartbeat_s = retry_s, heartbeat_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [header for header in self.raw_headers if header[0] != b"content-length"]
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(self._write(send))
            gone = group.create_task(_until_gone(receive))
            await asyncio.wait((writer, gone), return_when=asyncio.FIRST_COMPLETED)
            for task in (writer, gone):
                task.cancel()

    async def _write(self, send: Send) -> None:
        ahead: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        async with asyncio.TaskGroup() as group:
            pump = group.create_task(self._pump(ahead))
            body: bytes | None = b"retry: %d\n\n" % (self._retry_s * 1000)
            while body is not None and await _given(send, body):
                body = await self._next(ahead)
            if body is None:
                await _given(send, b"", last=True)
            pump.cancel()

    async def _pump(self, ahead: asyncio.Queue[bytes | None]) -> None:
        async with contextlib.aclosing(self._news):
            async for one in self._news:
                await ahead.put(self._event(one))
        await ahead.put(None)

    async def _next(self, ahead: asyncio.Queue[bytes | None]) -> bytes | None:
        try:
            async with asyncio.timeout(self._heartbeat_s):
                return await ahead.get()
        except TimeoutError:
            return b": still here\n\n"


async def _given(send: Send, body: bytes, *, last: bool = False) -> bool:
    """Send a piece; False when the reader does not take it in time."""
    try:
        async with asyncio.timeout(READER_S):
            await send({"type": "http.response.body", "body": body, "more_body": not last})
    except TimeoutError:
        return False
    return True


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
