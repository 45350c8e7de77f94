"""The calls-per-second limit."""

from __future__ import annotations

import pytest

from dragoman.telephony.twilio.pace import Pace

pytestmark = pytest.mark.unit


def test_the_first_goes_at_once_and_the_others_at_absolute_distances() -> None:
    pace = Pace(per_second=2)
    assert [pace.wait_s(now=10.0) for _ in range(4)] == [0.0, 0.5, 1.0, 1.5]


def test_late_requests_do_not_push_the_others() -> None:
    pace = Pace(per_second=1)
    assert pace.wait_s(now=0.0) == 0.0
    assert pace.wait_s(now=0.9) == pytest.approx(0.1)
    assert pace.wait_s(now=1.9) == pytest.approx(0.1)


def test_turns_that_nobody_took_are_not_saved_up() -> None:
    pace = Pace(per_second=1)
    pace.wait_s(now=0.0)
    assert [pace.wait_s(now=100.0) for _ in range(2)] == [0.0, 1.0]
