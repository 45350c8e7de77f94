"""How a lane is wired where nothing else is said."""

from __future__ import annotations

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Role
from dragoman.domain.manner import BargeIn
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.lane_plan import LanePlan

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("source", "sink"), [(Role.CALLER, Role.AGENT), (Role.AGENT, Role.CALLER)])
def test_the_sink_is_the_other_party(source: Role, sink: Role) -> None:
    assert LanePlan(source, "es", "en", AudioFormat.PCMU_8K, "fake").sink is sink


def test_a_lane_is_for_an_engine_that_names_utterances_and_lets_it_finish() -> None:
    plan = LanePlan(Role.CALLER, "es", "en", AudioFormat.PCMU_8K, "fake")
    assert (plan.passthrough, plan.opening_gate, plan.names_utterances) == (False, False, True)
    assert plan.barge_in is BargeIn.LET_FINISH
    assert plan.ear == EarPlan()
