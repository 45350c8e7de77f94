"""Key tones as a receiver hears them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio import g711
from dragoman.audio.convert import Converter, to_samples
from dragoman.audio.dtmf import COLUMN_DBM0, KEYS, PAUSE_MS, ROW_DBM0, TONE_MS, key_sound, pitches
from dragoman.domain.audio import AudioFormat
from tests.fakes.key_receiver import COLUMNS_HZ, ROWS_HZ, keys_heard, levels
from tests.fakes.relay_parts import frame

pytestmark = pytest.mark.unit

ALL = "".join(KEYS)


@pytest.mark.parametrize("key", ALL)
def test_a_receiver_hears_each_key_and_no_other(key: str) -> None:
    assert keys_heard(key_sound(key)) == key
    (row_hz, column_hz), (row, column) = pitches(key), divmod(ALL.index(key), 4)
    assert (row_hz, column_hz) == (ROWS_HZ[row], COLUMNS_HZ[column])


@given(st.text(ALL, max_size=8))
def test_keys_one_after_the_other_are_as_many(keys: str) -> None:
    assert keys_heard(b"".join(map(key_sound, keys))) == keys


def test_how_loud_and_how_long() -> None:
    assert (TONE_MS, PAUSE_MS, ROW_DBM0, COLUMN_DBM0) == (100, 80, -8.0, -6.0)
    sound = key_sound("5")
    assert len(sound) == (TONE_MS + PAUSE_MS) * 8, "nine frames"
    samples = g711.decode(sound)
    loud = np.flatnonzero(samples)
    assert abs(int(loud[0]) - PAUSE_MS * 4) <= 2
    assert abs(int(loud[-1]) - (PAUSE_MS // 2 + TONE_MS) * 8) <= 2
    middle = levels(samples[PAUSE_MS * 4 + 80 : PAUSE_MS * 4 + 720])
    assert middle[770] == pytest.approx(ROW_DBM0, abs=0.1)
    assert middle[1336] == pytest.approx(COLUMN_DBM0, abs=0.1)
    assert max(level for hz, level in middle.items() if hz not in (770, 1336)) < -30
    assert np.abs(samples).max() < 32000, "and nothing is cut off"


def test_it_begins_and_ends_without_a_click() -> None:
    samples = g711.decode(key_sound("1")).astype(int)
    inside = np.abs(np.diff(samples[400:1000])).max()
    edges = max(np.abs(np.diff(part)).max() for part in (samples[300:330], samples[1110:1140]))
    assert edges < inside / 2


def test_other_lengths_and_formats() -> None:
    assert len(key_sound("1", tone_ms=50, pause_ms=40)) == 90 * 8
    assert keys_heard(key_sound("1", tone_ms=50, pause_ms=80)) == "1"
    wide = key_sound("9", AudioFormat.PCM16_24K)
    assert len(wide) == 180 * 48
    converter = Converter(AudioFormat.PCM16_24K, AudioFormat.PCMU_8K)
    assert keys_heard(converter.convert(wide) + converter.flush()) == "9"
    assert to_samples(wide, AudioFormat.PCM16_24K).max() > 15_000


@pytest.mark.parametrize("key", ["", "12", "E", "a", "１", "123A"])
def test_what_is_no_key(key: str) -> None:
    with pytest.raises(ValueError, match="no key of a telephone"):
        key_sound(key)


def test_the_receiver_of_these_tests_hears_no_key_in_what_is_none() -> None:
    tone = g711.decode(key_sound("5")).astype(int)
    speech = g711.decode(b"".join(frame(number) for number in range(9))).astype(int)
    assert keys_heard(b"".join(frame(number) for number in range(100))) == ""
    assert keys_heard(g711.encode(np.clip(tone + speech, -32768, 32767).astype(np.int16))) == "", "speech under it"
    assert keys_heard(g711.encode((tone // 16).astype(np.int16))) == "", "too faint"
    assert keys_heard(key_sound("5", tone_ms=20)) == "", "too short"
    assert keys_heard(key_sound("5", pause_ms=10) * 2) == "5", "no pause between"
