from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.websockets import WebSocket

from dragoman.interpreters.local.server.outlet import ClientGone, Outlet, next_message
from dragoman.interpreters.realtime.wire.conversation import AudioCleared
from dragoman.interpreters.realtime.wire.envelope import Stamp

pytestmark = pytest.mark.unit


def socket_of(incoming: list[dict[str, Any]], sent: list[dict[str, Any]]) -> WebSocket:
    """A WebSocket whose other side is these two lists."""

    async def receive() -> dict[str, Any]:
        return incoming.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    return WebSocket({"type": "websocket", "path": "/", "headers": [], "query_string": b""}, receive, send)


async def opened(incoming: list[dict[str, Any]], sent: list[dict[str, Any]]) -> WebSocket:
    socket = socket_of([{"type": "websocket.connect"}, *incoming], sent)
    await socket.accept()
    sent.clear()
    return socket


async def test_events_leave_in_order_and_the_socket_closes_after_them() -> None:
    sent: list[dict[str, Any]] = []
    outlet = Outlet(await opened([], sent), Stamp("s"))
    outlet.send(AudioCleared())
    outlet.error("some_code", "some words", event_id="e1")
    outlet.close(1000, "done")
    outlet.send(AudioCleared())
    await outlet.pump()
    assert [message["type"] for message in sent] == ["websocket.send", "websocket.send", "websocket.close"]
    error = json.loads(sent[1]["text"])["error"]
    assert (error["code"], error["message"], error["event_id"]) == ("some_code", "some words", "e1")


async def test_a_client_that_never_reads_is_dropped() -> None:
    sent: list[dict[str, Any]] = []
    outlet = Outlet(await opened([], sent), Stamp("s"))
    for _ in range(20_100):
        outlet.send(AudioCleared())
    await outlet.pump()
    assert sent[-1]["type"] == "websocket.close"
    assert sent[-1]["code"] == 1008


async def test_text_and_binary_messages_are_read_alike() -> None:
    incoming: list[dict[str, Any]] = [
        {"type": "websocket.receive", "text": "á"},
        {"type": "websocket.receive", "bytes": b"\x00"},
    ]
    socket = await opened(incoming, [])
    assert [await next_message(socket), await next_message(socket)] == ["á".encode(), b"\x00"]


async def test_the_end_of_the_socket_is_an_exception() -> None:
    socket = await opened([{"type": "websocket.disconnect", "code": 1006}], [])
    with pytest.raises(ClientGone):
        await next_message(socket)
