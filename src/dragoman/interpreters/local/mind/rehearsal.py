"""What an assistant will surely say, spoken beforehand while nobody needs the voice: then an answer begins at once.

Of each text the first clause is enough: the rest is spoken while that is heard.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final

from dragoman.domain.hours import Weekday
from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import PATTERNS, Persona, Phrase
from dragoman.interpreters.local.clauses import Clause, clauses
from dragoman.interpreters.local.jobs import Jobs, Urgency
from dragoman.interpreters.local.parts import Voice
from dragoman.tools.hours import opening_text

LOOK_S: Final = 0.05
QUIET_LOOKS: Final = 3
"""So many looks in a row must find nobody at work."""
MOST_CLAUSES: Final = 400
OWNER: Final = "rehearsal"
_SOON: Final = (Phrase.CANNOT_EITHER, Phrase.CANNOT_MESSAGE, Phrase.NOT_UNDERSTOOD, Phrase.GOODBYE)
_DAYS: Final = ("now", "today", "tomorrow", *(day.name.lower() for day in Weekday))
_WORD_LETTERS: Final = 3


@dataclass(frozen=True, slots=True)
class _Piece:
    clause: Clause
    language: str
    voice: str


def _now() -> datetime:
    return datetime.now(UTC)


class Rehearsal:
    """One process's. `run` must run for anything to be spoken. The voice keeps what it spoke."""

    def __init__(self, voice: Voice, jobs: Jobs, today: Callable[[], datetime] = _now) -> None:
        self._voice = voice
        self._today = today
        self._jobs = jobs
        self._pieces: deque[_Piece] = deque()
        self._known: set[_Piece] = set()
        self._speaking: set[str] = set()
        self._news = asyncio.Event()
        self._ours = False

    @property
    def left(self) -> int:
        """So many pieces are yet to be spoken."""
        return len(self._pieces)

    def want(self, persona: Persona, tag: LanguageTag, voice: str) -> None:
        """A session with this persona begins, in one of its languages."""
        language = tag.split("-")[0].lower()
        if not self._voice.speaks(language):
            return
        for text in sure_texts(persona, tag, self._today()):
            for clause in clauses(text, language)[:1]:
                piece = _Piece(clause, language, voice)
                if piece not in self._known and len(self._known) < MOST_CLAUSES:
                    self._known.add(piece)
                    self._pieces.append(piece)
        self._news.set()

    def speaks(self, session: str, *, on: bool) -> None:
        """A session's caller speaks, or does not any more: what they said is to be understood at once."""
        if on:
            self._speaking.add(session)
        else:
            self._speaking.discard(session)

    async def run(self) -> None:
        """Speak until cancelled."""
        while True:
            while not self._pieces:
                self._ours = False
                self._news.clear()
                await self._news.wait()
            await self._quiet()
            self._ours = True
            piece = self._pieces.popleft()
            speak = partial(self._voice.clause, piece.clause, piece.language, piece.voice, 1.0)
            await self._jobs.run(OWNER, speak, Urgency.CAPTION)

    async def _quiet(self) -> None:
        """Until nobody has needed the models for a moment: at once after a piece of ours that kept nobody waiting."""
        await asyncio.sleep(0)
        looks = QUIET_LOOKS if self._ours and self._jobs.idle and not self._speaking else 0
        while looks < QUIET_LOOKS:
            await asyncio.sleep(LOOK_S)
            looks = looks + 1 if self._jobs.idle and not self._speaking else 0
            self._ours = False


def sure_texts(persona: Persona, tag: LanguageTag, now: datetime) -> Iterator[str]:
    """What is likeliest first: sentences that every call may need, opening hours and answers of the FAQ in turns, the
    other fixed sentences. What is filled in by a call is not sure. `now` is aware.
    """
    fixed = {phrase: text for phrase, text in persona.phrases[tag].items() if _is_fixed(phrase, text)}
    yield from (fixed.pop(phrase) for phrase in _SOON if phrase in fixed)
    hours = [opening_text(persona, day, tag, now) for day in _DAYS] if persona.hours is not None else []
    answers = [entry.answer for entry in persona.answers(tag)]
    for pair in itertools.zip_longest(hours, answers):
        yield from (text for text in pair if text is not None)
    yield from fixed.values()


def _is_fixed(phrase: Phrase, text: str) -> bool:
    """Spoken, whole, long enough for a sentence; the greeting is there already."""
    return phrase not in PATTERNS and "{" not in text and phrase is not Phrase.GREETING and len(text) > _WORD_LETTERS
