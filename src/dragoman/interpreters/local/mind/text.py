"""A mind behind an OpenAI-compatible text endpoint: streamed chat completions, with a deadline on every wait."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx2

from dragoman.interpreters.local.mind.chat import Answer, request_body
from dragoman.interpreters.local.mind.thoughts import MindError, Thinking, Thought
from dragoman.outgoing import client_of

T = TypeVar("T")

LINE_MAX_BYTES: Final = 256 * 1024
ANSWER_MAX_BYTES: Final = 4 * 1024 * 1024
"""Of one stream, with all that is not said in it."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a mind may take, in seconds of waiting: `first_s` to the first thing that can be used, `next_s` to each
    further one, `whole_s` in all. What reasoning models write for themselves is nothing that can be used.
    """

    connect_s: float = 5.0
    first_s: float = 15.0
    next_s: float = 10.0
    whole_s: float = 60.0


class TextEndpoint:
    """The endpoint, for all sessions of a process. Close it with `aclose`."""

    def __init__(self, url: str, model: str, key: str = "", patience: Patience | None = None) -> None:
        """`url` ends before `/chat/completions`, and was checked (`AssistantSettings`)."""
        self._url, self._model = url.rstrip("/"), model
        self._patience = patience or Patience()
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity", "Content-Type": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        timeout = httpx2.Timeout(self._patience.first_s, connect=self._patience.connect_s)
        self._client = client_of(self._url, timeout=timeout, headers=headers)
        self._numbers = itertools.count(1)

    @property
    def name(self) -> str:
        """The model and where it is, for logs."""
        return f"{self._model} at {urlsplit(self._url).netloc}"

    async def aclose(self) -> None:
        await self._client.aclose()

    async def think(self, thinking: Thinking) -> AsyncGenerator[Thought, None]:
        """The answer as it is written; raises MindError."""
        body = request_body(self._model, thinking)
        request = self._client.build_request("POST", f"{self._url}/chat/completions", content=body)
        answer = Answer(f"call_{next(self._numbers)}")
        waiting = _Waiting(self._patience)
        try:
            response = await self._open(request, waiting)
            try:
                async with aclosing(_lines(response)) as lines:
                    while thoughts := await waiting.of(_useful(lines, answer)):
                        waiting.began()
                        for thought in thoughts:
                            yield thought
            finally:
                await response.aclose()
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as broken:
            raise MindError("mind_unreachable", f"the text model's server failed: {type(broken).__name__}") from None

    async def _open(self, request: httpx2.Request, waiting: _Waiting) -> httpx2.Response:
        response = await waiting.of(self._client.send(request, stream=True))
        wrong = _wrong(response)
        if wrong is not None:
            await response.aclose()
            raise wrong
        return response


class _Waiting:
    """Waits, and says when it was too long. Waiting alone counts: speech is made in between."""

    def __init__(self, patience: Patience) -> None:
        self._whole_s = patience.whole_s
        self._step_s = patience.first_s
        self._next_s = patience.next_s

    async def of(self, awaited: Awaitable[T]) -> T:
        """Its result; raises MindError."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        try:
            async with asyncio.timeout(min(self._whole_s, self._step_s)):
                return await awaited
        except TimeoutError:
            raise MindError("mind_too_slow", "the text model did not answer in time") from None
        finally:
            self._whole_s -= loop.time() - began_s
            self._step_s -= loop.time() - began_s

    def began(self) -> None:
        """Something came: the time to the next thing runs anew."""
        self._step_s = self._next_s


async def _useful(lines: AsyncIterator[str], answer: Answer) -> list[Thought]:
    """The next thoughts; none = the answer is over."""
    while not answer.over:
        line = await anext(lines, None)
        thoughts = answer.closed() if line is None else answer.line(line)
        if thoughts:
            return thoughts
    return []


async def _lines(response: httpx2.Response) -> AsyncGenerator[str, None]:
    """The stream's lines, none longer than it may be; not unpacked, for a little may unpack to much."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise MindError("mind_broken_answer", "the text model's server sent a compressed answer")
    held, size = bytearray(), 0
    async for piece in response.aiter_raw():
        size += len(piece)
        held += piece
        *whole, rest = held.split(b"\n")
        held = bytearray(rest)
        if size > ANSWER_MAX_BYTES or len(held) > LINE_MAX_BYTES:
            raise MindError("mind_too_long", "the text model's server sends too much")
        for line in whole:
            yield line.decode(errors="replace").rstrip("\r")
    if held:
        yield held.decode(errors="replace")


def _wrong(response: httpx2.Response) -> MindError | None:
    """What the status says; None = an answer follows."""
    settled = False
    match response.status_code:
        case 200:
            return None
        case 401 | 403:
            code, why = "invalid_api_key", "refuses DRAGOMAN_MIND_API_KEY"
        case 404:
            settled = True
            code, why = "mind_not_there", "knows no such model or address (DRAGOMAN_MIND_MODEL, DRAGOMAN_MIND_URL)"
        case 429:
            code, why = "rate_limit_exceeded", "is busy, or its quota is spent"
        case status:
            code, why = "mind_failed", f"answered with status {status}"
    return MindError(code, f"the text model's server {why}", settled=settled)
