from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio import g711, level

pytestmark = pytest.mark.unit


def sine(level_dbfs: float, hz: float = 440.0, samples: int = 160) -> bytes:
    peak = level.amplitude(level_dbfs) * np.sqrt(2)
    return g711.encode(np.rint(peak * np.sin(2 * np.pi * hz * np.arange(samples) / 8000)).astype(np.int16))


@pytest.mark.parametrize("wanted", [-10.0, -20.0, -30.0, -45.0])
def test_a_sine_is_as_loud_as_it_was_made(wanted: float) -> None:
    assert level.dbfs(sine(wanted, samples=1600)) == pytest.approx(wanted, abs=0.6)


def test_silence_has_a_floor() -> None:
    assert level.dbfs(b"\xff" * 160) == level.SILENCE_DBFS
    assert level.dbfs(b"") == level.SILENCE_DBFS
    assert level.rms(b"") == 0.0


def test_rms_is_that_of_the_decoded_samples() -> None:
    audio = bytes(range(256))
    samples = g711.decode(audio).astype(float)
    assert level.rms(audio) == pytest.approx(float(np.sqrt((samples**2).mean())))


def test_speech_level_is_voiced_and_room_noise_is_not() -> None:
    assert level.voiced(sine(-25))
    assert level.voiced(sine(-38))
    assert not level.voiced(sine(-48))
    assert not level.voiced(b"\xff" * 160)
    assert not level.voiced(b"")


def test_a_click_is_not_voiced() -> None:
    assert not level.voiced(b"\xff" * 155 + b"\x00" * 5)


def test_the_threshold_can_be_moved() -> None:
    assert level.voiced(sine(-48), level.quiet_codes(-55))
    assert not level.voiced(sine(-38), level.quiet_codes(-30))


@given(st.binary(max_size=320))
def test_no_bytes_break_it(audio: bytes) -> None:
    assert level.SILENCE_DBFS <= level.dbfs(audio) <= 0
    assert level.voiced(audio) in (True, False)
