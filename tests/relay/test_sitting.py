"""Somebody on a seat: what the ear wants done is done on the page."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.domain.call import Notice
from dragoman.domain.effects import Ask, Clear, Mark, Play
from dragoman.domain.room import Parties, PartyId, Playback, SeatId
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.microphone import Microphone
from dragoman.relay.room_ear import Heard, RoomEar
from dragoman.relay.room_seats import RoomSeat
from dragoman.relay.sitting import MUTED_STALE_S, STALE_S, Sitting
from dragoman.relay.taking_turns import SaidAll, Say
from dragoman.relay.wide_gate import WideGate
from tests.fakes.page import WIDE, FakePage, wide_frame
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script


def sitting(told: list[Heard] | None = None) -> Sitting:
    seat = RoomSeat(SeatId("p1"), "Ann", host=False, since=0.0, parties=[])
    heard = told if told is not None else []
    return Sitting(seat, RoomEar(WIDE, EarPlan()), Microphone([PartyId("p1")], WIDE), heard.append)


def test_effects_go_to_the_page_and_nowhere_without_one() -> None:
    async def scene() -> None:
        one, page = sitting(), FakePage()
        one.perform([Play(wide_frame(0))], 0.0)
        one.show(Parties(()))
        one.sit(page, page, 1.0)
        assert one.seat.here
        one.perform([Play(wide_frame(1)), Mark("m"), Clear(), Ask(Notice.REPEAT)], 1.0)
        one.show(Parties(()))
        assert (page.ear, page.marks, page.cleared, page.shown) == (wide_frame(1), ["m"], 1, [Parties(())])
        one.gone(2.0)
        one.perform([Play(wide_frame(2))], 2.0)
        assert page.ear == wide_frame(1)
        assert one.seat.gone_at == 2.0

    run(scene())


def test_a_page_that_brings_nothing_is_dead_sooner_or_later() -> None:
    one, page = sitting(), FakePage()
    assert not one.lives(0.0)
    one.sit(page, page, 1.0)
    assert one.lives(1.0 + STALE_S - 0.1)
    assert not one.lives(1.0 + STALE_S)
    one.microphone.mute(True, 1.0)
    assert one.lives(1.0 + MUTED_STALE_S - 0.1)
    assert not one.lives(1.0 + MUTED_STALE_S)


def test_who_spoke_is_told_when_the_page_has_played_it() -> None:
    async def scene() -> None:
        told: list[Heard] = []
        one, page = sitting(told), FakePage()
        one.sit(page, page, 0.0)
        one.perform(one.ear.say(Say("v1", "c1", b"".join(wide_frame(n) for n in range(20))), 0.0), 0.0)
        one.perform(one.ear.say(SaidAll("v1", "c1", "g0.1"), 0.0), 0.0)
        now = 0.0
        while one.tick(now):
            now += 0.02
            await asyncio.sleep(0.02)
        assert len(page.marks) == 1
        one.reached("strange", now)
        assert told == []
        one.reached(page.marks[0], now)
        assert told == [("v1", "g0.1")]

    run(scene())


def test_playback_is_summed_up() -> None:
    one = sitting()
    one.count(Playback(1, 0, 2, 0, gap_ms=10.0, jitter_ms=3.0, buffered_ms=90.0))
    one.count(Playback(1, 1, 0, 0, gap_ms=5.0, jitter_ms=4.0, buffered_ms=80.0))
    assert one.playback == {
        "late": 2,
        "early": 1,
        "underruns": 2,
        "overlaps": 0,
        "gap_ms": 15.0,
        "jitter_ms": 4.0,
        "buffered_ms": 80.0,
    }


def test_what_the_pages_own_loudspeaker_plays_does_not_pass_its_gate() -> None:
    async def scene() -> None:
        one, page = sitting(), FakePage()
        one.gate = WideGate(WIDE)
        one.sit(page, page, 0.0)
        sound = [wide_frame(number) for number in range(400)]
        one.perform(one.ear.say(Say("v1", "c1", b"".join(sound)), 0.0), 0.0)
        passed = []
        for number in range(1, 380):
            now = number * 0.02
            one.tick(now)
            behind = number - 8
            echo = sound[behind] if behind >= 0 else bytes(len(sound[0]))
            passed.append(one.spoken(echo, now) == echo)
        assert sum(passed[150:]) < 20, "once it knows the way"
        other = sitting()
        assert other.spoken(sound[0], 0.0) is sound[0]

    run(scene())
