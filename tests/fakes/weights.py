"""The real weights for tests that need them: fetched when they are missing, loaded once per process."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.fetch import Fetcher
from dragoman.interpreters.local.loading import load_ears, load_voice, needed
from dragoman.interpreters.local.recognise import Recogniser
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.interpreters.local.synthesise import Speaker
from dragoman.interpreters.local.whisper import Encoded
from dragoman.settings import load

Sound = npt.NDArray[np.float32]


@cache
def settings() -> LocalSettings:
    """As on this machine, with the files in place."""
    found = load(LocalSettings)
    with Fetcher(found.models_folder, found.models_from) as fetcher:
        fetcher.fetch(needed(found))
    return found


@cache
def ears() -> Recogniser[Encoded]:
    return load_ears(settings())


@cache
def voice() -> Speaker:
    return load_voice(settings())


def telephone(pcm: bytes) -> bytes:
    """24 kHz speech as a telephone carries it: 200 to 3500 Hz, mu-law, half of full scale."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    spectrum = np.fft.rfft(samples)
    frequency = np.fft.rfftfreq(len(samples), 1 / 24_000)
    spectrum[(frequency < 200) | (frequency > 3500)] = 0
    narrow = np.fft.irfft(spectrum, len(samples))
    level = 16_384 / max(1.0, float(np.abs(narrow).max()))
    converter = Converter(AudioFormat.PCM16_24K, AudioFormat.PCMU_8K)
    return converter.convert((narrow * level).astype("<i2").tobytes()) + converter.flush()


def spoken(text: str, language: str, who: str) -> bytes:
    """A person's voice on the telephone, mu-law."""
    return telephone(b"".join(voice().say(text, language, who)))


def heard_by_us(pcmu: bytes) -> Sound:
    """Telephone audio as the recogniser takes it, with the silence around it that the endpointer leaves."""
    converter = Converter(AudioFormat.PCMU_8K, AudioFormat.PCM16_16K)
    padded = AudioFormat.PCMU_8K.silence(300) + pcmu + AudioFormat.PCMU_8K.silence(160)
    return np.frombuffer(converter.convert(padded) + converter.flush(), "<i2").astype(np.float32) / np.float32(32768)
