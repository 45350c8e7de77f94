from __future__ import annotations

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.openai.spoken_items import REMEMBERED, SpokenItems

pytestmark = pytest.mark.unit


def spoken(*lengths_ms: int, ended: bool = True) -> SpokenItems:
    """Items a, b, c... of one response each."""
    items = SpokenItems(AudioFormat.PCMU_8K)
    for name, ms in zip("abcdef", lengths_ms, strict=False):
        one = items.item(name, f"r-{name}")
        one.sound_bytes, one.ended = ms * 8, ended
    return items


def cuts(items: SpokenItems, heard_ms: dict[str, int]) -> list[tuple[str, int]]:
    return [(order.item_id, order.audio_end_ms) for order in items.cut(heard_ms)]


def test_what_was_not_heard_is_forgotten_and_all_that_came_later() -> None:
    assert cuts(spoken(1000, 800, 600), {"b": 300}) == [("b", 300), ("c", 0)]


def test_never_more_than_the_item_has() -> None:
    assert cuts(spoken(1000, 800), {"a": 5000, "b": -3}) == [("b", 0)]


def test_an_item_is_cut_again_only_to_less() -> None:
    items = spoken(1000)
    assert cuts(items, {"a": 400}) == [("a", 400)]
    assert cuts(items, {"a": 600}) == []
    assert cuts(items, {"a": 200}) == [("a", 200)]


def test_what_was_heard_whole_stays() -> None:
    assert cuts(spoken(1000, 500), {"b": 500}) == []
    assert cuts(spoken(1000, 500), {}) == []


def test_an_item_that_goes_on_at_the_server_is_cut_where_it_was_heard_to() -> None:
    assert cuts(spoken(1000, ended=False), {}) == [("a", 1000)]


def test_unknown_items_and_those_without_sound_are_left_alone() -> None:
    items = spoken(1000)
    items.item("silent", "r")
    assert cuts(items, {"nobody": 5, "silent": 0}) == []


def test_an_item_of_a_stopped_response_is_muted_once() -> None:
    items = spoken(100)
    found = items.find("a")
    assert found is not None
    assert len(items.mute(found)) == 1
    assert items.mute(found) == []


def test_old_items_are_forgotten() -> None:
    items = SpokenItems(AudioFormat.PCMU_8K)
    for n in range(REMEMBERED + 5):
        items.item(str(n), "r")
    assert items.find("4") is None
    assert len(items.of("r")) == REMEMBERED
