"""Server-sent events to one reader: order, quiet lines, who goes and who does not read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from starlette.types import Message

from dragoman.web import event_stream as module
from dragoman.web.event_stream import EventStream

pytestmark = pytest.mark.unit


class Reader:
    def __init__(self, *, stalled: bool = False) -> None:
        self.got: list[bytes] = []
        self.finished = False
        self.stalled = stalled
        self.gone, self.quiet = asyncio.Event(), asyncio.Event()
        self.headers: dict[bytes, bytes] = {}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.headers = dict(message["headers"])
            return
        if self.stalled:
            await asyncio.Event().wait()
        self.got.append(message["body"])
        if self.got.count(b": still here\n\n") == 2:
            self.quiet.set()
        self.finished = not message["more_body"]

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}


class News:
    def __init__(self, *of: str, ends: bool = True) -> None:
        self.of, self.ends, self.closed = of, ends, False

    async def all(self) -> AsyncGenerator[str]:
        try:
            for one in self.of:
                yield one
            if not self.ends:
                await asyncio.Event().wait()
        finally:
            self.closed = True


def stream(news: News, heartbeat_s: float = 15.0) -> EventStream[str]:
    return EventStream(news.all(), lambda one: b"data: %s\n\n" % one.encode(), retry_s=2.0, heartbeat_s=heartbeat_s)


async def test_all_is_told_in_order_and_then_it_ends() -> None:
    news, reader = News("a", "b"), Reader()
    await stream(news)({}, reader.receive, reader.send)
    assert reader.got == [b"retry: 2000\n\n", b"data: a\n\n", b"data: b\n\n", b""]
    assert reader.finished
    assert news.closed
    assert reader.headers[b"content-type"].startswith(b"text/event-stream")
    assert (reader.headers[b"cache-control"], b"content-length" in reader.headers) == (b"no-store", False)


async def test_a_quiet_line_is_kept_open_until_its_reader_goes() -> None:
    news, reader = News("a", ends=False), Reader()

    async def goes() -> None:
        await reader.quiet.wait()
        reader.gone.set()

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        tasks.create_task(stream(news, 0.01)({}, reader.receive, reader.send))
        tasks.create_task(goes())
    assert (news.closed, reader.finished) == (True, False)


async def test_who_does_not_read_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READER_S", 0.01)
    news, reader = News("a", ends=False), Reader(stalled=True)
    async with asyncio.timeout(5):
        await stream(news)({}, reader.receive, reader.send)
    assert reader.got == []
