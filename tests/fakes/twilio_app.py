"""The smallest app at Twilio's other end: pages of TwiML by path, and a stream socket that one can look into."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as Upgrade
from websockets.http11 import Response as Refusal

from dragoman.telephony.twilio.emulator.http import Http, listen

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hit:
    """One request that came."""

    method: str
    url: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is not simply TwiML with 200."""

    body: str | bytes = ""
    status: int = 200
    content_type: str = "text/xml"
    wait_s: float = 0.0
    location: str = ""


Page = str | Answer | Callable[[Hit], "str | Answer"]


class AppStream:
    """The app's end of a stream: all messages that came, and ours out."""

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket
        self.headers: dict[str, str] = {}
        self.messages: list[Json] = []
        self.closed = asyncio.Event()
        self.close_code: int | None = None
        self._came = asyncio.Event()

    async def listen(self) -> None:
        try:
            while True:
                self.messages.append(json.loads(await self._socket.recv(decode=True)))
                self._came.set()
        except ConnectionClosed as closed:
            self.close_code = closed.rcvd.code if closed.rcvd is not None else None
        self.closed.set()
        self._came.set()

    async def until(self, wanted: Callable[[Json], bool], timeout_s: float = 5) -> Json:
        """The first message (old or new) that is wanted."""
        seen = 0
        async with asyncio.timeout(timeout_s):
            while True:
                for message in self.messages[seen:]:
                    seen += 1
                    if wanted(message):
                        return message
                if self.closed.is_set():
                    raise EOFError("the stream closed before that came")
                self._came.clear()
                await self._came.wait()

    async def event(self, name: str, timeout_s: float = 5) -> Json:
        return await self.until(lambda message: message["event"] == name, timeout_s)

    def events(self, name: str) -> list[Json]:
        return [message for message in self.messages if message["event"] == name]

    @property
    def sid(self) -> str:
        return str(self.events("start")[0]["streamSid"])

    def heard(self) -> bytes:
        """All audio that came."""
        return b"".join(base64.b64decode(message["media"]["payload"]) for message in self.events("media"))

    async def send(self, message: Json) -> None:
        await self._socket.send(json.dumps(message))

    async def send_raw(self, message: str | bytes) -> None:
        await self._socket.send(message)

    async def play(self, audio: bytes) -> None:
        payload = base64.b64encode(audio).decode()
        await self.send({"event": "media", "streamSid": self.sid, "media": {"payload": payload}})

    async def mark(self, name: str) -> None:
        await self.send({"event": "mark", "streamSid": self.sid, "mark": {"name": name}})

    async def clear(self) -> None:
        await self.send({"event": "clear", "streamSid": self.sid})

    async def close(self, code: int = 1000) -> None:
        await self._socket.close(code)

    def abort(self) -> None:
        self._socket.transport.abort()

    def write_bytes(self, wire: bytes) -> None:
        """Raw bytes into the TCP connection."""
        self._socket.transport.write(wire)

    def marks(self) -> list[str]:
        return [message["mark"]["name"] for message in self.events("mark")]


@dataclass
class TwilioApp:
    """`pages` by path; `hits` in order; `streams` as they open. `refuse` answers the upgrade with that status."""

    url: str = ""
    ws_url: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    refuse: int = 0
    streams: asyncio.Queue[AppStream] = field(default_factory=asyncio.Queue)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    def at(self, path: str) -> list[Hit]:
        return [hit for hit in self.hits if hit.path == path]

    async def hit(self, path: str, number: int = 0, timeout_s: float = 5) -> Hit:
        """The request number `number` at this path, when it has come."""
        async with asyncio.timeout(timeout_s):
            while len(self.at(path)) <= number:
                self._came.clear()
                await self._came.wait()
        return self.at(path)[number]

    async def stream(self, timeout_s: float = 5) -> AppStream:
        """The next stream that opens, after its `start`."""
        async with asyncio.timeout(timeout_s):
            stream = await self.streams.get()
        await stream.event("start")
        return stream

    async def answer(self, request: Request) -> Response:
        form = {key: str(value) for key, value in (await request.form()).items()}
        headers = dict(request.headers)
        hit = Hit(request.method, str(request.url), request.url.path, dict(request.query_params), form, headers)
        self.hits.append(hit)
        self._came.set()
        unknown = Answer(status=200 if hit.path.endswith("status") else 404, content_type="text/plain")
        page = self.pages.get(hit.path, unknown)
        made = page(hit) if callable(page) else page
        answer = made if isinstance(made, Answer) else Answer(made)
        await asyncio.sleep(answer.wait_s)
        out = {"content-type": answer.content_type} | ({"location": answer.location} if answer.location else {})
        return Response(answer.body, answer.status, out)

    async def converse(self, socket: ServerConnection) -> None:
        stream = AppStream(socket)
        assert socket.request is not None
        stream.headers = {name.lower(): value for name, value in socket.request.headers.raw_items()}
        stream.headers[":path"] = socket.request.path
        self.streams.put_nowait(stream)
        await stream.listen()

    def upgrade(self, _: ServerConnection, request: Upgrade) -> Refusal | None:
        return Refusal(self.refuse, "No", Headers()) if self.refuse else None


@asynccontextmanager
async def twilio_app() -> AsyncIterator[TwilioApp]:
    """A running app on loopback."""
    app = TwilioApp()
    http = Http(Starlette(routes=[Route("/{rest:path}", app.answer, methods=["GET", "POST"])]), listen("127.0.0.1", 0))
    app.url = f"http://127.0.0.1:{http.port}"
    async with (
        serve(app.converse, "127.0.0.1", 0, process_request=app.upgrade, ping_interval=None, max_size=None) as sockets,
        asyncio.TaskGroup() as group,
    ):
        app.ws_url = f"ws://127.0.0.1:{next(iter(sockets.sockets)).getsockname()[1]}"
        group.create_task(http.run())
        try:
            yield app
        finally:
            http.stop()


def twiml(body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{body}</Response>'
