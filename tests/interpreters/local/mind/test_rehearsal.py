"""What is spoken beforehand, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from dragoman.domain.language import LanguageTag
from dragoman.interpreters.local.clauses import clauses
from dragoman.interpreters.local.jobs import Jobs
from dragoman.interpreters.local.mind import rehearsal
from dragoman.interpreters.local.mind.rehearsal import Rehearsal, sure_texts
from dragoman.personas import Personas
from tests.fakes.local_parts import FakeVoice

pytestmark = pytest.mark.unit

RECEPTION = Personas.load(None).everyone[0]
NOW = datetime(2026, 11, 18, 3, tzinfo=UTC)
EN, JA = LanguageTag("en"), LanguageTag("ja")


@dataclass
class Room:
    """A rehearsal that goes on while the test looks."""

    voice: FakeVoice
    jobs: Jobs
    rehearsal: Rehearsal

    async def settled(self, count: int) -> list[str]:
        """What was spoken once that are `count` pieces, or no more come."""
        for _ in range(400):
            await asyncio.sleep(0.005)
            if len(self.voice.said) >= count:
                break
        await asyncio.sleep(0.03)
        return [text for text, *_ in self.voice.said]


def test_without_hours_there_are_none() -> None:
    texts = [*sure_texts(replace(RECEPTION, hours=None), EN, NOW)]
    assert not [text for text in texts if "open" in text.lower() and "AM" in text]


@pytest.fixture
async def room(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    monkeypatch.setattr(rehearsal, "LOOK_S", 0.0)
    voice, jobs = FakeVoice(), Jobs()
    found = Room(voice, jobs, Rehearsal(voice, jobs, lambda: NOW))
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(jobs.serve()), tasks.create_task(found.rehearsal.run())]
        yield found
        for one in running:
            one.cancel()


def test_the_answers_and_the_fixed_sentences_are_sure_but_no_pattern_and_none_with_gaps() -> None:
    texts = [*sure_texts(RECEPTION, EN, NOW)]
    assert texts[0] == "I am sorry, I cannot answer that. Shall I take a message, or connect you with a person?"
    assert [text for text in texts if text.startswith("Our shop is on the second floor")]
    assert "We are open on Saturday from 10 AM to 3 PM." in texts
    assert "All right. What else can I do for you?" in texts
    assert not [text for text in texts if "{" in text or "\\b" in text]


async def test_the_first_clause_of_each_is_spoken_in_the_sessions_voice(room: Room) -> None:
    room.rehearsal.want(RECEPTION, EN, "marin")
    wanted = [clauses(text, "en")[0].text for text in sure_texts(RECEPTION, EN, NOW)]
    assert await room.settled(len(set(wanted))) == [*dict.fromkeys(wanted)]
    assert {(language, voice) for _, language, voice, _ in room.voice.said} == {("en", "marin")}


async def test_what_was_spoken_is_not_spoken_again(room: Room) -> None:
    room.rehearsal.want(RECEPTION, EN, "marin")
    before = await room.settled(len({clauses(text, "en")[0].text for text in sure_texts(RECEPTION, EN, NOW)}))
    room.rehearsal.want(RECEPTION, EN, "marin")
    assert await room.settled(len(before) + 1) == before
    room.rehearsal.want(RECEPTION, EN, "cedar")
    assert len(await room.settled(2 * len(before))) == 2 * len(before)


async def test_who_begins_a_session_is_served_first(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The greeting is asked for right after the persona is known; a piece of ours would be in its way."""
    room.rehearsal.want(RECEPTION, EN, "marin")
    before = await room.settled(len({clauses(text, "en")[0].text for text in sure_texts(RECEPTION, EN, NOW)}))
    monkeypatch.setattr(rehearsal, "LOOK_S", 0.1)
    room.rehearsal.want(RECEPTION, JA, "marin")
    await asyncio.sleep(0.1)
    assert len(room.voice.said) == len(before)
    assert len(await room.settled(len(before) + 3)) > len(before)


async def test_nothing_is_spoken_while_a_caller_speaks(room: Room) -> None:
    room.rehearsal.speaks("sess_1", on=True)
    room.rehearsal.want(RECEPTION, EN, "marin")
    await asyncio.sleep(0.05)
    assert room.voice.said == []
    room.rehearsal.speaks("sess_2", on=False)
    room.rehearsal.speaks("sess_1", on=False)
    assert await room.settled(3)


async def test_a_language_without_a_voice_is_left_out(room: Room) -> None:
    room.voice.tongues = frozenset({"en"})
    room.rehearsal.want(RECEPTION, JA, "marin")
    await asyncio.sleep(0.03)
    assert room.voice.said == []
