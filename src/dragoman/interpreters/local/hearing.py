"""A stream's utterances, each with its recognition under way before its end is certain."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dragoman.interpreters.local.jobs import Urgency
from dragoman.interpreters.local.listening import Listener, MaybeOver, NotOver, Samples, SpeechBegan, SpeechOver
from dragoman.interpreters.local.recognise import LEAST_SCORE, Misheard, Reason
from dragoman.interpreters.local.rendered import Recognised
from dragoman.interpreters.local.rendering import Rendering

SURE = 0.68
"""A stretch of sound whose probability of speech never gets here (music, keys) has to be plain words, or
nobody is asked to repeat it."""

Recognition = asyncio.Task[Recognised | Misheard]


@dataclass(frozen=True, slots=True)
class Begun:
    """Speech began at this position of the stream, in ms."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Uttered:
    """An utterance is over. `at_ms` = when that became known; `duration_ms` of sound; `source` was expected."""

    recognition: Recognition
    source: str | None
    at_ms: int
    duration_ms: float


class Hearing:
    """Listens to one stream; starts to decode in each pause and throws the work away when the speaker goes on.

    `source` tells the language that is expected, `other` the one that it may be as well.
    """

    def __init__(
        self,
        listener: Listener,
        rendering: Rendering,
        tasks: asyncio.TaskGroup,
        source: Callable[[], str | None],
        other: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.listener = listener
        self._rendering = rendering
        self._tasks = tasks
        self._source, self._other = source, other
        self._guess: Recognition | None = None

    def hear(self, audio: bytes) -> Iterator[Begun | Uttered]:
        """The next piece of the stream."""
        for event in self.listener.hear(audio):
            yield from self._heard(event)

    def finish(self) -> Iterator[Begun | Uttered]:
        """End what is running."""
        for event in self.listener.finish():
            yield from self._heard(event)

    def recognise(self, samples: Samples, urgency: Urgency = Urgency.SPEAK) -> Recognition:
        """Decode as a task of the stream's group."""
        return self._tasks.create_task(self._rendering.recognise(samples, self._source(), urgency, self._other()))

    def _heard(self, event: SpeechBegan | MaybeOver | NotOver | SpeechOver) -> Iterator[Begun | Uttered]:
        match event:
            case SpeechBegan(at_ms=at_ms):
                yield Begun(at_ms)
            case MaybeOver(samples=samples):
                self._guess = self.recognise(samples, Urgency.GUESS)
            case NotOver():
                self._drop_guess()
            case SpeechOver(samples=samples, at_ms=at_ms, cut=cut, peak=peak):
                if cut:
                    self._drop_guess()
                recognition = self._guess or self.recognise(samples)
                self._guess = None
                if peak < SURE:
                    recognition = self._tasks.create_task(_doubted(recognition))
                yield Uttered(recognition, self._source(), at_ms, len(samples) / 16)

    def _drop_guess(self) -> None:
        if self._guess is not None:
            self._guess.cancel()
            self._guess = None


async def _doubted(recognition: Recognition) -> Recognised | Misheard:
    """What may not have been speech at all: plain words, or nothing."""
    heard = await recognition
    plain = isinstance(heard, Recognised) and heard.confidence >= LEAST_SCORE
    return heard if plain else Misheard(Reason.NOT_SPEECH)
