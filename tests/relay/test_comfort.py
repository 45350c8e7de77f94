from __future__ import annotations

import pytest

from dragoman.audio.comfort import comfort_sound
from dragoman.audio.level import dbfs
from dragoman.relay.comfort import GIVE_UP_S, ComfortSound
from tests.fakes.relay_parts import SILENT, frame

pytestmark = pytest.mark.script

VOICE = frame(1)


def after_speech(seconds: float) -> ComfortSound:
    sound = ComfortSound()
    for at in range(round(seconds * 50)):
        sound.heard(VOICE, at * 0.02)
    return sound


def test_nothing_sounds_before_speech_was_heard() -> None:
    sound = ComfortSound()
    sound.heard(SILENT, 0.0)
    assert sound.frame(0.0) is None


def test_it_sounds_from_its_beginning_after_speech() -> None:
    sound = after_speech(1)
    assert [sound.frame(1.0) for _ in range(3)] == [comfort_sound(0), comfort_sound(1), comfort_sound(2)]


def test_a_cough_is_no_speech() -> None:
    assert after_speech(0.2).frame(0.2) is None
    apart = after_speech(0.2)
    for at in range(10):
        apart.heard(VOICE, 5 + at * 0.02)
    assert apart.frame(5.2) is None


def test_it_ends_softly_when_the_translation_begins() -> None:
    sound = after_speech(1)
    for _ in range(25):
        sound.frame(1.0)
    sound.spoke()
    last = sound.frame(1.5)
    assert last is not None
    assert -60 < dbfs(last) < dbfs(comfort_sound(25))
    assert sound.frame(1.52) is None


def test_a_translation_that_begins_at_once_is_not_preceded_by_it() -> None:
    sound = after_speech(1)
    sound.spoke()
    assert sound.frame(1.0) is None


def test_more_speech_starts_it_again() -> None:
    sound = after_speech(1)
    sound.spoke()
    for at in range(20):
        sound.heard(VOICE, 2 + at * 0.02)
    assert sound.frame(2.4) == comfort_sound(0)


def test_it_gives_up_when_no_translation_comes() -> None:
    sound = after_speech(1)
    assert sound.frame(GIVE_UP_S) is not None
    assert sound.frame(GIVE_UP_S + 1.0) is not None
    assert sound.frame(GIVE_UP_S + 1.02) is None


def test_a_cough_behind_a_translation_starts_nothing() -> None:
    sound = after_speech(1)
    sound.spoke()
    sound.heard(VOICE, 1.02)
    assert sound.frame(1.04) is None


def test_after_it_ended_it_begins_from_its_beginning() -> None:
    sound = after_speech(1)
    for _ in range(5):
        sound.frame(1.0)
    sound.spoke()
    sound.frame(1.1)
    for at in range(20):
        sound.heard(VOICE, 2 + at * 0.02)
    assert [sound.frame(2.4), sound.frame(2.42)] == [comfort_sound(0), comfort_sound(1)]
