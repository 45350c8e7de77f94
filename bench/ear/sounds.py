"""Made-up voices of which every syllable can be found again in a recording: stretched, mixed, faint, or come back.

Each voice has a part of the telephone band to itself, each syllable one of eight pairs of partials in it. A syllable is
about as long, as loud, and as uneven as a real one; mu-law, mixing and a time-stretch leave its partials where they
are.
"""

from __future__ import annotations

import enum
import random
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio.g711 import Samples
from dragoman.domain.audio import FRAME_MS
from dragoman.domain.call import Role

RATE_HZ: Final = 8000
SYMBOLS: Final = 8
STEP_HZ: Final = 40
PAIR_HZ: Final = 320
"""The second partial lies so far above the first: they beat as a voice does."""

LEVEL_DBFS: Final = -18.0
"""RMS of a syllable's middle."""
EDGE_MS: Final = 25
DIP: Final = 0.55
"""Between syllables the voice falls to this."""
ATTACK_MS: Final = 8


class Voice(enum.Enum):
    """Who can be heard; the value is the lowest partial in Hz."""

    CALLER = 320
    AGENT = 1040
    FOR_CALLER = 1760
    """The interpreter who says in the agent's language what the caller said."""
    FOR_AGENT = 2480

    @property
    def lowest_hz(self) -> int:
        return self.value

    def partials_hz(self, symbol: int) -> tuple[int, int]:
        low = self.lowest_hz + symbol * STEP_HZ
        return low, low + PAIR_HZ


OWN: Final = {Role.CALLER: Voice.CALLER, Role.AGENT: Voice.AGENT}
INTERPRETER: Final = {Role.CALLER: Voice.FOR_CALLER, Role.AGENT: Voice.FOR_AGENT}
"""The interpreter of what this role says."""


@dataclass(frozen=True, slots=True)
class Syllable:
    symbol: int
    begins_ms: int
    length_ms: int

    @property
    def ends_ms(self) -> int:
        return self.begins_ms + self.length_ms


@dataclass(frozen=True, slots=True)
class Sound:
    """Syllables with pauses between some of them; begins and ends with one."""

    voice: Voice
    syllables: tuple[Syllable, ...]

    @property
    def length_ms(self) -> int:
        return self.syllables[-1].ends_ms

    @property
    def voiced_ms(self) -> int:
        return sum(one.length_ms for one in self.syllables)


class Throat:
    """Speaks with one voice. No syllable is like one of the two before it, so that none is taken for its neighbour."""

    def __init__(self, voice: Voice, rng: random.Random) -> None:
        self._voice = voice
        self._rng = rng
        self._last = [-1, -1]

    def say(self, length_ms: int, *, pauses: bool = True) -> Sound:
        """About so long: whole syllables of 160 to 260 ms, a short pause after every few."""
        syllables: list[Syllable] = []
        at_ms, until_pause = 0, self._rng.randint(5, 9)
        while not syllables or at_ms < length_ms - 100:
            if pauses and syllables and until_pause == 0 and at_ms < length_ms - 600:
                at_ms += FRAME_MS * self._rng.randint(6, 14)
                until_pause = self._rng.randint(5, 9)
            long_ms = FRAME_MS * self._rng.randint(8, 13)
            syllables.append(Syllable(self._next(), at_ms, long_ms))
            at_ms += long_ms
            until_pause = max(0, until_pause - 1)
        return Sound(self._voice, tuple(syllables))

    def _next(self) -> int:
        symbol = self._rng.choice([one for one in range(SYMBOLS) if one not in self._last])
        self._last = [self._last[1], symbol]
        return symbol


def samples(sound: Sound) -> Samples:
    """The sound as 8 kHz samples."""
    out = np.zeros(sound.length_ms * RATE_HZ // 1000)
    before_ms = -1
    for place, one in enumerate(sound.syllables):
        after = sound.syllables[place + 1] if place + 1 < len(sound.syllables) else None
        joined = before_ms == one.begins_ms, after is not None and after.begins_ms == one.ends_ms
        first = one.begins_ms * RATE_HZ // 1000
        wave = _wave(sound.voice, one) * _envelope(one.length_ms, *joined)
        out[first : first + wave.size] = wave
        before_ms = one.ends_ms
    return np.rint(out).astype(np.int16)


def _wave(voice: Voice, one: Syllable) -> npt.NDArray[np.float64]:
    time_s = np.arange(one.length_ms * RATE_HZ // 1000) / RATE_HZ
    peak = 32768 * 10 ** (LEVEL_DBFS / 20)
    low, high = (np.sin(2 * np.pi * hz * time_s) for hz in voice.partials_hz(one.symbol))
    return peak * (low + high)


def _envelope(length_ms: int, after_another: bool, before_another: bool) -> npt.NDArray[np.float64]:
    """Louder in the middle; from and to nothing where the voice begins and ends."""
    size = length_ms * RATE_HZ // 1000
    envelope = np.ones(size)
    edge = EDGE_MS * RATE_HZ // 1000
    rise = DIP + (1 - DIP) * np.sin(np.linspace(0, np.pi / 2, edge)) ** 2
    envelope[:edge] *= rise
    envelope[-edge:] *= rise[::-1]
    attack = np.linspace(0, 1, ATTACK_MS * RATE_HZ // 1000)
    if not after_another:
        envelope[: attack.size] *= attack
    if not before_another:
        envelope[-attack.size :] *= attack[::-1]
    return envelope
