"""An OpenAI-compatible text endpoint, strict about what it is asked, over loopback: streams what it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from openai.types.chat import ChatCompletionChunk
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from dragoman.web.server import WebServer

KEY = "sk-text"
MODEL = "small-talk"
_KNOWN = {"model", "messages", "stream", "stream_options", "tools"}


@dataclass(frozen=True, slots=True)
class Stall:
    """Nothing more comes, and the connection stays."""


@dataclass(frozen=True, slots=True)
class Keepalive:
    """Comments for ever, and nothing else."""


Scrap = str | dict[str, Any] | bytes | Stall | Keepalive
"""A text to say, a delta, raw bytes of the stream, or an end of another kind."""


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk as the vendor's SDK reads it."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    whole = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice], **more}
    ChatCompletionChunk.model_validate(whole)
    return whole


def event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"


class TextModel:
    """`script` is what it answers, one answer after the other; the last one stays. `status` other than 200 refuses."""

    def __init__(self) -> None:
        self.script: list[list[Scrap]] = [["Hello."]]
        self.status = 200
        self.headers: dict[str, str] = {}
        self.asked: list[dict[str, Any]] = []
        self.wrong: list[str] = []
        self.left = asyncio.Event()
        self.entered = asyncio.Event()
        self._server = WebServer([Route("/v1/chat/completions", self._take, methods=["POST"])], {})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}/v1"

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[TextModel]:
        async with self._server.listening():
            yield self
        assert self.wrong == []

    async def _take(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return JSONResponse({"error": {"message": "who are you?"}}, 401)
        if self.status != 200:
            return JSONResponse({"error": {"message": "no"}}, self.status, self.headers)
        body = json.loads(await request.body())
        self.asked.append(body)
        self.wrong += faults(body)
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return StreamingResponse(self._stream(answer), media_type="text/event-stream", headers=self.headers)

    async def _stream(self, answer: list[Scrap]) -> AsyncIterator[bytes]:
        whole = True
        try:
            for scrap in answer:
                match scrap:
                    case str():
                        yield event(chunk({"content": scrap}))
                    case dict():
                        yield event(chunk(scrap))
                    case bytes():
                        whole = False
                        yield scrap
                    case Stall():
                        self.entered.set()
                        await asyncio.Event().wait()
                    case Keepalive():
                        while True:
                            yield b": still here\n\n"
                            await asyncio.sleep(0.01)
            if whole:
                yield event(chunk({}, "stop"))
                usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
                yield event({**chunk({}, None, usage=usage), "choices": []})
                yield b"data: [DONE]\n\n"
        finally:
            self.left.set()


def faults(body: dict[str, Any]) -> list[str]:
    """What a strict server (or a strict chat template) would refuse."""
    found = [f"unknown member {name}" for name in set(body) - _KNOWN]
    if body.get("model") != MODEL or body.get("stream") is not True:
        found.append("model or stream")
    roles = [message["role"] for message in body["messages"]]
    if roles[0] != "system" or "system" in roles[1:] or roles[1:2] == ["assistant"]:
        found.append(f"order of roles: {roles}")
    waits: set[str] = set()
    for before, message in zip([{}, *body["messages"]], body["messages"], strict=False):
        if message["role"] == "tool":
            if message["tool_call_id"] not in waits:
                found.append("an answer to no call")
            waits.discard(message["tool_call_id"])
            continue
        if waits:
            found.append("a call without an answer")
        waits = {call["id"] for call in message.get("tool_calls", ())}
        if not waits and not str(message["content"]).strip():
            found.append("an empty message")
        if message["role"] == before.get("role") and not (waits or before.get("tool_calls")):
            found.append("twice the same role")
    return found + (["a call without an answer"] if waits else [])
