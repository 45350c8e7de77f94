"""Phone calls for agents in browsers over HTTP: who may see and answer them, and what they are told."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest

from dragoman.browser_ports import Duty, GoneCall, GoneWhy, WaitingCall
from dragoman.domain.room import Shut
from dragoman.errors import RoomRefused
from tests.fakes.paper_rooms import SPANISH
from tests.fakes.room_desk import BEARER, OURS, RoomDesk, logged_in

pytestmark = pytest.mark.unit

LEG = "page-0123"
ACCEPT = f"/api/agent/calls/{LEG}/accept"
DECLINE = f"/api/agent/calls/{LEG}/decline"
BODY = {"page": "p1"}


class PaperCalls:
    """Implements browser_ports.AgentCalls, and as much of `Seats` as a door needs."""

    def __init__(self) -> None:
        self.told = [Duty("p1", (WaitingCall(LEG, SPANISH, "…01", 1.5),), (GoneCall("page-9", GoneWhy.TAKEN),))]
        self.refuses: Shut | None = None
        self.full = False
        self.declined: list[tuple[str, str]] = []

    def duty(self) -> AsyncGenerator[Duty] | None:
        return None if self.full else self._duty()

    async def _duty(self) -> AsyncGenerator[Duty]:
        for one in self.told:
            yield one

    def accept(self, leg: str, page: str) -> tuple[str, str]:
        if self.refuses is not None:
            raise RoomRefused(self.refuses, "no")
        return "call-1", f"{leg}~{page}"

    def decline(self, leg: str, page: str) -> None:
        self.declined.append((leg, page))


def desk(calls: PaperCalls | None = None) -> RoomDesk:
    return RoomDesk(agents=calls or PaperCalls())


async def test_the_operators_people_are_told_what_rings() -> None:
    async with desk().client() as client:
        await logged_in(client)
        answer = await client.get("/api/agent/calls")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    retry, event = answer.text.strip().split("\n\n")
    assert retry == "retry: 2000"
    name, data = event.splitlines()
    told: dict[str, Any] = msgspec.json.decode(data.removeprefix("data: "))
    assert name == "event: calls"
    assert told == {
        "page": "p1",
        "calls": [
            {
                "call": LEG,
                "language": {"tag": SPANISH.tag, "name": SPANISH.name, "english": SPANISH.english},
                "caller": "…01",
                "waited_s": 1.5,
            }
        ],
        "gone": [{"call": "page-9", "why": "taken"}],
    }


async def test_the_first_gets_a_seat_and_declining_is_told_on() -> None:
    calls = PaperCalls()
    one = desk(calls)
    async with one.client() as client:
        await logged_in(client)
        answer = await client.post(ACCEPT, json=BODY, headers=OURS)
        assert one.tokens.open_call_seat(answer.json()["seat"]) == ("call-1", f"{LEG}~p1")
        assert (await client.post(DECLINE, json=BODY, headers=OURS)).json() == {"call": LEG}
    assert calls.declined == [(LEG, "p1")]


@pytest.mark.parametrize(
    ("why", "status"),
    [(Shut.NO_ROOM, 404), (Shut.NO_SEAT, 404), (Shut.SEAT_TAKEN, 409), (Shut.STOPPING, 503)],
)
async def test_who_comes_too_late_is_told_why(why: Shut, status: int) -> None:
    calls = PaperCalls()
    calls.refuses = why
    async with desk(calls).client() as client:
        answer = await client.post(ACCEPT, json=BODY, headers=BEARER)
    assert (answer.status_code, answer.json()["code"]) == (status, why.value)


async def test_too_many_pages_are_told_to_come_back() -> None:
    calls = PaperCalls()
    calls.full = True
    async with desk(calls).client() as client:
        answer = await client.get("/api/agent/calls", headers=BEARER)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


async def test_nobody_and_guests_answer_no_calls() -> None:
    calls = PaperCalls()
    one = desk(calls)
    async with one.client() as client:
        assert (await client.get("/api/agent/calls")).status_code == 401
        assert (await client.post(ACCEPT, json=BODY)).status_code == 401
        await logged_in(client, one.tokens.invite(1, 600.0))
        for answer in (
            await client.get("/api/agent/calls", headers=OURS),
            await client.post(ACCEPT, json=BODY, headers=OURS),
            await client.post(DECLINE, json=BODY, headers=OURS),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "login")
        await logged_in(client)
        stranger = await client.post(ACCEPT, json=BODY, headers={"origin": "https://evil.example"})
        assert stranger.status_code == 403
    assert calls.declined == []


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"page": ""}', b'{"page": "p", "x": 1}', b"[]", b'{"page": 1}', b"\xff"]
)
async def test_broken_bodies_are_refused(body: bytes) -> None:
    async with desk().client() as client:
        for path in (ACCEPT, DECLINE):
            assert (await client.post(path, content=body, headers=BEARER)).status_code == 400


async def test_the_page_knows_whether_there_are_calls_to_answer() -> None:
    for one, there in ((desk(), True), (RoomDesk(), False)):
        async with one.client() as client:
            assert (await client.get("/api/browser")).json()["agents"] is there
            assert ((await client.get("/api/agent/calls", headers=BEARER)).status_code == 200) is there
