"""What follows from the times at which frames passed."""

from __future__ import annotations

import numpy as np
import pytest

from bench.lane_log import NEVER, LaneLog, Pacing, Spread, holds, traffic
from bench.stamps import Script, Side

pytestmark = pytest.mark.unit

PACING = Pacing(lead_s=0.12, top_up_s=0.06)


def test_frames_in_real_time_are_never_held() -> None:
    assert holds(np.arange(100, dtype=np.float64) * 0.02, PACING) == pytest.approx(np.zeros(100))


def test_a_burst_goes_in_pieces_as_the_carrier_runs_low() -> None:
    """Each frame is a message of its own: four make 80 ms, the rest wait until 60 ms are left."""
    kept = holds(np.full(12, 5.0), PACING)
    assert kept == pytest.approx([0.0] * 4 + [0.02] * 3 + [0.08] * 3 + [0.14] * 2)


def test_what_never_came_is_not_held() -> None:
    assert holds(np.array([1.0, NEVER, 1.02]), PACING) == pytest.approx([0, 0, 0])


def test_a_pause_lets_the_ear_catch_up() -> None:
    kept = holds(np.array([1.0] * 12 + [2.0, 2.02]), PACING)
    assert kept[-2:] == pytest.approx([0, 0])


def lane_of(sent: list[float], given: list[float], echoed: list[float], heard: list[float]) -> LaneLog:
    lane = LaneLog(0, Side.CALLER, Script(speech=10, pause=0), len(sent))
    lane.talks_from = 0
    for number, times in enumerate(zip(sent, given, echoed, heard, strict=True)):
        lane.sent[number], lane.given[number], lane.echoed[number], lane.heard[number] = times
    return lane


def test_only_frames_of_the_window_count_and_lost_ones_are_lost() -> None:
    lane = lane_of(
        [0.9, 1.0, 1.1, 1.2, 2.0],
        [0.901, 1.002, NEVER, 1.204, 2.5],
        [0.902, 1.003, NEVER, 1.205, 2.5],
        [0.903, 1.006, NEVER, NEVER, 2.5],
    )
    found = traffic([lane.window(1.0, 2.0)])
    assert found.frames == 3 + 2
    assert found.lost == 2
    assert found.unsaid == 0
    assert found.up.p50_ms == pytest.approx(3.0)
    assert found.down.most_ms == pytest.approx(3.0)


def test_speech_that_the_stand_in_failed_to_echo_is_told_apart_from_loss() -> None:
    lane = lane_of([1.0], [1.1], [NEVER], [NEVER])
    found = traffic([lane.window(0.0, 2.0)])
    assert (found.lost, found.unsaid) == (0, 1)


def test_a_party_that_has_not_begun_to_talk_pauses() -> None:
    lane = lane_of([1.0], [1.1], [NEVER], [NEVER])
    lane.talks_from = 1
    assert traffic([lane.window(0.0, 2.0)]).unsaid == 0


def test_intended_holding_is_not_latency() -> None:
    lane = LaneLog(0, Side.AGENT, Script(), 12, PACING)
    for number in range(12):
        lane.echoed[number] = 1.0
        lane.heard[number] = 1.001 + (0.0 if number < 4 else 0.02 if number < 7 else 0.08 if number < 10 else 0.14)
    found = lane.window(0.0, 2.0)
    assert found.down == pytest.approx(np.full(12, 0.001))
    assert found.hold.max() == pytest.approx(0.14)


def test_percentiles_leave_out_what_is_not_there() -> None:
    spread = Spread.of(np.array([0.001, 0.002, NEVER, 0.003]))
    assert (spread.p50_ms, spread.most_ms) == pytest.approx((2.0, 3.0))
    assert Spread.of(np.array([])) == Spread(0.0, 0.0, 0.0)
