"""What can be seen in two people's recordings: stretches of sound, first sounds, silences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dragoman.audio.level import voiced
from dragoman.domain.audio import FRAME_MS, PCMU_FRAME_BYTES

FRAME_S = FRAME_MS / 1000
PAUSE_S = 0.5
"""A pause shorter than this belongs to the stretch."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Sound from `began_s` to `ended_s` of a recording."""

    began_s: float
    ended_s: float


def stretches(audio: bytes, *, from_s: float = 0.0, to_s: float | None = None) -> list[Stretch]:
    """Stretches of voice in 8 kHz mu-law, seconds from its start."""
    first = round(from_s / FRAME_S)
    last = len(audio) // PCMU_FRAME_BYTES if to_s is None else round(to_s / FRAME_S)
    found: list[Stretch] = []
    for frame in range(first, last):
        at = frame * PCMU_FRAME_BYTES
        if not voiced(audio[at : at + PCMU_FRAME_BYTES]):
            continue
        began_s, ended_s = frame * FRAME_S, (frame + 1) * FRAME_S
        if found and began_s - found[-1].ended_s < PAUSE_S:
            found[-1] = Stretch(found[-1].began_s, ended_s)
        else:
            found.append(Stretch(began_s, ended_s))
    return found


def longest_silence_s(heard: bytes, said: bytes, from_s: float, to_s: float) -> float:
    """The longest time between two moments in which a party neither heard a voice nor spoke."""
    sounds = stretches(heard, from_s=from_s, to_s=to_s) + stretches(said, from_s=from_s, to_s=to_s)
    silence_s, at_s = 0.0, from_s
    for sound in sorted(sounds, key=lambda one: one.began_s):
        silence_s = max(silence_s, sound.began_s - at_s)
        at_s = max(at_s, sound.ended_s)
    return max(silence_s, to_s - at_s)


def longest_pause_s(found: Sequence[Stretch]) -> float:
    """The longest pause between stretches."""
    return max((after.began_s - before.ended_s for before, after in pairwise(found)), default=0.0)


def quiet_for_s(audio: bytes, now_s: float) -> float:
    """How long the recording has been quiet at `now_s`, looking back 10 s at most."""
    recent = stretches(audio, from_s=max(0.0, now_s - 10.0), to_s=now_s)
    return now_s - recent[-1].ended_s if recent else 10.0
