"""Captions as server-sent events: order, resuming, heartbeats, readers that leave or are slow."""

from __future__ import annotations

import asyncio
import json

import pytest
from starlette.requests import Request
from starlette.types import Message

from dragoman.domain.call import Role
from dragoman.domain.effects import Caption
from dragoman.domain.speech import Side
from dragoman.web import captions as module
from dragoman.web.captions import CaptionStream, last_event
from tests.fakes.paper_switchboard import PaperSwitchboard

pytestmark = pytest.mark.unit


def caption(text: str) -> Caption:
    return Caption("u1", Role.CALLER, Side.SOURCE, "es", text, final=False, at_s=1.5)


class Reader:
    """One reader of a stream, on paper; `stalled` takes nothing more."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.headers: dict[bytes, bytes] = {}
        self.finished = False
        self.left = asyncio.Event()
        self.stalled = False
        self.news = asyncio.Event()

    async def send(self, message: Message) -> None:
        if self.stalled:
            await asyncio.Event().wait()
        if message["type"] == "http.response.start":
            self.headers = dict(message["headers"])
        else:
            self.got.append(message["body"])
            self.finished = not message["more_body"]
        self.news.set()

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def until(self, pieces: int) -> None:
        async with asyncio.timeout(5):
            while len(self.got) < pieces:
                self.news.clear()
                await self.news.wait()

    def texts(self) -> list[str]:
        pieces = [piece.decode() for piece in self.got if piece.startswith(b"event: caption")]
        return [json.loads(piece.split("data: ")[1])["text"] for piece in pieces]


def stream(switchboard: PaperSwitchboard, after: int = 0, heartbeat_s: float = 15.0) -> CaptionStream:
    captions = switchboard.captions("c")
    assert captions is not None
    return CaptionStream(captions, after, heartbeat_s)


def talked(*texts: str) -> PaperSwitchboard:
    switchboard = PaperSwitchboard()
    switchboard.add("c")
    for text in texts:
        switchboard.push("c", caption(text))
    return switchboard


async def test_gives_what_was_said_and_ends_with_the_call() -> None:
    switchboard, reader = talked("ho", "hola"), Reader()
    switchboard.end("c")
    await stream(switchboard)({"type": "http"}, reader.receive, reader.send)
    assert reader.headers[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert reader.texts() == ["ho", "hola"]
    first = reader.got[1].decode()
    assert first.startswith("event: caption\nid: 1\ndata: {")
    assert json.loads(first.split("data: ")[1]) == {
        "utterance": "u1",
        "role": "caller",
        "side": "source",
        "language": "es",
        "text": "ho",
        "final": False,
        "at_s": 1.5,
        "flags": [],
    }
    assert reader.got[-1] == b"event: end\ndata: {}\n\n"
    assert reader.finished
    assert switchboard.readers == 0


async def test_goes_on_where_a_reader_left() -> None:
    switchboard, reader = talked("one", "two", "three"), Reader()
    switchboard.end("c")
    await stream(switchboard, after=2)({"type": "http"}, reader.receive, reader.send)
    assert reader.texts() == ["three"]


async def test_a_quiet_line_is_kept_open_and_stays_whole() -> None:
    switchboard, reader = talked(), Reader()
    async with asyncio.TaskGroup() as group:
        group.create_task(stream(switchboard, heartbeat_s=0.01)({"type": "http"}, reader.receive, reader.send))
        await reader.until(4)
        switchboard.push("c", caption("late"))
        switchboard.end("c")
    assert reader.got[1] == b": still here\n\n"
    assert reader.texts() == ["late"]


async def test_a_reader_who_leaves_is_let_go() -> None:
    switchboard, reader = talked("one"), Reader()
    async with asyncio.TaskGroup() as group:
        group.create_task(stream(switchboard)({"type": "http"}, reader.receive, reader.send))
        await reader.until(2)
        assert switchboard.readers == 1
        reader.left.set()
    assert switchboard.readers == 0
    assert not reader.finished


async def test_a_reader_who_takes_nothing_is_cut_off_and_holds_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READER_S", 0.05)
    switchboard, reader = talked(), Reader()
    async with asyncio.TaskGroup() as group:
        group.create_task(stream(switchboard)({"type": "http"}, reader.receive, reader.send))
        await reader.until(1)
        reader.stalled = True
        for number in range(1000):
            switchboard.push("c", caption(str(number)))
    assert switchboard.readers == 0
    assert not reader.finished


@pytest.mark.parametrize(("header", "number"), [("", 0), ("7", 7), ("-1", 0), ("x", 0), ("٣", 0), ("9" * 20, 0)])
def test_last_event_id(header: str, number: int) -> None:
    scope = {"type": "http", "headers": [(b"last-event-id", header.encode())]}
    assert last_event(Request(scope)) == number
