"""The media door: forged handshakes; stream tokens that are old, used, or changed; starts that are not whole."""

from __future__ import annotations

import asyncio
import string
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from dragoman.domain.call import EndAsked, Role
from dragoman.domain.outcome import Outcome, Result
from dragoman.telephony.twilio.emulator import ACCOUNT_SID
from dragoman.telephony.twilio.emulator.server import AUTH_TOKEN
from dragoman.telephony.twilio.signature import HEADER, sign
from dragoman.tokens import STREAM_TTL_S, Tokens
from tests.doors import forgeries
from tests.doors.beside import Beside
from tests.doors.knocking import Knock, knocker
from tests.doors.tally import Kind, Tally
from tests.rig.strangers import raw_stream, ringing
from tests.rig.town import SECRET, Talk, Town, town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(120)]

DOOR = "/intercept"
ASSISTANT = "/twilio/stream"
UPGRADE = (
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
)
AT_ONCE = 25

Parameters = dict[str, str]


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Iterator[Tally]:
    made = Tally()
    yield made
    made.record(record_property)


async def test_what_is_not_genuine_stays_outside_and_touches_nobody(tally: Tally) -> None:
    async with town("conversation") as here:
        talk = await here.interpreted()
        beside = Beside(here, talk)
        await handshakes(here, tally, DOOR)
        dialled = await tokens(here, talk, tally)
        await starts(here, tally)
        await beside.untouched(dialled)


# ---- The handshake ---------------------------------------------------------------------------------------------------


async def handshakes(here: Town, tally: Tally, door: str, open_sockets: int = 2) -> None:
    url = here.address(door).replace("http", "ws", 1)
    async with knocker(here.public_url) as client:
        for kind, knock in bad_handshakes(here, door, url, sign(AUTH_TOKEN, url)):
            reply = await client.ask(knock)
            assert reply.status in (400, 403, 404, 405), f"{kind.value}, {knock.why}: {reply.status}"
            tally.add(door, kind)
    assert here.app.server.media_sockets == open_sockets


def bad_handshakes(here: Town, door: str, url: str, good: str) -> Iterator[tuple[Kind, Knock]]:
    """None of these is an upgrade to the stream's address as Twilio signs it."""
    yield Kind.FORGED, Knock(door, UPGRADE, method="GET", why="no signature")
    # Twilio may add a slash; and where there is no form, the address is all that is signed.
    genuine = {good, sign(AUTH_TOKEN, url + "/")}
    for why, signature in forgeries.signatures(AUTH_TOKEN, url, {}):
        if signature not in genuine:
            yield Kind.FORGED, upgrade(door, signature, why)
    for host in ("evil.example", "localhost"):
        for scheme in ("ws", "wss", "https"):
            signature = sign(AUTH_TOKEN, f"{scheme}://{host}{door}")
            yield Kind.FORGED, upgrade(door, signature, f"signed for the host header {host}", host=host)
    for target in ("/incoming-call", "/leg?call=c&role=caller"):
        form = {"CallSid": "CA1", "AccountSid": ACCOUNT_SID}
        signature = sign(AUTH_TOKEN, here.address(target), form.items())
        yield Kind.REPLAYED, upgrade(door, signature, f"that of {target}")
    for target in ("?x=1", "?call=c", "?token=x", "?" + "x" * 5000, "/x", ";x", "%20", "%2f", "//x"):
        yield Kind.MUTATED, upgrade(door + target, good, f"path {target[:20]}")
    other = DOOR if door == ASSISTANT else ASSISTANT
    stranger = sign(AUTH_TOKEN, here.address(other).replace("http", "ws", 1))
    yield Kind.REPLAYED, upgrade(door, stranger, f"that of {other}")
    for target in (f"/{door}", door.title(), f"/.{door}", f"/%{ord(door[1]):x}{door[2:]}"):
        yield Kind.MUTATED, upgrade(target, good, f"path {target}")
    signed = (HEADER, good)
    for name, _ in UPGRADE:
        left = tuple(one for one in UPGRADE if one[0] != name)
        yield Kind.MALFORMED, Knock(door, (*left, signed), method="GET", why=f"without {name}")
        wrong = tuple((one, "x" if one == name else value) for one, value in UPGRADE)
        yield Kind.MALFORMED, Knock(door, (*wrong, signed), method="GET", why=f"a wrong {name}")
    for method in ("POST", "PUT", "HEAD"):
        yield Kind.MALFORMED, Knock(door, (*UPGRADE, signed), method=method, why=method)


