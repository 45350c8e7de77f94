"""Values that are made with every frame."""

from __future__ import annotations

import dataclasses

import pytest

from dragoman.domain.effects import Hear, Play
from dragoman.domain.speech import Heard, Spoke

pytestmark = pytest.mark.unit


def test_they_are_told_apart_by_what_they_hold_and_by_what_they_are() -> None:
    assert Hear(b"a") == Hear(b"a") != Hear(b"b")
    other: object = Play(b"a")
    assert Hear(b"a") != other
    assert len({Heard(b"a", 20), Heard(b"a", 20), Heard(b"a", 40)}) == 2


def test_they_are_taken_apart_and_copied_as_other_values_are() -> None:
    match Spoke(b"a", "item_1"):
        case Spoke(audio, utterance):
            assert (audio, utterance) == (b"a", "item_1")
    assert dataclasses.replace(Spoke(b"a", "item_1", 7), utterance="item_2") == Spoke(b"a", "item_2", 7)


def test_they_have_room_for_nothing_else() -> None:
    with pytest.raises(AttributeError):
        Play(b"a").label = "x"  # type: ignore[attr-defined]
