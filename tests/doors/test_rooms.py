"""Browser mode's doors: nothing comes in with what is forged, replayed, changed or broken, and a living room beside
does not notice.
"""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from dragoman.browser import wire
from dragoman.browser.stream_door import PATH
from dragoman.interpreters.openai.emulator.markers import answer_hz
from dragoman.tokens import Tokens
from dragoman.web.logins import COOKIE
from tests.doors.knocking import Knock, Knocker, knocker
from tests.doors.tally import Kind, Tally
from tests.fakes.surroundings import SECRET
from tests.rig.pages import RigPage, page
from tests.rig.rooms import API_TOKEN, House, house

pytestmark = [pytest.mark.rig, pytest.mark.timeout(120)]

MANY = {
    "DRAGOMAN_BROWSER_REQUESTS_PER_MINUTE": "10000",
    "DRAGOMAN_BROWSER_LOGINS_PER_MINUTE": "1000",
    "DRAGOMAN_ROOM_PARTIES": "50",
    "DRAGOMAN_CLIENT_SECRETS_PER_HOUR": "1000",
}
UPGRADE = (
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
)
PROTOCOL = ("Sec-WebSocket-Protocol", wire.SUBPROTOCOL)
BROKEN = (b"", b"{", b"[]", b"null", b'"x"', b"1e999", b"[" * 30_000, b"\xff", b'{"x":1}', b'{"\\ud800":1}')
COSTLY = ("/api/rooms", "/api/invites", "/api/client-secret")
STRANGE = ("https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", "file://", "")

Made = Mapping[str, Any]


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Iterator[Tally]:
    made = Tally()
    yield made
    made.record(record_property)


def sealer(secret: str = SECRET, ago_s: float = 0.0) -> Tokens:
    now = datetime.now(UTC).timestamp()
    return Tokens(secret, lambda: now - ago_s)


async def test_what_is_not_genuine_stays_outside_and_touches_nobody(tally: Tally) -> None:
    async with house(**MANY) as here:
        made, other = await here.room(), await here.room()
        ana, bob = await here.seat(made, "Ana", "es"), await here.seat(made, "Bob", "en")
        async with page(here.origin, ana) as spanish, page(here.origin, bob) as english:
            await spanish.joined()
            await english.joined()
            async with knocker(here.origin) as client:
                await logins(here, client, tally)
                await cookies(here, client, tally)
                await keys(client, made, other, tally)
                await seats(client, made, other, await here.seat(other, "Eve", "es"), tally)
                await handshakes(here, client, tally)
                await broken(client, made, ana, tally)
            await joins(here, made, other, tally)
            await untouched(here, spanish, english)
        assert here.app.server.media_sockets == 0


async def untouched(here: House, spanish: RigPage, english: RigPage) -> None:
    """The living room's two are understood as before, and no room came to be or went."""
    assert here.app.browser.rooms is not None
    spanish.say(500)
    await english.until(lambda: answer_hz(500) in english.markers())
    assert here.records == []
    assert spanish.all(wire.ErrorTold) == english.all(wire.ErrorTold) == []
    assert len(here.models.sessions) == 2


# ---- Who somebody is -------------------------------------------------------------------------------------------------


def post(path: str, body: object, *headers: tuple[str, str], method: str = "POST") -> Knock:
    return Knock(path, (("Content-Type", "application/json"), *headers), json.dumps(body).encode(), method)


async def logins(here: House, client: Knocker, tally: Tally) -> None:
    ours = ("Origin", here.origin)
    wrong = [(Kind.FORGED, one) for one in ("x", SECRET, API_TOKEN + "x", API_TOKEN.upper(), "é" * 9, "\x00")]
    wrong += [(Kind.MUTATED, one) for one in changes(API_TOKEN) if one]
    wrong += [(Kind.REPLAYED, one) for one in (sealer(ago_s=90.0).invite(1, 60.0), sealer().host("r", 60.0))]
    wrong += [(Kind.FORGED, sealer("t" * 43).invite(1, 60.0)), (Kind.REPLAYED, sealer().seat("r", "s", 60.0))]
    for kind, token in wrong:
        reply = await client.ask(post("/api/login", {"token": token}, ours))
        assert (reply.status, "set-cookie" in reply.headers) == (401, False), token
        tally.add("POST /api/login", kind)
    for origin in STRANGE:
        for path in ("/api/login", "/api/logout"):
            reply = await client.ask(post(path, {"token": API_TOKEN}, ("Origin", origin)))
            assert (reply.status, "set-cookie" in reply.headers) == (403, False), origin
            tally.add(f"POST {path}", Kind.FORGED)


