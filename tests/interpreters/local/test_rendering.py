from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio

from dragoman.interpreters.local.jobs import Jobs
from dragoman.interpreters.local.parts import Parts
from dragoman.interpreters.local.recognise import Misheard, Reason
from dragoman.interpreters.local.rendered import Recognised, RefusalReason, Rendered
from dragoman.interpreters.local.rendering import Nothing, Rendering, Unclear
from tests.fakes.local_parts import FakeEars, FakeText, FakeVoice, loudness

pytestmark = pytest.mark.unit

HOLA = Recognised("Hola.", "es", -0.1)


@pytest_asyncio.fixture
async def rendering() -> AsyncIterator[Rendering]:
    jobs = Jobs()
    text = FakeText(refused={"Uno.": RefusalReason.NUMBER})
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(jobs.serve())
        yield Rendering(Parts(FakeEars(), text, FakeVoice(), lambda: loudness), jobs, "a")
        serving.cancel()


@pytest.mark.parametrize(
    ("heard", "source", "target", "expected"),
    [
        (Misheard(Reason.NOT_SPEECH), "es", "en", Nothing()),
        (Misheard(Reason.REPETITION), "es", "en", Unclear("repetition")),
        (Recognised("Hello.", "en"), "es", "en", Nothing()),
        (Recognised("Hello.", "en"), None, "en", Nothing()),
        (Recognised("Hallo.", "de"), "es", "en", Unclear("wrong-language")),
        (Recognised("Uno.", "es"), "es", "en", Unclear("number")),
        (HOLA, "es", "de", Unclear("no-voice")),
    ],
)
async def test_what_is_not_to_be_said(
    rendering: Rendering, heard: Recognised | Misheard, source: str | None, target: str, expected: Unclear | Nothing
) -> None:
    assert await rendering.translate(heard, source, target) == expected


@pytest.mark.parametrize("source", ["es", None])
async def test_what_is_to_be_said(rendering: Rendering, source: str | None) -> None:
    said = await rendering.translate(HOLA, source, "en")
    assert isinstance(said, Rendered)
    assert said.text == "[en] Hola."


async def test_speech_comes_clause_by_clause(rendering: Rendering) -> None:
    pieces = [piece async for piece in rendering.speak("Buenos días. ¿Qué tal está usted hoy?", "es")]
    assert len(pieces) == 2
    assert all(pieces)


async def test_recognition_goes_to_the_ears(rendering: Rendering) -> None:
    assert await rendering.recognise(np.zeros(16_000, np.float32), "es") == HOLA
