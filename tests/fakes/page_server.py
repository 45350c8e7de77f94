"""A server for the page: its files, and the protocol of `dragoman.browser.wire` as a test wants it spoken."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from dragoman.browser import wire
from dragoman.domain.room import Speaker
from dragoman.web.page_files import PageFiles

LANGUAGES: Final = {"es": "Español", "en": "English", "de": "Deutsch", "ar": "العربية"}
DEADLINE_S: Final = 8.0

T = TypeVar("T")


def party(id_: str, name: str, language: str, **given: bool) -> wire.PartyShown:
    """A party as the page is shown it, here unless said otherwise."""
    known = {"here": True, "muted": False, "speaking": False, "host": False} | given
    return wire.PartyShown(id_, name, language, **known)


def joined(parties: list[wire.PartyShown], me: str = "p1", **given: Any) -> wire.Joined:
    """The answer to `join`, with all languages offered."""
    offered = [wire.LanguageShown(tag, name, name) for tag, name in LANGUAGES.items()]
    known: dict[str, Any] = {"host": True, "resumed": False, "resume_s": 10.0, "left_s": 3600.0}
    return wire.Joined(room="r1", party=me, languages=offered, parties=parties, **(known | given))


def caption(
    id_: str, who: str, side: Literal["source", "target"], language: str, text: str, **given: Any
) -> wire.CaptionShown:
    """One side of what somebody said; final, of nobody by name and at the beginning unless said otherwise."""
    known: dict[str, Any] = {"name": "", "final": True, "at_s": 1.0} | given
    return wire.CaptionShown(id=id_, party=who, side=side, language=language, text=text, **known)


SHARED: Final = joined([party("a", "", "es"), party("b", "", "en")], me="a", one_device=True, side=Speaker.A, auto=True)
"""A shared device: Spanish and English, the Spanish side speaks."""


@dataclass
class PageServer:
    """One server for one page. `answers` says what each `join` is answered with; the last message may be fatal."""

    answers: Callable[[wire.Join], list[wire.FromServer]] = lambda _join: [SHARED]
    login: str = "operator"
    parties: list[dict[str, str]] = field(default_factory=list)
    agents: bool = False
    duty: list[dict[str, Any]] = field(default_factory=list)
    """What agents' pages are told, one after the other as it grows."""
    taken: bool = False
    """Another agent is always first."""
    origin: str = ""
    """In links to rooms, where it is not `url`."""
    received: list[wire.FromPage] = field(default_factory=list)
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    audio: bytearray = field(default_factory=bytearray)
    url: str = ""
    port: int = 0
    _sockets: list[WebSocket] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop | None = None
    _news: threading.Condition = field(default_factory=threading.Condition)

    # ---- What a test does --------------------------------------------------------------------------------------------

    def say(self, *messages: wire.FromServer | bytes) -> None:
        """Text messages and audio, to the page that joined last."""

        async def send() -> None:
            for message in messages:
                if isinstance(message, bytes):
                    await self._sockets[-1].send_bytes(message)
                else:
                    await self._sockets[-1].send_text(wire.encode(message).decode())

        self._run(send())

    def speak(self, frame: bytes, count: int, jitter_ms: float, mark: str) -> None:
        """So many frames of 20 ms at the pace of speech, then a mark; each is late by up to `jitter_ms`, and none comes
        before the one before it. Returns when all are sent.
        """

        async def send() -> None:
            clock, chance, last = asyncio.get_running_loop().time, random.Random(1), 0.0
            began, socket_ = clock(), self._sockets[-1]
            for number in range(count):
                last = max(last, number * 0.02 + chance.random() * jitter_ms / 1000)
                await asyncio.sleep(max(0.0, began + last - clock()))
                await socket_.send_bytes(frame)
            await socket_.send_text(wire.encode(wire.MarkHere(mark)).decode())

        self._run(send(), count * 0.02 + DEADLINE_S)

    def drop(self) -> None:
        """Lose the connection, as a restart of a proxy does."""
        self._run(self._sockets[-1].close(1012))

    def until(self, wanted: Callable[[], T], what: str = "what was waited for") -> T:
        """Wait until `wanted` gives something, and return it."""
        with self._news:
            assert self._news.wait_for(lambda: bool(wanted()), DEADLINE_S), f"{what} did not come: {self.received[-5:]}"
            return wanted()

    def got(self, kind: type[T], count: int = 1) -> list[T]:
        """Wait for so many messages of a kind."""

        def found() -> list[T]:
            of_kind: list[T] = [one for one in self.received if isinstance(one, kind)]
            return of_kind if len(of_kind) >= count else []

        return self.until(found, f"{kind.__name__} times {count}")

    def _run(self, work: Coroutine[Any, Any, None], deadline_s: float = DEADLINE_S) -> None:
        assert self._loop
        asyncio.run_coroutine_threadsafe(work, self._loop).result(deadline_s)

    # ---- Doors -------------------------------------------------------------------------------------------------------

    def app(self) -> Starlette:
        routes = [
            *PageFiles().routes(),
            Route("/api/{path:path}", self._api, methods=["GET", "POST", "DELETE"]),
            WebSocketRoute("/browser/stream", self._stream),
        ]
        return Starlette(routes=routes)

    async def _api(self, request: Request) -> Response:
        path = request.path_params["path"]
        body: dict[str, Any] = await request.json() if request.method == "POST" else {}
        with self._news:
            self.requests.append((request.method, path, body))
            self._news.notify_all()
        match request.method, path.split("/"):
            case "GET", ["browser"]:
                tags = list(LANGUAGES)
                offered = [
                    {"tag": tag, "name": name, "english": name, "with": [one for one in tags if one != tag]}
                    for tag, name in LANGUAGES.items()
                ]
                return JSONResponse(
                    {"login": self.login, "languages": offered, "max_parties": 8, "resume_s": 10}
                    | {"agents": self.agents}
                )
            case "POST", ["login"]:
                right = body["token"] == "letmein"
                return JSONResponse(
                    {"login": "guest"} if right else {"error": "wrong", "code": "login"}, 200 if right else 401
                )
            case "POST", ["rooms"]:
                link = f"{self.origin or self.url}/r/r1#k1"
                return JSONResponse({"room": "r1", "key": "k1", "host": "h1", "link": link, "left_s": 3600})
            case "GET", ["rooms", "r1"]:
                view = {"room": "r1", "one_device": False, "languages": list(LANGUAGES), "parties": self.parties}
                return JSONResponse(view | {"left_s": 3600, "over": False})
            case "POST", ["rooms", "r1", "seats"]:
                return JSONResponse({"seat": "seat-1", "party": "p1"})
            case _, ["agent", "calls", *rest]:
                return self._agents(rest)
            case "GET", ["rooms", "r1", transcript] if request.headers.get("authorization") == "Bearer seat-1":
                return Response(f"a transcript: {transcript}")
        return JSONResponse({"error": "there is no such room", "fix": "", "code": "no-room"}, 404)

    def _agents(self, rest: list[str]) -> Response:
        match rest:
            case []:
                return StreamingResponse(self._duty(), media_type="text/event-stream")
            case [_, "accept"] if self.taken:
                return JSONResponse({"error": "late", "fix": "", "code": "seat-taken"}, 409)
            case [_, "accept"]:
                return JSONResponse({"seat": "seat-1"})
            case _:
                return JSONResponse({"call": rest[0]})

    async def _duty(self) -> AsyncIterator[bytes]:
        told = 0
        while told < len(self.duty) or self.url:
            if told < len(self.duty):
                yield b"event: calls\ndata: %s\n\n" % msgspec.json.encode(self.duty[told])
                told += 1
            await asyncio.sleep(0.02)

    async def _stream(self, socket_: WebSocket) -> None:
        self._loop = asyncio.get_running_loop()
        assert wire.SUBPROTOCOL in socket_.scope["subprotocols"]
        await socket_.accept(wire.SUBPROTOCOL)
        try:
            while True:
                message = await socket_.receive()
                if message["type"] == "websocket.disconnect":
                    return
                await self._take(socket_, message)
        except WebSocketDisconnect:
            return

    async def _take(self, socket_: WebSocket, message: MutableMapping[str, Any]) -> None:
        if message.get("bytes") is not None:
            with self._news:
                self.audio += message["bytes"]
                self._news.notify_all()
            return
        said = wire.decode_page(message["text"].encode())
        assert not isinstance(said, wire.Breach), said
        answers = self.answers(said) if isinstance(said, wire.Join) else []
        for answer in answers:
            await socket_.send_text(wire.encode(answer).decode())
        with self._news:
            if isinstance(said, wire.Join):
                self._sockets.append(socket_)
            self.received.append(said)
            self._news.notify_all()
        if answers and isinstance(answers[-1], wire.ErrorTold) and answers[-1].fatal:
            await socket_.close(1008)


@contextmanager
def page_server(**given: Any) -> Iterator[PageServer]:
    """A server that runs in a thread of its own, on loopback."""
    served = PageServer(**given)
    listening = socket.create_server(("127.0.0.1", 0))
    served.port = listening.getsockname()[1]
    served.url = f"http://127.0.0.1:{served.port}"
    config = uvicorn.Config(
        served.app(), log_config=None, ws="websockets-sansio", lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.url = ""
        server.should_exit = True
        thread.join(DEADLINE_S)
        listening.close()
