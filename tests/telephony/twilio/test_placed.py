"""The ledger of legs that we placed."""

from __future__ import annotations

import pytest

from dragoman.telephony.twilio.placed import PlacedLeg, PlacedLegs

pytestmark = pytest.mark.unit


def test_a_leg_is_known_until_it_is_over() -> None:
    placed = PlacedLegs()
    placed.add("CA1", "c1", "AC1")
    placed.add("CA2", "c2", "")
    assert placed.all() == [PlacedLeg("CA1", "c1", "AC1"), PlacedLeg("CA2", "c2", "")]
    assert placed.of("c1") == [PlacedLeg("CA1", "c1", "AC1")]
    assert len(placed) == 2
    placed.over("CA1")
    placed.over("CA1")
    assert placed.all() == [PlacedLeg("CA2", "c2", "")]


def test_the_oldest_are_forgotten_first() -> None:
    placed = PlacedLegs(limit=3)
    for number in range(5):
        placed.add(f"CA{number}", "c1", "")
    assert [leg.sid for leg in placed.all()] == ["CA2", "CA3", "CA4"]
