"""An engine that takes no turns: it speaks while the party speaks, in chunks of 200 ms, as the network brings them."""

from __future__ import annotations

import itertools
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np

from bench.ear.scenes import BYTES_PER_MS, TEXTS, Arrival, Said, in_order, ready_by_pieces
from bench.ear.sounds import INTERPRETER, OWN, RATE_HZ, Throat, samples
from dragoman.audio import g711
from dragoman.domain.call import Role
from dragoman.domain.speech import Captioned, Side, Spoke

CHUNK_MS: Final = 200
DELAY_MS: Final = 2000.0
"""How far behind the speaker the interpreter is, at least."""
TEXT_LATE_MS: Final = 700
STEP_MS: Final = 600

# What Richman2020 measured on a call with gpt-realtime-translate (LATENCY_OPTIMIZATION_BATCH_2026-09-29):
CHUNKS: Final = 420
BURSTS: Final = 205
SPAN_MS: Final = 82_800.0
LARGEST_BURST: Final = 8
LONGEST_GAP_MS: Final = 1480.0
BACKLOG_MS: Final = 2280.0
SEED: Final = 1599
RATE: Final = CHUNKS * CHUNK_MS / SPAN_MS
"""So much more audio comes than time passes."""

Network = Callable[[int, random.Random], list[float]]
"""When each of so many chunks arrives, counted from when the first could."""


def steady(count: int, rng: random.Random) -> list[float]:
    """Each a little late, none before the one before it."""
    times = [number * CHUNK_MS / RATE + rng.uniform(0, 80) for number in range(count)]
    return list(itertools.accumulate(times, max))


def stalled(from_ms: float, stall_ms: float) -> Network:
    """As `steady`, but nothing comes for a while, and then all of it at once."""

    def arrivals(count: int, rng: random.Random) -> list[float]:
        over_ms = from_ms + stall_ms
        return [over_ms if from_ms < at < over_ms else at for at in steady(count, rng)]

    return arrivals


