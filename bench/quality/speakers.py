"""The people of the bench: several voices other than the interpreter's, over a telephone line."""

from __future__ import annotations

import numpy as np

from bench.quality.corpus import Sentence
from dragoman.audio import g711
from dragoman.audio.resample import Resampler
from dragoman.cli.demo.turns import on_the_line
from dragoman.interpreters.local.listening import Samples
from dragoman.interpreters.local.loading import load_voice
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.interpreters.local.synthesise import RATE_HZ

INTERPRETERS_VOICE = "marin"
"""What the product asks the engine for: a woman's voice in each language."""
VOICES = {
    "es": (("em_alex", 1.0), ("em_santa", 1.05), ("em_alex", 1.12), ("em_santa", 0.95)),
    "en": (("am_michael", 1.0), ("af_bella", 1.05), ("bm_george", 1.0), ("am_fenrir", 1.1), ("bf_emma", 1.0)),
}
_QUIET = 300
_EAR_HZ = 16_000


def speak(sentences: list[Sentence], settings: LocalSettings) -> list[bytes]:
    """Each sentence as 8 kHz mu-law in the telephone band (200 to 3,500 Hz), its silence at both ends cut off."""
    speaker = load_voice(settings)
    spoken = []
    for place, sentence in enumerate(sentences):
        voice, speed = VOICES[sentence.source][place % len(VOICES[sentence.source])]
        sound = np.frombuffer(b"".join(speaker.say(sentence.said, sentence.source, voice, speed)), np.int16)
        loud = np.flatnonzero(np.abs(sound) > _QUIET)
        spoken.append(on_the_line(sound[loud[0] : loud[-1] + 1], RATE_HZ))
    return spoken


def for_ears(mulaw: bytes) -> Samples:
    """8 kHz mu-law as 16 kHz float samples, with half a second of silence around."""
    resampler = Resampler(8_000, _EAR_HZ)
    samples = np.concatenate([resampler.push(g711.decode(mulaw)), resampler.flush()])
    return np.pad(samples.astype(np.float32) / 32_768, _EAR_HZ // 2)
