"""What was played, slot by slot, and what is learned of its way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio.bands import BANDS, FLOOR_DBFS, band_levels
from dragoman.relay.echo_returns import (
    ALIKE,
    ALIKE_RISE_DB,
    BATCH_FRAMES,
    FALL_DB,
    FIRST_MEAN_DBFS,
    FIRST_RETURN_DB,
    FORGET,
    KEPT_SLOTS,
    LEAST_RETURN_DB,
    MEAN_SHARE,
    MOST_RETURN_DB,
    PEAK_FALL_DB,
    RISE_DB,
    STEADY_SHARE,
    TAIL_SLOPE_DB,
    TEACHES_DBFS,
    Matrix,
    Played,
    Returns,
)
from tests.fakes.speakerphone import as_mulaw, frames, noise

pytestmark = pytest.mark.unit

WINDOW = 5
SILENCE = b"\xff" * 160
SOUND = frames(as_mulaw(noise(-20, 300 * 160, 4)))


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
    for i, long in enumerate(pieces):
        played.write(loud(i, long), slot * 0.02)
        slot += long + WINDOW
        if i % 3 == 0:
            assert slots_heard(played, slot - WINDOW) == [long > 3, long > 2, long > 1, True, False]
        if i % 7 == 0:
            slot += KEPT_SLOTS
            assert slots_heard(played, slot - 1) == [False] * WINDOW


@given(st.lists(st.tuples(st.sampled_from("wwwca"), st.integers(0, 40), st.integers(1, 12)), max_size=60))
def test_the_rings_hold_what_a_plain_list_of_slots_would(script: list[tuple[str, int, int]]) -> None:
    """Written, cleared and asked for; a gap of one slot is the clock's, and none of the speech's."""
    played, plain, end, asked = Played(WINDOW), dict[int, bytes](), 1000, 0
    for i, (what, gap, some) in enumerate(script):
        match what:
            case "w":
                end += gap if gap > 1 else 0
                pieces = [SOUND[(i * 7 + at) % len(SOUND)] for at in range(some)]
                assert played.write(b"".join(pieces), end * 0.02) == pytest.approx((end + some) * 0.02)
                plain.update(enumerate(pieces, end))
                end += some
            case "c":
                played.clear_from((end - gap) * 0.02)
                plain = {slot: audio for slot, audio in plain.items() if slot < end - gap}
            case _:
                asked = max(asked, end + gap)
                wanted = range(asked - WINDOW - some, asked)
                levels = band_levels(b"".join(plain.get(slot, SILENCE) for slot in wanted))
                assert np.allclose(played.until(wanted[-1], some + 1), levels, atol=0.01)


def test_a_clear_reaches_what_lies_ahead_and_no_further_back_than_the_ring() -> None:
    played = Played(WINDOW)
    played.write(b"".join(SOUND[:KEPT_SLOTS]), 20.0)
    assert slots_heard(played, 1000 + KEPT_SLOTS - 1) == [True] * WINDOW
    played.clear_from((1000 + KEPT_SLOTS - 1) * 0.02)
    assert slots_heard(played, 1000 + KEPT_SLOTS - 1) == [True] * 4 + [False]
    played.clear_from(0.0)
    assert slots_heard(played, 1000 + WINDOW - 1) == [False] * WINDOW


def test_what_is_too_quiet_to_be_translated_is_no_playback_and_a_little_more_is() -> None:
    played = Played(WINDOW)
    assert played.write(as_mulaw(noise(-62, 1600)), 1.0) is None
    assert played.write(as_mulaw(noise(-50, 160)), 1.2) == pytest.approx(1.22)


def test_the_mean_is_of_what_is_audible_in_the_last_second() -> None:
    played = Played(WINDOW)
    played.write(b"".join(SOUND[:4]), 1.0)
    played.until(60)
    few = band_levels(b"".join(SOUND[:4]))
    assert played.mean == pytest.approx(FIRST_MEAN_DBFS + MEAN_SHARE * (few - FIRST_MEAN_DBFS).sum(axis=0), abs=0.01)


def test_the_mean_of_many_frames_at_once_is_their_mean() -> None:
    played = Played(100 - BATCH_FRAMES - 1)
    played.write(b"".join(SOUND[:100]), 2.0)
    played.until(199)
    assert played.mean == pytest.approx(band_levels(b"".join(SOUND[:100])).mean(axis=0), abs=0.01)


def test_the_peak_is_the_loudest_and_sinks_slowly() -> None:
    played = Played(WINDOW)
    level = np.full((WINDOW, BANDS), -20, np.float32)
    assert float(played.peak(level, 1).max()) == -20
    assert float(played.peak(level - 30, 20).max()) == pytest.approx(-20 - 20 * PEAK_FALL_DB)
    one_band = level - 30
    one_band[2, 3] = -3
    assert played.peak(one_band, 0).tolist() == [pytest.approx(-3 if band == 3 else -21) for band in range(BANDS)]


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


def test_at_first_all_may_come_back_and_less_of_it_the_later() -> None:
    """At each delay of the window as from a loud speakerphone; after it as from a room that dies away."""
    returns = Returns(4, 3)
    for delay in range(7):
        alone = np.full((7, BANDS), -1000, np.float32)
        alone[6 - delay] = 0
        expected = FIRST_RETURN_DB - TAIL_SLOPE_DB * max(0, delay - 3)
        assert returns.explain(alone).tolist() == [expected] * BANDS
    assert returns.most.tolist() == [FIRST_RETURN_DB] * BANDS
    assert returns.steady == 0


class ByHand:
    """The same as `Returns`, frame by frame and delay by delay."""

    def __init__(self, slots: int, first: list[float]) -> None:
        self.returns = np.repeat(np.array(first)[:, None], BANDS, axis=1)
        self.mean = np.full(BANDS, FIRST_MEAN_DBFS)
        self.frames: list[tuple[Matrix, Matrix]] = []
        self.steadily = np.zeros(slots)
        self.likeness = np.zeros(slots)

    def compare(self, heard: Matrix, deviations: Matrix) -> float:
        slots = len(self.returns)
        self.frames += [(row - self.mean, deviations[i : i + slots]) for i, row in enumerate(heard)]
        self.mean = self.mean + MEAN_SHARE * (heard - self.mean).sum(axis=0)
        ages = [FORGET ** (len(self.frames) - 1 - i) for i in range(len(self.frames))]
        own = sum(age * float((mine**2).sum()) for age, (mine, _) in zip(ages, self.frames, strict=True))
        for delay in range(slots):
            pairs = [(age, mine, other[delay]) for age, (mine, other) in zip(ages, self.frames, strict=True)]
            both = sum(age * float((mine * other).sum()) for age, mine, other in pairs)
            others = sum(age * float((other**2).sum()) for age, _, other in pairs)
            self.likeness[delay] = both / np.sqrt(own * others)
        self.steadily += STEADY_SHARE * len(heard) * (self.likeness - self.steadily)
        return float(self.likeness.max())

    def learn(self, heard: Matrix, played: Matrix) -> None:
        for i, row in enumerate(heard):
            for delay, returns in enumerate(self.returns):
                rise = ALIKE_RISE_DB if self.likeness[delay] > ALIKE else RISE_DB
                for band, level in enumerate(played[i + delay]):
                    if level > TEACHES_DBFS:
                        returns[band] += -FALL_DB if row[band] - level < returns[band] else rise
        self.returns = np.clip(self.returns, LEAST_RETURN_DB, MOST_RETURN_DB)


def test_all_delays_at_once_are_as_one_by_one() -> None:
    """Sound that comes back after two frames, then only noise; in batches of any size."""
    chance = np.random.default_rng(5)
    levels = speech_like(200)
    slots, at = 7, 10
    returns = Returns(4, 3)
    by_hand = ByHand(slots, [-15.0, -13.0, -11.0, -9.0, -9.0, -9.0, -9.0])
    heard_all = np.maximum(levels - np.float32(12), -60) + chance.uniform(-2, 2, levels.shape).astype(np.float32)
    heard_all[100:] = chance.uniform(-60, -40, (100, BANDS))
    for size in [1, 8, 3, 5, 8, 8, 2, 7, 8, 8, 8, 4, 8, 8, 6, 8, 8, 8, 1, 8]:
        heard = heard_all[at - 2 : at - 2 + size]
        window = np.ascontiguousarray(levels[at - slots + 1 : at + size])
        deviations = window - np.float32(-40)
        assert returns.compare(heard, deviations) == pytest.approx(by_hand.compare(heard, deviations), abs=1e-3)
        assert returns.steady == pytest.approx(by_hand.steadily.max(), abs=1e-3)
        returns.learn(heard, window)
        by_hand.learn(heard, window)
        assert returns.most == pytest.approx(by_hand.returns.max(axis=0), abs=1e-2)
        for delay in range(slots):
            alone = np.full((slots, BANDS), -1000, np.float32)
            alone[delay] = 0
            assert returns.explain(alone) == pytest.approx(by_hand.returns[delay], abs=1e-2)
        at += size


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
