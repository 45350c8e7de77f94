"""Hundreds of forged, replayed, mutated and malformed requests at each webhook: all refused, beside a living call."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping

import pytest

from dragoman.domain.call import EndAsked
from dragoman.domain.outcome import Outcome as CallOutcome
from dragoman.domain.outcome import Result
from dragoman.telephony.twilio.emulator import ACCOUNT_SID
from dragoman.telephony.twilio.emulator.server import AUTH_TOKEN
from dragoman.telephony.twilio.signature import sign
from tests.doors import forgeries
from tests.doors.beside import Beside
from tests.doors.knocking import Knock, Knocker, Reply, form, knocker
from tests.doors.tally import Kind, Outcome, Tally
from tests.rig.town import LINE, Talk, Town, town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(120)]

WEBHOOKS = (
    "/incoming-call?lang=es",
    "/outbound-call",
    "/reservation-accepted",
    "/leg?call=c&role=caller",
    "/call-status?call=c&role=agent",
    "/stream-status?call=c&role=agent",
    "/fallback?lang=es",
)
ASSISTANT = (
    "/twilio/voice?lang=en",
    "/twilio/voice/next?call=c&step=message",
    "/twilio/voice/whisper?call=c",
    "/twilio/voice/status?call=c",
    "/twilio/voice/fallback?lang=en",
)
"""Those of calls that an assistant answers."""
FIELDS = {
    "CallSid": "CA" + "7" * 32,
    "AccountSid": ACCOUNT_SID,
    "From": "+34600000009",
    "To": LINE,
    "CallStatus": "in-progress",
    "EventType": "reservation.accepted",
}
REPEATS = 6
"""The first time and five retries, the most that a carrier can be told to make."""


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Iterator[Tally]:
    made = Tally()
    yield made
    made.record(record_property)


async def test_what_is_not_genuine_stays_outside_and_touches_nobody(tally: Tally) -> None:
    async with town("conversation") as here, knocker(here.public_url) as client:
        talk = await here.interpreted()
        beside = Beside(here, talk)
        for target in (*WEBHOOKS, *ASSISTANT):
            fields = FIELDS | attributes(talk)
            await refused(
                client, tally, target, Kind.FORGED, forgeries.forged(AUTH_TOKEN, here.public_url, target, fields)
            )
            await refused(
                client, tally, target, Kind.MUTATED, forgeries.mutated(AUTH_TOKEN, here.public_url, target, fields)
            )
            await refused(client, tally, target, Kind.REPLAYED, elsewhere(here, target, fields))
            await malformed(client, tally, here, target, fields)
        await repeated(here, client, tally, talk)
        await answered_once(here, client, tally)
        await beside.untouched()


def attributes(talk: Talk) -> dict[str, str]:
    """What makes a task's event one of the living call."""
    return {"TaskAttributes": json.dumps({"dragoman_call": talk.call_id}), "ReservationSid": "WR" + "1" * 32}


async def refused(client: Knocker, tally: Tally, door: str, kind: Kind, knocks: Iterator[Knock]) -> None:
    """Each is answered with 403, and says why."""
    for knock in knocks:
        reply = await client.ask(knock)
        assert reply.status == 403, f"{door}, {kind.value}, {knock.why}: {reply.status} {reply.body!r}"
        assert b"X-Twilio-Signature" in reply.body
        tally.add(door, kind)


def elsewhere(here: Town, target: str, fields: Mapping[str, str]) -> Iterator[Knock]:
    """Genuine requests that somebody saw on the way, sent to this door: those of the others, and its own of old."""
    for other in (
        *WEBHOOKS,
        *ASSISTANT,
        "/incoming-call?call=other",
        "/leg?call=other&role=agent",
        "/leg?call=c&role=agent",
    ):
        if other != target:
            signature = sign(AUTH_TOKEN, here.address(other), fields.items())
            yield form(target, fields, signature, f"that of {other}")
            yield form(other.replace("?", "?x=1&", 1) if "?" in other else other + "?x=1", fields, signature, "longer")
    for number in range(10):
        older = dict(fields) | {"CallSid": f"CA{number:032}"}
        yield form(target, fields, sign(AUTH_TOKEN, here.address(target), older.items()), "that of another call")
        yield form(target, older, sign(AUTH_TOKEN, here.address(target), fields.items()), "another call's form")
    for stream in ("/intercept", "/twilio/stream"):
        handshake = sign(AUTH_TOKEN, here.address(stream).replace("http", "ws", 1))
        yield form(target, fields, handshake, f"that of the handshake of {stream}")
        yield form(target, {}, handshake, f"that of the handshake of {stream}, no form")


