from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dragoman.audio.convert import to_bytes
from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.endpointing import EndpointRules
from dragoman.interpreters.local.hearing import Begun, Hearing, Uttered
from dragoman.interpreters.local.jobs import Jobs
from dragoman.interpreters.local.listening import Listener
from dragoman.interpreters.local.parts import Parts
from dragoman.interpreters.local.rendered import Recognised
from dragoman.interpreters.local.rendering import Rendering
from tests.fakes.local_parts import FakeEars, FakeText, FakeVoice, loudness, tone

pytestmark = pytest.mark.unit

FMT = AudioFormat.PCMU_8K
SOUND = to_bytes(tone(800, 8000), FMT)


class Room:
    """A hearing with fake ears, and its queue running."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.ears = FakeEars()
        jobs = Jobs()
        self.serving = tasks.create_task(jobs.serve())
        rendering = Rendering(Parts(self.ears, FakeText(), FakeVoice(), lambda: loudness), jobs, "a")
        self.hearing = Hearing(Listener(FMT, loudness, EndpointRules()), rendering, tasks, lambda: "es")


@pytest_asyncio.fixture
async def room() -> AsyncIterator[Room]:
    async with asyncio.TaskGroup() as tasks:
        found = Room(tasks)
        yield found
        found.serving.cancel()


async def test_an_utterance_is_being_recognised_before_it_is_over(room: Room) -> None:
    assert [type(event) for event in room.hearing.hear(SOUND + FMT.silence(250))] == [Begun]
    assert await asyncio.to_thread(room.ears.heard.wait, 5)
    (uttered,) = room.hearing.hear(FMT.silence(500))
    assert isinstance(uttered, Uttered)
    assert isinstance(await uttered.recognition, Recognised)
    assert len(room.ears.asked) == 1
    assert uttered.source == "es"
    assert uttered.duration_ms == pytest.approx(room.ears.asked[0][0] / 16)


async def test_a_guess_is_thrown_away_when_the_speaker_goes_on(room: Room) -> None:
    events = list(room.hearing.hear(SOUND + FMT.silence(250) + SOUND + FMT.silence(700)))
    assert [type(event) for event in events] == [Begun, Uttered]
    uttered = events[1]
    assert isinstance(uttered, Uttered)
    await uttered.recognition
    assert [length > 25_000 for length, _ in room.ears.asked] == [True]


async def test_finish_gives_what_is_being_said(room: Room) -> None:
    list(room.hearing.hear(SOUND))
    (uttered,) = room.hearing.finish()
    assert isinstance(uttered, Uttered)
    assert isinstance(await uttered.recognition, Recognised)
