"""Bytes and milliseconds, for every format."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.audio import FRAME_MS, PCMU_FRAME_BYTES, AudioFormat

pytestmark = pytest.mark.unit

FORMATS = st.sampled_from(AudioFormat)


def test_a_frame_is_20_ms() -> None:
    assert AudioFormat.PCMU_8K.frame_bytes == PCMU_FRAME_BYTES == 160
    assert AudioFormat.PCM16_16K.frame_bytes == 640
    assert AudioFormat.PCM16_24K.frame_bytes == 960
    assert all(fmt.ms(fmt.frame_bytes) == FRAME_MS for fmt in AudioFormat)


def test_no_two_formats_are_one() -> None:
    """Enum members with equal values would silently be aliases."""
    assert len(AudioFormat) == 3


@given(FORMATS, st.floats(min_value=0, max_value=60_000))
def test_lengths_are_whole_samples_and_never_too_long(fmt: AudioFormat, ms: float) -> None:
    size = fmt.bytes_for(ms)
    assert size % fmt.sample_bytes == 0
    assert fmt.ms(size) <= ms + 1e-6
    assert fmt.ms(size + fmt.sample_bytes) > ms - 1e-6


@given(FORMATS, st.integers(min_value=0, max_value=500))
def test_silence_is_as_long_as_asked(fmt: AudioFormat, ms: int) -> None:
    silence = fmt.silence(ms)
    assert len(silence) == fmt.bytes_for(ms)
    assert set(silence) <= ({0xFF} if fmt is AudioFormat.PCMU_8K else {0})
