"""Rooms over HTTP: who may do what, and how what is refused is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.domain.room import CloseRoom, Shut
from dragoman.tokens import Tokens
from dragoman.web.room_api import READS_PER_MINUTE
from tests.fakes.paper_rooms import ENGLISH, SPANISH
from tests.fakes.room_desk import BEARER, NOW, ORIGIN, OURS, SECRET, RoomDesk, logged_in, opened, seated

pytestmark = pytest.mark.unit


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def test_a_room_is_opened_with_a_link_that_holds_its_key() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        made = await opened(client)
    assert made["link"] == f"{ORIGIN}/r/{made['room']}#{made['key']}"
    assert len(made["key"]) == 22  # 128 bits
    assert made["left_s"] == 3600.0
    wanted = desk.rooms.wanted[made["room"]]
    assert (wanted.languages, wanted.one_device, wanted.address) == ((), False, "203.0.113.9")


async def test_a_link_has_the_address_by_which_the_page_was_reached() -> None:
    async with RoomDesk().client() as client:
        answer = await client.post(
            "http://192.168.1.5:5050/api/rooms", json={}, headers=BEARER | {"origin": "http://192.168.1.5:5050"}
        )
    assert answer.json()["link"].startswith("http://192.168.1.5:5050/r/")


async def test_a_shared_device_has_two_languages() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        made = await opened(client, languages=["ES", "en"], one_device=True)
        assert desk.rooms.wanted[made["room"]].languages == (SPANISH, ENGLISH)
        for languages in ([], ["en"], ["en", "en"]):
            asked = {"languages": languages, "one_device": True}
            answer = await client.post("/api/rooms", json=asked, headers=BEARER)
            assert (answer.status_code, answer.json()["code"]) == (400, "language")


async def test_nobody_opens_no_room() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        answer = await client.post("/api/rooms", json={}, headers=OURS)
    assert (answer.status_code, answer.json()["code"]) == (401, "login")
    assert desk.rooms.wanted == {}


async def test_rooms_of_one_address_are_few_an_hour() -> None:
    desk = RoomDesk(settings={"rooms_per_address": 2})
    async with desk.client() as client, desk.client("198.51.100.7") as other:
        answers = [await client.post("/api/rooms", json={}, headers=BEARER) for _ in range(3)]
        assert [one.status_code for one in answers] == [201, 201, 429]
        assert (await other.post("/api/rooms", json={}, headers=BEARER)).status_code == 201


async def test_requests_of_one_address_are_few_a_minute() -> None:
    desk = RoomDesk(settings={"requests_per_minute": 5})
    async with desk.client() as client:
        answers = [await client.get("/api/browser") for _ in range(6)]
        assert [one.status_code for one in answers] == [200] * 5 + [429]
        assert answers[-1].json()["code"] == "too-often"
        assert "retry-after" in answers[-1].headers
        told = {"x-forwarded-for": "198.51.100.7"}
        assert (await client.get("/api/browser", headers=told)).status_code == 429
    async with desk.client("127.0.0.1") as proxy:
        assert (await proxy.get("/api/browser", headers=told)).status_code == 200


@pytest.mark.parametrize("shut", list(Shut))
async def test_what_the_rooms_refuse_is_told_by_name(shut: Shut) -> None:
    desk = RoomDesk(rooms=RoomDesk().rooms)
    desk.rooms.refusal = shut
    async with desk.client() as client:
        answer = await client.post("/api/rooms", json={}, headers=BEARER)
    assert answer.status_code in (400, 403, 404, 409, 503)
    assert answer.json()["code"] == shut.value
    assert answer.json()["fix"]
    assert ("retry-after" in answer.headers) == (answer.status_code == 503)


BAD_BODIES: tuple[bytes, ...] = (b"", b"{", b"[]", b"null", b"\xff", b'{"x":1}', b'{"languages":"es"}', b"[" * 5000)


@pytest.mark.parametrize("body", BAD_BODIES)
async def test_a_body_that_is_none_is_told(body: bytes) -> None:
    async with RoomDesk().client() as client:
        answer = await client.post("/api/rooms", content=body, headers=BEARER)
    assert (answer.status_code, answer.json()["code"]) == (400, "broken-message")


async def test_who_has_the_key_may_look_in() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        made = await opened(client)
        await seated(client, made)
        shown = (await client.get(f"/api/rooms/{made['room']}", headers=bearer(made["key"]))).json()
    assert (shown["one_device"], shown["over"], shown["left_s"]) == (False, False, 3600.0)
    assert [one["tag"] for one in shown["languages"]] == ["en", "es"]
    assert [one["name"] for one in shown["parties"]] == ["Ana"]


@pytest.mark.parametrize("key", ["", "x", "A" * 22, "é" * 22])
async def test_without_the_key_nothing_is_told_of_a_room(key: str) -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        made = await opened(client)
        there = await client.get(f"/api/rooms/{made['room']}", headers={b"authorization": f"Bearer {key}".encode()})
        nowhere = await client.get("/api/rooms/nowhere", headers={b"authorization": f"Bearer {key}".encode()})
        seat = await client.post(f"/api/rooms/{made['room']}/seats", json={"key": key or "x", "name": "A"})
    assert there.status_code == nowhere.status_code == seat.status_code == 403
    assert there.json() == nowhere.json()
    assert desk.rooms.seats == {}


async def test_a_key_of_another_room_is_none() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        first, second = await opened(client), await opened(client)
        answer = await client.get(f"/api/rooms/{first['room']}", headers=bearer(second["key"]))
        gone = await client.get("/api/rooms/gone", headers=bearer(desk.tokens.room_key("gone")))
    assert (answer.status_code, gone.status_code) == (403, 404)


async def test_a_seat_is_taken_by_name_and_language() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        made = await opened(client)
        token = await seated(client, made)
        missing = await client.post(f"/api/rooms/{made['room']}/seats", json={"key": made["key"], "name": "B"})
        strange = {"key": made["key"], "name": "B", "language": "tlh"}
        unknown = await client.post(f"/api/rooms/{made['room']}/seats", json=strange)
    assert desk.tokens.open_seat(token) == (made["room"], "seat1")
    assert desk.rooms.seats == {(made["room"], "seat1"): ("Ana", SPANISH, False)}
    assert [one.json()["code"] for one in (missing, unknown)] == ["language", "language"]


async def test_a_shared_device_s_seat_needs_neither() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        made = await opened(client, languages=["es", "en"], one_device=True)
        answer = await client.post(f"/api/rooms/{made['room']}/seats", json={"key": made["key"]})
    assert answer.status_code == 201


async def test_the_host_s_token_makes_a_host_and_no_other_does() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        made, other = await opened(client), await opened(client)
        await seated(client, made, host=True)
        for token in (other["host"], made["key"], Tokens("another secret of length", lambda: NOW).host("room1", 9.0)):
            asked = {"key": made["key"], "name": "B", "language": "es", "host": token}
            answer = await client.post(f"/api/rooms/{made['room']}/seats", json=asked)
            assert (answer.status_code, answer.json()["code"]) == (403, "not-host")
    assert [host for _, _, host in desk.rooms.seats.values()] == [True]


async def test_seats_of_one_room_are_few_a_minute() -> None:
    desk = RoomDesk(settings={"room_parties": 2, "requests_per_minute": 1000})
    async with desk.client() as client:
        made, other = await opened(client), await opened(client)
        asked: dict[str, Any] = {"name": "A", "language": "es"}
        path = f"/api/rooms/{made['room']}/seats"
        answers = [await client.post(path, json=asked | {"key": made["key"]}) for _ in range(9)]
        assert [one.status_code for one in answers] == [201] * 8 + [429]
        await seated(client, other)


# ---- Transcripts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "media"),
    [("txt", "text/plain"), ("json", "application/json"), ("srt", "application/x-subrip"), ("vtt", "text/vtt")],
)
async def test_who_has_a_seat_reads_the_transcript(form: str, media: str) -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        made = await opened(client)
        token = await seated(client, made)
        answer = await client.get(f"/api/rooms/{made['room']}/transcript.{form}", headers=bearer(token))
    assert (answer.status_code, answer.text) == (200, f"{made['room']} seat1 {form}")
    assert answer.headers["content-type"].split(";")[0] == media
    assert answer.headers["content-disposition"] == f'attachment; filename="transcript.{form}"'
    assert answer.headers["cache-control"] == "no-store"


async def test_a_transcript_is_not_fetched_without_end() -> None:
    async with RoomDesk().client() as client:
        made = await opened(client)
        one, other = await seated(client, made), await seated(client, made)
        path = f"/api/rooms/{made['room']}/transcript.txt"
        codes = [(await client.get(path, headers=bearer(one))).status_code for _ in range(READS_PER_MINUTE + 1)]
        assert codes == [200] * READS_PER_MINUTE + [429]
        assert (await client.get(path, headers=bearer(other))).status_code == 200


async def test_others_do_not() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        made, other = await opened(client), await opened(client)
        strangers = (made["key"], made["host"], await seated(client, other), "x", "")
        old = Tokens(SECRET, lambda: NOW - 9000).seat(made["room"], "seat1", 60.0)
        for token in (*strangers, old):
            answer = await client.get(f"/api/rooms/{made['room']}/transcript.txt", headers=bearer(token))
            assert (answer.status_code, answer.json()["code"]) == (403, "bad-seat"), token
        strange = await client.get(f"/api/rooms/{made['room']}/transcript.exe", headers=bearer(strangers[2]))
    assert strange.status_code == 404


# ---- The end ---------------------------------------------------------------------------------------------------------


async def test_the_host_ends_a_room_by_token_or_seat() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        one, two = await opened(client), await opened(client)
        answer = await client.delete(f"/api/rooms/{one['room']}", headers=bearer(one["host"]))
        assert (answer.status_code, answer.json()) == (200, {"room": one["room"]})
        seat = await seated(client, two, host=True)
        assert (await client.delete(f"/api/rooms/{two['room']}", headers=bearer(seat))).status_code == 200
    assert desk.rooms.closed == [one["room"]]
    assert desk.rooms.told == [(two["room"], "seat1", CloseRoom())]


async def test_the_operator_ends_any_room() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        made, other = await opened(client), await opened(client)
        assert (await client.delete(f"/api/rooms/{made['room']}", headers=BEARER)).status_code == 200
        await logged_in(client)
        assert (await client.delete(f"/api/rooms/{other['room']}")).status_code == 403
        assert (await client.delete(f"/api/rooms/{other['room']}", headers=OURS)).status_code == 200
        assert (await client.delete("/api/rooms/nowhere", headers=OURS)).status_code == 404
    assert desk.rooms.closed == [made["room"], other["room"]]


async def test_others_end_none() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        made, other = await opened(client), await opened(client)
        tokens = (made["key"], other["host"], await seated(client, other, host=True), "x")
        for token in tokens:
            assert (await client.delete(f"/api/rooms/{made['room']}", headers=bearer(token))).status_code == 401
        seat = await seated(client, made)
        refused = await client.delete(f"/api/rooms/{made['room']}", headers=bearer(seat))
        assert (refused.status_code, refused.json()["code"]) == (403, "not-host")
        await logged_in(client, desk.tokens.invite(1, 60.0))
        assert (await client.delete(f"/api/rooms/{made['room']}", headers=OURS)).status_code == 403
    assert desk.rooms.closed == []
    assert desk.rooms.told == []


async def test_what_is_refused_is_counted_by_its_door() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        await client.post("/api/rooms", json={})
        await client.get("/api/rooms/x")
    assert desk.shut == ["/api", "/api"]


async def test_no_answer_is_kept_by_a_browser() -> None:
    async with RoomDesk().client() as client:
        made = await opened(client)
        answer = await client.get(f"/api/rooms/{made['room']}", headers=bearer(made["key"]))
    assert answer.headers["cache-control"] == "no-store"
    assert json.loads(answer.text)["room"] == made["room"]
