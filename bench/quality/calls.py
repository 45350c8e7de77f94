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
from dragoman.domain.speech import Captioned, InterpreterEvent, Ready, Side, SpeechBegan, Spoke, SpokeAll, Unclear
from dragoman.interpreters.local.process import LocalProcess
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.ports import Interpreter, Wanted

FRAME_BYTES = 160
FRAME_S = 0.02
_SILENCE = b"\xff" * FRAME_BYTES
_PATIENCE_S = 15.0
_READY_S = 30.0
_AFTER_S = 1.2
_NAMES = {"en": ("English", "English", "en-US"), "es": ("Spanish", "Español", "es-ES")}


@dataclass(slots=True)
class Result:
    """What came of one sentence. `delay_s`: from the end of speech to the first translated sound, as it arrived."""

    heard: str = ""
    text: str = ""
    audio: bytes = b""
    delay_s: float | None = None
    refused: str = ""


@dataclass(slots=True)
class _Utterance:
    """One of a sentence's utterances: a speaker who pauses makes two."""

    heard: str = ""
    text: str = ""
    audio: bytearray = field(default_factory=bytearray)
    first_sound_at: float | None = None
    refused: str = ""
    over: bool = False


class _Ear:
    """Collects what the interpreter says about the sentence that is being spoken."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.utterances: dict[str, _Utterance] = {}

    @property
    def waiting(self) -> bool:
        """Whether something more is to come of what was heard."""
        return not self.utterances or not all(one.over for one in self.utterances.values())

    def listen(self, event: InterpreterEvent) -> None:
        match event:
            case Ready():
                self.ready.set()
            case SpeechBegan(utterance=name):
                self._of(name)
            case Captioned(side=side, text=text, utterance=name, whole=whole, final=final):
                self._caption(self._of(name), side, text, whole=whole or final)
            case Spoke(audio=audio, utterance=name):
                utterance = self._of(name)
                utterance.first_sound_at = utterance.first_sound_at or time.monotonic()
                utterance.audio += audio
            case SpokeAll(utterance=name):
                self._of(name).over = True
            case Unclear(utterance=name, reason=reason):
                utterance = self._of(name)
                utterance.refused, utterance.over = reason, True
            case _:
                pass

    def result(self, ended_at: float) -> Result:
        """All utterances together; the delay is the last one's."""
        said = list(self.utterances.values())
        sounds = [one.first_sound_at for one in said if one.first_sound_at is not None]
        return Result(
            heard=" ".join(one.heard.strip() for one in said if one.heard.strip()),
            text=" ".join(one.text.strip() for one in said if one.text.strip()),
            audio=b"".join(one.audio for one in said),
            delay_s=max(0.0, sounds[-1] - ended_at) if sounds else None,
            refused=" ".join(one.refused for one in said if one.refused),
        )

    def _of(self, name: str) -> _Utterance:
        return self.utterances.setdefault(name, _Utterance())

    @staticmethod
    def _caption(utterance: _Utterance, side: Side, text: str, *, whole: bool) -> None:
        if side is Side.SOURCE:
            utterance.heard = text if whole else utterance.heard + text
        else:
            utterance.text = text if whole else utterance.text + text


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
    """One sentence in 20 ms frames, and silence until nothing more comes of it."""
    ear.utterances = {}
    frames = [speech[at : at + FRAME_BYTES] for at in range(0, len(speech), FRAME_BYTES)]
    start = time.monotonic()
    given = 0
    for frame in [*[_SILENCE] * 15, *frames]:
        interpreter.hear(frame)
        given += 1
        await asyncio.sleep(max(0.0, start + given * FRAME_S - time.monotonic()))
    ended_at = time.monotonic()
    while (now := time.monotonic()) < ended_at + _PATIENCE_S and (ear.waiting or now < ended_at + _AFTER_S):
        interpreter.hear(_SILENCE)
        given += 1
        await asyncio.sleep(max(0.0, start + given * FRAME_S - time.monotonic()))
    return ear.result(ended_at)