async def malformed(client: Knocker, tally: Tally, here: Town, target: str, fields: Mapping[str, str]) -> None:
    knocks = forgeries.malformed(AUTH_TOKEN, here.public_url, target, fields)
    for knock in knocks:
        reply = await client.ask(knock)
        answered(reply, f"{target}, {knock.why}", {403, 404, 405, 413})
        tally.add(target, Kind.MALFORMED)
    for raw in forgeries.NO_HTTP:
        reply = await client.ask_raw(raw.replace(b"{target}", target.encode()))
        answered(reply, f"{target}, {raw!r}", {400})
        await client.close()
        tally.add(target, Kind.MALFORMED)
    for name in ("CallSid", "EventType"):
        left = {one: value for one, value in fields.items() if one != name}
        reply = await client.ask(form(target, left, sign(AUTH_TOKEN, here.address(target), left.items())))
        if reply.status >= 300:  # this door needs it
            answered(reply, f"{target} without {name}", {400})
            assert name.encode() in reply.body, "the reason names what is missing"
            tally.add(target, Kind.MALFORMED)


def answered(reply: Reply, what: str, statuses: set[int]) -> None:
    """Refused with one of these, a reason, and our headers."""
    assert reply.status in statuses, f"{what}: {reply.status} {reply.body!r}"
    assert reply.body, what
    assert reply.headers.get("x-content-type-options") == "nosniff", what
    assert "frame-ancestors 'none'" in reply.headers.get("content-security-policy", ""), what


# ---- Genuine, and once more ------------------------------------------------------------------------------------------


async def repeated(here: Town, client: Knocker, tally: Tally, talk: Talk) -> None:
    """The carrier repeats what it got no answer to, with the same idempotency token: each is one event."""
    call_id = await rung_once(here, client, tally)
    for target in WEBHOOKS[1:]:
        if target.startswith("/reservation"):
            fields = FIELDS | attributes(talk) | {"EventType": "reservation.accepted"}
        else:
            fields = FIELDS
        replies = [await client.ask(genuine(here, target, fields)) for _ in range(REPEATS)]
        assert len({(reply.status, reply.body) for reply in replies}) == 1, target
        assert replies[0].status in (200, 204)
        tally.add(target, Kind.REPLAYED, Outcome.NO_EFFECT, REPEATS - 1)
    here.app.calls.tell(call_id, EndAsked(CallOutcome(Result.US, "over")))
    await here.until(lambda: len(here.app.calls.calls()) == 1)


async def rung_once(here: Town, client: Knocker, tally: Tally) -> str:
    """The same incoming call, all at once and one after the other: one call."""
    knock = genuine(here, WEBHOOKS[0], FIELDS)
    first = await client.ask(knock)

    async def again() -> Reply:
        async with knocker(here.public_url) as other:
            return await other.ask(knock)

    replies = [first, *await asyncio.gather(*(again() for _ in range(REPEATS - 1)))]
    calls = {found.group(1) for reply in replies if (found := re.search(rb'name="call" value="([^"]+)"', reply.body))}
    assert len(calls) == 1
    assert len(here.app.calls.calls()) == 2
    tally.add(WEBHOOKS[0], Kind.REPLAYED, Outcome.NO_EFFECT, REPEATS - 1)
    return calls.pop().decode()


async def answered_once(here: Town, client: Knocker, tally: Tally) -> None:
    """The same call for an assistant, all at once and one after the other: one call, one session; then it is over."""
    knock = genuine(here, ASSISTANT[0], FIELDS)

    async def again() -> Reply:
        async with knocker(here.public_url) as other:
            return await other.ask(knock)

    replies = [await client.ask(knock), *await asyncio.gather(*(again() for _ in range(REPEATS - 1)))]
    calls = {found.group(1) for reply in replies if (found := re.search(rb'name="call" value="([^"]+)"', reply.body))}
    assert len(calls) == 1
    await here.until(lambda: len(here.open_sessions) == 3)
    tally.add(ASSISTANT[0], Kind.REPLAYED, Outcome.NO_EFFECT, REPEATS - 1)
    status = ASSISTANT[3].replace("call=c", f"call={calls.pop().decode()}")
    for target in (*ASSISTANT[1:3], *ASSISTANT[4:]):
        asked = [await client.ask(genuine(here, target, FIELDS)) for _ in range(REPEATS)]
        assert len({(reply.status, reply.body) for reply in asked}) == 1, target
        tally.add(target, Kind.REPLAYED, Outcome.NO_EFFECT, REPEATS - 1)
    for _ in range(REPEATS):
        over = FIELDS | {"CallStatus": "completed"}
        assert (await client.ask(genuine(here, status.partition("?")[0], over))).status == 204
    tally.add(status, Kind.REPLAYED, Outcome.NO_EFFECT, REPEATS - 1)
    await here.until(lambda: len(here.open_sessions) == 2)


def genuine(here: Town, target: str, fields: Mapping[str, str]) -> Knock:
    made = form(target, fields, sign(AUTH_TOKEN, here.address(target), fields.items()))
    return Knock(made.target, (*made.headers, ("I-Twilio-Idempotency-Token", "t-1")), made.body)
