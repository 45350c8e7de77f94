"""The little HTTP that the emulator needs beside its WebSockets: one request, one answer, connection closed."""

from __future__ import annotations

import http
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import msgspec

from dragoman.interpreters.openai.emulator.faults import Refusal
from dragoman.interpreters.realtime.wire.envelope import ErrorDetail

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 1024 * 1024


class BrokenRequest(Exception):
    """The bytes are not an HTTP request that this server understands."""


@dataclass(frozen=True, slots=True)
class Request:
    """`path` without the query; header names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""

    @property
    def wants_upgrade(self) -> bool:
        return self.headers.get("upgrade", "").lower() == "websocket"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def parse(head: bytes, body: bytes = b"") -> Request:
    """A request's head, from its first line to the blank line; raises BrokenRequest."""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BrokenRequest("not an HTTP/1 request")
    target = urlsplit(words[1])
    headers: dict[str, str] = {}
    for line in lines:
        if not line:
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise BrokenRequest("a header without a colon")
        headers[name.strip().lower()] = value.strip()
    query = {name: values[-1] for name, values in parse_qs(target.query, keep_blank_values=True).items()}
    return Request(words[0], target.path, query, headers, body)


def body_size(request: Request) -> int:
    """How many bytes of body follow; raises BrokenRequest."""
    if "transfer-encoding" in request.headers:
        raise BrokenRequest("chunked bodies are not understood here")
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        raise BrokenRequest("a body of a size that is not accepted")
    return int(length)


def refused(refusal: Refusal) -> Answer:
    """An error answer in the API's form."""
    headers = {} if refusal.retry_after_s is None else {"Retry-After": str(refusal.retry_after_s)}
    family = "invalid_request_error" if refusal.status < 500 else "server_error"
    return problem(refusal.status, refusal.code, refusal.message, family=family, headers=headers)


def problem(
    status: int,
    code: str,
    message: str,
    *,
    param: str | None = None,
    family: str = "invalid_request_error",
    headers: dict[str, str] | None = None,
) -> Answer:
    detail = ErrorDetail(type=family, message=message, code=code, param=param)
    return Answer(status, msgspec.json.encode({"error": detail}), headers=headers or {})


def written(answer: Answer) -> bytes:
    """The answer as bytes; the connection ends after it."""
    phrase = http.HTTPStatus(answer.status).phrase
    lines = [
        f"HTTP/1.1 {answer.status} {phrase}",
        f"Content-Type: {answer.content_type}",
        f"Content-Length: {len(answer.body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in answer.headers.items()),
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + answer.body
