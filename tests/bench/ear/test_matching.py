"""How runs are laid along what was to be heard."""

from __future__ import annotations

import numpy as np
import pytest

from bench.ear.matching import Expected, Heard, match

pytestmark = pytest.mark.unit


def heard(text: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """One letter per frame: a is syllable 0, a dot is silence."""
    return np.array([-1 if letter == "." else ord(letter) - ord("a") for letter in text])


def expected(text: str, ready_ms: float = 0.0) -> list[Expected]:
    return [Expected(ord(letter) - ord("a"), 100, ready_ms) for letter in text]


def frames(found: list[Heard]) -> list[int]:
    return [one.heard_ms // 20 for one in found]


def test_each_in_its_place_with_its_times() -> None:
    found = match(heard("..aaaaabbbbb.ccccc"), expected("abc"))
    assert frames(found) == [5, 5, 5]
    assert [(one.begins_ms, one.ends_ms) for one in found] == [(40, 140), (140, 240), (260, 360)]


def test_what_is_missing_is_missing_and_the_rest_is_where_it_belongs() -> None:
    assert frames(match(heard("aaaaaccccc"), expected("abc"))) == [5, 0, 5]
    assert frames(match(heard("cccccaaaaabbbbb"), expected("abcabcabc")[3:])) == [0, 0, 5, 5, 5, 0]


def test_a_stray_frame_neither_counts_nor_breaks_a_syllable() -> None:
    assert frames(match(heard("aaaxaabbbbb"), expected("ab"))) == [5, 5]


def test_nothing_is_heard_before_it_was_there() -> None:
    late = [*expected("a"), *expected("a", ready_ms=200.0)]
    assert frames(match(heard("...............aaaaa"), late)) == [0, 5] or frames(
        match(heard("...............aaaaa"), late)
    ) == [5, 0]
    assert frames(match(heard("aaaaa"), expected("a", ready_ms=500.0))) == [0]


def test_the_order_is_kept() -> None:
    found = frames(match(heard("bbbbbaaaaa"), expected("ab")))
    assert sorted(found) == [0, 5], "one of them is out of order and was not heard in its place"


def test_nothing_of_nothing() -> None:
    assert match(heard("...."), expected("ab")) == [Heard(), Heard()]
    assert match(heard("aaaa"), []) == []


def test_whole_allows_for_faster_speech_and_a_border() -> None:
    of = Expected(0, 200, 0.0)
    assert Heard(140, 0, 140).whole(of)
    assert not Heard(120, 0, 120).whole(of)
