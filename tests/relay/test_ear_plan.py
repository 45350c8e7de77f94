"""What holds for an ear where the operator says nothing."""

from __future__ import annotations

import dataclasses

import pytest

from dragoman.domain.ear import OriginalMode
from dragoman.relay.ear_plan import USUAL_EAR, EarPlan

pytestmark = pytest.mark.unit


def test_the_usual_ear_hears_the_interpreter_alone_and_close_behind_the_speaker() -> None:
    assert EarPlan() == USUAL_EAR
    assert (
        EarPlan(
            original=OriginalMode.OFF,
            duck_db=-18.0,
            lead_ms=120,
            lag_target_ms=1500,
            comfort=False,
            self_db=None,
            long_turn_s=25.0,
        )
        == USUAL_EAR
    )


def test_a_plan_is_a_value() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        USUAL_EAR.lead_ms = 5  # type: ignore[misc]
