from __future__ import annotations

import pytest

from dragoman.audio.hold import LOOP_FRAMES, chime, hold_sound
from dragoman.audio.level import dbfs

pytestmark = pytest.mark.unit


def test_it_gives_whole_frames_for_ever_and_repeats() -> None:
    for at in (0, 1, LOOP_FRAMES - 1, LOOP_FRAMES, 100_000):
        assert len(hold_sound(at)) == 160
        assert hold_sound(at) == hold_sound(at + LOOP_FRAMES)


def test_it_is_soft_and_has_pauses() -> None:
    levels = [dbfs(hold_sound(at)) for at in range(LOOP_FRAMES)]
    assert -35 < max(levels) < -20
    assert min(levels) < -42
    assert sum(level < -38 for level in levels) > LOOP_FRAMES * 0.3


def test_it_begins_without_a_click() -> None:
    assert dbfs(hold_sound(0)) < dbfs(hold_sound(4))


def test_the_chime_is_short_soft_and_ends_in_silence() -> None:
    sound = chime()
    assert len(sound) == 600 * 8
    assert -35 < dbfs(sound) < -18
    assert dbfs(sound[-80:]) < -45
