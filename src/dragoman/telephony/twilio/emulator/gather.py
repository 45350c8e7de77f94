"""Collecting keys or speech from a leg: `<Gather>` and Studio's gather-input-on-call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dragoman.telephony.twilio.emulator.line import Leg, Line
from dragoman.telephony.twilio.emulator.run import Run, Step
from dragoman.telephony.twilio.emulator.twiml import Verb
from dragoman.telephony.twilio.emulator.verbs import pause, play, say

CONFIDENCE = "0.91"
"""What the emulated recogniser thinks of itself."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to collect. `num_digits` 0 = no limit; `finish_key` "" = none."""

    dtmf: bool = True
    speech: bool = False
    timeout_s: float = 5.0
    num_digits: int = 0
    finish_key: str = "#"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came. All empty = nothing."""

    digits: str = ""
    speech: str = ""
    finished: bool = False
    """The finishing key was pressed: an answer even with no digits."""

    def form(self) -> dict[str, str]:
        if self.speech:
            return {"SpeechResult": self.speech, "Confidence": CONFIDENCE}
        return {"Digits": self.digits}

    def __bool__(self) -> bool:
        return bool(self.digits or self.speech)


class Collector:
    """The ear of one gather."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self.digits = ""
        self.words = ""
        self.finished = False
        self.talking = False
        self.changed = asyncio.Event()

    @property
    def begun(self) -> bool:
        return bool(self.digits or self.words or self.finished or self.talking)

    @property
    def complete(self) -> bool:
        full = self._wish.num_digits and len(self.digits) >= self._wish.num_digits
        return bool(self.finished or full or self.words)

    def key(self, digit: str) -> None:
        if not self._wish.dtmf or self.complete:
            return
        if digit == self._wish.finish_key:
            self.finished = True
        else:
            self.digits += digit
        self.changed.set()

    def speaking(self) -> None:
        if self._wish.speech:
            self.talking = True
            self.changed.set()

    def speech(self, text: str) -> None:
        if self._wish.speech and not self.complete:
            self.talking = False
            self.words = text
            self.changed.set()

    def answer(self) -> Answer:
        return Answer(self.digits, "" if self.digits else self.words, self.finished)


async def collect(leg: Leg, wish: Wish, prompt: Callable[[], Awaitable[None]]) -> Answer:
    """Speak the prompt and listen at once: the first key or word silences it; the timeout starts after it."""
    ear = Collector(wish)
    leg.ear = ear
    try:
        await _prompted(ear, prompt)
        while not ear.complete:
            ear.changed.clear()
            try:
                async with asyncio.timeout(None if ear.talking else wish.timeout_s):
                    await ear.changed.wait()
            except TimeoutError:
                break
    finally:
        leg.ear = None
    return ear.answer()


async def _prompted(ear: Collector, prompt: Callable[[], Awaitable[None]]) -> None:
    async def speak() -> None:
        await prompt()

    async with asyncio.TaskGroup() as group:
        speaking = group.create_task(speak())
        heard = group.create_task(_begun(ear))
        await asyncio.wait({speaking, heard}, return_when=asyncio.FIRST_COMPLETED)
        speaking.cancel()
        heard.cancel()


async def _begun(ear: Collector) -> None:
    while not ear.begun:
        ear.changed.clear()
        await ear.changed.wait()


def wish_of(verb: Verb, cap_s: float | None) -> Wish:
    """The wish of a <Gather>; `cap_s` bounds its timeout for tests."""
    timeout_s = float(verb.number("timeout", 5))
    return Wish(
        dtmf="dtmf" in verb.get("input", "dtmf"),
        speech="speech" in verb.get("input", "dtmf"),
        timeout_s=timeout_s if cap_s is None else min(timeout_s, cap_s),
        num_digits=verb.number("numDigits", 0),
        finish_key=verb.get("finishOnKey", "#"),
    )


async def gather(run: Run, verb: Verb) -> Step:
    """`<Gather>`: to the action with what came; with nothing, to the next verb unless actionOnEmptyResult."""
    wish = wish_of(verb, run.plant.pace.gather_timeout_s)

    async def prompt() -> None:
        for noun in verb.children:
            await _PROMPTS[noun.name](run, noun)

    answer = await collect(run.leg, wish, prompt)
    run.leg.note(Line.VERB, f"Gather got {answer.form() if answer else 'nothing'}")
    if answer or answer.finished or verb.flag("actionOnEmptyResult"):
        return run.goto(verb.get("action") or run.url, verb.get("method"), answer.form())
    return None


_PROMPTS = {"Say": say, "Play": play, "Pause": pause}