async def cookies(here: House, client: Knocker, tally: Tally) -> None:
    """Cookies that are none, and a good one from another page."""
    genuine = await client.ask(post("/api/login", {"token": API_TOKEN}, ("Origin", here.origin)))
    good = genuine.headers["set-cookie"].split(";")[0].partition("=")[2]
    tried = [(Kind.MUTATED, one) for one in changes(good)]
    tried += [(Kind.FORGED, sealer("t" * 43).login("operator", "x")), (Kind.FORGED, sealer().login("operator", "x"))]
    tried += [(Kind.REPLAYED, sealer(ago_s=50_000).login("operator", "x")), (Kind.REPLAYED, sealer().invite(1, 60.0))]
    for kind, cookie in tried:
        for name in (COOKIE, f"__Host-{COOKIE}"):
            knock = post("/api/rooms", {}, ("Cookie", f"{name}={cookie}"), ("Origin", here.origin))
            assert (await client.ask(knock)).status == 401, cookie
            tally.add("POST /api/rooms", kind)
    for origin in STRANGE:
        for path in COSTLY:
            reply = await client.ask(post(path, {}, ("Cookie", f"{COOKIE}={good}"), ("Origin", origin)))
            assert reply.status == 403, origin
            tally.add(f"POST {path}", Kind.REPLAYED)
    for header in ("Bearer x", f"Basic {API_TOKEN}", f"Bearer {API_TOKEN}x", f"Bearer {SECRET}"):
        for path in COSTLY:
            assert (await client.ask(post(path, {}, ("Authorization", header)))).status == 401
            tally.add(f"POST {path}", Kind.FORGED)


# ---- Rooms -----------------------------------------------------------------------------------------------------------


async def keys(client: Knocker, made: Made, other: Made, tally: Tally) -> None:
    path = f"/api/rooms/{made['room']}"
    tried = [(Kind.MUTATED, one) for one in changes(made["key"])]
    tried += [(Kind.REPLAYED, other["key"]), (Kind.REPLAYED, made["host"]), (Kind.FORGED, API_TOKEN)]
    tried += [(Kind.FORGED, sealer("t" * 43).room_key(made["room"])), (Kind.FORGED, sealer().room_key("x"))]
    for kind, key in tried:
        looked = await client.ask(Knock(path, (("Authorization", f"Bearer {key}"),), method="GET"))
        sat = await client.ask(post(f"{path}/seats", {"key": key or "x", "name": "E", "language": "es"}))
        assert (looked.status, sat.status) == (403, 403), key
        tally.add("GET /api/rooms/{room}", kind)
        tally.add("POST /api/rooms/{room}/seats", kind)
    for host in (other["host"], made["key"], sealer("t" * 43).host(made["room"], 60.0), *changes(made["host"])):
        asked = {"key": made["key"], "name": "E", "language": "es", "host": host}
        assert (await client.ask(post(f"{path}/seats", asked))).status in (400, 403), host
        tally.add("POST /api/rooms/{room}/seats", Kind.FORGED)


async def seats(client: Knocker, made: Made, other: Made, stranger: str, tally: Tally) -> None:
    """Another room's seat, and changed ones, read nothing and end nothing."""
    own = sealer().seat(made["room"], "p1", 600.0)
    tried = [(Kind.MUTATED, one) for one in changes(own)]
    tried += [(Kind.REPLAYED, stranger), (Kind.REPLAYED, other["host"]), (Kind.REPLAYED, made["key"])]
    tried += [(Kind.FORGED, sealer("t" * 43).seat(made["room"], "p1", 60.0)), (Kind.FORGED, "x" * 3000)]
    tried += [(Kind.REPLAYED, sealer(ago_s=90.0).seat(made["room"], "p1", 60.0))]
    for kind, token in tried:
        bearer = (("Authorization", f"Bearer {token}"),)
        read = await client.ask(Knock(f"/api/rooms/{made['room']}/transcript.txt", bearer, method="GET"))
        ended = await client.ask(Knock(f"/api/rooms/{made['room']}", bearer, method="DELETE"))
        assert (read.status, ended.status) == (403, 401), token
        tally.add("GET /api/rooms/{room}/transcript", kind)
        tally.add("DELETE /api/rooms/{room}", kind)


