"""What goes on without a pause is no speech, and what stands out of it is."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.audio import g711
from dragoman.audio.level import voiced
from dragoman.relay.din import OVER_S, STEPS, UNBROKEN_S, Din, Sound
from tests.fakes import not_speech, recorded
from tests.fakes.relay_parts import SILENT, frame

pytestmark = pytest.mark.unit


def at_8_khz(sound: not_speech.Sound, gain: float = 1.0) -> list[bytes]:
    return recorded.frames(g711.encode(np.clip(sound[::2] * gain * 32767, -32000, 32000).astype(np.int16)))


def sounds(din: Din, frames: list[bytes]) -> list[Sound]:
    return [din.heard(one, loud=voiced(one)) for one in frames]


@pytest.mark.parametrize("gain", [1.0, 2.0, 4.0])
def test_people_are_heard_however_loud_they_speak(gain: float) -> None:
    said = [np.clip(g711.decode(one) * gain, -32000, 32000).astype(np.int16) for one in recorded.sentences()]
    heard = sounds(Din(), recorded.frames(g711.encode(np.concatenate(said))))
    assert Sound.DIN not in heard
    assert heard.count(Sound.SPEECH) > 500


@pytest.mark.parametrize("level", [0.015, 0.02, 0.03, 0.05])
def test_noise_is_found_out_and_counts_no_more(level: float) -> None:
    heard = sounds(Din(), at_8_khz(not_speech.noise(60, level)))
    assert heard.index(Sound.DIN) == pytest.approx(UNBROKEN_S * 50, abs=2)
    assert heard.count(Sound.DIN) <= STEPS + 60 / OVER_S
    assert heard[-2000:].count(Sound.SPEECH) == 0


def test_of_music_hardly_anything_counts() -> None:
    heard = sounds(Din(), at_8_khz(not_speech.hold_music(60)))
    assert heard.index(Sound.DIN) == pytest.approx(UNBROKEN_S * 50, abs=2)
    assert heard[-1000:].count(Sound.SPEECH) < 100


def test_who_speaks_in_a_din_is_heard_above_it() -> None:
    noise = at_8_khz(not_speech.noise(20, 0.02))
    din = Din()
    sounds(din, noise)
    before = sounds(din, noise[:250]).count(Sound.SPEECH)
    assert before == 0
    assert sounds(din, [frame(number) for number in range(50)]).count(Sound.SPEECH) == 50


def test_when_it_is_over_ears_are_as_sharp_as_before() -> None:
    din = Din()
    sounds(din, at_8_khz(not_speech.noise(20)))
    low = at_8_khz(not_speech.noise(1, 0.012))
    assert voiced(low[10])
    assert Sound.SPEECH not in sounds(din, low[:25])
    sounds(din, [SILENT] * round((STEPS + 1) * OVER_S * 50))
    assert sounds(din, low[:25]).count(Sound.SPEECH) == 25


def test_one_quiet_frame_is_no_pause() -> None:
    din = Din()
    loud = [frame(number) for number in range(20)]
    assert Sound.DIN in [sound for _ in range(11) for sound in sounds(din, [*loud, SILENT])]
    din = Din()
    assert Sound.DIN not in [sound for _ in range(50) for sound in sounds(din, [*loud, SILENT, SILENT])]
