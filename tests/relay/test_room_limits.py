"""When a room ends by itself."""

from __future__ import annotations

import pytest

from dragoman.domain.room import Ending
from dragoman.relay.room_limits import DESERTED_S, RoomLimits, RoomPatience

pytestmark = pytest.mark.unit

LIMITS = RoomLimits(max_s=1000, empty_s=100, idle_s=50)


def test_a_room_that_is_used_lasts_as_long_as_it_may() -> None:
    patience = RoomPatience(LIMITS, 0.0)
    for now in range(0, 1000, 40):
        patience.there(now)
        patience.voice(now)
        assert patience.due(now) is None
    assert patience.left_s(990.0) == 10.0
    assert patience.due(1000.0) is Ending.TIME_LIMIT
    assert patience.left_s(2000.0) == 0.0


def test_an_empty_one_expires() -> None:
    patience = RoomPatience(RoomLimits(empty_s=100, idle_s=0), 5.0)
    assert patience.due(104.0) is None
    assert patience.due(105.0) is Ending.EXPIRED


def test_one_that_is_empty_when_the_server_stops_holds_it_up_no_longer() -> None:
    patience = RoomPatience(RoomLimits(empty_s=0, idle_s=0), 0.0)
    patience.stopping()
    patience.there(99.5)
    assert patience.due(100.0) is None
    assert patience.due(99.5 + DESERTED_S) is Ending.STOPPED


def test_one_where_nobody_speaks_is_let_go() -> None:
    patience = RoomPatience(LIMITS, 0.0)
    patience.voice(10.0)
    patience.there(59.0)
    assert patience.due(59.0) is None
    patience.there(60.0)
    assert patience.due(60.0) is Ending.IDLE


def test_without_limits_it_lasts() -> None:
    patience = RoomPatience(RoomLimits(max_s=0, empty_s=0, idle_s=0), 0.0)
    assert patience.due(1e9) is None
    assert patience.left_s(1e9) == float("inf")
