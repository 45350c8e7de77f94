"""What every interpreter promises (`ports.Interpreter`), as checks to run over any engine.

`check_contract(engine, direction, speech)` runs one call: audio before the session is ready, audio in real time or
quicker, an interruption, an end, and what must not happen after it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from dragoman.domain.audio import FRAME_MS
from dragoman.domain.speech import Closed, InterpreterEvent, Ready, Spoke, Trouble
from dragoman.ports import Engine, Wanted

READY_S = 5.0
CLOSE_S = 2.0


@dataclass(slots=True)
class Heard:
    """Everything that an interpreter told, in order."""

    events: list[InterpreterEvent] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, event: InterpreterEvent) -> None:
        self.events.append(event)
        self.changed.set()

    @property
    def spoken(self) -> bytes:
        return b"".join(event.audio for event in self.events if isinstance(event, Spoke))

    async def until(self, kind: type[object], within_s: float, count: int = 1) -> None:
        """Wait until `count` events of a kind came."""
        async with asyncio.timeout(within_s):
            while sum(isinstance(event, kind) for event in self.events) < count:
                self.changed.clear()
                await self.changed.wait()


def frames(audio: bytes, direction: Wanted) -> list[bytes]:
    size = direction.source_format.frame_bytes
    return [audio[at : at + size] for at in range(0, len(audio), size)]


async def check_contract(
    engine: Engine, direction: Wanted, speech: bytes, *, answer_s: float = 10.0, pace: float = 10.0
) -> Heard:
    """Run one call of `speech` (which must make the engine speak), `pace` times as fast as real time."""
    assert engine.name == engine.name.lower()
    assert engine.capabilities.carries(direction.source.primary, direction.target.primary)
    heard = Heard()
    interpreter = engine.interpreter(direction, heard)
    assert heard.events == [], "nothing is opened before run"
    pieces = frames(speech, direction)
    early = len(pieces) // 3
    for piece in pieces[:early]:
        interpreter.hear(piece)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(interpreter.run())
        await heard.until(Ready, READY_S)
        for piece in pieces[early:]:
            interpreter.hear(piece)
            await asyncio.sleep(FRAME_MS / 1000 / pace)
        await heard.until(Spoke, answer_s)
        interpreter.interrupt(0)
        interpreter.close()
        interpreter.close()
        async with asyncio.timeout(CLOSE_S):
            await running
    _check_story(heard, direction)
    told = len(heard.events)
    interpreter.hear(pieces[0])
    interpreter.interrupt(0)
    interpreter.close()
    assert len(heard.events) == told, "nothing is told after Closed"
    return heard


def _check_story(heard: Heard, direction: Wanted) -> None:
    events = heard.events
    assert isinstance(events[-1], Closed)
    assert sum(isinstance(event, Closed) for event in events) == 1
    assert sum(isinstance(event, Ready) for event in events) == 1
    assert not [event for event in events if isinstance(event, Trouble)]
    assert all(
        len(event.audio) % direction.sink_format.sample_bytes == 0 for event in events if isinstance(event, Spoke)
    )
    assert all(event.audio for event in events if isinstance(event, Spoke))


async def check_unreachable(engine: Engine, direction: Wanted, within_s: float = 5.0) -> Heard:
    """An engine whose server is not there: a fatal `Trouble`, then `Closed`; no exception."""
    heard = Heard()
    interpreter = engine.interpreter(direction, heard)
    interpreter.hear(direction.source_format.silence(100))
    async with asyncio.timeout(within_s):
        await interpreter.run()
    trouble, closed = heard.events
    assert isinstance(trouble, Trouble)
    assert trouble.fatal
    assert isinstance(closed, Closed)
    return heard


async def check_closed_while_opening(engine: Engine, direction: Wanted) -> Heard:
    """`close` while the session is still being opened ends `run` within 2 s, without trouble."""
    heard = Heard()
    interpreter = engine.interpreter(direction, heard)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(interpreter.run())
        await asyncio.sleep(0.05)
        interpreter.close()
        async with asyncio.timeout(CLOSE_S):
            await running
    assert isinstance(heard.events[-1], Closed)
    assert not [event for event in heard.events if isinstance(event, Trouble)]
    return heard
