"""Markers: what is spoken is found again, and only that."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.audio import g711
from dragoman.audio.tone import is_tone
from dragoman.interpreters.openai.emulator.markers import (
    BREATH,
    HIGHEST_HZ,
    MARKERS,
    SHIFT_HZ,
    answer_hz,
    marker_of,
    marker_tone,
    markers_heard,
)

pytestmark = pytest.mark.unit

SILENCE = b"\xff"


def mixed(*parts: bytes) -> bytes:
    samples = np.sum([g711.decode(one).astype(np.int32) for one in parts], axis=0)
    return g711.encode(np.clip(samples, -32768, 32767).astype(np.int16))


@pytest.mark.parametrize("breath", [0.0, BREATH])
def test_every_marker_and_every_answer_is_found(breath: float) -> None:
    for hz in (*MARKERS, *map(answer_hz, MARKERS)):
        assert marker_of(marker_tone(hz, 400, breath=breath)) == hz


def test_answers_have_a_band_of_their_own_inside_the_telephone_band() -> None:
    answers = set(map(answer_hz, MARKERS))
    assert not answers & set(MARKERS)
    assert max(answers) == HIGHEST_HZ + SHIFT_HZ < 3400
    assert len(MARKERS) == 130


@given(hz=st.sampled_from(MARKERS), before=st.integers(0, 3000), after=st.integers(0, 3000), ms=st.integers(200, 1500))
@settings(max_examples=60, deadline=None)
def test_silence_around_a_marker_does_not_matter(hz: int, before: int, after: int, ms: int) -> None:
    assert marker_of(SILENCE * before + marker_tone(hz, ms) + SILENCE * after) == hz


def test_a_marker_in_frames_is_the_same_marker() -> None:
    whole = marker_tone(730, 1000)
    frames = [whole[start : start + 160] for start in range(0, len(whole), 160)]
    assert marker_of(b"".join(frames)) == 730
    assert len(whole) == 8000


@pytest.mark.parametrize("audio", [b"", SILENCE * 8000, marker_tone(500, 40)], ids=["nothing", "silence", "too short"])
def test_what_carries_no_marker_says_so(audio: bytes) -> None:
    assert marker_of(audio) is None
    assert markers_heard(audio) == set()


def test_noise_is_no_marker() -> None:
    noise = np.random.default_rng(7).integers(-8000, 8000, 8000).astype(np.int16)
    assert marker_of(g711.encode(noise)) is None


def test_a_tone_off_the_grid_is_no_marker() -> None:
    assert marker_of(marker_tone(505, 1000)) is None


def test_two_parties_at_once_are_both_heard_and_are_no_single_marker() -> None:
    both = mixed(marker_tone(500, 1000), marker_tone(1520, 1000))
    assert markers_heard(both) == {500, 1520}


@pytest.mark.parametrize("gap", [0, 20, 400])
def test_one_after_the_other_both_are_heard(gap: int) -> None:
    sound = marker_tone(640, 900) + SILENCE * 8 * gap + marker_tone(2200, 900)
    assert markers_heard(sound) == {640, 2200}


def test_a_foreign_marker_of_a_quarter_of_the_loudness_is_noticed() -> None:
    quiet = g711.encode((g711.decode(marker_tone(900, 1000)) * 0.4).astype(np.int16))
    assert 900 in markers_heard(mixed(marker_tone(500, 1000), quiet))


def test_long_recordings_give_nothing_but_what_is_in_them() -> None:
    sound = b"".join(marker_tone(hz, 1500) + SILENCE * 2400 for hz in (400, 420, 1900, 3190))
    assert markers_heard(sound) == {400, 420, 1900, 3190}


def test_breath_makes_a_marker_pass_for_a_voice() -> None:
    pure, breathing = marker_tone(800, 1000), marker_tone(800, 1000, breath=BREATH)
    frames = range(800, 7200, 160)
    assert all(is_tone(pure[start : start + 160]) for start in frames)
    assert not any(is_tone(breathing[start : start + 160]) for start in frames)