async def broken(client: Knocker, made: Made, seat: str, tally: Tally) -> None:
    """With every right, and not whole."""
    rights = (("Authorization", f"Bearer {API_TOKEN}"), ("Content-Type", "application/json"))
    for path in (*COSTLY, f"/api/rooms/{made['room']}/seats"):
        name = f"POST {path.replace(made['room'], '{room}')}"
        for body in BROKEN:
            reply = await client.ask(Knock(path, rights, body))
            assert (reply.status, bool(json.loads(reply.body)["fix"])) == (400, True), f"{name} {body[:20]!r}"
            tally.add(name, Kind.MALFORMED)
        assert (await client.ask(Knock(path, rights, b"x" * 70_000))).status == 413
        tally.add(name, Kind.MALFORMED)
    reader = (("Authorization", f"Bearer {seat}"),)
    for path in ("transcript.exe", "transcript.", "transcript.txt/x", "transcript.%00", "../transcript.txt"):
        reply = await client.ask(Knock(f"/api/rooms/{made['room']}/{path}", reader, method="GET"))
        assert reply.status in (403, 404), path
        tally.add("GET /api/rooms/{room}/transcript", Kind.MALFORMED)
    for path in ("/assets/../app.py", "/assets/%2e%2e/wire.py", "/assets//etc/passwd", "/assets/%00", "/r/../x"):
        assert (await client.ask(Knock(path, method="GET"))).status == 404, path
        tally.add("GET /assets", Kind.MALFORMED)


# ---- The socket ------------------------------------------------------------------------------------------------------


async def handshakes(here: House, client: Knocker, tally: Tally) -> None:
    ours = ("Origin", here.origin)
    for origin in STRANGE:
        reply = await client.ask(Knock(PATH, (*UPGRADE, PROTOCOL, ("Origin", origin)), method="GET"))
        assert reply.status == 403, origin
        tally.add(PATH, Kind.FORGED)
    for headers in ((*UPGRADE, PROTOCOL), (*UPGRADE, ours), (*UPGRADE, ours, ("Sec-WebSocket-Protocol", "x"))):
        assert (await client.ask(Knock(PATH, headers, method="GET"))).status == 403
        tally.add(PATH, Kind.MALFORMED)
    for target in (f"{PATH}?seat=x", "/browser//stream", "/Browser/stream", "/browser", f"{PATH}/x"):
        reply = await client.ask(Knock(target, (*UPGRADE, PROTOCOL, ours), method="GET"))
        assert reply.status in (403, 404), target
        tally.add(PATH, Kind.MUTATED)


async def joins(here: House, made: Made, other: Made, tally: Tally) -> None:
    """Tokens that are of no seat here, and what comes before any: an error that says so, and the end."""
    room = made["room"]
    tried = [
        (Kind.FORGED, sealer("t" * 43).seat(room, "p1", 60.0)),
        (Kind.FORGED, sealer().seat(room, "nobody", 60.0)),
        (Kind.FORGED, sealer().seat("nowhere", "p1", 60.0)),
        (Kind.REPLAYED, sealer(ago_s=90.0).seat(room, "p1", 60.0)),
        (Kind.REPLAYED, sealer().seat(other["room"], "p9", 60.0)),
        (Kind.REPLAYED, made["host"]),
        (Kind.REPLAYED, made["key"]),
        (Kind.REPLAYED, sealer().seat(room, "p1", 60.0)),  # the seat is taken
        *((Kind.MUTATED, one) for one in list(changes(sealer().seat(room, "p1", 60.0)))[::12] if one),
    ]
    for kind, token in tried:
        async with page(here.origin, token) as stranger:
            await stranger.until(lambda stranger=stranger: stranger.all(wire.ErrorTold))  # type: ignore[misc]
            (told,) = stranger.all(wire.ErrorTold)
            assert (told.fatal, stranger.all(wire.Joined), bytes(stranger.ear)) == (True, [], b""), token
        tally.add(PATH, kind)


def changes(token: str) -> Iterator[str]:
    """Every second character another one, and every second beginning of it."""
    for place, letter in list(enumerate(token))[::2]:
        other = string.ascii_letters[(string.ascii_letters.find(letter) + 1) % 52]
        yield token[:place] + other + token[place + 1 :]
        yield token[:place]
