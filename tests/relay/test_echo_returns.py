"""What was played, slot by slot, and what is learned of its way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio.bands import BANDS, FLOOR_DBFS, band_levels
from dragoman.relay.echo_returns import (
    FIRST_RETURN_DB,
    KEPT_SLOTS,
    LEAST_RETURN_DB,
    MOST_RETURN_DB,
    Matrix,
    Played,
    Returns,
)
from tests.fakes.speakerphone import as_mulaw, noise

pytestmark = pytest.mark.unit

WINDOW = 5
SILENCE = b"\xff" * 160


def loud(seed: int, frames: int = 1) -> bytes:
    return as_mulaw(noise(-20, frames * 160, seed))


def slots_heard(played: Played, slot: int) -> list[bool]:
    return [bool(row.max() > FLOOR_DBFS + 1) for row in played.until(slot)]


# ---- What was played -------------------------------------------------------------------------------------------------


def test_levels_stand_in_the_slots_in_which_they_are_heard() -> None:
    played = Played(WINDOW)
    audio = loud(1) + SILENCE + loud(2)
    assert played.write(audio, 2.0) == pytest.approx(2.06)
    window = played.until(102)
    assert window[-3:] == pytest.approx(band_levels(audio), abs=0.01)
    assert window[:-3] == pytest.approx(np.full((2, BANDS), FLOOR_DBFS))


def test_the_last_audible_frame_is_told_and_silence_is_none() -> None:
    played = Played(WINDOW)
    assert played.write(loud(1) + SILENCE * 3, 1.0) == pytest.approx(1.02)
    assert played.write(SILENCE * 3, 1.08) is None
    assert played.write(b"", 1.14) is None
    assert slots_heard(played, 52) == [False, False, True, False, False]


def test_a_short_last_frame_is_a_frame() -> None:
    played = Played(WINDOW)
    assert played.write(loud(1) + loud(2)[:80], 1.0) == pytest.approx(1.03)
    assert slots_heard(played, 51) == [False, False, False, True, True]


def test_pieces_follow_each_other_though_the_clock_is_a_little_off() -> None:
    played = Played(WINDOW)
    played.write(loud(1, 2), 1.0)
    played.write(loud(2, 2), 1.058)
    assert slots_heard(played, 54) == [True, True, True, True, False]


def test_a_gap_is_silence() -> None:
    played = Played(WINDOW)
    played.write(loud(1), 1.0)
    played.write(loud(2), 1.06)
    assert slots_heard(played, 53) == [False, True, False, False, True]


def test_what_is_cleared_was_not_played_even_if_it_was_measured() -> None:
    played = Played(WINDOW)
    played.write(loud(1, 5), 1.0)
    assert slots_heard(played, 54) == [True] * 5
    played.clear_from(1.04)
    assert slots_heard(played, 54) == [True, True, False, False, False]


def test_what_is_played_after_a_clear_takes_its_place() -> None:
    played = Played(WINDOW)
    played.write(loud(1, 50), 1.0)
    played.clear_from(1.02)
    played.write(loud(2, 2), 1.06)
    assert slots_heard(played, 54) == [True, False, False, True, True]


def test_a_window_for_each_of_some_slots_is_one_piece() -> None:
    played = Played(WINDOW)
    played.write(loud(1, 10), 1.0)
    several = played.until(59, 3)
    assert several.shape == (WINDOW + 2, BANDS)
    assert several[1:6].tolist() == played.until(58).tolist()


@given(st.lists(st.integers(1, 60), min_size=1, max_size=30))
def test_the_ring_goes_round_and_old_sound_is_forgotten(pieces: list[int]) -> None:
    """Pieces of some frames each, with silence between; only now and then somebody asks."""
    played, slot = Played(WINDOW), 1000
    for i, frames in enumerate(pieces):
        played.write(loud(i, frames), slot * 0.02)
        slot += frames + WINDOW
        if i % 3 == 0:
            assert slots_heard(played, slot - WINDOW) == [frames > 3, frames > 2, frames > 1, True, False]
        if i % 7 == 0:
            slot += KEPT_SLOTS
            assert slots_heard(played, slot - 1) == [False] * WINDOW


def test_the_peak_is_the_loudest_and_sinks_slowly() -> None:
    played = Played(WINDOW)
    level = np.full((WINDOW, BANDS), -20, np.float32)
    assert float(played.peak(level, 1).max()) == -20
    assert float(played.peak(level - 30, 20).max()) == pytest.approx(-21)


# ---- What comes back -------------------------------------------------------------------------------------------------


def steps(levels: Matrix, delay: int, loss_db: float, window: int, frames: int = 8) -> list[tuple[Matrix, Matrix]]:
    """Batches of what is heard, and their windows, where playback comes back so late and so much quieter."""
    out = []
    for at in range(window + delay, len(levels) - frames, frames):
        heard = np.maximum(levels[at - delay : at - delay + frames] - np.float32(loss_db), np.float32(FLOOR_DBFS))
        out.append((heard, np.ascontiguousarray(levels[at - window + 1 : at + frames])))
    return out


def speech_like(frames: int = 600) -> Matrix:
    chance = np.random.default_rng(3)
    loudness = np.repeat(chance.uniform(-60, -15, frames // 4), 4)[:, None]
    return np.asarray(loudness + chance.uniform(-4, 4, (len(loudness), BANDS)), np.float32)


@pytest.mark.parametrize(("delay", "loss_db"), [(2, 6.0), (4, 15.0), (7, 25.0)])
def test_the_return_of_an_echo_is_learned_at_its_delay(delay: int, loss_db: float) -> None:
    returns, levels = Returns(10, 0), speech_like()
    for heard, windows in steps(levels, delay, loss_db, 10):
        returns.compare(heard, windows - np.float32(-40))
        returns.learn(heard, windows)
    alone = np.full((10, BANDS), FLOOR_DBFS, np.float32)
    alone[9 - delay] = -15
    assert returns.explain(alone) == pytest.approx(np.full(BANDS, -15 - loss_db), abs=7)
    assert returns.steady > 0.6


def test_what_never_comes_back_is_unlearned() -> None:
    returns = Returns(10, 4)
    assert float(returns.most.max()) == FIRST_RETURN_DB
    silence = np.full((8, BANDS), FLOOR_DBFS, np.float32)
    for _, windows in steps(speech_like(), 0, 0, 14):
        returns.compare(silence, windows - np.float32(-40))
        returns.learn(silence, windows)
    assert float(returns.most.max()) < -45
    assert returns.steady < 0.3


def test_strangers_are_not_alike() -> None:
    returns, levels, other = Returns(10, 0), speech_like(), speech_like()[::-1]
    for (_, windows), (heard, _) in zip(steps(levels, 0, 0, 10), steps(other, 0, 0, 10), strict=True):
        returns.compare(heard, windows - np.float32(-40))
    assert returns.steady < 0.3


def test_a_return_stays_between_its_limits() -> None:
    loud_levels = np.full((17, BANDS), -40, np.float32)
    for heard_dbfs, limit in ((0.0, MOST_RETURN_DB), (-200.0, LEAST_RETURN_DB)):
        returns = Returns(10, 0)
        for _ in range(400):
            returns.compare(np.full((8, BANDS), heard_dbfs, np.float32), loud_levels - np.float32(-50))
            returns.learn(np.full((8, BANDS), heard_dbfs, np.float32), loud_levels)
        assert returns.most == pytest.approx(np.full(BANDS, limit))


def test_quiet_bands_teach_nothing() -> None:
    returns = Returns(10, 0)
    before = returns.explain(np.zeros((10, BANDS), np.float32)).copy()
    quiet = np.full((17, BANDS), -55, np.float32)
    returns.compare(np.full((8, BANDS), -70, np.float32), quiet)
    returns.learn(np.full((8, BANDS), -70, np.float32), quiet)
    assert returns.explain(np.zeros((10, BANDS), np.float32)).tolist() == before.tolist()


def test_a_batch_may_be_short() -> None:
    whole, single = Returns(10, 0), Returns(10, 0)
    for heard, windows in steps(speech_like(200), 3, 10, 10):
        whole.compare(heard, windows - np.float32(-40))
        for i in range(len(heard)):
            single.compare(heard[i : i + 1], np.ascontiguousarray(windows[i : i + 10] - np.float32(-40)))
    assert single.steady == pytest.approx(whole.steady, abs=0.1)
