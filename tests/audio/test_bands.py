from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio import g711, level
from dragoman.audio.bands import BANDS, EDGES_HZ, FLOOR_DBFS, band_levels

pytestmark = pytest.mark.unit


def sine(level_dbfs: float, hz: float) -> bytes:
    peak = level.amplitude(level_dbfs) * np.sqrt(2)
    return g711.encode(np.rint(peak * np.sin(2 * np.pi * hz * np.arange(160) / 8000)).astype(np.int16))


@pytest.mark.parametrize("band", range(BANDS))
def test_a_sine_is_in_its_own_band_as_loud_as_it_is(band: int) -> None:
    levels = band_levels(sine(-20, (EDGES_HZ[band] + EDGES_HZ[band + 1]) / 2))
    assert levels[band] == pytest.approx(-20, abs=1.0)
    assert all(other < -40 for i, other in enumerate(levels) if i != band)


def test_what_is_above_and_below_all_bands_is_not_counted() -> None:
    assert float(band_levels(sine(-20, 50)).max()) < -45
    assert float(band_levels(sine(-20, 3900)).max()) < -45


def test_silence_is_at_the_floor() -> None:
    assert band_levels(b"\xff" * 160) == pytest.approx([FLOOR_DBFS] * BANDS)
    assert band_levels(b"") == pytest.approx([FLOOR_DBFS] * BANDS)


def test_a_short_frame_counts_as_if_silence_followed() -> None:
    frame = sine(-20, 1000)
    assert band_levels(frame[:80]).tolist() == band_levels(frame[:80] + b"\xff" * 80).tolist()


def test_more_than_a_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        band_levels(b"\xff" * 161)


@given(st.binary(max_size=160))
def test_no_bytes_break_it(audio: bytes) -> None:
    levels = band_levels(audio)
    assert levels.shape == (BANDS,)
    assert np.isfinite(levels).all()
    assert levels.min() >= FLOOR_DBFS - 0.001
