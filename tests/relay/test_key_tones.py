"""Keys that wait for an ear: in order, as many as there is room for, and never without end."""

from __future__ import annotations

import pytest

from dragoman.audio.dtmf import key_sound
from dragoman.domain.audio import AudioFormat
from dragoman.relay.key_tones import MOST_WAITING_MS, KeyTones

pytestmark = pytest.mark.unit

PCMU = AudioFormat.PCMU_8K


def test_they_go_out_in_the_order_in_which_they_were_pressed() -> None:
    tones = KeyTones(PCMU)
    assert not tones.waiting
    assert tones.press("1")
    assert tones.press("#")
    assert tones.waiting
    first = tones.take(160)
    assert first == key_sound("1")[:160]
    assert first + tones.take(10_000) == key_sound("1") + key_sound("#")
    assert not tones.waiting
    assert tones.take(160) == b""


def test_no_room_is_nothing() -> None:
    tones = KeyTones(PCMU)
    tones.press("1")
    assert tones.take(0) == b""
    assert tones.take(-320) == b""
    assert tones.take(10_000) == key_sound("1")


def test_too_many_are_refused_and_those_that_wait_stay() -> None:
    tones = KeyTones(PCMU)
    most = MOST_WAITING_MS // 180
    assert most == 33
    assert all(tones.press("5") for _ in range(most))
    assert not tones.press("6")
    assert tones.take(180 * 8) == key_sound("5")
    assert tones.press("6")
    assert tones.take(10**6) == key_sound("5") * (most - 1) + key_sound("6")


def test_where_nobody_hears_them_they_are_forgotten() -> None:
    tones = KeyTones(PCMU)
    tones.press("1")
    tones.forget()
    assert not tones.waiting
    assert tones.take(160) == b""


def test_in_the_ears_format_and_only_keys() -> None:
    tones = KeyTones(AudioFormat.PCM16_24K)
    tones.press("D")
    assert tones.take(10**6) == key_sound("D", AudioFormat.PCM16_24K)
    with pytest.raises(ValueError, match="no key"):
        tones.press("x")
