"""One utterance from words to speech, step by step through the job queue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

from dragoman.interpreters.local.clauses import clauses
from dragoman.interpreters.local.jobs import Jobs, Urgency
from dragoman.interpreters.local.listening import Samples
from dragoman.interpreters.local.parts import Parts
from dragoman.interpreters.local.recognise import Misheard, Reason
from dragoman.interpreters.local.rendered import Recognised, Refusal, Rendered

UNCLEAR = "speech_unclear"
"""The error code for speech that we do not vouch for; its message is the reason."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nothing is spoken; the speaker should be asked to repeat."""

    reason: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing is to be said: nobody spoke, or the listener's own language was spoken."""


class Rendering:
    """The steps for one stream; `owner` is its name in the queue. `keywords`: what its speaker is likely to say."""

    def __init__(self, parts: Parts, jobs: Jobs, owner: str) -> None:
        self._parts, self._jobs, self._owner = parts, jobs, owner
        self.keywords: tuple[str, ...] = ()

    async def recognise(
        self, samples: Samples, source: str | None, urgency: Urgency = Urgency.SPEAK, other: str | None = None
    ) -> Recognised | Misheard:
        """The words of an utterance, which is in `source`, or with `other` in one of the two."""
        work = partial(self._parts.ears.recognise, samples, source, self.keywords, other)
        return await self._jobs.run(self._owner, work, urgency)

    async def translate(
        self, heard: Recognised | Misheard, source: str | None, target: str
    ) -> Rendered | Unclear | Nothing:
        """What is to be said in `target`."""
        if isinstance(heard, Misheard):
            return Nothing() if heard.reason is Reason.NOT_SPEECH else Unclear(heard.reason.value)
        if heard.language == target and source != target:
            return Nothing()
        if source is not None and heard.language != source:
            return Unclear(Reason.WRONG_LANGUAGE.value)
        if not self._parts.voice.speaks(target):
            return Unclear("no-voice")
        rendered = await self._jobs.run(self._owner, lambda: self._parts.text.translate(heard, target))
        match rendered:
            case Refusal(reason=reason):
                return Unclear(reason.value)
            case Rendered():
                return rendered

    def speaks(self, language: str) -> bool:
        """Whether there is a voice for it."""
        return self._parts.voice.speaks(language)

    async def speak(
        self, text: str, language: str, voice: str = "", speed: float = 1.0, urgency: Urgency = Urgency.SPEAK
    ) -> AsyncIterator[bytes]:
        """24 kHz PCM16, clause by clause, each as soon as it is there. Other streams get their turn between clauses."""
        for clause in clauses(text, language):
            work = partial(self._parts.voice.clause, clause, language, voice, speed)
            yield await self._jobs.run(self._owner, work, urgency)
