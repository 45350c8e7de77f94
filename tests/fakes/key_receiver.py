"""A receiver of key tones, as a switchboard has one: Goertzel's filter at eight pitches, and Q.24's rules of time."""

from __future__ import annotations

import math
from itertools import groupby
from typing import Final

import numpy as np

from dragoman.audio import g711
from dragoman.audio.g711 import Samples

ROWS_HZ: Final = (697, 770, 852, 941)
COLUMNS_HZ: Final = (1209, 1336, 1477, 1633)
KEYS: Final = ("123A", "456B", "789C", "*0#D")
RATE_HZ: Final = 8000
BLOCK: Final = 160
HOP: Final = 40
LEAST_MS: Final = 40
"""So long a tone, and so long a pause behind it (less what a block blurs)."""
FAINTEST_DBM0: Final = -25.0
FULL_SCALE: Final = 32636.0
FULL_SCALE_DBM0: Final = 3.17
TWIST_DB: Final = 6.0
APART_DB: Final = 8.0
"""The next of the same group is so much weaker."""
PURE: Final = 0.9
"""The two hold so much of all energy: with speech under them they do not."""


def goertzel(block: Samples, hz: float) -> float:
    """The amplitude of one pitch."""
    turn = 2 * math.cos(2 * math.pi * hz / RATE_HZ)
    last = before = 0.0
    for sample in block.tolist():
        last, before = sample + turn * last - before, last
    return 2 * math.sqrt(max(last**2 + before**2 - turn * last * before, 0.0)) / len(block)


def dbm0(amplitude: float) -> float:
    return 20 * math.log10(max(amplitude, 1e-3) / FULL_SCALE) + FULL_SCALE_DBM0


def levels(block: Samples) -> dict[int, float]:
    """dBm0 of each pitch."""
    return {hz: dbm0(goertzel(block, hz)) for hz in (*ROWS_HZ, *COLUMNS_HZ)}


def _key_in(block: Samples) -> str:
    """The key that sounds in a block; "" where none does."""
    energy = float(np.mean(block.astype(np.float64) ** 2))
    if math.sqrt(2 * energy) < FULL_SCALE * 10 ** ((FAINTEST_DBM0 - FULL_SCALE_DBM0) / 20):
        return ""
    found = levels(block)
    row, column = (max(group, key=found.__getitem__) for group in (ROWS_HZ, COLUMNS_HZ))
    others = [found[hz] for group, best in ((ROWS_HZ, row), (COLUMNS_HZ, column)) for hz in group if hz != best]
    tones = sum((FULL_SCALE * 10 ** ((found[hz] - FULL_SCALE_DBM0) / 20)) ** 2 / 2 for hz in (row, column))
    clear = max(others) <= min(found[row], found[column]) - APART_DB and abs(found[row] - found[column]) <= TWIST_DB
    return KEYS[ROWS_HZ.index(row)][COLUMNS_HZ.index(column)] if clear and tones >= PURE * energy else ""


def keys_heard(mulaw: bytes) -> str:
    """The keys that a receiver at this ear would tell of, in order."""
    samples = g711.decode(mulaw)
    blocks = [_key_in(samples[at : at + BLOCK]) for at in range(0, samples.size - BLOCK + 1, HOP)]
    least = (LEAST_MS * RATE_HZ // 1000 - BLOCK) // HOP
    runs = [(key, len(list(run))) for key, run in groupby(blocks)]
    heard = ""
    for number, (key, length) in enumerate(runs):
        gap = runs[number - 1][1] if number else least
        if key and length >= least and gap >= least:
            heard += key
    return heard
