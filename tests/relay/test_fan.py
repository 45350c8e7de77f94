"""Where a room's lane ends."""

from __future__ import annotations

import pytest

from dragoman.ports import Leg
from dragoman.relay.fan import Fan
from dragoman.relay.taking_turns import SaidAll, Say, Saying
from tests.fakes.page import WIDE

pytestmark = pytest.mark.unit


def test_what_a_lane_plays_is_said_under_its_voice_and_label() -> None:
    said: list[Saying] = []
    labels = iter(["c1", "c1", "c2"])
    fan = Fan("v1", WIDE, lambda: next(labels), said.append)
    leg: Leg = fan
    leg.play(b"\1\0")
    leg.mark("g0.1")
    leg.play(b"\2\0")
    assert said == [Say("v1", "c1", b"\1\0"), SaidAll("v1", "c1", "g0.1"), Say("v1", "c2", b"\2\0")]
    assert (leg.leg_id, leg.carrier_call, leg.format) == ("v1", "", WIDE)


@pytest.mark.parametrize("how", ["shut", "closed"])
def test_a_shut_fan_says_nothing(how: str) -> None:
    said: list[Saying] = []
    fan = Fan("v1", WIDE, lambda: "c1", said.append)
    fan.attach(lambda _event: None)
    if how == "shut":
        fan.shut = True
    else:
        fan.close()
    fan.play(b"\1\0")
    fan.mark("g0.1")
    fan.clear()
    assert said == []
