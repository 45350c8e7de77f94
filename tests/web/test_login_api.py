"""Who is let in, as what; and from where a cookie counts."""

from __future__ import annotations

import pytest

from dragoman.tokens import Tokens
from dragoman.web.logins import COOKIE, SAFE_COOKIE
from tests.fakes.room_desk import (
    API_TOKEN,
    BEARER,
    BROWSER_TOKEN,
    NOW,
    ORIGIN,
    OURS,
    SECRET,
    PaperKeys,
    RoomDesk,
    logged_in,
)

pytestmark = pytest.mark.unit


async def who(desk: RoomDesk, headers: dict[str, str]) -> str:
    async with desk.client() as client:
        return str((await client.get("/api/browser", headers=headers)).json()["login"])


async def test_a_page_is_told_what_it_must_know() -> None:
    async with RoomDesk().client() as client:
        answer = await client.get("/api/browser")
    assert answer.json() == {
        "login": "none",
        "languages": [
            {"tag": "en", "name": "English", "english": "English", "with": ["es"]},
            {"tag": "es", "name": "Español", "english": "Spanish", "with": ["en"]},
        ],
        "max_parties": 8,
        "resume_s": 10.0,
        "direct": False,
        "agents": False,
    }


async def test_it_says_whether_keys_are_given_out() -> None:
    desk = RoomDesk(settings={"client_secrets_per_hour": 1}, keys=PaperKeys())
    async with desk.client() as client:
        assert (await client.get("/api/browser")).json()["direct"] is True


@pytest.mark.parametrize("token", [BROWSER_TOKEN, API_TOKEN, f" {BROWSER_TOKEN}\n"])
async def test_the_operator_s_people_log_in(token: str) -> None:
    async with RoomDesk().client() as client:
        answer = await logged_in(client, token)
        assert answer.json() == {"login": "operator"}
        cookie = answer.headers["set-cookie"].lower()
        assert cookie.startswith(SAFE_COOKIE.lower() + "=")
        assert all(word in cookie for word in ("httponly", "samesite=strict", "secure", "path=/", "max-age=43200"))
        assert (await client.get("/api/browser")).json()["login"] == "operator"


async def test_over_plain_http_the_cookie_has_another_name() -> None:
    async with RoomDesk().client() as client:
        answer = await client.post(
            "http://localhost:5050/api/login",
            json={"token": BROWSER_TOKEN},
            headers={"origin": "http://localhost:5050"},
        )
    assert answer.headers["set-cookie"].startswith(COOKIE + "=")
    assert "secure" not in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "token", ["xyzzy", BROWSER_TOKEN[:-1], BROWSER_TOKEN + "x", BROWSER_TOKEN.upper(), SECRET, "é" * 20]
)
async def test_others_do_not(token: str) -> None:
    async with RoomDesk().client() as client:
        answer = await client.post("/api/login", json={"token": token}, headers=OURS)
    assert (answer.status_code, answer.json()["code"]) == (401, "login")
    assert "set-cookie" not in answer.headers
    assert token not in answer.text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", f"{ORIGIN}.evil.example"])
@pytest.mark.parametrize("path", ["/api/login", "/api/logout"])
async def test_only_from_our_own_page(path: str, origin: str) -> None:
    async with RoomDesk().client() as client:
        answer = await client.post(path, json={"token": BROWSER_TOKEN}, headers={"origin": origin} if origin else {})
    assert (answer.status_code, answer.json()["code"]) == (403, "origin")
    assert "set-cookie" not in answer.headers


async def test_a_cookie_counts_from_our_own_page_alone() -> None:
    async with RoomDesk().client() as client:
        await logged_in(client)
        strange = await client.post("/api/rooms", json={}, headers={"origin": "https://evil.example"})
        without = await client.post("/api/rooms", json={})
        ours = await client.post("/api/rooms", json={}, headers=OURS)
    assert [one.status_code for one in (strange, without, ours)] == [403, 403, 201]


async def test_who_logs_out_is_nobody() -> None:
    async with RoomDesk().client() as client:
        await logged_in(client)
        assert (await client.post("/api/logout", headers=OURS)).json() == {"login": "none"}
        assert (await client.get("/api/browser")).json()["login"] == "none"


async def test_the_api_token_needs_no_cookie() -> None:
    assert await who(RoomDesk(), BEARER) == "operator"


