from __future__ import annotations

import pytest

from dragoman.interpreters.openai.broken import FLOOD, FLOOD_S, TOLD, Broken

pytestmark = pytest.mark.unit


def test_a_few_are_told() -> None:
    broken = Broken()
    assert [broken.came(float(number)) for number in range(TOLD + 2)] == [True] * TOLD + [False] * 2


def test_many_in_a_short_time_are_a_flood() -> None:
    broken = Broken()
    for number in range(FLOOD):
        assert not broken.flood
        broken.came(number * FLOOD_S / (FLOOD - 1))
    assert broken.flood


def test_many_over_a_long_time_are_none() -> None:
    broken = Broken()
    for number in range(10 * FLOOD):
        broken.came(number * (FLOOD_S + 1) / (FLOOD - 1))
        assert not broken.flood
