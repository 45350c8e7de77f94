"""The call's clock."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from dragoman.relay.ticker import IDLE_TICK_S, TICK_S, WATCH_S, Beat, Ticker
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.unit


class Beats:
    """Counts beats; `busy` is what it answers."""

    def __init__(self, *, busy: bool) -> None:
        self.busy = busy
        self.at: list[float] = []

    def __call__(self) -> bool:
        self.at.append(asyncio.get_running_loop().time())
        return self.busy


def test_it_beats_every_20_ms_while_busy_and_stops() -> None:
    async def scene() -> None:
        beats = Beats(busy=True)
        ticker = Ticker(beats)
        ticker.start()
        await asyncio.sleep(1.01)
        ticker.stop()
        await asyncio.sleep(1)
        assert beats.at == pytest.approx([TICK_S * number for number in range(1, 51)])

    run(scene())


def test_it_beats_rarely_while_idle_and_hurries_when_told() -> None:
    async def scene() -> None:
        beats = Beats(busy=False)
        ticker = Ticker(beats)
        ticker.start()
        await asyncio.sleep(1)
        assert len(beats.at) == pytest.approx(1 / IDLE_TICK_S, abs=1)
        assert ticker.slow
        now = asyncio.get_running_loop().time()
        beats.busy = True
        ticker.hurry()
        assert not ticker.slow
        await asyncio.sleep(TICK_S * 1.5)
        assert beats.at[-1] == pytest.approx(now + TICK_S)
        ticker.stop()

    run(scene())


def test_stopped_from_within_a_beat_it_stays_stopped() -> None:
    async def scene() -> None:
        beats: list[int] = []

        def beat() -> bool:
            beats.append(1)
            ticker.stop()
            return True

        ticker = Ticker(beat)
        ticker.start()
        await asyncio.sleep(1)
        assert len(beats) == 1

    run(scene())


def test_hurrying_before_the_start_or_after_the_end_starts_nothing() -> None:
    async def scene() -> None:
        beats = Beats(busy=True)
        ticker = Ticker(beats)
        ticker.hurry()
        ticker.start()
        ticker.stop()
        ticker.hurry()
        await asyncio.sleep(1)
        assert beats.at == []

    run(scene())


def test_hurried_from_within_a_beat_there_is_one_clock_still() -> None:
    async def scene() -> None:
        at: list[float] = []

        def beat() -> bool:
            at.append(asyncio.get_running_loop().time())
            if len(at) == 2:
                ticker.hurry()
            return len(at) >= 2

        ticker = Ticker(beat)
        ticker.start()
        await asyncio.sleep(TICK_S + IDLE_TICK_S + TICK_S * 4.5)
        assert at == pytest.approx([TICK_S, *(TICK_S + IDLE_TICK_S + TICK_S * number for number in range(5))])
        ticker.stop()
        await asyncio.sleep(1)
        assert len(at) == 6

    run(scene())


def test_a_beat_ticks_each_time_and_watches_now_and_then() -> None:
    now = [0.0]
    ticked: list[float] = []
    watched: list[float] = []

    def tick(at: float) -> bool:
        ticked.append(at)
        return at < 1

    beat = Beat(lambda: now[0], tick, watched.append, pytest.fail)
    busy = []
    for number in range(100):
        now[0] = number * TICK_S
        busy.append(beat())
    assert ticked == [number * TICK_S for number in range(100)]
    assert busy == [at < 1 for at in ticked]
    assert watched[0] == 0.0
    gaps = [after - before for before, after in itertools.pairwise(watched)]
    assert gaps
    assert all(WATCH_S <= gap < WATCH_S + 1.5 * TICK_S for gap in gaps)


@pytest.mark.parametrize("broken", ["tick", "watch"])
def test_what_breaks_in_a_beat_is_told_and_raised_to_nobody(broken: str) -> None:
    told: list[str] = []

    def tick(_now: float) -> bool:
        if broken == "tick":
            raise ZeroDivisionError
        return True

    def watch(_now: float) -> None:
        if broken == "watch":
            raise ZeroDivisionError

    assert Beat(lambda: 0.0, tick, watch, told.append)() is (broken == "watch")
    assert told == ["the clock"]
