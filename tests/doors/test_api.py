"""The API, its captions and the metrics: nobody comes in without the token, nor with a token for something else."""

from __future__ import annotations

import json
import string
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from dragoman.domain.call import Role
from dragoman.telephony.twilio.emulator.server import AUTH_TOKEN
from dragoman.tokens import PANEL_TTL_S, Tokens
from tests.doors.beside import Beside
from tests.doors.knocking import Knock, Knocker, knocker
from tests.doors.tally import Kind, Tally
from tests.rig.town import API_TOKEN, SECRET, Talk, Town, town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(120)]

WISH = json.dumps({"to": "+34600000005", "language": "es"}).encode()
CHANGE = json.dumps({"interpreting": "off"}).encode()


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Iterator[Tally]:
    made = Tally()
    yield made
    made.record(record_property)


async def test_what_is_not_genuine_stays_outside_and_touches_nobody(tally: Tally) -> None:
    async with town("conversation") as here, knocker(here.public_url) as client:
        talk = await here.interpreted()
        beside = Beside(here, talk)
        await bearers(here, client, talk, tally)
        await captions(here, client, talk, tally)
        await broken(client, talk, tally)
        await beside.untouched()


def doors(call_id: str) -> tuple[tuple[str, str, str, bytes], ...]:
    """How each is shown in the table, its method, path and a body that it would take."""
    one = "/api/calls/{call}"
    return (
        ("POST /api/calls", "POST", "/api/calls", WISH),
        ("GET /api/calls", "GET", "/api/calls", b""),
        (f"GET {one}", "GET", f"/api/calls/{call_id}", b""),
        (f"PATCH {one}", "PATCH", f"/api/calls/{call_id}", CHANGE),
        (f"POST {one}/hangup", "POST", f"/api/calls/{call_id}/hangup", b""),
        (f"GET {one}/captions", "GET", f"/api/calls/{call_id}/captions", b""),
        ("GET /metrics", "GET", "/metrics", b""),
    )


# ---- The API's token -------------------------------------------------------------------------------------------------


async def bearers(here: Town, client: Knocker, talk: Talk, tally: Tally) -> None:
    for name, method, path, body in doors(talk.call_id):
        for kind, headers in wrong_bearers(here, talk):
            reply = await client.ask(Knock(path, headers, body, method))
            assert reply.status in (401, 403), f"{name} {headers}: {reply.status}"
            assert json.loads(reply.body)["fix"]
            assert API_TOKEN.encode() not in reply.body
            tally.add(name, kind)


def wrong_bearers(here: Town, talk: Talk) -> Iterator[tuple[Kind, tuple[tuple[str, str], ...]]]:
    """Headers that do not hold the API's token, though some hold something near to it or a token for something else."""
    yield Kind.FORGED, ()
    for value in ("", "x", "null", SECRET, AUTH_TOKEN, API_TOKEN[::-1], API_TOKEN.upper(), API_TOKEN + "x", "é" * 9):
        yield Kind.FORGED, (("Authorization", f"Bearer {value}"),)
    for scheme in ("", "Basic ", "Token ", "Digest ", "Bearer\t", "Bearer="):
        yield Kind.FORGED, (("Authorization", f"{scheme}{API_TOKEN}"),)
    basic = b64encode(f"api:{API_TOKEN}".encode()).decode()
    yield Kind.FORGED, (("Authorization", f"Basic {basic}"),)
    for name in ("X-Api-Token", "Api-Key", "Cookie", "Proxy-Authorization", "X-Authorization"):
        yield Kind.FORGED, ((name, f"Bearer {API_TOKEN}"),)
    yield Kind.REPLAYED, (("Authorization", f"Bearer {here.tokens.panel('another-call')}"),)
    yield Kind.REPLAYED, (("Authorization", f"Bearer {here.tokens.panel(talk.call_id)}"),)
    yield Kind.REPLAYED, (("Authorization", f"Bearer {here.tokens.stream(talk.call_id, Role.AGENT)}"),)
    for changed in changes(API_TOKEN):
        yield Kind.MUTATED, (("Authorization", f"Bearer {changed}"),)
    for value in (
        "Bearer",
        "Bearer ",
        "Bearer  ",
        f"Bearer {API_TOKEN} {API_TOKEN}",
        f"Bearer,{API_TOKEN}",
        "B" * 5000,
    ):
        yield Kind.MALFORMED, (("Authorization", value),)


