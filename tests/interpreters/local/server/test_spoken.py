"""How much of an answer was heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.interpreters.local.server.spoken import Spoken

pytestmark = pytest.mark.unit


def spoken() -> Spoken:
    return Spoken([("We are open.", 1000), (" Until six o'clock.", 1000), (" Bye.", 500)])


@pytest.mark.parametrize(
    ("heard_ms", "text"),
    [
        (None, "We are open. Until six o'clock. Bye."),
        (2500, "We are open. Until six o'clock. Bye."),
        (2000, "We are open. Until six o'clock."),
        (1600, "We are open. Until six"),
        (1000, "We are open."),
        (500, "We are"),
        (0, ""),
    ],
)
def test_what_was_heard_of_it(heard_ms: int | None, text: str) -> None:
    one = spoken()
    one.heard_ms = heard_ms
    assert one.heard == text
    assert (one.text, one.length_ms) == ("We are open. Until six o'clock. Bye.", 2500)


def test_a_language_without_blanks_is_cut_at_a_letter() -> None:
    assert Spoken([("営業しております。", 900)], 500).heard == "営業しており"[:5]


@given(st.lists(st.tuples(st.text(max_size=9), st.integers(0, 900)), max_size=5), st.integers(0, 3000))
def test_what_was_heard_is_a_beginning(pieces: list[tuple[str, int]], heard_ms: int) -> None:
    one = Spoken(pieces, heard_ms)
    assert one.text.startswith(one.heard)
