"""The living captions of a call as server-sent events (`text/event-stream`).

Each caption is one event, numbered from the call's start, so that a browser which reconnects (`Last-Event-ID`) reads
nothing twice; `event: end` is the last. Comments keep proxies from closing a quiet line.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from dragoman.domain.effects import Caption
from dragoman.web.guard import content_policy

HEARTBEAT_S = 15.0

READER_S = 20.0
"""How long a reader may take for what it was sent before the line is cut."""

_AHEAD = 64
"""Captions held for a reader who is a little behind; beyond, the switchboard's iterator waits."""

_HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "x-accel-buffering": "no",
    "access-control-allow-origin": "*",  # the token is the right to read, and it is in the address: no cookies
    "x-frame-options": "",  # says less than frame-ancestors, which is set
}


class CaptionStream(Response):
    """One reader of one call's captions. `frame_ancestors`: whose pages may show it; `left` is called at the end."""

    def __init__(
        self,
        captions: AsyncIterator[Caption],
        after: int = 0,
        heartbeat_s: float = HEARTBEAT_S,
        *,
        frame_ancestors: str = "'none'",
        left: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(
            status_code=200, headers=_HEADERS | {"content-security-policy": content_policy(frame_ancestors)}
        )
        self._captions = captions
        self._after = after
        self._heartbeat_s = heartbeat_s
        self._left = left

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._serve(receive, send)
        finally:
            self._left()

    async def _serve(self, receive: Receive, send: Send) -> None:
        headers = [header for header in self.raw_headers if header[0] != b"content-length"]
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        ahead: asyncio.Queue[Caption | None] = asyncio.Queue(_AHEAD)
        async with asyncio.TaskGroup() as group:
            pump = group.create_task(self._pump(ahead))
            writer = group.create_task(self._write(ahead, send))
            gone = group.create_task(_until_gone(receive))
            await asyncio.wait((writer, gone), return_when=asyncio.FIRST_COMPLETED)
            for task in (pump, writer, gone):
                task.cancel()

    async def _pump(self, ahead: asyncio.Queue[Caption | None]) -> None:
        async for caption in self._captions:
            await ahead.put(caption)
        await ahead.put(None)

    async def _write(self, ahead: asyncio.Queue[Caption | None], send: Send) -> None:
        number = 0
        await _give(send, b": captions\n\n")
        while True:
            try:
                async with asyncio.timeout(self._heartbeat_s):
                    caption = await ahead.get()
            except TimeoutError:
                if not await _give(send, b": still here\n\n"):
                    return
                continue
            if caption is None:
                await _give(send, b"event: end\ndata: {}\n\n", last=True)
                return
            number += 1
            if number > self._after and not await _give(send, caption_event(number, caption)):
                return


def caption_event(number: int, caption: Caption) -> bytes:
    """One caption as an event; its JSON has the fields of `domain.effects.Caption`."""
    return b"event: caption\nid: %d\ndata: %s\n\n" % (number, msgspec.json.encode(caption))


def last_event(request: Request) -> int:
    """The number after which the reader wants to go on; 0 = from the start."""
    text = request.headers.get("last-event-id", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


async def _give(send: Send, body: bytes, *, last: bool = False) -> bool:
    """Send a piece; False when the reader does not take it in time."""
    message: Message = {"type": "http.response.body", "body": body, "more_body": not last}
    try:
        async with asyncio.timeout(READER_S):
            await send(message)
    except TimeoutError:
        return False
    return True


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
