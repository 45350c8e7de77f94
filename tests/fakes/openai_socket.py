"""A plain WebSocket client for the emulated OpenAI: what the SDK is too polite for."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dragoman.interpreters.openai.emulator import (
    OpenAIEmulator,
)

KEY = {"Authorization": "Bearer sk-test"}
CONVERSATION = "/realtime?model=gpt-realtime-2.1"
TRANSLATION = "/realtime/translations?model=gpt-realtime-translate"
WAIT_S = 8.0


@asynccontextmanager
async def dialled(
    emulator: OpenAIEmulator, path: str = CONVERSATION, headers: dict[str, str] | None = None, **more: Any
) -> AsyncIterator[ClientConnection]:
    url = emulator.base_url.replace("http://", "ws://") + path
    wanted = KEY if headers is None else headers
    async with connect(url, additional_headers=wanted, proxy=None, compression=None, **more) as socket:
        yield socket


async def next_event(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(WAIT_S):
        found: dict[str, Any] = json.loads(await socket.recv())
    return found


async def until_closed(socket: ClientConnection) -> tuple[list[dict[str, Any]], int, str]:
    """All events that still come, then the code and the reason of the close."""
    events: list[dict[str, Any]] = []
    with pytest.raises(ConnectionClosed) as caught:
        async with asyncio.timeout(WAIT_S):
            while True:
                events.append(json.loads(await socket.recv()))
    received = caught.value.rcvd
    return events, received.code if received else 1006, received.reason if received else ""


async def refusal_of(emulator: OpenAIEmulator, path: str, headers: dict[str, str] | None = None) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as caught:
        async with dialled(emulator, path, headers):
            pass
    return caught.value


def appended(path: str, ms: int) -> str:
    """An append event of `ms` of a session's default format."""
    prefix = "session." if path is TRANSLATION else ""
    audio = base64.b64encode(b"\0" * 48 * ms).decode()
    return json.dumps({"type": f"{prefix}input_audio_buffer.append", "audio": audio})
