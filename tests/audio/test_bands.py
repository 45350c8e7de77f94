from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio import g711, level
from dragoman.audio.bands import BANDS, EDGES_HZ, FLOOR_DBFS, band_levels, band_powers

pytestmark = pytest.mark.unit


def sine(level_dbfs: float, hz: float) -> bytes:
    peak = level.amplitude(level_dbfs) * np.sqrt(2)
    return g711.encode(np.rint(peak * np.sin(2 * np.pi * hz * np.arange(160) / 8000)).astype(np.int16))


@pytest.mark.parametrize("band", range(BANDS))
def test_a_sine_is_in_its_own_band_as_loud_as_it_is(band: int) -> None:
    levels = band_levels(sine(-20, (EDGES_HZ[band] + EDGES_HZ[band + 1]) / 2))[0]
    assert levels[band] == pytest.approx(-20, abs=1.0)
    assert all(other < -40 for i, other in enumerate(levels) if i != band)


def test_what_is_above_and_below_all_bands_is_not_counted() -> None:
    assert float(band_levels(sine(-20, 50)).max()) < -45
    assert float(band_levels(sine(-20, 3900)).max()) < -45


def test_silence_is_at_the_floor() -> None:
    assert band_levels(b"\xff" * 160)[0] == pytest.approx([FLOOR_DBFS] * BANDS)
    assert band_levels(b"").shape == (0, BANDS)


def test_a_short_frame_counts_as_if_silence_followed() -> None:
    frame = sine(-20, 1000)
    assert band_levels(frame[:80]).tolist() == band_levels(frame[:80] + b"\xff" * 80).tolist()


def test_many_frames_are_as_one_by_one() -> None:
    tones = [sine(-20, 300), sine(-40, 1000), sine(-30, 3000)]
    apart = np.concatenate([band_levels(tone) for tone in tones])
    assert band_levels(b"".join(tones)) == pytest.approx(apart, abs=0.001)


def test_powers_are_levels_without_a_floor() -> None:
    powers = band_powers(sine(-20, 1000))
    assert 10 * np.log10(powers.max()) == pytest.approx(-20, abs=1.0)
    assert float(band_powers(b"\xff" * 160).max()) == 0


@given(st.binary(max_size=500))
def test_no_bytes_break_it(audio: bytes) -> None:
    levels = band_levels(audio)
    assert levels.shape == (-(-len(audio) // 160), BANDS)
    assert np.isfinite(levels).all()
    assert levels.min(initial=0) >= FLOOR_DBFS - 0.001
