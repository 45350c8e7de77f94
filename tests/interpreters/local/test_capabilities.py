from __future__ import annotations

import pytest

from dragoman.interpreters.local.capabilities import HEARD, PAIRS, SPOKEN, capabilities
from dragoman.interpreters.local.voices import TONGUES

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("source", "target", "carried"),
    [("en", "es", True), ("es", "en", True), ("fr", "en", True), ("en", "fr", False), ("ja", "en", False)],
)
def test_the_pairs_it_carries(source: str, target: str, carried: bool) -> None:
    assert capabilities().carries(source, target) is carried


def test_more_pairs_come_from_the_running_engine() -> None:
    assert capabilities(PAIRS | {("en", "fr")}).carries("en", "fr")


def test_what_is_promised_can_be_heard_and_spoken() -> None:
    assert {source for source, _ in PAIRS} <= HEARD
    assert {target for _, target in PAIRS} <= SPOKEN <= TONGUES.keys()
    assert "ja" in HEARD & SPOKEN


def test_one_of_its_interpreters_can_serve_two_who_share_a_microphone() -> None:
    assert capabilities().both_ways
