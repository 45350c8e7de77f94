"""The call's clock."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.relay.ticker import IDLE_TICK_S, TICK_S, Ticker
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
