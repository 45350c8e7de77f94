"""Cutting text and sound into deltas loses nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.interpreters.openai.emulator.sound import length_ms, tone
from dragoman.interpreters.openai.emulator.speaking import fragments, pieces_of

pytestmark = pytest.mark.unit


@given(st.text(max_size=80))
def test_fragments_joined_are_the_text(text: str) -> None:
    assert "".join(fragments(text)) == text


def test_fragments_are_words_with_the_blank_before_them() -> None:
    assert fragments("Hello, good morning.") == ["Hello,", " good", " morning."]
    assert fragments("") == []


@given(st.integers(0, 3000), st.lists(st.integers(20, 400), min_size=1, max_size=5))
def test_pieces_joined_are_the_sound(ms: int, sizes: list[int]) -> None:
    sound = tone(300, ms)
    pieces = pieces_of(sound, sizes)
    assert np.array_equal(np.concatenate([sound[:0], *pieces]), sound)
    assert all(0 < length_ms(piece) <= max(sizes) for piece in pieces)
