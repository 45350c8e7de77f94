"""Steps in time."""

from __future__ import annotations

import pytest

from dragoman.interpreters.openai.emulator.stage import Performance, Steps
from tests.fakes.openai_rehearsal import VirtualStage

pytestmark = pytest.mark.unit


def test_steps_wait_and_the_speed_divides_the_waits() -> None:
    stage, done = VirtualStage(), []

    def steps() -> Steps:
        done.append(stage.now_s)
        yield 2.0
        done.append(stage.now_s)
        yield 0.0
        done.append(stage.now_s)

    performance = Performance(stage, steps(), speed=4.0)
    assert (done, performance.over) == ([0.0], False)
    stage.run(0.4)
    assert done == [0.0]
    stage.run(0.2)
    assert (done, performance.over) == ([0.0, 0.5, 0.5], True)


def test_a_cancelled_performance_goes_no_further_even_from_within() -> None:
    stage, done = VirtualStage(), []
    performances: list[Performance] = []

    def steps() -> Steps:
        yield 1.0
        done.append("one")
        performances[0].cancel()
        yield 1.0
        done.append("two")

    performances.append(Performance(stage, steps()))
    stage.run(10.0)
    assert done == ["one"]
    assert performances[0].over
