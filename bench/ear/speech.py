"""What two people say in calls with real speech: the demo's recordings, and the quality bench's sentences spoken."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.ear.scenes import BYTES_PER_MS
from bench.quality import corpus
from dragoman.cli.demo.turns import VOICES, on_the_line, shipped
from dragoman.domain.audio import PCMU_FRAME_BYTES, PCMU_SILENCE
from dragoman.domain.call import Role
from dragoman.interpreters.local.loading import load_voice
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.interpreters.local.synthesise import RATE_HZ

LANGUAGES: Final = {Role.CALLER: "es", Role.AGENT: "en"}
LEAD_MS: Final = 1_000
PAUSE_MS: Final = 700
"""Between the sentences of one speaker: half a second of silence ends an utterance for the embedded engine."""
ANSWER_MS: Final = 1_500
"""About how long the embedded engine takes from the last word to the first of its interpretation."""
HASTE_MS: Final = 300
"""Who answers begins so much before the last word is to be heard."""
_QUIET: Final = 300


@dataclass(frozen=True, slots=True)
class Talk:
    """Both mouths, 8 kHz mu-law from the beginning of the talk, equally long."""

    name: str
    about: str
    mouths: dict[Role, bytes]

    @property
    def length_ms(self) -> int:
        return len(self.mouths[Role.CALLER]) // BYTES_PER_MS


Speak = Callable[[Role, str], bytes]
"""A sentence of a role as 8 kHz mu-law."""


def voices(settings: LocalSettings) -> Speak:
    """The embedded engine's own voices, but not those that it interprets with."""
    speaker = load_voice(settings)

    def speak(role: Role, text: str) -> bytes:
        language = LANGUAGES[role]
        sound = np.frombuffer(b"".join(speaker.say(text, language, VOICES[language])), np.int16)
        loud = np.flatnonzero(np.abs(sound) > _QUIET)
        return on_the_line(sound[loud[0] : loud[-1] + 1], RATE_HZ)

    return speak


class Sentences:
    """Each role's sentences as sound, one after the other: recordings first, then `speak` is asked."""

    def __init__(self, speak: Speak) -> None:
        self._speak = speak
        self._waiting = {role: itertools.cycle(self._all(role)) for role in Role}

    def next(self, role: Role) -> bytes:
        """The role's next sentence: its recording, or spoken now."""
        said = next(self._waiting[role])
        audio = said if isinstance(said, bytes) else self._speak(role, said)
        return audio + bytes([PCMU_SILENCE]) * (-len(audio) % PCMU_FRAME_BYTES)

    @staticmethod
    def _all(role: Role) -> Iterator[str | bytes]:
        recorded = [turn.audio for turn in shipped() if turn.role is role]
        written = [one.said for one in corpus.read() if one.source == LANGUAGES[role]]
        return iter([*recorded, *written])


def monologue(sentences: Sentences, length_ms: int) -> Talk:
    """The caller speaks, sentence after sentence."""
    mouth = _Mouths()
    at_ms = LEAD_MS
    while at_ms < length_ms:
        at_ms = mouth.put(Role.CALLER, at_ms, sentences.next(Role.CALLER)) + PAUSE_MS
    return Talk("monologue, real speech", "the caller speaks on", mouth.tracks())


def two_sided(sentences: Sentences, length_ms: int) -> Talk:
    """One or two sentences each, and the other answers about when the last word is to be heard."""
    mouth = _Mouths()
    at_ms, role = LEAD_MS, Role.CALLER
    counts = itertools.cycle((1, 2, 2, 1, 1, 2))
    while at_ms < length_ms:
        heard_ms = 0
        for _ in range(next(counts)):
            audio = sentences.next(role)
            ends_ms = mouth.put(role, at_ms, audio)
            heard_ms = max(heard_ms, ends_ms + ANSWER_MS) + len(audio) // BYTES_PER_MS
            at_ms = ends_ms + PAUSE_MS
        at_ms, role = heard_ms - HASTE_MS, role.other
    return Talk("two-sided talk, real speech", "fast turns of one or two sentences", mouth.tracks())


class _Mouths:
    def __init__(self) -> None:
        self._tracks = {role: bytearray() for role in Role}

    def put(self, role: Role, at_ms: int, audio: bytes) -> int:
        """Say it at a time (of whole frames); when it ends."""
        track, begin = self._tracks[role], at_ms // 20 * PCMU_FRAME_BYTES
        track += bytes([PCMU_SILENCE]) * (begin - len(track))
        track += audio
        return len(track) // BYTES_PER_MS

    def tracks(self) -> dict[Role, bytes]:
        size = max(len(track) for track in self._tracks.values())
        return {role: bytes(track).ljust(size, bytes([PCMU_SILENCE])) for role, track in self._tracks.items()}
