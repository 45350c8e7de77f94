"""Loads the real parts of the engine from checked files."""

from __future__ import annotations

import os
from pathlib import Path

from dragoman.errors import ModelError
from dragoman.interpreters.local.manifest import ModelFile, load_manifest
from dragoman.interpreters.local.parts import Parts
from dragoman.interpreters.local.recognise import Recogniser
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.interpreters.local.synthesise import Speaker
from dragoman.interpreters.local.translate import Translator
from dragoman.interpreters.local.vad import SpeechDetector, SpeechModel, silero_path
from dragoman.interpreters.local.verify import require
from dragoman.interpreters.local.whisper import Encoded, Whisper

_WARM = ("en", "es")


def thread_count(wished: int) -> int:
    """How many threads a decode takes: one core is left to the calls."""
    return wished or max(1, (os.cpu_count() or 1) - 1)


def needed(settings: LocalSettings) -> tuple[ModelFile, ...]:
    """The files of the manifest that these settings ask for."""
    own = settings.asr not in ("base", "small")
    ears = f"whisper-{settings.asr}/"
    files = load_manifest().select()
    if not own and settings.asr != "base":
        files = (*files, *load_manifest().select([ears]))
    return tuple(one for one in files if not one.name.startswith("whisper-") or one.name.startswith(ears))


def load_ears(settings: LocalSettings) -> Recogniser[Encoded]:
    """Whisper as the settings want it."""
    known = settings.asr in ("base", "small")
    folder = settings.models_folder / f"whisper-{settings.asr}" if known else Path(settings.asr).expanduser()
    try:
        return Recogniser(Whisper(folder, thread_count(settings.threads)))
    except (RuntimeError, OSError, ValueError) as error:
        raise ModelError(f"{folder} holds no Whisper model that can be loaded: {error}") from error


def load_voice(settings: LocalSettings) -> Speaker:
    """All voices that are in the cache."""
    folder = settings.models_folder / "kokoro"
    voices = sorted((folder / "voices").glob("*.bin"))
    return Speaker(folder / "kokoro-v1.0.int8.onnx", voices, thread_count(settings.threads))


def load_parts(settings: LocalSettings) -> Parts:
    """Check, load and warm up everything; raise ModelError that says what is missing and how to get it."""
    require(needed(settings), settings.models_folder)
    speech = SpeechModel(silero_path())
    voice = load_voice(settings)
    voice.warm_up(_WARM)
    text = Translator.open(settings.translation_models)
    text.warm_up()
    return Parts(load_ears(settings), text, voice, lambda: SpeechDetector(speech))
