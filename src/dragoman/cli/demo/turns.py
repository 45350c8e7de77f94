"""What the two people of the demo say, and in whose voice."""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from dragoman.audio import g711, wav
from dragoman.audio.g711 import Samples
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Role
from dragoman.errors import SettingsError
from dragoman.language_rank import language_rank

RATE_HZ = AudioFormat.PCMU_8K.rate_hz
LOWEST_HZ = 200.0
HIGHEST_HZ = 3500.0

VOICES = {"en": "am_michael", "es": "em_alex", "fr": "ff_siwi", "it": "im_nicola", "pt": "pm_alex"}
"""Voices of the people in the demo, by language: none that the interpreter uses where the engine has two."""

Voice = Callable[[str, str, str], Awaitable[bytes]]
"""(text, language, voice) to 8 kHz mu-law."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said: `audio` is 8 kHz mu-law; `text` is "" where a user's own recording was not told."""

    role: Role
    text: str
    audio: bytes

    @property
    def duration_s(self) -> float:
        return len(self.audio) / RATE_HZ


def shipped() -> list[Turn]:
    """The eight turns that come with Dragoman."""
    folder = resources.files("dragoman.cli.demo")
    listed = tomllib.loads(folder.joinpath("turns.toml").read_text(encoding="utf-8"))
    recordings = folder.joinpath("recordings")
    return [
        Turn(Role(one["role"]), one["text"], _mulaw(recordings.joinpath(one["recording"]).read_bytes()))
        for one in listed["turn"]
    ]


async def said(text: str, languages: dict[Role, str], voice: Voice) -> Turn:
    """A sentence of the user's own, spoken by the party whose language it is in (or who is named: `es: Hola`).

    Raises SettingsError when it is empty.
    """
    role, sentence = _speaker(text, languages)
    if not sentence.strip():
        raise SettingsError([f"--say {text!r}: there is nothing to say in it. Give a sentence."])
    language = languages[role]
    audio = await voice(sentence, language, VOICES.get(language, ""))
    return Turn(role, sentence, audio)


def recorded(path: Path, languages: dict[Role, str]) -> Turn:
    """A recording of the user's own; `agent:file.wav` or `es:file.wav` names the speaker, else it is the caller.

    Raises SettingsError that names the file and says what is wrong with it.
    """
    role, name = _named_speaker(str(path), languages)
    try:
        content = Path(name).expanduser().read_bytes()
    except OSError as error:
        raise SettingsError([f"--wav {name}: {error.strerror}. Name a WAV file that can be read."]) from None
    try:
        return Turn(role or Role.CALLER, "", _mulaw(content))
    except wav.WavError as error:
        raise SettingsError([f"--wav {name}: {error}"]) from None


def _mulaw(content: bytes) -> bytes:
    recording = wav.read(content)
    if not recording.samples.size:
        raise wav.WavError("the WAV file holds no sound")
    return on_the_line(recording.samples, recording.rate_hz)


def on_the_line(samples: Samples, rate_hz: int) -> bytes:
    """Any recording as a telephone carries it: 200 to 3500 Hz, 8 kHz mu-law. Whole recordings only, not a stream."""
    if not samples.size:
        return b""
    spectrum = np.fft.rfft(samples.astype(np.float64))
    pitch_hz = np.fft.rfftfreq(samples.size, 1 / rate_hz)
    spectrum[(pitch_hz < LOWEST_HZ) | (pitch_hz > HIGHEST_HZ)] = 0
    length = round(samples.size * RATE_HZ / rate_hz)
    kept = np.zeros(length // 2 + 1, spectrum.dtype)
    share = min(kept.size, spectrum.size)
    kept[:share] = spectrum[:share]
    sound = np.fft.irfft(kept, length) * (length / samples.size)
    return g711.encode(np.clip(np.rint(sound), -32768, 32767).astype(np.int16))


def _speaker(text: str, languages: dict[Role, str]) -> tuple[Role, str]:
    role, sentence = _named_speaker(text, languages)
    if role is not None:
        return role, sentence
    found = next(language for language, _ in language_rank()(text) if language in languages.values())
    return next(one for one, language in languages.items() if language == found), text


def _named_speaker(text: str, languages: dict[Role, str]) -> tuple[Role | None, str]:
    name, colon, rest = text.partition(":")
    if colon:
        for role, language in languages.items():
            if name.strip().lower() in (role.value, language):
                return role, rest.strip()
    return None, text
