from __future__ import annotations

import asyncio

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Closed, InterpreterEvent, Ready, Spoke
from dragoman.interpreters.echo import EchoEngine, EchoInterpreter
from tests.fakes.interpreting_desk import wanted

pytestmark = pytest.mark.unit


class Clock:
    def __init__(self) -> None:
        self.now = 5.0

    def __call__(self) -> float:
        return self.now


async def test_it_answers_at_once_with_the_very_same_bytes() -> None:
    told: list[InterpreterEvent] = []
    interpreter = EchoEngine().interpreter(wanted(), told.append)
    interpreter.hear(b"early")
    async with asyncio.TaskGroup() as group:
        group.create_task(interpreter.run())
        await asyncio.sleep(0)
        frame = bytes(range(160))
        interpreter.hear(frame)
        assert told == [Ready(), Spoke(b"early"), Spoke(frame)]
        interpreter.close()
    assert told[-1] == Closed()
    interpreter.hear(b"late")
    assert told[-1] == Closed()


async def test_it_can_wait() -> None:
    told: list[InterpreterEvent] = []
    clock = Clock()
    interpreter = EchoInterpreter(wanted(), told.append, 2.0, clock)
    interpreter.hear(b"one")
    clock.now += 1.9
    interpreter._say_due(clock.now)
    assert told == []
    interpreter.hear(b"two")
    clock.now += 0.2
    interpreter._say_due(clock.now)
    assert told == [Spoke(b"one")]
    interpreter.interrupt(0)
    clock.now += 10
    interpreter._say_due(clock.now)
    assert told == [Spoke(b"one")]


def test_what_waits_is_bounded() -> None:
    told: list[InterpreterEvent] = []
    interpreter = EchoInterpreter(wanted(), told.append, 1.0, Clock())
    for _ in range(40):
        interpreter.hear(b"\xff" * 8000)
    assert interpreter._waiting_bytes == 240_000


def test_it_converts_where_it_must() -> None:
    told: list[InterpreterEvent] = []
    direction = wanted(source_format=AudioFormat.PCMU_8K, sink_format=AudioFormat.PCM16_24K)
    interpreter = EchoInterpreter(direction, told.append, 0.0, Clock())
    interpreter._say(b"\xff" * 160)
    (event,) = told
    assert isinstance(event, Spoke)
    assert len(event.audio) == 960


@pytest.mark.parametrize("delay_s", [-1.0, 31.0])
def test_an_impossible_delay_is_refused(delay_s: float) -> None:
    with pytest.raises(ValueError, match="delay"):
        EchoEngine(delay_s)


def test_it_carries_every_language() -> None:
    assert EchoEngine().capabilities.carries("xx", "yy")
    assert EchoEngine().name == "echo"
