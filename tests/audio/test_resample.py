from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio.g711 import Samples
from dragoman.audio.resample import RATES_HZ, Resampler

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


@pytest.mark.parametrize(("source_hz", "target_hz"), PAIRS)
@pytest.mark.parametrize("hz", [100, 1000, 2000, 3000, 3400])
def test_the_telephone_band_passes_flat(source_hz: int, target_hz: int, hz: int) -> None:
    assert gain_db(hz, source_hz, target_hz) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("source_hz", [24000, 16000])
@pytest.mark.parametrize(("hz", "least_db"), [(4300, 50), (4600, 60), (5000, 60), (7000, 60)])
def test_what_would_alias_is_gone(source_hz: int, hz: int, least_db: int) -> None:
    assert gain_db(hz, source_hz, 8000) < -least_db


@pytest.mark.parametrize("hz", [8600, 9200, 11000])
def test_what_would_alias_at_16_khz_is_gone(hz: int) -> None:
    assert gain_db(hz, 24000, 16000) < -50


@pytest.mark.parametrize("target_hz", [16000, 24000])
def test_a_tone_has_no_images(target_hz: int) -> None:
    out = Resampler(8000, target_hz).push(sine(1000, 8000, 1.0)).astype(float)
    middle = out[target_hz // 4 : target_hz // 4 + target_hz // 2]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size)))
    spectrum[: 4100 * middle.size // target_hz] = 0
    assert spectrum.max() < 1e-3 * np.abs(np.fft.rfft(middle * np.hanning(middle.size))).max()


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
    assert 0 < extra_ms <= resampler.delay_ms + 0.2
    delayed = out[round(resampler.delay_ms * target_hz / 1000) :].astype(float)
    wanted = sine(1000, target_hz, 0.1013)[: delayed.size].astype(float)
    assert np.corrcoef(delayed[: wanted.size], wanted)[0, 1] > 0.9
    assert not resampler.push(np.zeros(source_hz // 50, np.int16)).any()


def test_it_holds_back_no_more_than_a_block() -> None:
    resampler = Resampler(8000, 24000)
    assert resampler.push(sine(500, 8000, 0.02)).size == 480
    assert resampler.push(np.zeros(15, np.int16)).size == 0
    assert resampler.push(np.zeros(1, np.int16)).size == 48


def test_full_scale_is_clipped_and_not_wrapped() -> None:
    square = np.where(np.arange(800) % 16 < 8, 32767, -32768).astype(np.int16)
    out = Resampler(8000, 24000).push(square)
    assert out.max() == 32767
    assert out.min() == -32768


@pytest.mark.parametrize(("source_hz", "target_hz"), [(8000, 8000), (44100, 8000), (8000, 0)])
def test_other_rates_are_refused(source_hz: int, target_hz: int) -> None:
    with pytest.raises(ValueError, match="cannot resample"):
        Resampler(source_hz, target_hz)
