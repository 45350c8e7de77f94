"""Frames are told by their tones, wherever they begin and whatever resampler they went through."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bench import tones
from dragoman.audio import g711
from dragoman.audio.resample import Resampler

pytestmark = pytest.mark.unit

SIGNS = tones.signs(7, 1)


def said(first: int, count: int) -> bytes:
    return b"".join(tones.speech(number, int(SIGNS[number % tones.NUMBERS])) for number in range(first, first + count))


def numbers(found: tones.Found) -> list[int]:
    assert (SIGNS[found.number] == found.sign).all()
    told: list[int] = found.number.tolist()
    return told


@pytest.mark.parametrize("hop_ms", [1, 4])
def test_every_frame_is_found_after_two_resamplers(hop_ms: int) -> None:
    up, down = Resampler(8000, 24000), Resampler(24000, 8000)
    wide = up.push(g711.decode(said(100, 250) + tones.QUIET))
    found = tones.find(wide.astype(np.float64), 24000, hop_ms)
    assert numbers(found) == [number % 216 for number in range(100, 350)]
    narrow = g711.decode(g711.encode(np.concatenate([down.push(wide), down.flush()])))
    found = tones.find(narrow.astype(np.float64), 8000, hop_ms)
    assert numbers(found) == [number % 216 for number in range(100, 350)]
    off = np.abs(found.at - 160 * np.arange(250) - 32)
    assert np.median(off) == 0
    assert off.max() <= 24


def test_frames_may_begin_anywhere() -> None:
    audio = np.concatenate([np.zeros(333, np.int16), g711.decode(said(0, 20)), np.zeros(500, np.int16)])
    found = tones.find(audio.astype(np.float64), 8000, 1)
    assert numbers(found) == list(range(20))
    off = np.abs(found.at - 333 - 160 * np.arange(20))
    assert np.median(off) <= 8
    assert off.max() <= 24


def test_what_was_cut_out_is_not_found() -> None:
    audio = g711.decode(said(0, 10) + said(13, 10)).astype(np.float64)
    assert numbers(tones.find(audio, 8000, 4)) == [*range(10), *range(13, 23)]


@pytest.mark.parametrize(
    "audio",
    [
        np.zeros(0),
        np.zeros(100),
        np.zeros(8000),
        np.random.default_rng(1).normal(0, 3000, 16000),
        9000 * np.sin(np.arange(8000)),
    ],
)
def test_neither_silence_nor_noise_is_a_frame(audio: tones.Wave) -> None:
    assert tones.find(audio, 8000, 4).at.size == 0


def test_no_two_lanes_sign_alike() -> None:
    lanes = [tones.signs(call, side) for call in range(100) for side in range(2)]
    alike = max((one == other).mean() for one, other in itertools.combinations(lanes, 2))
    assert alike < 0.15
