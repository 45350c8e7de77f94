"""Formats, lengths and babble."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.interpreters.openai.emulator.sound import (
    QUIET_DBFS,
    SAMPLE_HZ,
    alaw_decoded,
    alaw_encoded,
    babble,
    bytes_of,
    dbfs,
    length_ms,
    risen,
    samples_of,
    silence,
    tone,
)
from dragoman.interpreters.realtime.wire.session import AnyFormat, Pcm, Pcma, Pcmu

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("fmt", [Pcm(), Pcmu(), Pcma()])
def test_bytes_come_back_as_they_went(fmt: AnyFormat) -> None:
    every = bytes(one for one in range(256) if one != 0x7F)
    audio = every * 4
    assert bytes_of(samples_of(audio, fmt), fmt) == audio


def test_alaw_is_the_classic_one() -> None:
    levels = alaw_decoded(bytes([0xD5, 0x55, 0xAA, 0x2A, 0xD4, 0x80]))
    assert levels.tolist() == [8, -8, 32256, -32256, 24, 5504]
    assert alaw_encoded(np.array([32767, -32768, 0], dtype=np.int16))[:2] == bytes([0xAA, 0x2A])


def test_an_odd_byte_of_pcm_is_dropped() -> None:
    assert samples_of(b"\x01\x00\x02", Pcm()).tolist() == [1]


def test_rising_keeps_every_third_sample() -> None:
    samples = np.array([0, 300, -900], dtype=np.int16)
    assert risen(samples)[::3].tolist() == samples.tolist()
    assert risen(samples)[1] == 100
    assert risen(samples[:0]).size == 0


def test_levels() -> None:
    assert dbfs(silence(20)) == QUIET_DBFS
    assert dbfs(silence(0)) == QUIET_DBFS
    assert dbfs(tone(500, 1000, level=1.0)) == pytest.approx(-3.0, abs=0.1)
    assert dbfs(tone(500, 1000, level=0.1)) == pytest.approx(-23.0, abs=0.1)


def test_tones_have_soft_ends_and_the_right_length() -> None:
    sound = tone(440, 500)
    assert length_ms(sound) == 500
    assert sound[0] == 0
    assert abs(int(sound[-1])) < 400
    assert tone(440, 0).size == 0


def test_babble_is_the_same_for_the_same_text_and_as_long_as_it() -> None:
    assert np.array_equal(babble("Good morning"), babble("Good morning"))
    assert length_ms(babble("Good morning")) == 12 * 60
    assert not np.array_equal(babble("Good morning"), babble("Food morning"))
    assert babble("").size == 0
    assert babble("Hi").size * 1000 // SAMPLE_HZ == 120
