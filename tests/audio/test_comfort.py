from __future__ import annotations

import numpy as np
import pytest

from dragoman.audio import g711
from dragoman.audio.comfort import LOOP_FRAMES, comfort_sound
from dragoman.audio.level import dbfs, voiced
from dragoman.audio.tone import is_tone

pytestmark = pytest.mark.unit

FRAMES = [comfort_sound(number) for number in range(LOOP_FRAMES)]


def test_it_gives_whole_frames_for_ever_and_repeats() -> None:
    for number in (0, 1, LOOP_FRAMES - 1, LOOP_FRAMES, 100_000):
        assert len(comfort_sound(number)) == 160
        assert comfort_sound(number) == comfort_sound(number + LOOP_FRAMES)


def test_it_is_as_loud_as_what_is_no_voice_can_be() -> None:
    assert not any(voiced(frame) for frame in FRAMES)
    assert not any(is_tone(frame) for frame in FRAMES)
    assert max(dbfs(frame) for frame in FRAMES) == pytest.approx(-45.3, abs=0.2)
    assert dbfs(b"".join(FRAMES)) == pytest.approx(-50.1, abs=0.5)


def test_it_swells_and_goes_without_a_click() -> None:
    assert dbfs(FRAMES[0]) < -60
    assert sum(dbfs(frame) < -55 for frame in FRAMES) > LOOP_FRAMES * 0.1
    samples = g711.decode(b"".join([*FRAMES, FRAMES[0]])).astype(int)
    assert np.abs(np.diff(samples)).max() < 125
