"""PCM16 is judged and mixed as mu-law is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio import g711, level, mixer, pcm16

pytestmark = pytest.mark.unit

WHOLE = st.lists(st.integers(-32768, 32767), max_size=120).map(lambda values: np.array(values, "<i2").tobytes())


def sine(level_dbfs: float, hz: float = 440.0, samples: int = 480) -> bytes:
    peak = level.amplitude(level_dbfs) * np.sqrt(2)
    return bytes(np.rint(peak * np.sin(2 * np.pi * hz * np.arange(samples) / 24000)).astype("<i2").tobytes())


def values(audio: bytes) -> list[int]:
    return [int(value) for value in np.frombuffer(audio, "<i2")]


def pcm(*samples: int) -> bytes:
    return np.array(samples, "<i2").tobytes()


@pytest.mark.parametrize("wanted", [-10.0, -20.0, -30.0, -45.0])
def test_a_sine_is_as_loud_as_it_was_made(wanted: float) -> None:
    assert pcm16.dbfs(sine(wanted, samples=4800)) == pytest.approx(wanted, abs=0.2)


def test_silence_has_a_floor() -> None:
    assert pcm16.dbfs(bytes(960)) == level.SILENCE_DBFS
    assert pcm16.dbfs(b"") == level.SILENCE_DBFS


def test_speech_level_is_voiced_and_room_noise_and_clicks_are_not() -> None:
    assert pcm16.voiced(sine(-25))
    assert pcm16.voiced(sine(-38))
    assert not pcm16.voiced(sine(-48))
    assert pcm16.voiced(sine(-48), -55.0)
    assert not pcm16.voiced(bytes(960))
    assert not pcm16.voiced(b"")
    assert not pcm16.voiced(pcm(*[0] * 470, *[32767] * 10))
    assert pcm16.voiced(pcm(*[-32768] * 480)), "the most negative sample is loud"


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=200))
def test_it_finds_voice_where_mu_law_does(samples: list[int]) -> None:
    mulaw = g711.encode(np.array(samples, np.int16))
    heard = g711.decode(mulaw).astype("<i2").tobytes()
    assert pcm16.voiced(heard) == level.voiced(mulaw)


def test_gain_is_in_db_and_clips() -> None:
    assert values(pcm16.Gain(-6.0206)(pcm(1000, -1000))) == [500, -500]
    assert values(pcm16.Gain(20.0)(pcm(30000, -30000))) == [32767, -32768]
    assert pcm16.Gain(mixer.MUTE_DB)(pcm(30000)) == bytes(2)


@given(WHOLE, WHOLE)
def test_a_mix_is_the_sum_and_as_long_as_the_longer_one(one: bytes, other: bytes) -> None:
    mixed = values(pcm16.mix(one, other))
    size = max(len(one), len(other)) // 2
    a, b = (values(each) + [0] * (size - len(each) // 2) for each in (one, other))
    assert mixed == [max(-32768, min(32767, x + y)) for x, y in zip(a, b, strict=True)]


def test_a_ramp_ends_at_its_last_gain_and_begins_a_step_from_its_first() -> None:
    assert values(pcm16.fade(pcm(*[1000] * 4), 1.0, 0.0)) == [750, 500, 250, 0]
    assert values(pcm16.mix_at(pcm(*[1000] * 4), pcm(1, 1), 0.0, 1.0)) == [251, 501, 750, 1000]
    assert pcm16.mix_at(pcm(5, 5), b"", 1.0, 1.0) == pcm(5, 5)
    assert pcm16.mix_at(pcm(5, 5), pcm(7), 0.0, 0.0) == pcm(7, 0)
    assert values(pcm16.mix_at(pcm(100, 100), pcm(1, 1), 0.5, 0.5)) == [51, 51]
    assert pcm16.mix_at(b"", pcm(3), 0.5, 0.5) == pcm(3)


@pytest.mark.parametrize("gain", [-0.1, 1.1])
def test_gains_are_factors(gain: float) -> None:
    with pytest.raises(ValueError, match="factors"):
        pcm16.mix_at(pcm(1), b"", gain, 1.0)
