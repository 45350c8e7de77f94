from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from websockets.asyncio.server import ServerConnection, serve

from dragoman.domain.speech import TroubleKind
from dragoman.interpreters.openai import socket as ours
from dragoman.interpreters.openai.emulator import Faults, OpenAIEmulator
from dragoman.interpreters.openai.emulator import faults as emulated
from dragoman.interpreters.openai.emulator.faults import Ending as Cut
from dragoman.interpreters.openai.endpoint import Endpoint
from dragoman.interpreters.openai.socket import Ending, RealtimeSocket, closed, retry_after_s

pytestmark = pytest.mark.pair


@dataclass
class Ear:
    """What a socket called back."""

    opened: asyncio.Event = field(default_factory=asyncio.Event)
    messages: list[bytes] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def received(self, message: bytes) -> None:
        self.messages.append(message)
        self.came.set()


def client(base_url: str, key: str = "sk-test", connect_s: float = ours.CONNECT_S) -> RealtimeSocket:
    return RealtimeSocket(Endpoint(base_url, key), "/realtime", "gpt-realtime-2.1", "hashed", connect_s=connect_s)


async def ended(faults: Faults, **emulator: frozenset[str]) -> tuple[Ending, OpenAIEmulator]:
    """How a session ends that nobody ends."""
    async with OpenAIEmulator(faults=faults, **emulator) as server:  # type: ignore[arg-type]
        ear = Ear()
        async with asyncio.timeout(8):
            return await client(server.base_url).run(ear.opened.set, ear.received), server


@contextlib.asynccontextmanager
async def peer(*behaviour: object) -> AsyncIterator[tuple[str, asyncio.Queue[str | bytes]]]:
    """A plain WebSocket server: sends each message (lists as fragments), keeps what it gets."""
    got: asyncio.Queue[str | bytes] = asyncio.Queue()

    async def talk(connection: ServerConnection) -> None:
        for message in behaviour:
            await connection.send(message)  # type: ignore[arg-type]
        async for message in connection:
            got.put_nowait(message)

    async with serve(talk, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}/v1", got


async def test_it_connects_with_key_and_safety_id_and_ends_when_told_to() -> None:
    async with OpenAIEmulator(keys=frozenset({"sk-test"})) as server:
        socket, ear = client(server.base_url), Ear()
        async with asyncio.TaskGroup() as group:
            running = group.create_task(socket.run(ear.opened.set, ear.received))
            async with asyncio.timeout(5):
                await ear.came.wait()
            assert socket.connected
            socket.close()
            socket.close()
        assert running.result() == Ending(None, "closed by us", 1000)
        assert ear.opened.is_set()
        assert b"session.created" in ear.messages[0]
        assert server.sessions[0].safety_id == "hashed"


@pytest.mark.parametrize(
    ("refusal", "kind", "attempts"),
    [
        (emulated.UNAUTHORISED, TroubleKind.AUTH, 1),
        (emulated.FORBIDDEN, TroubleKind.AUTH, 1),
        (emulated.NO_QUOTA, TroubleKind.QUOTA, 1),
        (emulated.BROKEN, TroubleKind.UPSTREAM, 2),
        (emulated.Refusal(503, "server_error", "Overloaded."), TroubleKind.UPSTREAM, 2),
        (emulated.Refusal(503, "server_error", "Overloaded.", retry_after_s=1), TroubleKind.UPSTREAM, 1),
        (emulated.Refusal(429, "slow_down", "Slow down."), TroubleKind.RATE_LIMIT, 1),
        (emulated.Refusal(403, "brand_new", "No."), TroubleKind.AUTH, 1),
        (emulated.Refusal(404, "model_not_found", "No."), TroubleKind.BAD_REQUEST, 1),
    ],
)
async def test_a_refused_upgrade_says_why(refusal: emulated.Refusal, kind: TroubleKind, attempts: int) -> None:
    ending, server = await ended(Faults(refuse=refusal))
    assert (ending.kind, ending.code) == (kind, refusal.status)
    assert ending.message.endswith(f"(HTTP {refusal.status}, {refusal.code})")
    assert refusal.message not in ending.message, "their text may hold what no log should"
    assert server.upgrades == attempts


async def test_too_many_requests_are_told_when_to_come_back() -> None:
    ending, server = await ended(Faults(refuse=emulated.TOO_MANY))
    assert (ending.kind, ending.retry_after_s) == (TroubleKind.RATE_LIMIT, 1.0)
    assert server.upgrades == 1


async def test_an_upgrade_that_takes_too_long_is_not_waited_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "AT_ONCE_S", 0.1)
    async with OpenAIEmulator(faults=Faults(connect_delay_s=30.0)) as server:
        ear = Ear()
        async with asyncio.timeout(5):
            ending = await client(server.base_url, connect_s=0.2).run(ear.opened.set, ear.received)
        assert ending.kind is TroubleKind.NETWORK
        assert "no connection within 0.2 s" in ending.message
        assert server.upgrades == 1


