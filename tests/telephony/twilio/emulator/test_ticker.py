"""The network's clock."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.telephony.twilio.emulator.ticker import Ticker

pytestmark = pytest.mark.unit


async def test_beats_are_counted_and_waited_for() -> None:
    ticker, seen = Ticker(), []
    ticker.drive(lambda: seen.append(ticker.frames))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(ticker.run())
        await ticker.beats(3)
        assert seen == [0, 1, 2]
        assert ticker.now_s == pytest.approx(0.06)
        running.cancel()


async def test_a_late_beat_is_caught_up_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is absolute: after a pause of 210 ms the beats of that pause come at once."""
    clock = [0.0]
    slept: list[float] = []
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: clock[0], raising=False)
    ticker = Ticker()

    async def sleep(delay_s: float) -> None:
        slept.append(delay_s)
        clock[0] += delay_s
        if len(slept) > 30:
            raise asyncio.CancelledError

    def beat() -> None:
        if ticker.frames == 5:
            clock[0] += 0.21

    ticker.drive(beat)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        await ticker.run()
    assert abs(ticker.now_s - clock[0]) <= 0.04
    assert 180 <= ticker.worst_late_ms <= 200
    assert slept.count(0) == 10