def upgrade(target: str, signature: str, why: str, host: str = "") -> Knock:
    return Knock(target, (*UPGRADE, (HEADER, signature)), method="GET", host=host, why=why)


# ---- The token -------------------------------------------------------------------------------------------------------


async def tokens(here: Town, talk: Talk, tally: Tally) -> int:
    """The handshake's signature is always the same one: what lets a stream into a call is its token.

    Gives the legs that were dialled by the one genuine stream.
    """
    own = await ringing(here, "CA" + "1" * 32)
    over = await ringing(here, "CA" + "2" * 32)
    here.app.calls.tell(over["call"], EndAsked(Outcome(Result.US, "over")))
    tried = [*other_tokens(here, talk, own, over), *changed_tokens(own)]
    for begin in range(0, len(tried), AT_ONCE):
        async with asyncio.TaskGroup() as group:
            for kind, parameters in tried[begin : begin + AT_ONCE]:
                group.create_task(stays_outside(here, parameters))
                tally.add(DOOR, kind)
    dialled = await used_twice(here, own, tally)
    here.app.calls.tell(own["call"], EndAsked(Outcome(Result.US, "over")))
    await here.until(lambda: len(here.app.calls.calls()) == 1)
    return dialled


async def stays_outside(here: Town, parameters: Parameters, door: str = DOOR, **change: Any) -> None:
    async with raw_stream(here, door=door) as stream:
        await stream.start(parameters, **change)
        code, reason = await stream.closed()
        assert code == 1008, f"{parameters} {change}: {code} {reason}"
        assert reason, parameters


def other_tokens(here: Town, talk: Talk, own: Parameters, over: Parameters) -> Iterator[tuple[Kind, Parameters]]:
    """Genuine ones, of another time, call, leg or purpose; and those made with another secret."""
    now = datetime.now(UTC).timestamp()
    old = Tokens(SECRET, lambda: now - STREAM_TTL_S - 5)
    living = {"call": talk.call_id, "role": "caller"}
    yield Kind.REPLAYED, own | {"token": old.stream(own["call"], Role.CALLER)}
    yield Kind.REPLAYED, over
    yield Kind.REPLAYED, own | {"role": "agent"}
    yield Kind.REPLAYED, own | {"call": talk.call_id}
    yield Kind.REPLAYED, own | {"call": over["call"]}
    yield Kind.REPLAYED, own | {"call": "another"}
    yield Kind.REPLAYED, own | {"token": here.tokens.panel(own["call"])}
    yield Kind.REPLAYED, living | {"token": here.tokens.stream(talk.call_id, Role.CALLER)}
    for secret in ("t" * 43, SECRET.upper(), SECRET + "s", SECRET[:-1]):
        stranger = Tokens(secret, lambda: now)
        yield Kind.FORGED, own | {"token": stranger.stream(own["call"], Role.CALLER)}
        yield Kind.FORGED, living | {"token": stranger.stream(talk.call_id, Role.CALLER)}


def changed_tokens(own: Parameters) -> Iterator[tuple[Kind, Parameters]]:
    token = own["token"]
    for place, letter in enumerate(token):
        other = string.ascii_letters[(string.ascii_letters.find(letter) + 1) % 52]
        yield Kind.MUTATED, own | {"token": token[:place] + other + token[place + 1 :]}
    kind, nonce, expiry, mac = token.split(".")
    for later in (f"{int(expiry, 16) + 3600:x}", "f" * 8, "0", "-1", "", "0x" + expiry, expiry.upper() + "0"):
        yield Kind.MUTATED, own | {"token": f"{kind}.{nonce}.{later}.{mac}"}
    for wrong in ("", ".", "...", "....", "s...", token + ".", token[:-1], token * 9, "é" * 20, "\x00", token.upper()):
        yield Kind.MUTATED, own | {"token": wrong}
    for name in own:
        yield Kind.MALFORMED, {one: value for one, value in own.items() if one != name}
    for role in ("", "boss", "CALLER", "caller ", "0") if "role" in own else ():
        yield Kind.MALFORMED, own | {"role": role}


