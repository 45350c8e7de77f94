"""What docs/benchmarks.md says of our resampler; and that the measure tells good from bad."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from rich.console import Console

from bench.audio import WAYS, Goals, Quality, Row, cost_us, quality, table
from bench.resamplers import ALONE, LINEAR, OURS, SOXR, SWR_LONG, Contender
from dragoman.audio.g711 import Samples
from dragoman.audio.resample import Resampler

pytestmark = pytest.mark.unit

CLEAN = Quality(stray_4300_db=60, stray_4600_db=70, ripple_db=0.01, delay_ms=2, held_ms=0, click=0)


@pytest.mark.parametrize("way", WAYS)
def test_ours_reaches_every_goal(way: tuple[int, int]) -> None:
    found = quality(OURS, *way)
    assert Goals().missed(found) == []
    assert found.stray_4300_db > 59
    assert found.stray_4600_db > 65
    assert found.ripple_db < 0.04
    assert found.delay_ms == pytest.approx(Resampler(*way).delay_ms, abs=0.01)
    assert found.held_ms == 0
    assert found.click == 0


@pytest.mark.parametrize("way", WAYS)
def test_linear_interpolation_lets_through_what_does_not_belong(way: tuple[int, int]) -> None:
    found = quality(LINEAR, *way)
    assert found.stray_4300_db < 10
    assert found.stray_4600_db < 10
    assert found.click == 0
    assert "4.6 kHz" in Goals().missed(found)


@pytest.mark.parametrize("way", WAYS)
def test_pieces_that_know_nothing_of_each_other_click(way: tuple[int, int]) -> None:
    assert quality(ALONE, *way).click > 1000


@pytest.mark.parametrize("way", WAYS)
def test_soxr_is_clean_and_late(way: tuple[int, int]) -> None:
    assert Goals().missed(quality(SOXR, *way)) == ["late"]


@pytest.mark.parametrize("way", WAYS)
def test_swresample_is_clean_and_later_than_ours(way: tuple[int, int]) -> None:
    found = quality(SWR_LONG, *way)
    assert Goals().missed(found) == []
    assert found.late_ms > quality(OURS, *way).late_ms


@dataclass
class Spoilt:
    """Our resampler, later by `late_ms` of silence, at half the level, or one piece behind."""

    source_hz: int
    target_hz: int
    late_ms: int = 0
    keeps: bool = False
    shift: int = 0

    def __post_init__(self) -> None:
        self._inner = Resampler(self.source_hz, self.target_hz)
        self._kept = np.zeros(self.late_ms * self.target_hz // 1000, np.int16)

    def push(self, samples: Samples) -> Samples:
        out = self._inner.push(samples >> self.shift)
        if self.keeps:
            out, self._kept = self._kept, out
        elif self._kept.size:
            out, self._kept = np.concatenate([self._kept, out]), self._kept[:0]
        return out

    def flush(self) -> Samples:
        return np.concatenate([self._kept, self._inner.flush()])


def test_a_delay_is_seen_as_such() -> None:
    late = Contender("late", lambda source_hz, target_hz: Spoilt(source_hz, target_hz, late_ms=7))
    found = quality(late, 8000, 24000)
    assert found.delay_ms == pytest.approx(7 + Resampler(8000, 24000).delay_ms, abs=0.01)
    assert found.held_ms == 0
    assert Goals().missed(found) == ["late"]


def test_a_hold_is_seen_as_such() -> None:
    holds = Contender("holds", lambda source_hz, target_hz: Spoilt(source_hz, target_hz, keeps=True))
    found = quality(holds, 24000, 8000)
    assert found.held_ms == pytest.approx(20)
    assert found.delay_ms == pytest.approx(Resampler(24000, 8000).delay_ms, abs=0.01)
    assert found.click == 0


def test_a_level_is_no_ripple() -> None:
    quiet = Contender("quiet", lambda source_hz, target_hz: Spoilt(source_hz, target_hz, shift=1))
    found = quality(quiet, 8000, 24000)
    assert found.ripple_db < 0.05
    assert found.stray_4600_db == pytest.approx(quality(OURS, 8000, 24000).stray_4600_db + 6, abs=1)


@pytest.mark.parametrize(
    ("worse", "named"),
    [
        (replace(CLEAN, stray_4300_db=49.9), "4.3 kHz"),
        (replace(CLEAN, stray_4600_db=59.9), "4.6 kHz"),
        (replace(CLEAN, ripple_db=0.2), "ripple"),
        (replace(CLEAN, held_ms=3.1), "late"),
        (replace(CLEAN, click=3), "clicks"),
    ],
)
def test_each_goal_can_be_missed(worse: Quality, named: str) -> None:
    assert Goals().missed(CLEAN) == []
    assert Goals().missed(worse) == [named]


def test_the_table_says_who_misses_what() -> None:
    rows = [Row("good", 8000, 24000, CLEAN, 6.04), Row("bad", 24000, 8000, replace(CLEAN, click=99), 1.0)]
    console = Console(width=150)
    with console.capture() as shown:
        console.print(table(rows))
    good, bad = [line for line in shown.get().splitlines() if " good " in line or " bad " in line]
    assert "8 to 24" in good
    assert "6.0" in good
    assert "clicks" not in good
    assert "99" in bad
    assert "clicks" in bad


def test_a_frame_costs_something() -> None:
    assert cost_us(OURS, 8000, 24000) > 0