def richman(count: int, rng: random.Random) -> list[float]:
    """The measured pattern, again and again: 84.0 s of audio in 82.8 s, bursts to 1.6 s, gaps to 1.48 s."""
    pattern = pattern_of_richman()
    return [SPAN_MS * (number // CHUNKS) + pattern[number % CHUNKS] for number in range(count)]


@cache
def pattern_of_richman() -> tuple[float, ...]:
    """Arrivals of 420 chunks, with the figures that were measured.

    Of 6000 random ones it is that whose own delay wanders least (by a quarter of a second): where the ear falls further
    behind, it is not the network that does it.
    """
    return _pattern(random.Random(SEED))


def _pattern(rng: random.Random) -> tuple[float, ...]:
    sizes = [1] * BURSTS
    sizes[rng.randrange(BURSTS)] = LARGEST_BURST
    while sum(sizes) < CHUNKS:
        place = rng.randrange(BURSTS)
        if sizes[place] < LARGEST_BURST - 1:
            sizes[place] += 1
    # A burst is what gathered in the gap before it.
    weights = [(size + rng.uniform(0.0, 1.2)) for size in sizes[1:]]
    gaps = _scaled(weights)
    times = [0.0, *itertools.accumulate(gaps)]
    return tuple(at for at, size in zip(times, sizes, strict=True) for _ in range(size))


def _scaled(weights: Sequence[float]) -> list[float]:
    """Gaps that last as long as the recording together; the longest is the longest that was measured."""
    gaps = np.array(weights) / sum(weights) * SPAN_MS
    gaps[gaps.argmax()] = LONGEST_GAP_MS
    for _ in range(50):
        gaps = np.minimum(gaps, LONGEST_GAP_MS)
        short = gaps < LONGEST_GAP_MS
        gaps[short] *= (SPAN_MS - gaps[~short].sum()) / gaps[short].sum()
    return [float(one) for one in gaps]


def backlog_ms(times: Sequence[float]) -> float:
    """The longest that a chunk's end waits for its turn when all are played one after the other."""
    free_ms, longest_ms = 0.0, 0.0
    for at in times:
        free_ms = max(free_ms, at) + CHUNK_MS
        longest_ms = max(longest_ms, free_ms - at)
    return longest_ms


class Stream:
    """One role's speech, and the interpreter's beside it."""

    def __init__(self, role: Role, rng: random.Random) -> None:
        self._role = role
        self._rng = rng
        self._throat = Throat(OWN[role], rng)
        self._interpreter = Throat(INTERPRETER[role], rng)
        self.said: list[Said] = []

    def say(self, begins_ms: int, length_ms: int) -> Said:
        """A phrase that is interpreted."""
        sound = self._throat.say(length_ms)
        target = self._interpreter.say(round(sound.length_ms * RATE))
        said = Said(self._role, begins_ms - begins_ms % 20, sound, target)
        self.said.append(said)
        return said

    def say_in_theirs(self, begins_ms: int, length_ms: int) -> Said:
        """A phrase in the listener's language: the engine writes it down and says nothing."""
        sound, begins_ms = self._throat.say(length_ms), begins_ms - begins_ms % 20
        ready_ms = tuple(float(begins_ms + one.begins_ms) for one in sound.syllables)
        said = Said(self._role, begins_ms, sound, passes=True, ready_ms=ready_ms)
        self.said.append(said)
        return said

    def interpreted(self, network: Network) -> tuple[list[Said], tuple[Arrival, ...]]:
        """What was said, with what is to be heard of it when; and all that the engine sends."""
        spoken = [one for one in self.said if one.interpreted is not None]
        origin_ms = spoken[0].begins_ms
        places = _places(spoken, origin_ms)
        count = -(-(places[-1] + _target(spoken[-1])) // CHUNK_MS)
        arrived = [origin_ms + at for at in network(count, self._rng)]
        # No word is interpreted before it was said: the whole stream is as late as that takes.
        late_ms = max((number + 1) * CHUNK_MS / RATE + origin_ms - at for number, at in enumerate(arrived))
        arrived = [at + max(DELAY_MS, late_ms + 300) for at in arrived]
        pieces = [(float((number + 1) * CHUNK_MS), at) for number, at in enumerate(arrived)]
        placed = dict(zip(map(id, spoken), places, strict=True))
        done = [
            replace(one, ready_ms=ready_by_pieces(one.interpreted, pieces, placed[id(one)]))
            if one.interpreted is not None
            else one
            for one in self.said
        ]
        arrivals = [*self._sounds(spoken, places, arrived, origin_ms), *self._texts(places, arrived)]
        return done, in_order(arrivals)

    def _sounds(
        self, spoken: Sequence[Said], places: Sequence[int], arrived: Sequence[float], origin_ms: int
    ) -> list[Arrival]:
        """Chunks; those in which nobody speaks, between distant phrases, are not sent."""
        track = np.zeros(len(arrived) * CHUNK_MS * RATE_HZ // 1000, np.int16)
        for one, place in zip(spoken, places, strict=True):
            assert one.interpreted is not None
            sound = samples(one.interpreted)
            track[place * BYTES_PER_MS : place * BYTES_PER_MS + sound.size] = sound
        audio, size = g711.encode(track), CHUNK_MS * BYTES_PER_MS
        found = []
        for number, at in enumerate(arrived):
            begins_ms = number * CHUNK_MS
            if self._near(begins_ms, spoken, places):
                elapsed_ms = round(origin_ms + begins_ms / RATE)
                chunk = audio[number * size : (number + 1) * size]
                found.append(Arrival(at, Spoke(chunk, elapsed_ms=elapsed_ms)))
        return found

    @staticmethod
    def _near(at_ms: int, spoken: Sequence[Said], places: Sequence[int]) -> bool:
        after = bisect_right(places, at_ms + CHUNK_MS - 1)
        following_ms = places[after] - at_ms if after < len(places) else 10_000
        passed_ms = at_ms - places[after - 1] - _target(spoken[after - 1]) if after else 10_000
        return passed_ms < 0 or passed_ms + following_ms < 1_000

    def _texts(self, places: Sequence[int], arrived: Sequence[float]) -> list[Arrival]:
        """Words of what was said as it is said, and of each interpretation when it begins."""
        found: list[Arrival] = []
        at_place = iter(places)
        for number, one in enumerate(self.said):
            own, other = (texts[number % len(texts)] for texts in TEXTS[self._role])
            words = (other if one.passes else own).split()
            steps = max(1, one.sound.length_ms // STEP_MS)
            for step in range(steps):
                part = words[step * len(words) // steps : (step + 1) * len(words) // steps]
                if part:
                    at_ms = one.begins_ms + (step + 1) * one.sound.length_ms // steps
                    text = Captioned(Side.SOURCE, " " + " ".join(part), elapsed_ms=at_ms)
                    found.append(Arrival(at_ms + TEXT_LATE_MS, text))
            if one.interpreted is not None:
                at = arrived[next(at_place) // CHUNK_MS]
                found.append(Arrival(at, Captioned(Side.TARGET, " " + other, elapsed_ms=one.begins_ms)))
        return found


def _target(said: Said) -> int:
    assert said.interpreted is not None
    return said.interpreted.length_ms


def _places(spoken: Sequence[Said], origin_ms: int) -> list[int]:
    """Where in the interpreter's own time each phrase begins: in proportion, and after the one before it."""
    places: list[int] = []
    free_ms = 0
    for one in spoken:
        place = max(free_ms, round((one.begins_ms - origin_ms) * RATE))
        places.append(place)
        free_ms = place + _target(one) + 60
    return places
