"""A bare HTTP/1.1 client that says exactly what it is told to, on one connection for as long as the server keeps it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

FORM = "application/x-www-form-urlencoded"
KNOCK_S = 10.0


@dataclass(frozen=True, slots=True)
class Knock:
    """One request. `target` is a path with its query."""

    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    method: str = "POST"
    host: str = ""
    why: str = ""
    """What is wrong with it, for the message of a failing test."""

    def raw(self, host: str) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1", f"Host: {self.host or host}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body or self.method in ("POST", "PATCH", "PUT"):
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + self.body


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


def form(target: str, fields: Mapping[str, str], signature: str | None, why: str = "", **how: str) -> Knock:
    """A webhook with this signature (None: none)."""
    headers = [("Content-Type", FORM)] + ([("X-Twilio-Signature", signature)] if signature is not None else [])
    return Knock(target, tuple(headers), urlencode(fields).encode(), why=why, **how)


@dataclass
class Knocker:
    """Asks one request after the other; connects again when the server has closed."""

    url: str
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    sent: int = field(default=0, init=False)

    async def ask(self, knock: Knock) -> Reply:
        return await self.ask_raw(knock.raw(urlsplit(self.url).netloc), head=knock.method == "HEAD")

    async def ask_raw(self, raw: bytes, *, head: bool = False) -> Reply:
        """Raise OSError when the server closes without an answer."""
        self.sent += 1
        async with asyncio.timeout(KNOCK_S):
            reader, writer = await self._connected()
            writer.write(raw)
            try:
                reply = await _reply(reader, head=head)
            except (asyncio.IncompleteReadError, ConnectionError):
                await self.close()
                raise OSError("closed without an answer") from None
        if reply.headers.get("connection", "").lower() == "close" or reply.status == 101:
            await self.close()
        return reply

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None or self._streams[0].at_eof():
            parts = urlsplit(self.url)
            self._streams = await asyncio.open_connection(parts.hostname, parts.port)
        return self._streams

    async def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


@contextlib.asynccontextmanager
async def knocker(url: str) -> AsyncIterator[Knocker]:
    made = Knocker(url)
    try:
        yield made
    finally:
        await made.close()


async def _reply(reader: asyncio.StreamReader, *, head: bool) -> Reply:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs: Iterable[list[str]] = (line.split(":", 1) for line in lines[1:] if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    status = int(lines[0].split(" ")[1])
    if status == 101 or head:
        return Reply(status, headers, b"")
    if "content-length" in headers:
        return Reply(status, headers, await reader.readexactly(int(headers["content-length"])))
    return Reply(status, headers, await reader.read() if headers.get("connection") == "close" else b"")
