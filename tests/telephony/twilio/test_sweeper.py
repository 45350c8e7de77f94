"""Orphans: what lives on at Twilio when its call is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from prometheus_client import CollectorRegistry, Counter

from dragoman.domain.call import CallId, CallView
from dragoman.domain.language import LanguageTag
from dragoman.telephony.twilio import Twilio, build
from dragoman.telephony.twilio.sweeper import EVERY_S, Sweeper
from tests.fakes.scripted_switchboard import ScriptedSwitchboard
from tests.fakes.twilio_desk import PUBLIC_URL, VirtualTime, twilio_settings

pytestmark = pytest.mark.unit


class Broom:
    """A sweeper over two legs of two calls; `statuses` are what Twilio says of them, or how it refuses."""

    def __init__(self, **statuses: str | int) -> None:
        self.statuses: dict[str, str | int] = {"CA1": "in-progress", "CA2": "in-progress", **statuses}
        self.asked: list[str] = []
        self.ended: list[str] = []
        self.time = VirtualTime()
        self.switchboard = ScriptedSwitchboard()
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(self._answer))
        self.twilio: Twilio = build(twilio_settings(), PUBLIC_URL, http, clock=self.time, sleep=self.time.sleep)
        self.counter = Counter("swept", "", registry=CollectorRegistry())
        self.sweeper: Sweeper = self.twilio.sweeper(self.switchboard, self.counter)
        for number in (1, 2):
            self.twilio._placed.add(f"CA{number}", f"c{number}", "")

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        sid = request.url.path.rpartition("/")[2].removesuffix(".json")
        status = self.statuses[sid]
        (self.asked if request.method == "GET" else self.ended).append(sid)
        if isinstance(status, int):
            return httpx2.Response(status, json={"code": status})
        return httpx2.Response(200, json={"sid": sid, "status": status})

    def lives(self, call_id: str) -> None:
        tags = LanguageTag("es"), LanguageTag("en")
        self.switchboard.views[call_id] = CallView(CallId(call_id), "interpreting", *tags, (), 1.0)

    @property
    def known(self) -> list[str]:
        return [leg.sid for leg in self.twilio._placed.all()]


async def test_a_leg_whose_call_is_over_is_ended_and_reported_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    broom = Broom()
    broom.lives("c2")
    assert await broom.sweeper.sweep() == 1
    assert (broom.asked, broom.ended, broom.known) == (["CA1"], ["CA1"], ["CA2"])
    assert broom.counter._value.get() == 1
    printed = capsys.readouterr()
    assert "orphaned leg ended" in printed.out + printed.err
    assert await broom.sweeper.sweep() == 0


@pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "canceled", 404])
async def test_a_leg_that_is_over_at_twilio_is_only_forgotten(status: str | int) -> None:
    broom = Broom(CA1=status, CA2=status)
    assert await broom.sweeper.sweep() == 0
    assert (broom.asked, broom.ended, broom.known) == (["CA1", "CA2"], [], [])


@pytest.mark.parametrize("status", ["queued", "ringing"])
async def test_a_leg_that_still_rings_is_ended_too(status: str) -> None:
    broom = Broom(CA1=status)
    broom.lives("c2")
    assert await broom.sweeper.sweep() == 1


async def test_what_twilio_refuses_is_tried_again_the_next_time() -> None:
    broom = Broom(CA1=401)
    assert await broom.sweeper.sweep() == 1, "the other one"
    assert broom.known == ["CA1"]
    broom.statuses["CA1"] = "in-progress"
    assert await broom.sweeper.sweep() == 1
    assert broom.known == []


@pytest.mark.parametrize("body", [b"no gzip at all", b""], ids=["garbled", "nested"])
async def test_an_answer_that_nobody_can_read_ends_neither_the_leg_nor_the_server(body: bytes) -> None:
    broom = Broom(CA1="in-progress")
    readable = broom._answer

    async def pieces() -> AsyncIterator[bytes]:
        yield body

    def answer(request: httpx2.Request) -> httpx2.Response:
        if "CA1" not in request.url.path:
            return readable(request)
        if not body:
            return httpx2.Response(200, content=b'{"status":' + b"[" * 100_000)
        return httpx2.Response(200, headers={"content-encoding": "gzip"}, content=pieces())

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as http:
        broom.twilio._rest._http = http
        assert await broom.sweeper.sweep() == 1, "the other one"
    assert broom.known == ["CA1"]


async def test_it_is_done_once_a_minute() -> None:
    broom = Broom()
    swept = 0

    async def sleep(seconds: float) -> None:
        nonlocal swept
        assert seconds == EVERY_S
        swept += 1
        if swept > 2:
            raise asyncio.CancelledError

    broom.sweeper._sleep = sleep
    with pytest.raises(asyncio.CancelledError):
        await broom.sweeper.run()
    assert broom.ended == ["CA1", "CA2"]
