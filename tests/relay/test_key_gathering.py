"""Keys become entries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.relay.key_gathering import MOST_KEYS, PAUSE_S, KeyGathering

pytestmark = pytest.mark.unit


def test_a_pause_ends_an_entry() -> None:
    keys = KeyGathering()
    assert keys.pressed("1", 10.0) == ""
    assert keys.pressed("2", 11.4) == ""
    assert keys.due(11.4 + PAUSE_S - 0.01) == ""
    assert keys.gathers
    assert keys.due(11.4 + PAUSE_S) == "12"
    assert not keys.gathers
    assert keys.due(20.0) == ""


def test_the_hash_ends_it_at_once_and_is_part_of_it() -> None:
    keys = KeyGathering()
    keys.pressed("*", 0.0)
    assert keys.pressed("#", 0.1) == "*#"
    assert not keys.gathers


def test_it_does_not_grow_for_ever() -> None:
    keys = KeyGathering()
    entries = [keys.pressed("5", 0.0) for _ in range(MOST_KEYS)]
    assert entries == [""] * (MOST_KEYS - 1) + ["5" * MOST_KEYS]


@given(st.lists(st.tuples(st.sampled_from("0123456789*#"), st.floats(0, 3))))
def test_every_key_is_given_once_and_in_order(presses: list[tuple[str, float]]) -> None:
    keys, now, given_keys = KeyGathering(), 0.0, ""
    for key, pause_s in presses:
        now += pause_s
        given_keys += keys.due(now) + keys.pressed(key, now)
    given_keys += keys.due(now + PAUSE_S + 0.01)
    assert given_keys == "".join(key for key, _ in presses)
