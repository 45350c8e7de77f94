"""Which item was heard how far."""

from __future__ import annotations

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.relay.playout import Finished, Playout, Started
from dragoman.relay.said_items import LOST_MARK_S, SaidItems

pytestmark = pytest.mark.unit


def items() -> tuple[SaidItems, Playout]:
    playout = Playout(AudioFormat.PCMU_8K)
    return SaidItems(playout), playout


def test_an_item_is_open_until_its_mark_is_back() -> None:
    said, _ = items()
    label = said.label("i1")
    assert label is not None
    assert not said.heard(1.0, 100.0)
    assert not said.heard(1.1, 0.0)
    assert said.noted([Started(label, 1.0, 1.04), Finished(label, 1.2, 100.0)]) == {}
    assert said.heard(1.2, 0.0)
    assert not said.heard(1.2, 5.0)


def test_an_item_that_ended_is_marked_in_the_playout() -> None:
    said, playout = items()
    label = said.label("i1")
    assert label is not None
    playout.give(b"\x20" * 160, label, 1.0)
    said.ended("unknown")
    assert playout.idle
    said.ended("i1")
    assert not playout.idle


def test_what_was_cut_is_told_by_item_and_never_played_again() -> None:
    said, _ = items()
    labels = [said.label(item) or "" for item in ("i1", "i2", "i3")]
    notes = [
        Finished(labels[0], 1.0, 500.0),
        Finished(labels[1], 1.0, 300.6, cleared=True),
        Finished(labels[2], 1.0, -0.2, cleared=True),
        Finished("hold", 1.0, 20.0, cleared=True),
    ]
    assert said.noted(notes) == {"i2": 301, "i3": 0}
    assert said.heard(1.0, 0.0)
    assert said.label("i2") is None
    assert said.label("i1") == labels[0]


def test_another_session_may_use_the_same_names() -> None:
    said, playout = items()
    old = said.label("i1")
    assert old is not None
    playout.give(b"\x20" * 160, old, 1.0)
    said.session_over()
    assert not playout.idle
    new = said.label("i1")
    assert new not in (None, old)
    assert said.noted([Finished(old, 1.0, 10.0, cleared=True)]) == {}
    assert said.label("i1") == new


def test_a_mark_that_is_lost_holds_nothing_up() -> None:
    said, _ = items()
    said.label("i1")
    said.heard(5.0, 10.0)
    assert not said.heard(5.0 + LOST_MARK_S - 0.01, 0.0)
    assert said.heard(5.0 + LOST_MARK_S, 0.0)
