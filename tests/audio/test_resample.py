from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio.g711 import Samples
from dragoman.audio.resample import CUTOFF, KAISER_BETA, RATES_HZ, TAPS_PER_PHASE, Resampler

pytestmark = pytest.mark.unit

PAIRS = list(itertools.permutations(sorted(RATES_HZ), 2))


def sine(hz: float, rate_hz: int, seconds: float = 0.5) -> Samples:
    wave: Samples = np.rint(10000 * np.sin(2 * np.pi * hz * np.arange(int(rate_hz * seconds)) / rate_hz)).astype(
        np.int16
    )
    return wave


def gain_db(hz: float, source_hz: int, target_hz: int) -> float:
    """How loud a sine comes out, the ends left aside."""
    out = Resampler(source_hz, target_hz).push(sine(hz, source_hz)).astype(float)
    middle = out[target_hz // 10 : -target_hz // 10]
    return float(20 * np.log10(np.sqrt((middle**2).mean()) / (10000 / np.sqrt(2)) + 1e-9))


def image_db(hz: float, target_hz: int) -> float:
    """All of what came out that is not the tone which went in, beside what went in; from 8 kHz up."""
    out = Resampler(8000, target_hz).push(sine(hz, 8000)).astype(float)[target_hz // 10 : -target_hz // 10]
    time_s = np.arange(out.size) / target_hz
    tone = np.stack([np.sin(2 * np.pi * hz * time_s), np.cos(2 * np.pi * hz * time_s)], axis=1)
    rest = out - tone @ np.linalg.lstsq(tone, out)[0]
    return float(20 * np.log10(np.sqrt((rest**2).mean()) / (10000 / np.sqrt(2))))


@pytest.mark.parametrize(("source_hz", "target_hz"), PAIRS)
def test_the_telephone_band_passes_flat(source_hz: int, target_hz: int) -> None:
    gains = [gain_db(hz, source_hz, target_hz) for hz in [100, *range(300, 3401, 100)]]
    assert max(gains) - min(gains) < 0.05
    assert max(map(abs, gains)) < 0.05


@pytest.mark.parametrize("source_hz", [24000, 16000])
def test_what_would_alias_is_gone(source_hz: int) -> None:
    end_hz = 11_000 if source_hz == 24000 else 7_900
    assert max(gain_db(hz, source_hz, 8000) for hz in range(4300, 4600, 25)) < -57
    assert max(gain_db(hz, source_hz, 8000) for hz in range(4600, end_hz + 1, 50)) < -65


def test_what_would_alias_at_16_khz_is_gone() -> None:
    assert max(gain_db(hz, 24000, 16000) for hz in range(8600, 9200, 50)) < -57
    assert max(gain_db(hz, 24000, 16000) for hz in range(9200, 11_801, 100)) < -65


@pytest.mark.parametrize("target_hz", [16000, 24000])
def test_a_tone_has_no_images(target_hz: int) -> None:
    assert max(image_db(hz, target_hz) for hz in range(300, 3401, 50)) < -65
    assert max(image_db(hz, target_hz) for hz in range(3450, 3701, 50)) < -57


cuts = st.lists(st.integers(0, 500), max_size=12)


@given(st.sampled_from(PAIRS), cuts, st.integers(0, 2**32 - 1))
def test_any_split_gives_the_very_same_samples(pair: tuple[int, int], lengths: list[int], seed: int) -> None:
    samples = np.random.default_rng(seed).integers(-32768, 32768, sum(lengths)).astype(np.int16)
    whole, cut = Resampler(*pair), Resampler(*pair)
    at = 0
    pieces = []
    for length in lengths:
        pieces.append(cut.push(samples[at : at + length]))
        at += length
    pieces.append(cut.flush())
    assert np.concatenate(pieces).tolist() == [*whole.push(samples), *whole.flush()]


@pytest.mark.parametrize(("source_hz", "target_hz"), PAIRS)
def test_flush_brings_all_of_it_out_once(source_hz: int, target_hz: int) -> None:
    resampler = Resampler(source_hz, target_hz)
    samples = sine(1000, source_hz, 0.1013)
    out = np.concatenate([resampler.push(samples), resampler.flush()])
    extra_ms = out.size * 1000 / target_hz - samples.size * 1000 / source_hz
    assert resampler.delay_ms - 0.2 < extra_ms <= resampler.delay_ms + 0.2
    delayed = out[round(resampler.delay_ms * target_hz / 1000) :].astype(float)
    wanted = sine(1000, target_hz, 0.1013)[: delayed.size].astype(float)
    assert np.corrcoef(delayed[: wanted.size], wanted)[0, 1] > 0.9
    assert not resampler.push(np.zeros(source_hz // 50, np.int16)).any()


def test_it_holds_back_no_more_than_a_block() -> None:
    resampler = Resampler(8000, 24000)
    assert resampler.push(sine(500, 8000, 0.02)).size == 480
    assert resampler.push(np.zeros(15, np.int16)).size == 0
    assert resampler.push(np.zeros(1, np.int16)).size == 48


def test_pieces_as_they_come_on_a_call_are_never_held() -> None:
    """Frames of 20 ms up, appends of 200 ms, deltas of 400 ms: as much comes out as went in."""
    for rate, other, lengths_ms in [(8000, 24000, (20, 200)), (24000, 8000, (20, 100, 200, 400))]:
        resampler = Resampler(rate, other)
        for ms in lengths_ms:
            assert resampler.push(np.zeros(rate * ms // 1000, np.int16)).size == other * ms // 1000


def test_full_scale_is_clipped_and_not_wrapped() -> None:
    square = np.where(np.arange(800) % 16 < 8, 32767, -32768).astype(np.int16)
    out = Resampler(8000, 24000).push(square)
    assert out.max() == 32767
    assert out.min() == -32768


@pytest.mark.parametrize(("source_hz", "target_hz"), [(8000, 8000), (44100, 8000), (8000, 0)])
def test_other_rates_are_refused(source_hz: int, target_hz: int) -> None:
    with pytest.raises(ValueError, match="cannot resample"):
        Resampler(source_hz, target_hz)


@pytest.mark.parametrize(("source_hz", "target_hz"), PAIRS)
def test_it_is_the_plain_convolution(source_hz: int, target_hz: int) -> None:
    """Zeros put in between, one long symmetric low pass, and every `down`th sample kept: the textbook's resampler."""
    common = math.gcd(source_hz, target_hz)
    up, down = target_hz // common, source_hz // common
    wide = max(up, down)
    place = np.arange(TAPS_PER_PHASE * wide) - (TAPS_PER_PHASE * wide - 1) / 2
    taper = np.sinc(place * CUTOFF / wide) * np.kaiser(place.size, KAISER_BETA)
    samples = np.random.default_rng(3).integers(-20000, 20001, 960).astype(np.int16)
    spread = np.zeros(samples.size * up)
    spread[::up] = samples
    wanted = np.convolve(spread, taper / taper.sum() * up)[: spread.size : down]
    assert np.abs(Resampler(source_hz, target_hz).push(samples) - wanted).max() < 0.6


def test_steady_sound_of_one_step_stays_one_step() -> None:
    """Rounded, not cut: what falls just short of a whole number is that number."""
    for pair in PAIRS:
        for level in (1, -1):
            out = Resampler(*pair).push(np.full(960, level, np.int16))
            assert (out[200:] == level).all()


def test_samples_stay_16_bit() -> None:
    resampler = Resampler(8000, 24000)
    for count in (0, 15, 160):
        assert resampler.push(np.zeros(count, np.int16)).dtype == np.int16


def test_the_delay_is_half_the_filter() -> None:
    assert Resampler(8000, 24000).delay_ms == pytest.approx(95 / 2 / 24, rel=1e-9)
    assert Resampler(24000, 8000).delay_ms == pytest.approx(95 / 2 / 24, rel=1e-9)
    assert Resampler(16000, 8000).delay_ms == pytest.approx(63 / 2 / 16, rel=1e-9)
