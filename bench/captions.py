"""A reader of one call's captions: server-sent events over a bare connection, counted and thrown away."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

EVENT = b"event: caption\n"
END = b"event: end\n"


class CaptionCount:
    """How many captions all readers together were shown."""

    def __init__(self) -> None:
        self.shown = 0
        self.readers = 0


async def watch(url: str, count: CaptionCount) -> None:
    """Read until the call is over, or cancelled. Raises OSError when there is no such page."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        head = f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        status = await reader.readline()
        if b" 200 " not in status:
            raise OSError(f"the captions were refused: {status.decode('latin-1').strip()}")
        count.readers += 1
        rest = b""
        while piece := await reader.read(65536):
            rest += piece
            count.shown += rest.count(EVENT)
            if END in rest:
                return
            rest = rest[rest.rfind(b"\n") + 1 :]
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
