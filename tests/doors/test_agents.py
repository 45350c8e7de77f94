"""The doors of agents who answer phone calls in pages: who is not genuine answers nothing, and a living call beside
does not notice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from dragoman.browser import wire
from dragoman.interpreters.openai.emulator.markers import answer_hz
from dragoman.tokens import Tokens
from dragoman.web.logins import COOKIE
from dragoman.web.logins import Kind as Login
from tests.doors.knocking import Knock, Knocker, knocker
from tests.doors.tally import Kind, Tally
from tests.rig.agents_in_browsers import RigAgent, browser_town, on_duty
from tests.rig.pages import page
from tests.rig.town import API_TOKEN, SECRET, Town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(120)]

DUTY = "/api/agent/calls"
BROKEN = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"[" * 30_000,
    b"\xff",
    b'{"page":""}',
    b'{"page":"p","x":1}',
    b'{"page":1}',
)
JSON = ("Content-Type", "application/json")
RIGHT = ("Authorization", f"Bearer {API_TOKEN}")


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Iterator[Tally]:
    made = Tally()
    yield made
    made.record(record_property)


def sealer(secret: str = SECRET, ago_s: float = 0.0) -> Tokens:
    now = datetime.now(UTC).timestamp()
    return Tokens(secret, lambda: now - ago_s)


async def test_what_is_not_genuine_answers_no_call_and_touches_nobody(tally: Tally) -> None:
    async with browser_town() as here, on_duty(here) as agent:
        await here.dial()
        seat = await agent.accepts()
        async with page(here.public_url, seat) as talking:
            await talking.joined()
            call_id = here.call_id
            waiting = await here.dial("+34600000002")
            ring = (await agent.rings())["call"]
            async with knocker(here.public_url) as client:
                await nobody(client, ring, tally)
                await broken(client, ring, tally)
                await strangers(client, agent, tally)
            await seats(here, seat, call_id, ring, tally)
            assert [one["call"] for one in agent.calls] == [ring], "it rings on, for who may answer"
            assert here.app.calls.find(call_id) is not None
            talking.say(500)
            await talking.until(
                lambda: any(one.party == "agent" and one.side == "target" for one in talking.all(wire.CaptionShown))
            )
            assert answer_hz(500) not in talking.markers()
            waiting.hang_up()


async def nobody(client: Knocker, ring: str, tally: Tally) -> None:
    """No token, cookies that are forged, old or a guest's, and our own cookie from another page."""
    body = json.dumps({"page": "p"}).encode()
    mark = "0" * 16
    cookies = [
        (Kind.FORGED, sealer("t" * 43).login(Login.OPERATOR.value, mark)),
        (Kind.FORGED, sealer().login(Login.OPERATOR.value, mark)),
        (Kind.REPLAYED, sealer(ago_s=10**6).login(Login.OPERATOR.value, mark)),
        (Kind.FORGED, sealer().login(Login.GUEST.value, "1~nonce")),
        (Kind.FORGED, sealer().invite(1, 600.0)),
        (Kind.FORGED, "x"),
    ]
    tried: list[tuple[Kind, tuple[tuple[str, str], ...]]]
    tried = [(kind, (("Cookie", f"{COOKIE}={value}"),)) for kind, value in cookies]
    tried += [(Kind.FORGED, ()), (Kind.FORGED, (("Authorization", f"Bearer {API_TOKEN[:-1]}"),))]
    for kind, headers in tried:
        for path, method in ((DUTY, "GET"), (f"{DUTY}/{ring}/accept", "POST"), (f"{DUTY}/{ring}/decline", "POST")):
            reply = await client.ask(Knock(path, (*headers, JSON), b"" if method == "GET" else body, method=method))
            assert reply.status in (401, 403), (path, headers)
            tally.add(f"{method} {path.replace(ring, '{call}')}", kind)


async def broken(client: Knocker, ring: str, tally: Tally) -> None:
    """With every right, and not whole."""
    for what in ("accept", "decline"):
        path = f"{DUTY}/{ring}/{what}"
        for body in BROKEN:
            reply = await client.ask(Knock(path, (RIGHT, JSON), body))
            assert (reply.status, bool(json.loads(reply.body)["fix"])) == (400, True), body[:20]
            tally.add(f"POST {DUTY}/{{call}}/{what}", Kind.MALFORMED)
        assert (await client.ask(Knock(path, (RIGHT, JSON), b"x" * 70_000))).status == 413
        tally.add(f"POST {DUTY}/{{call}}/{what}", Kind.MALFORMED)


async def strangers(client: Knocker, agent: RigAgent, tally: Tally) -> None:
    """Pages that are not on duty, and calls that do not ring."""
    ring, own = agent.calls[0]["call"], agent.duty["page"]
    for call, name in ((ring, own[:-1]), (ring, "p" * 60), ("page-other", own), ("..", own), ("%00", own)):
        body = json.dumps({"page": name}).encode()
        reply = await client.ask(Knock(f"{DUTY}/{call}/accept", (RIGHT, JSON), body))
        assert reply.status in (404, 405), (call, name, reply.status)
        tally.add(f"POST {DUTY}/{{call}}/accept", Kind.FORGED)
    await client.ask(Knock(f"{DUTY}/{ring}/decline", (RIGHT, JSON), json.dumps({"page": "p" * 60}).encode()))
    tally.add(f"POST {DUTY}/{{call}}/decline", Kind.FORGED)


async def seats(here: Town, seat: str, call_id: str, ring: str, tally: Tally) -> None:
    """Tokens of calls' seats that are forged, changed, too old, of another kind, or of what nobody accepted."""
    owner = seat.partition("~")[2].partition(".")[0]
    tried = [
        (Kind.FORGED, sealer("t" * 43).call_seat(call_id, f"page-1~{owner}")),
        (Kind.REPLAYED, sealer(ago_s=10**6).call_seat(call_id, f"page-1~{owner}")),
        (Kind.FORGED, sealer().seat(call_id, f"{ring}~{owner}", 600.0)),
        (Kind.FORGED, sealer().call_seat(call_id, ring)),
        (Kind.FORGED, sealer().call_seat(call_id, f"{ring}~{owner}")),
        (Kind.MUTATED, seat.replace(owner, "p" * len(owner))),
        (Kind.MUTATED, seat[:-1] + ("a" if seat[-1] != "a" else "b")),
    ]
    for kind, token in tried:
        async with page(here.public_url, token) as stranger:
            await stranger.until(lambda page_=stranger: page_.all(wire.ErrorTold))  # type: ignore[misc]
            assert stranger.all(wire.ErrorTold)[0].fatal
            assert stranger.all(wire.Joined) == []
        tally.add("GET /browser/stream", kind)
