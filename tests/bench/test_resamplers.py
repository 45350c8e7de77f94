"""The resamplers that ours is compared with do what they are said to do."""

from __future__ import annotations

import numpy as np
import pytest

from bench.resamplers import ALL, ALONE, NOTHING, Contender, Linear, LinearAlone

pytestmark = pytest.mark.unit

SMOOTH = [one for one in ALL if one is not ALONE]


def test_linear_draws_straight_lines_and_remembers_the_last_sample() -> None:
    linear = Linear(8000, 24000)
    assert linear.push(np.array([300, 600], np.int16)).tolist() == [0, 100, 200, 300, 400, 500]
    assert linear.push(NOTHING).size == 0
    assert linear.push(np.array([0], np.int16)).tolist() == [600, 400, 200]


def test_linear_picks_every_third_sample_on_the_way_down() -> None:
    linear = Linear(24000, 8000)
    out = [linear.push(np.arange(1, 5, dtype=np.int16)), linear.push(np.arange(5, 10, dtype=np.int16))]
    assert np.concatenate(out).tolist() == [0, 3, 6]


def test_a_piece_alone_knows_no_neighbours() -> None:
    alone = LinearAlone(8000, 24000)
    assert alone.push(np.array([300, 600], np.int16)).tolist() == [300, 400, 500, 600, 600, 600]
    assert alone.push(np.array([0], np.int16)).tolist() == [0, 0, 0]
    assert alone.push(NOTHING).size == 0


@pytest.mark.parametrize(("source_hz", "target_hz"), [(8000, 24000), (24000, 8000)])
@pytest.mark.parametrize("one", SMOOTH, ids=lambda one: one.name)
def test_all_that_went_in_comes_out(one: Contender, source_hz: int, target_hz: int) -> None:
    stream = one.build(source_hz, target_hz)
    ramp = np.rint(8000 * np.sin(np.arange(source_hz // 2) * 2 * np.pi * 400 / source_hz)).astype(np.int16)
    out = [stream.push(piece) for piece in np.split(ramp, [100, 100, 1777])]
    out.append(stream.flush())
    found = np.concatenate(out)
    assert all(piece.dtype == np.int16 for piece in out)
    assert 0 <= found.size - target_hz // 2 <= target_hz // 200
    assert np.abs(found).max() == pytest.approx(8000, abs=80)
