"""Music holds its pitches, voices do not."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.audio import g711
from dragoman.audio.convert import Converter
from dragoman.audio.melody import HELD, LEAST_LOUD_S, held_share, is_music
from dragoman.domain.audio import AudioFormat
from tests.fakes import not_speech, recorded

pytestmark = pytest.mark.unit

PHONE = AudioFormat.PCMU_8K
SIX_S = 48_000
SPOKEN = b"".join(sentence + b"\xff" * 2400 for sentence in recorded.sentences())


def windows(audio: bytes) -> list[bytes]:
    """Of six seconds, one every two."""
    return [audio[at : at + SIX_S] for at in range(0, len(audio) - SIX_S + 1, SIX_S // 3)]


def at_the_phone(sound: not_speech.Sound) -> bytes:
    return b"".join(recorded.phone_frames(sound))


def mixed(music: bytes, voice: bytes) -> bytes:
    """Both as loud."""
    sounds = [g711.decode(one).astype(np.float64) for one in (music, voice[: len(music)])]
    levels = [np.sqrt(np.square(one).mean()) for one in sounds]
    both = sounds[0] + sounds[1] * levels[0] / levels[1]
    return g711.encode(np.clip(both, -32000, 32000).astype(np.int16))


@pytest.mark.parametrize("sound", [not_speech.hold_music, not_speech.plucked])
def test_music_is_found_in_any_six_seconds_of_it(sound: not_speech.Making) -> None:
    assert all(is_music(one, PHONE) for one in windows(at_the_phone(sound(30))))


def test_music_over_drums_is_found_too() -> None:
    both = not_speech.plucked(30) + not_speech.drums(30)
    assert all(is_music(one, PHONE) for one in windows(at_the_phone(both)))


def test_no_voice_comes_near_it() -> None:
    held = [held_share(one, PHONE)[1] for one in windows(SPOKEN)]
    assert len(held) > 15
    assert max(held) < HELD / 4


def test_who_speaks_over_music_is_not_music() -> None:
    music = at_the_phone(not_speech.hold_music(30))
    assert not any(is_music(one, PHONE) for one in windows(mixed(music, SPOKEN)))


@pytest.mark.parametrize("name", sorted({*not_speech.SOUNDS, "drums"} - {"hold music"}))
def test_what_holds_no_tune_is_none(name: str) -> None:
    """But for line tones, which nobody interprets either."""
    sound = not_speech.drums if name == "drums" else not_speech.SOUNDS[name]
    found = any(is_music(one, PHONE) for one in windows(at_the_phone(sound(12))))
    assert found == name.endswith(("ring tone", "busy tone"))


def test_a_short_sound_is_too_little_to_tell() -> None:
    tone = recorded.tone(440, (LEAST_LOUD_S - 0.2) * 1000)
    assert held_share(tone, PHONE)[1] == 1.0
    assert not is_music(tone, PHONE)
    assert is_music(recorded.tone(440, (LEAST_LOUD_S + 0.2) * 1000), PHONE)
    for nothing in (b"", b"\xff" * 100, b"\xff" * SIX_S):
        assert held_share(nothing, PHONE) == (0.0, 0.0)


@pytest.mark.parametrize("fmt", [AudioFormat.PCM16_24K, AudioFormat.PCM16_16K])
def test_in_other_formats_it_says_the_same(fmt: AudioFormat) -> None:
    for audio, music in ((at_the_phone(not_speech.plucked(6)), True), (SPOKEN[:SIX_S], False)):
        converter = Converter(PHONE, fmt)
        wide = converter.convert(audio) + converter.flush()
        assert is_music(wide, fmt) == music
        assert held_share(wide, fmt)[1] == pytest.approx(held_share(audio, PHONE)[1], abs=0.05)
