from __future__ import annotations

import numpy as np
import pytest

from dragoman.audio import g711
from dragoman.audio.hold import CHORDS, LOOP_FRAMES, chime, cue, hold_sound
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


def strongest_hz(sound: bytes, count: int = 1) -> list[float]:
    """The `count` strongest pitches, lowest first, to within 3 Hz."""
    samples = g711.decode(sound).astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size), 4 * 8000))
    found = []
    for _ in range(count):
        peak = int(spectrum.argmax())
        found.append(peak / 4)
        spectrum[max(0, peak - 60) : peak + 60] = 0
    return sorted(found)


def ms(sound: bytes, first: int, last: int) -> bytes:
    return sound[first * 8 : last * 8]


def test_the_chime_rises_and_the_cue_falls() -> None:
    assert strongest_hz(ms(chime(), 10, 150)) == pytest.approx([659.3], abs=6)
    assert strongest_hz(ms(chime(), 300, 600)) == pytest.approx([880], abs=6)
    assert strongest_hz(ms(cue(), 10, 130)) == pytest.approx([587.3], abs=6)
    assert strongest_hz(ms(cue(), 260, 400)) == pytest.approx([440], abs=6)


def test_the_cue_is_shorter_and_softer_than_the_chime() -> None:
    assert len(cue()) == 400 * 8
    loudest = max(dbfs(ms(cue(), at, at + 20)) for at in range(0, 400, 20))
    assert -40 < loudest < max(dbfs(ms(chime(), at, at + 20)) for at in range(0, 600, 20)) - 4
    assert dbfs(ms(cue(), 390, 400)) < -50


def test_a_note_swells_for_50_ms_and_then_dies_away() -> None:
    swelling = [dbfs(ms(chime(), at, at + 10)) for at in range(0, 60, 10)]
    assert swelling == sorted(swelling)
    assert swelling[0] < swelling[-1] - 12
    dying = [dbfs(hold_sound(frame)) for frame in range(50, 200, 25)]
    assert dying == sorted(dying, reverse=True)
    # By a factor of e in 0.9 s: 4.8 dB in half a second.
    assert dying[0] - dying[2] == pytest.approx(9.65, abs=1.5)


def test_each_chord_has_its_notes_in_its_place() -> None:
    loop = b"".join(hold_sound(at) for at in range(LOOP_FRAMES))
    for start_s, notes in CHORDS:
        first = int(start_s * 1000) + 300
        assert strongest_hz(ms(loop, first, first + 1500), len(notes)) == pytest.approx(sorted(notes), abs=3)


def test_a_note_has_a_faint_octave() -> None:
    samples = g711.decode(ms(chime(), 0, 160)).astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size), 8 * 8000))
    assert spectrum[round(2 * 659.3 * 8)] / spectrum[round(659.3 * 8)] == pytest.approx(0.15, abs=0.03)
