"""Words of the lab: told apart, also quietly, at another speed, through mu-law and over each other."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.chaos import codes
from bench.chaos.codes import CODES, NO_CODE, PAIRS, Reading, read, read_mulaw, runs, spoken
from dragoman.audio import g711
from dragoman.audio.stretch import Stretch
from dragoman.domain.audio import PCMU_FRAME_BYTES

pytestmark = pytest.mark.unit

QUIET = bytes([0xFF]) * PCMU_FRAME_BYTES
MS = 600


def frames(values: np.ndarray, code: int) -> int:
    return int((values == code).sum())


def said(reading: Reading) -> tuple[set[int], set[int]]:
    return set(reading.originals.tolist()) - {NO_CODE}, set(reading.answers.tolist()) - {NO_CODE}


def test_each_word_is_read_in_full_in_either_voice() -> None:
    for code in range(CODES):
        mouth = read_mulaw(QUIET * 10 + spoken(code, MS) + QUIET * 10)
        assert said(mouth) == ({code}, set())
        assert abs(frames(mouth.originals, code) - MS // 20) <= 2
        ear = read(codes.answer(code, MS, 8000))
        assert said(ear) == (set(), {code})
        assert abs(frames(ear.answers, code) - MS // 20) <= 2


@pytest.mark.parametrize("code", [0, 37, 127])
@pytest.mark.parametrize("gain_db", [-18, 0, 5])
def test_a_ducked_voice_is_heard_under_another_word(code: int, gain_db: float) -> None:
    under = g711.decode(spoken(code, MS)) * 10 ** (gain_db / 20)
    over = codes.answer((code + 40) % CODES, MS, 8000)
    mixed = np.clip(under + over, -32768, 32767).astype(np.int16)
    assert said(read_mulaw(g711.encode(mixed))) == ({code}, {(code + 40) % CODES})


def test_words_that_differ_differ_in_both_tones_or_by_two_steps() -> None:
    for one in PAIRS:
        for other in PAIRS:
            apart = [abs(a - b) for a, b in zip(one, other, strict=True)]
            assert one == other or sum(apart) >= 2


def test_nothing_is_read_in_noise_and_silence() -> None:
    noise = np.random.default_rng(5).normal(0, 2000, 8000 * 20).astype(np.int16)
    assert said(read(noise)) == (set(), set())
    assert read(noise).loud.all()
    assert not read_mulaw(QUIET * 50).loud.any()
    assert read_mulaw(b"").loud.size == 0


def test_a_single_tone_is_no_word() -> None:
    for hz in range(300, 3400, 20):
        assert said(read(codes.wave_of((float(hz),), 400, 8000).astype(np.int16))) == (set(), set())


def test_two_words_one_after_the_other_are_no_third() -> None:
    reading = read(np.concatenate([codes.answer(3, 200, 8000), codes.answer(90, 200, 8000)]))
    assert said(reading)[1] == {3, 90}


@given(st.lists(st.integers(-1, 2), max_size=60))
def test_runs_are_all_of_it_cut_where_it_changes(values: list[int]) -> None:
    found = runs(np.array(values, dtype=np.int64))
    assert [run.code for run in found for _ in range(run.frames)] == values
    assert all(one.code != two.code and one.ends == two.begins for one, two in itertools.pairwise(found))


def test_a_word_that_is_played_faster_is_the_same_word() -> None:
    stretch, sound = Stretch(), g711.encode(codes.answer(51, 1000, 8000))
    pieces = [stretch.push(sound[at : at + PCMU_FRAME_BYTES], 1.25) for at in range(0, len(sound), PCMU_FRAME_BYTES)]
    reading = read_mulaw(b"".join(pieces) + stretch.flush())
    assert said(reading)[1] == {51}
    assert frames(reading.answers, 51) > 1000 / 20 / 1.25 - 4
