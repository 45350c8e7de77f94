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


# ---- Mixing with a gain ----------------------------------------------------------------------------------------------

OTHER = g711.encode((1000 * np.sin(np.arange(160) / 3)).astype(np.int16))


def level(audio: bytes) -> float:
    return float(20 * np.log10(np.abs(g711.decode(audio).astype(float)).mean()))


def test_a_gain_in_db_is_a_factor() -> None:
    assert mixer.gain_of(0) == 1.0
    assert mixer.gain_of(-6) == pytest.approx(0.501, abs=0.001)
    assert mixer.gain_of(-60) == mixer.gain_of(-90) == 0.0


def test_a_steady_gain_lowers_one_of_the_two() -> None:
    quiet = mixer.mix_at(LOUD, b"", mixer.gain_of(-18), mixer.gain_of(-18))
    assert level(quiet) - level(LOUD) == pytest.approx(-18, abs=0.3)
    both = g711.decode(mixer.mix_at(LOUD, OTHER, 0.25, 0.25)).astype(float)
    wanted = 0.25 * g711.decode(LOUD) + g711.decode(OTHER)
    assert np.abs(both - wanted).max() <= 0.04 * np.abs(wanted).max()


def test_nothing_to_do_gives_the_bytes_themselves() -> None:
    odd = bytes(range(160))
    assert mixer.mix_at(odd, b"", 1.0, 1.0) is odd
    assert mixer.mix_at(LOUD, odd, 0.0, 0.0) == odd
    assert mixer.mix_at(b"", odd, 0.3, 1.0) is odd
    assert mixer.mix_at(LOUD, b"", 0.0, 0.0) == b"\xff" * 160
    assert mixer.mix_at(b"", b"", 0.3, 1.0) == b""


def test_frames_that_continue_each_others_gain_make_one_line() -> None:
    line = b"".join(mixer.mix_at(LOUD, b"", first, last) for first, last in [(1, 0.7), (0.7, 0.4), (0.4, 0.1)])
    gains = g711.decode(line).astype(float) / float(g711.decode(LOUD)[0])
    wanted = 1 - 0.9 * np.arange(1, 481) / 480
    assert np.abs(gains - wanted).max() < 0.03
    assert (np.diff(gains) <= 0).all()


def test_a_fade_mixes_too() -> None:
    mixed = g711.decode(mixer.mix_at(LOUD, OTHER, 1.0, 0.0)).astype(float)
    wanted = g711.decode(LOUD) * (1 - np.arange(1, 161) / 160) + g711.decode(OTHER)
    assert np.abs(mixed - wanted).max() < 300
    assert mixed[-1] == pytest.approx(float(g711.decode(OTHER)[-1]), abs=1)


@pytest.mark.parametrize(("first", "last"), [(1.0, 1.0), (0.5, 0.5), (1.0, 0.5)])
@pytest.mark.parametrize("sign", [1, -1])
def test_sums_saturate(first: float, last: float, sign: int) -> None:
    top = g711.encode(np.full(160, sign * 32000, np.int16))
    mixed = g711.decode(mixer.mix_at(top, top, first, last))
    assert (mixed == sign * 32124).all()


@pytest.mark.parametrize("gain", [0.0, 0.5, 1.0])
def test_the_shorter_of_two_ends_early_at_any_gain(gain: float) -> None:
    for one, other in [(LOUD[:10], OTHER), (LOUD, OTHER[:10])]:
        mixed = mixer.mix_at(one, other, gain, gain)
        assert len(mixed) == 160
        alone = mixer.mix_at(LOUD, b"", gain, gain) if len(one) == 160 else OTHER
        assert mixed[10:] == alone[10:]


@pytest.mark.parametrize(("first", "last"), [(1.1, 1.0), (0.0, -0.1), (float("nan"), 1.0), (0.5, 1.5), (-0.5, 0.5)])
def test_no_factor_is_refused(first: float, last: float) -> None:
    with pytest.raises(ValueError, match="factors from 0 to 1"):
        mixer.mix_at(LOUD, OTHER, first, last)


@given(st.binary(max_size=200), st.binary(max_size=200), st.floats(0, 1), st.floats(0, 1))
def test_no_bytes_break_a_gain(one: bytes, other: bytes, first: float, last: float) -> None:
    assert len(mixer.mix_at(one, other, first, last)) == max(len(one), len(other))
    assert len(mixer.fade(one, first, last)) == len(one)


@given(st.binary(max_size=200), st.binary(max_size=200), st.floats(-80, 40))
def test_no_bytes_break_it(one: bytes, other: bytes, db: float) -> None:
    assert len(mixer.mix(one, other)) == max(len(one), len(other))
    assert len(mixer.Gain(db)(one)) == len(one)


@pytest.mark.parametrize("gain", [0.5, 1.0])
def test_where_both_sound_their_sum_is_heard_whichever_is_shorter(gain: float) -> None:
    for one, other in [(LOUD[:10], OTHER), (LOUD, OTHER[:10])]:
        heard = g711.decode(mixer.mix_at(one, other, gain, gain))[:10].astype(float)
        wanted = gain * g711.decode(LOUD[:10]) + g711.decode(OTHER[:10])
        assert np.abs(heard - wanted).max() <= 0.04 * np.abs(wanted).max()


def test_full_scale_is_clipped_on_both_sides_by_a_gain() -> None:
    for sign in (1, -1):
        top = g711.encode(np.full(10, sign * 30000, np.int16))
        assert (g711.decode(mixer.Gain(20)(top)) == sign * 32124).all()


def test_a_gain_says_what_it_is() -> None:
    assert mixer.Gain(-12).db == -12
