from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio import g711, mixer

pytestmark = pytest.mark.unit

LOUD = g711.encode(np.full(160, 8000, np.int16))


def test_a_gain_changes_the_level_by_that_much() -> None:
    quieter = g711.decode(mixer.Gain(-12)(LOUD)).astype(float)
    assert 20 * np.log10(quieter.mean() / g711.decode(LOUD).mean()) == pytest.approx(-12, abs=0.3)


def test_no_gain_changes_nothing() -> None:
    audio = bytes(code for code in range(256) if code != 0x7F)
    assert mixer.Gain(0)(audio) == audio


def test_far_down_is_silence() -> None:
    assert mixer.Gain(-60)(LOUD) == b"\xff" * 160


def test_a_large_gain_clips() -> None:
    assert g711.decode(mixer.Gain(40)(LOUD)).max() == 32124


def test_mixing_adds() -> None:
    total = g711.decode(mixer.mix(LOUD, LOUD)).astype(float)
    assert total.mean() == pytest.approx(2 * float(g711.decode(LOUD).mean()), rel=0.03)


def test_mixing_with_silence_changes_nothing() -> None:
    assert mixer.mix(LOUD, b"\xff" * 160) == LOUD
    assert mixer.mix(b"", LOUD) == LOUD


def test_the_shorter_one_ends_early() -> None:
    mixed = mixer.mix(LOUD[:10], LOUD)
    assert len(mixed) == 160
    assert mixed[10:] == LOUD[10:]
    assert mixed[:10] != LOUD[:10]


def test_mixing_clips_at_full_scale() -> None:
    top = g711.encode(np.full(10, 32000, np.int16))
    assert g711.decode(mixer.mix(top, top)).max() == 32124


def test_a_fade_runs_from_one_gain_to_the_other() -> None:
    faded = g711.decode(mixer.fade(LOUD, 1.0, 0.0))
    assert faded[0] == pytest.approx(int(g711.decode(LOUD)[0]), rel=0.03)
    assert faded[-1] == 0
    assert (np.diff(faded.astype(int)) <= 0).all()
    assert mixer.fade(b"", 0, 1) == b""


@given(st.binary(max_size=200), st.binary(max_size=200), st.floats(-80, 40))
def test_no_bytes_break_it(one: bytes, other: bytes, db: float) -> None:
    assert len(mixer.mix(one, other)) == max(len(one), len(other))
    assert len(mixer.Gain(db)(one)) == len(one)
