"""The original voice under the interpreter: levels of a steady tone, measured per frame."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.audio import g711
from dragoman.audio.mixer import Gain
from dragoman.domain.ear import OriginalMode
from dragoman.relay.original import Original

pytestmark = pytest.mark.script

OWN_HZ, OTHER_HZ = 400.0, 1500.0
"""Both have whole periods in 20 ms, so that one frame tells their levels apart."""
PEAK = 6000.0
SILENT = b"\xff" * 160


def tone(at_frame: int, hz: float, peak: float = PEAK) -> bytes:
    time_s = (np.arange(160) + 160 * at_frame) / 8000
    return g711.encode(np.rint(peak * np.sin(2 * np.pi * hz * time_s)).astype(np.int16))


def level_db(frame: bytes, hz: float) -> float:
    """How loud one tone is in a frame, against what it is at full level."""
    wave = np.exp(-2j * np.pi * hz * np.arange(160) / 8000)
    found = abs((g711.decode(frame).astype(float) * wave).mean()) * 2
    return float(20 * np.log10(max(found, 1e-3) / PEAK))


def played(original: Original, bursts: list[tuple[int, bytes | None]]) -> list[bytes]:
    """The ear's frames: a steady tone as the original, and the interpreter's frames so many times each.

    b"x" stands for the interpreter's voice.
    """
    frames: list[bytes] = []
    for times, spoken in bursts:
        for _ in range(times):
            at = len(frames)
            interpreted = tone(at, OTHER_HZ) if spoken == b"x" else spoken
            frames.append(original.frame(tone(at, OWN_HZ), interpreted))
    return frames


def own_levels(frames: list[bytes]) -> list[float]:
    return [level_db(frame, OWN_HZ) for frame in frames]


def test_ducked_it_is_18_db_down_under_the_interpreter_and_full_outside() -> None:
    levels = own_levels(played(Original(OriginalMode.DUCK), [(20, None), (50, b"x"), (40, None)]))
    assert levels[:20] == pytest.approx([0.0] * 20, abs=0.1)
    assert levels[23:70] == pytest.approx([-18.0] * 47, abs=0.5)
    assert levels[88:] == pytest.approx([0.0] * 22, abs=0.1)


def test_the_interpreter_is_at_full_level_in_each_mode() -> None:
    for mode in OriginalMode:
        levels = [level_db(frame, OTHER_HZ) for frame in played(Original(mode), [(20, b"x")])]
        assert levels[4:] == pytest.approx([0.0] * 16, abs=0.2)


def test_it_fades_in_60_ms_either_way() -> None:
    levels = own_levels(played(Original(OriginalMode.DUCK), [(5, None), (20, b"x"), (30, None)]))
    down, up = levels[5:8], levels[39:42]
    assert levels[4] == pytest.approx(0, abs=0.1)
    assert -4 < down[0] < -0.5
    assert down[0] > down[1] > down[2] > -18
    assert levels[8] == pytest.approx(-18, abs=0.5)
    assert levels[38] == pytest.approx(-18, abs=0.5)
    assert -18 < up[0] < up[1] < up[2]
    assert levels[42] == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("quiet", [None, SILENT])
def test_a_short_pause_of_the_interpreter_does_not_pump(quiet: bytes | None) -> None:
    levels = own_levels(played(Original(OriginalMode.DUCK), [(10, b"x"), (14, quiet), (10, b"x")]))
    assert levels[4:] == pytest.approx([-18.0] * 30, abs=0.5)


@pytest.mark.parametrize("quiet", [None, SILENT])
def test_300_ms_of_pause_bring_it_up(quiet: bytes | None) -> None:
    levels = own_levels(played(Original(OriginalMode.DUCK), [(10, b"x"), (18, quiet), (10, b"x")]))
    assert levels[23] == pytest.approx(-18, abs=0.5)
    assert levels[24] > -16
    assert levels[27] == pytest.approx(0, abs=0.1)
    assert levels[32] == pytest.approx(-18, abs=0.5)


# ---- Clicks: a tone whose frames begin at its peak, where a sudden gain would be heard -------------------------------


def peaking(at_frame: int) -> bytes:
    time_s = (np.arange(160) + 160 * at_frame) / 8000
    return g711.encode(np.rint(PEAK * np.cos(2 * np.pi * OWN_HZ * time_s)).astype(np.int16))


def largest_step(frames: list[bytes]) -> int:
    return int(np.abs(np.diff(g711.decode(b"".join(frames)).astype(int))).max())


ONE_STEP = 256
"""The coarsest step of mu-law at this level."""
TONE_STEP = largest_step([peaking(0), peaking(1)]) + ONE_STEP


def test_ducking_makes_no_click() -> None:
    """The interpreter is loud in every fifth sample, within frames: enough for a voice, and easily left out."""
    pulses = bytearray(SILENT)
    pulses[2::5] = bytes([0x80]) * 32
    original, steps, before = Original(OriginalMode.DUCK), 0, None
    for at in range(70):
        spoken = bytes(pulses) if 10 <= at < 40 else None
        samples = g711.decode(original.frame(peaking(at), spoken)).astype(int)
        if before is not None:
            steps = max(steps, abs(int(samples[0]) - before))
        steps = max(steps, int(np.abs(np.diff(samples)).max()) if spoken is None else 0)
        before = int(samples[-1])
    assert 0 < steps <= TONE_STEP


def test_a_switch_in_the_midst_of_a_fade_makes_no_click() -> None:
    original = Original(OriginalMode.FULL)
    frames: list[bytes] = []
    for mode in (OriginalMode.OFF, OriginalMode.FULL, OriginalMode.DUCK, OriginalMode.OFF, OriginalMode.DUCK):
        original.switch(mode)
        for _ in range(2):
            frames.append(original.frame(peaking(len(frames)), None))
    assert largest_step(frames) <= TONE_STEP


def test_a_sudden_gain_would_be_seen_by_these_tests() -> None:
    assert largest_step([peaking(0), Gain(-18)(peaking(1))]) > 2 * TONE_STEP


def test_full_is_both_at_full_level() -> None:
    original = Original(OriginalMode.FULL)
    assert original.frame(tone(0, OWN_HZ), None) == tone(0, OWN_HZ)
    levels = own_levels(played(original, [(5, None), (20, b"x"), (5, None)]))
    assert levels == pytest.approx([0.0] * 30, abs=0.2)


def test_off_is_the_interpreter_alone() -> None:
    original = Original(OriginalMode.OFF)
    assert not original.needed
    assert original.frame(tone(0, OWN_HZ), tone(0, OTHER_HZ)) == tone(0, OTHER_HZ)
    assert original.frame(tone(0, OWN_HZ), None) == SILENT


def test_two_loud_voices_saturate() -> None:
    top = g711.encode(np.full(160, 32000, np.int16))
    assert g711.decode(Original(OriginalMode.FULL).frame(top, top)).min() == 32124


def test_switching_off_fades_and_then_needs_nothing() -> None:
    original = Original(OriginalMode.FULL)
    original.switch(OriginalMode.OFF)
    assert original.mode is OriginalMode.OFF
    frames: list[bytes] = []
    while original.needed:
        frames.append(original.frame(tone(len(frames), OWN_HZ), None))
    assert len(frames) == 3
    assert original.frame(tone(3, OWN_HZ), None) == SILENT
    original.switch(OriginalMode.DUCK)
    assert original.needed
    assert own_levels(played(original, [(5, None)]))[3:] == pytest.approx([0.0, 0.0], abs=0.1)


def test_no_original_is_as_if_it_were_silent() -> None:
    original = Original(OriginalMode.DUCK)
    for _ in range(5):
        assert original.frame(b"", tone(0, OTHER_HZ)) == tone(0, OTHER_HZ)
    assert level_db(original.frame(tone(0, OWN_HZ), None), OWN_HZ) == pytest.approx(-18, abs=0.5)
    assert original.frame(b"", None) == b""


def test_another_depth_and_another_fade() -> None:
    levels = own_levels(played(Original(OriginalMode.DUCK, duck_db=-12, fade_ms=100), [(20, b"x")]))
    assert levels[3] > -12
    assert levels[5:] == pytest.approx([-12.0] * 15, abs=0.5)
    gone = own_levels(played(Original(OriginalMode.DUCK, duck_db=-90), [(20, b"x")]))
    assert max(gone[3:]) < -50


def test_bad_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="quieter"):
        Original(OriginalMode.DUCK, duck_db=3.0)
    with pytest.raises(ValueError, match="one frame"):
        Original(OriginalMode.DUCK, fade_ms=10)
