"""The sentences said to the engine's own process, at the speed of speech, by the product's own client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.quality.corpus import Sentence
from dragoman import providers
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId, Role
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.speech import Captioned, InterpreterEvent, Ready, Side, Spoke, SpokeAll, Unclear
from dragoman.interpreters.local.process import LocalProcess
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.ports import Interpreter, Wanted

FRAME_BYTES = 160
FRAME_S = 0.02
_SILENCE = b"\xff" * FRAME_BYTES
_PATIENCE_S = 9.0
_READY_S = 30.0
_AFTER_S = 0.4
_NAMES = {"en": ("English", "English", "en-US"), "es": ("Spanish", "Español", "es-ES")}


@dataclass(slots=True)
class Result:
    """What came of one sentence. `delay_s`: from the end of speech to the first translated sound, as it arrived."""

    heard: str = ""
    text: str = ""
    audio: bytearray = field(default_factory=bytearray)
    delay_s: float | None = None
    refused: str = ""
    over: bool = False


class _Ear:
    """Collects what the interpreter says about the sentence that is being spoken."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.result = Result()
        self.ended_at: float | None = None

    def listen(self, event: InterpreterEvent) -> None:
        result = self.result
        match event:
            case Ready():
                self.ready.set()
            case Captioned(side=side, text=text, whole=whole, final=final):
                self._caption(side, text, whole=whole or final)
            case Spoke(audio=audio):
                if result.delay_s is None and self.ended_at is not None:
                    result.delay_s = time.monotonic() - self.ended_at
                result.audio += audio
            case SpokeAll():
                result.over = True
            case Unclear(reason=reason):
                result.refused = reason
                result.over = True
            case _:
                pass

    def _caption(self, side: Side, text: str, *, whole: bool) -> None:
        if side is Side.SOURCE:
            self.result.heard = text if whole else self.result.heard + text
        else:
            self.result.text = text if whole else self.result.text + text


def _language(tag: str) -> Language:
    english, name, locale = _NAMES[tag]
    return Language(LanguageTag(tag), english, name, locale)


async def interpret(sentences: Sequence[Sentence], speech: Sequence[bytes], settings: LocalSettings) -> list[Result]:
    """All sentences, in one session per direction; the engine's process ends with it."""
    process = LocalProcess(settings)
    running = await process.start()
    try:
        engine = providers.local_engine(running, time.monotonic)
        results: dict[int, Result] = {}
        for source, target in dict.fromkeys((one.source, one.target) for one in sentences):
            wanted = Wanted(
                CallId("quality"),
                Role.CALLER,
                _language(source),
                _language(target),
                AudioFormat.PCMU_8K,
                AudioFormat.PCMU_8K,
            )
            ear = _Ear()
            interpreter = engine.interpreter(wanted, ear.listen)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(interpreter.run())
                async with asyncio.timeout(_READY_S):
                    await ear.ready.wait()
                for place, sentence in enumerate(sentences):
                    if sentence.source == source:
                        results[place] = await _say(speech[place], interpreter, ear)
                interpreter.close()
        return [results[place] for place in range(len(sentences))]
    finally:
        await process.stop()


async def _say(speech: bytes, interpreter: Interpreter, ear: _Ear) -> Result:
    """One sentence in 20 ms frames, and silence until its interpretation is over."""
    ear.result, ear.ended_at = Result(), None
    frames = [speech[at : at + FRAME_BYTES] for at in range(0, len(speech), FRAME_BYTES)]
    start = time.monotonic()
    given = 0
    for frame in [*[_SILENCE] * 15, *frames]:
        interpreter.hear(frame)
        given += 1
        await asyncio.sleep(max(0.0, start + given * FRAME_S - time.monotonic()))
    ear.ended_at = time.monotonic()
    deadline = ear.ended_at + _PATIENCE_S
    while time.monotonic() < deadline and not (ear.result.over and time.monotonic() > ear.ended_at + _AFTER_S):
        interpreter.hear(_SILENCE)
        given += 1
        await asyncio.sleep(max(0.0, start + given * FRAME_S - time.monotonic()))
    return ear.result