async def used_twice(here: Town, own: Parameters, tally: Tally) -> int:
    """The first stream comes in (and an agent is dialled); who copies its start does not, then and afterwards.

    Gives the legs that were dialled.
    """
    legs = len(here.twilio.exchange.calls)
    async with raw_stream(here) as first:
        await first.start(own)
        await here.until(lambda: here.app.server.media_sockets == 4)
        dialled = len(here.twilio.exchange.calls) - legs
        for _ in range(10):
            await stays_outside(here, own)
        assert first.open
    for _ in range(10):
        await stays_outside(here, own)
    tally.add(DOOR, Kind.REPLAYED, number=20)
    return dialled


# ---- The start message -----------------------------------------------------------------------------------------------


async def starts(here: Town, tally: Tally) -> None:
    own = await ringing(here, "CA" + "3" * 32)
    changes: list[dict[str, Any]] = [
        {"accountSid": "AC" + "f" * 32},
        {"accountSid": ""},
        {"streamSid": "MZother"},
        {"mediaFormat": {"encoding": "audio/pcm", "sampleRate": 16000, "channels": 1}},
        {"mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 16000, "channels": 1}},
        {"customParameters": {}},
    ]
    for change in changes:
        await stays_outside(here, own, **change)
    broken: list[dict[str, Any] | str] = [
        *("", "{", "[]", "null", '{"event":"start"}', '{"event":"start","start":[]}', '{"event":7}', "x" * 60_000),
        {"event": "media", "media": {"payload": "!"}},
        {"event": "dtmf", "dtmf": {"digit": "1"}},
    ]
    async with raw_stream(here) as stream:
        for _ in range(6):
            await stream.say(*broken)
        assert await stream.closed() == (1008, "no start message")
    tally.add(DOOR, Kind.MALFORMED, number=len(changes) + 6 * len(broken))
    here.app.calls.tell(own["call"], EndAsked(Outcome(Result.US, "over")))
    await here.until(lambda: len(here.app.calls.calls()) == 1)


# ---- The door of calls that an assistant answers ---------------------------------------------------------------------


async def test_what_is_not_genuine_reaches_no_assistant(tally: Tally) -> None:
    async with town("conversation") as here:
        await handshakes(here, tally, ASSISTANT, open_sockets=0)
        own = await ringing(here, "CA" + "1" * 32, "/twilio/voice")
        other = await ringing(here, "CA" + "2" * 32, "/twilio/voice")
        await here.until(lambda: len(here.open_sessions) == 2)
        tried = [*strange_tokens(here, own, other), *changed_tokens(own)]
        for begin in range(0, len(tried), AT_ONCE):
            async with asyncio.TaskGroup() as group:
                for kind, parameters in tried[begin : begin + AT_ONCE]:
                    group.create_task(stays_outside(here, parameters, ASSISTANT))
                    tally.add(ASSISTANT, kind)
        async with raw_stream(here, door=ASSISTANT) as first:
            await first.start(own)
            await here.until(lambda: here.app.server.media_sockets == 1)
            for _ in range(10):
                await stays_outside(here, own, ASSISTANT)
            assert first.open
        for _ in range(10):
            await stays_outside(here, own, ASSISTANT)
        tally.add(ASSISTANT, Kind.REPLAYED, number=20)
        for call_sid in ("1", "2"):
            over = {"CallSid": "CA" + call_sid * 32, "AccountSid": ACCOUNT_SID, "CallStatus": "completed"}
            await here.post("/twilio/voice/status", over)
        await here.until(lambda: here.open_sessions == [])
        assert here.app.calls.calls() == []


def strange_tokens(here: Town, own: Parameters, other: Parameters) -> Iterator[tuple[Kind, Parameters]]:
    """Genuine ones, of another time, call or purpose; and those made with another secret."""
    now = datetime.now(UTC).timestamp()
    old = Tokens(SECRET, lambda: now - STREAM_TTL_S - 5)
    yield Kind.REPLAYED, own | {"token": old.assistant_stream(own["call"])}
    yield Kind.REPLAYED, own | {"token": other["token"]}
    yield Kind.REPLAYED, own | {"call": other["call"]}
    yield Kind.REPLAYED, own | {"call": "another"}
    yield Kind.REPLAYED, own | {"token": here.tokens.panel(own["call"])}
    for role in Role:
        yield Kind.REPLAYED, own | {"token": here.tokens.stream(own["call"], role), "role": role.value}
    for secret in ("t" * 43, SECRET.upper(), SECRET + "s", SECRET[:-1]):
        yield Kind.FORGED, own | {"token": Tokens(secret, lambda: now).assistant_stream(own["call"])}