async def test_nobody_is_there() -> None:
    async with OpenAIEmulator() as server:
        gone = server.base_url
    ear = Ear()
    async with asyncio.timeout(5):
        ending = await client(gone).run(ear.opened.set, ear.received)
    assert ending.kind is TroubleKind.NETWORK
    assert "ConnectionRefusedError" in ending.message


async def test_a_refusal_that_passes_is_waited_out() -> None:
    async with OpenAIEmulator(faults_by_number={0: Faults(refuse=emulated.BROKEN)}) as server:
        socket, ear = client(server.base_url), Ear()
        async with asyncio.TaskGroup() as group:
            group.create_task(socket.run(ear.opened.set, ear.received))
            async with asyncio.timeout(5):
                await ear.opened.wait()
            socket.close()
        assert server.upgrades == 2


@pytest.mark.parametrize(
    ("cut", "kind", "code"),
    [
        (Cut.DROP, TroubleKind.NETWORK, 1006),
        (Cut.SERVER_ERROR, TroubleKind.UPSTREAM, 1011),
        (Cut.EXPIRE, TroubleKind.EXPIRED, 1001),
    ],
)
async def test_how_a_session_is_cut_is_told_apart(cut: Cut, kind: TroubleKind, code: int) -> None:
    ending, server = await ended(Faults(ending=cut))
    assert (ending.kind, ending.code) == (kind, code)
    assert server.upgrades == 1, "a session that had begun is not begun again"


async def test_fragments_are_joined_and_binary_is_left_aside() -> None:
    async with peer(["{", '"type"', ":1}"], b"\x00\x01", "next") as (base_url, _):
        socket, ear = client(base_url), Ear()
        async with asyncio.TaskGroup() as group:
            group.create_task(socket.run(ear.opened.set, ear.received))
            async with asyncio.timeout(5):
                while len(ear.messages) < 2:
                    ear.came.clear()
                    await ear.came.wait()
            socket.close()
        assert ear.messages == [b'{"type":1}', b"next"]


async def test_messages_go_out_as_text_in_order() -> None:
    async with peer("hello") as (base_url, got):
        socket, ear = client(base_url), Ear()
        socket.send(b"before it is open: dropped")
        async with asyncio.TaskGroup() as group:
            group.create_task(socket.run(ear.opened.set, ear.received))
            async with asyncio.timeout(5):
                await ear.came.wait()
                socket.send(b"one")
                socket.send("zwei\u00e4".encode())
                assert [await got.get(), await got.get()] == ["one", "zwei\u00e4"]
            socket.close()


async def test_a_server_that_stops_reading_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "MAX_UNSENT_BYTES", 200_000)
    async with OpenAIEmulator(faults=Faults(ending=Cut.STALL)) as server:
        socket, ear = client(server.base_url), Ear()
        async with asyncio.TaskGroup() as group:
            running = group.create_task(socket.run(ear.opened.set, ear.received))
            async with asyncio.timeout(10):
                await ear.opened.wait()
                while not running.done():
                    socket.send(b"x" * 500_000)
                    await asyncio.sleep(0.005)
        assert running.result() == Ending(TroubleKind.NETWORK, "the server stopped reading")


async def test_abort_needs_no_handshake() -> None:
    async with peer("hello") as (base_url, _):
        socket, ear = client(base_url), Ear()
        async with asyncio.TaskGroup() as group:
            running = group.create_task(socket.run(ear.opened.set, ear.received))
            async with asyncio.timeout(5):
                await ear.came.wait()
                socket.abort()
                await running


async def test_closed_before_it_began() -> None:
    socket, ear = client("http://127.0.0.1:9/v1"), Ear()
    socket.close()
    assert (await socket.run(ear.opened.set, ear.received)).kind is None
    assert not ear.opened.is_set()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1000, None),
        (1001, TroubleKind.EXPIRED),
        (1011, TroubleKind.UPSTREAM),
        (1013, TroubleKind.UPSTREAM),
        (4000, TroubleKind.BAD_REQUEST),
    ],
)
def test_close_codes(code: int, kind: TroubleKind | None) -> None:
    assert closed(code, None).kind is kind
    assert "because" in closed(code, "because").message


@pytest.mark.parametrize(
    ("header", "seconds"), [("2", 2.0), ("0.5", 0.5), (None, None), ("soon", None), ("-1", None), ("inf", None)]
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header) == seconds


@pytest.mark.parametrize("message", ["x" * 1001, ["x" * 600, "x" * 600]], ids=["whole", "in fragments"])
async def test_a_message_that_is_too_large_ends_the_session(
    monkeypatch: pytest.MonkeyPatch, message: str | list[str]
) -> None:
    monkeypatch.setattr(ours, "MAX_MESSAGE_BYTES", 1000)
    ear = Ear()
    async with peer(message) as (url, _), asyncio.timeout(8):
        ending = await client(url).run(ear.opened.set, ear.received)
    assert ear.messages == []
    assert ending.kind in (TroubleKind.NETWORK, TroubleKind.UPSTREAM)