def changes(token: str) -> Iterator[str]:
    """Each character another one, and each beginning of it."""
    for place, letter in enumerate(token):
        other = string.ascii_letters[(string.ascii_letters.find(letter) + 1) % 52]
        yield token[:place] + other + token[place + 1 :]
        yield token[:place]


# ---- Captions --------------------------------------------------------------------------------------------------------


async def captions(here: Town, client: Knocker, talk: Talk, tally: Tally) -> None:
    path = f"/api/calls/{talk.call_id}/captions"
    for kind, token in wrong_panels(here, talk):
        reply = await client.ask(Knock(f"{path}?token={quote(token, safe='')}", method="GET"))
        assert reply.status == 403, f"{kind.value} {token}: {reply.status}"
        assert json.loads(reply.body)["error"].startswith("token ")
        tally.add("GET /api/calls/{call}/captions", kind)
    good = here.tokens.panel(talk.call_id)
    for query in (f"Token={good}", f"x={good}", "", "token", f"token=&token={good}x"):
        reply = await client.ask(Knock(f"{path}?{query}", method="GET"))
        assert reply.status == 403, query
        tally.add("GET /api/calls/{call}/captions", Kind.MALFORMED)


def wrong_panels(here: Town, talk: Talk) -> Iterator[tuple[Kind, str]]:
    now = datetime.now(UTC).timestamp()
    good = here.tokens.panel(talk.call_id)
    yield Kind.REPLAYED, Tokens(SECRET, lambda: now - PANEL_TTL_S - 5).panel(talk.call_id)
    yield Kind.REPLAYED, here.tokens.panel("another-call")
    yield Kind.REPLAYED, here.tokens.panel("")
    for role in Role:
        yield Kind.REPLAYED, here.tokens.stream(talk.call_id, role)
    for secret in ("t" * 43, SECRET + "s", SECRET[:-1], SECRET.upper()):
        yield Kind.FORGED, Tokens(secret, lambda: now).panel(talk.call_id)
    for text in ("", API_TOKEN, SECRET, "p...", "p" * 399, "p" * 5000, "é" * 30, "\x00"):
        yield Kind.FORGED, text
    for changed in changes(good):
        yield Kind.MUTATED, changed


# ---- With the token, and broken --------------------------------------------------------------------------------------


async def broken(client: Knocker, talk: Talk, tally: Tally) -> None:
    """Whoever may come in is told what is wrong; nothing comes of it."""
    bearer = (("Authorization", f"Bearer {API_TOKEN}"), ("Content-Type", "application/json"))
    bodies = (b"", b"{", b"[]", b"null", b'"x"', b"1e999", b"[" * 30_000, b"\xff", b'{"to":1}', b"{}", b'{"\\ud800":1}')
    for name, method, path, _ in doors(talk.call_id):
        for body in bodies if name in ("POST /api/calls", "PATCH /api/calls/{call}") else ():
            reply = await client.ask(Knock(path, bearer, body, method))
            assert (reply.status, bool(json.loads(reply.body)["fix"])) == (400, True), f"{name} {body[:20]!r}"
            tally.add(name, Kind.MALFORMED)
        reply = await client.ask(Knock(path, bearer, b"x" * 70_000, "POST" if method == "GET" else method))
        assert reply.status in (405, 413), name
        tally.add(name, Kind.MALFORMED)
        if "{call}" in name:
            for other in ("nobody", "%00", "x" * 3000, "..%2f..", "'--"):
                asked = Knock(path.replace(talk.call_id, other), bearer, CHANGE if method == "PATCH" else b"", method)
                reply = await client.ask(asked)
                assert reply.status == 404, f"{name} {other[:20]}: {reply.status}"
                tally.add(name, Kind.MALFORMED)
        for strange in {"PUT", "DELETE", "TRACE"}:
            reply = await client.ask(Knock(path, bearer, b"", strange))
            assert reply.status == 405, f"{strange} {name}"
            tally.add(name, Kind.MALFORMED)
