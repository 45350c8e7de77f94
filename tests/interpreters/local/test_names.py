"""Proper names by their capitals."""

from __future__ import annotations

import pytest

from dragoman.interpreters.local.names import NAME, cut

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        ("es", "mi nombre es Carolina Méndez de la Cruz", ["Carolina Méndez de la Cruz"]),
        ("es", "vivo en Valencia, calle Florida", ["Valencia", "Florida"]),
        ("es", "el Señor López está en España", ["López"]),
        ("en", "Ask Mr Smith if I can call on Monday", ["Smith"]),
        ("en", "at 18 Maple Street in Mexico", ["Maple Street"]),
        ("en", "I speak Spanish and English", []),
        ("en", "nothing here", []),
    ],
)
def test_names_by_their_capitals(language: str, text: str, names: list[str]) -> None:
    found = [cut(one.group(), language) for one in NAME.finditer(text)]
    assert [one for one in found if one] == names


def test_a_token_is_no_name() -> None:
    assert cut("Zqwa Maria", "en") == ""