@pytest.mark.parametrize(
    "cookie",
    [
        "x",
        "operator.x.l.n.ffffffff.mac",
        Tokens("another secret of length", lambda: NOW).login("operator", "x"),
        Tokens(SECRET, lambda: NOW).login("operator", "another mark"),
        Tokens(SECRET, lambda: NOW).invite(1, 60.0),
        Tokens(SECRET, lambda: NOW).seat("operator", "x", 60.0),
    ],
    ids=["short", "made up", "of another secret", "of another mark", "an invite", "a seat"],
)
async def test_other_cookies_are_nobody_s(cookie: str) -> None:
    assert await who(RoomDesk(), {"cookie": f"{SAFE_COOKIE}={cookie}"}) == "none"
    assert await who(RoomDesk(), {"cookie": f"{COOKIE}={cookie}"}) == "none"


async def test_a_cookie_ends_after_a_day_of_work_and_with_the_token_that_it_came_from() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        cookie = (await logged_in(client)).headers["set-cookie"].split(";")[0]
    assert await who(desk, {"cookie": cookie}) == "operator"
    assert await who(RoomDesk(settings={"token": "another-browser-token"}), {"cookie": cookie}) == "none"
    desk.epoch += 12 * 3600 + 1
    assert await who(desk, {"cookie": cookie}) == "none"


async def test_logins_are_few_a_minute() -> None:
    desk = RoomDesk(settings={"logins_per_minute": 3})
    async with desk.client() as client, desk.client("198.51.100.7") as other:
        tries = [await client.post("/api/login", json={"token": "x"}, headers=OURS) for _ in range(4)]
        assert [one.status_code for one in tries] == [401, 401, 401, 429]
        assert int(tries[-1].headers["retry-after"]) > 0
        assert (await other.post("/api/login", json={"token": "x"}, headers=OURS)).status_code == 401
        desk.now += 21.0
        await logged_in(client)


# ---- Invites ---------------------------------------------------------------------------------------------------------


async def test_a_guest_opens_as_many_rooms_as_the_invite_is_good_for() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        made = (await client.post("/api/invites", json={"rooms": 2, "hours": 1}, headers=BEARER | OURS)).json()
        assert made["link"] == f"{ORIGIN}/#invite={made['invite']}"
        assert made["expires_at"] == NOW + 3600
        assert (await logged_in(client, made["invite"])).json() == {"login": "guest"}
        rooms = [await client.post("/api/rooms", json={}, headers=OURS) for _ in range(3)]
    assert [one.status_code for one in rooms] == [201, 201, 403]
    assert rooms[-1].json()["code"] == "invite"


async def test_a_room_that_was_refused_does_not_use_an_invite_up() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        await logged_in(client, desk.tokens.invite(1, 3600.0))
        bad = await client.post("/api/rooms", json={"languages": ["tlh"]}, headers=OURS)
        good = await client.post("/api/rooms", json={}, headers=OURS)
    assert [bad.status_code, good.status_code] == [400, 201]


async def test_an_invite_counts_however_often_somebody_logs_in_with_it() -> None:
    desk = RoomDesk()
    invite = desk.tokens.invite(1, 3600.0)
    answers = []
    for address in ("203.0.113.1", "203.0.113.2"):
        async with desk.client(address) as client:
            await logged_in(client, invite)
            answers.append((await client.post("/api/rooms", json={}, headers=OURS)).status_code)
    assert answers == [201, 403]


async def test_an_invite_and_its_cookie_end_together() -> None:
    desk = RoomDesk()
    invite = desk.tokens.invite(5, 60.0)
    async with desk.client() as client:
        cookie = (await logged_in(client, invite)).headers["set-cookie"].split(";")[0]
        desk.epoch += 61
        assert (await client.post("/api/login", json={"token": invite}, headers=OURS)).status_code == 401
    assert await who(desk, {"cookie": cookie}) == "none"


async def test_a_guest_invites_nobody_and_nor_does_nobody() -> None:
    desk = RoomDesk()
    async with desk.client() as client:
        assert (await client.post("/api/invites", json={}, headers=OURS)).status_code == 401
        await logged_in(client, desk.tokens.invite(1, 60.0))
        assert (await client.post("/api/invites", json={}, headers=OURS)).status_code == 403
