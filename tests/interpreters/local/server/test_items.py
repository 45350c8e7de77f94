from __future__ import annotations

import pytest

from dragoman.interpreters.local.server.items import Items, Kept, answer_item, spoken_item

pytestmark = pytest.mark.unit


def order(items: Items) -> list[str]:
    return list(items._kept)


def filled(*names: str) -> Items:
    items = Items()
    for name in names:
        items.add(name, Kept(spoken_item(name)))
    return items


def test_items_stand_in_order() -> None:
    items = filled("a", "b")
    assert (order(items), items.last_id) == (["a", "b"], "b")


@pytest.mark.parametrize(
    ("after", "expected"), [("root", ["x", "a", "b"]), ("a", ["a", "x", "b"]), ("b", ["a", "b", "x"])]
)
def test_an_item_goes_where_it_is_put(after: str, expected: list[str]) -> None:
    items = filled("a", "b")
    items.add("x", Kept(spoken_item("x")), after)
    assert order(items) == expected


def test_the_oldest_are_forgotten() -> None:
    items = filled(*(str(number) for number in range(250)))
    assert len(order(items)) == 200
    assert "49" not in items
    assert "50" in items


def test_removing_twice_is_told() -> None:
    items = filled("a")
    assert items.remove("a")
    assert not items.remove("a")
    assert items.find("a") is None
    assert items.last_id is None


def test_items_carry_no_sound() -> None:
    assert spoken_item("a").content[0].audio is None
    assert answer_item("b", "in_progress").content == []
