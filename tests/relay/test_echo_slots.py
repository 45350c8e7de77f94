"""Frames are counted, and the count follows the clock only where it must."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dragoman.relay.echo_slots import Slots

pytestmark = pytest.mark.unit


def slots_of(ends: Sequence[float], slots: Slots | None = None) -> list[int]:
    """Of frames that end at these times, told in slots."""
    slots = slots or Slots()
    return [slots.of(end * 0.02) for end in ends]


def test_a_frame_was_heard_in_the_slot_before_the_time_it_ended() -> None:
    assert slots_of([100]) == [99]
    assert slots_of([100.4]) == [99]
    assert slots_of([99.6]) == [99]


def test_frames_that_come_in_bursts_are_in_a_row() -> None:
    assert slots_of([100, 103, 103, 103, 105, 105]) == [99, 100, 101, 102, 103, 104]


def test_the_last_is_told() -> None:
    slots = Slots()
    assert slots.last is None
    slots_of([100, 101], slots)
    assert slots.last == 100


def test_a_hole_of_more_than_ten_is_seen_at_once() -> None:
    assert slots_of([100, 110.9, 102]) == [99, 100, 101]
    assert slots_of([100, 111.2, 112]) == [99, 110, 111]
    assert slots_of([100, 90.8]) == [99, 90]


@pytest.mark.parametrize("off", [1.2, 3.4, -1.2, -3.4])
def test_the_count_follows_five_in_a_row_by_the_least_difference(off: float) -> None:
    """The fifth is where the clock says, less than a slot off."""
    ends = [100.0, 101.0, 102.0, *(100.0 + i + off for i in range(3, 9))]
    ends[5] += 0.5 * off
    counted = [99, 100, 101, 102, 103, 104, 105]
    assert slots_of(ends) == [*counted, 106 + int(off), 107 + int(off)]


@pytest.mark.parametrize("off", [0.9, -0.9])
def test_less_than_a_slot_is_nothing(off: float) -> None:
    assert slots_of([100.0, *(100.0 + i + off for i in range(1, 20))]) == list(range(99, 119))


def test_four_in_a_row_are_not_enough() -> None:
    late = [(i + 3 if i % 5 else i) for i in range(101, 130)]
    assert slots_of([100, *late]) == list(range(99, 129))


def test_late_ones_and_early_ones_are_not_in_a_row() -> None:
    ends = [100, *(100 + i + (3 if i <= 4 else -3) for i in range(1, 9)), 106]
    assert slots_of(ends) == [*range(99, 108), 105]


def test_after_a_jump_five_more_are_needed() -> None:
    ends = [100, *(100 + i + 2 for i in range(1, 6)), *(100 + i + 4 for i in range(6, 11))]
    assert slots_of(ends) == [99, 100, 101, 102, 103, 106, 107, 108, 109, 110, 113]


def test_a_jump_at_once_forgets_who_was_late() -> None:
    ends = [100, *(100 + i + 2 for i in range(1, 5)), 200, *(200 + i + 2 for i in range(1, 5))]
    assert slots_of(ends) == [99, 100, 101, 102, 103, 199, 200, 201, 202, 203]


def test_after_a_pause_the_clock_counts() -> None:
    slots = Slots()
    slots_of([100, 101], slots)
    slots.forget()
    assert slots.last is None
    assert slots_of([104, 105], slots) == [103, 104]
