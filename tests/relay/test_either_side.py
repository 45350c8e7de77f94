"""Whose utterance it was, where one interpreter hears both sides of a device."""

from __future__ import annotations

import pytest

from dragoman.domain.call import Role
from dragoman.domain.room import SIDE_A, SIDE_B, PartyId
from dragoman.relay.either_side import EitherSide, by_side, sides
from dragoman.relay.room_seats import EITHER
from dragoman.relay.room_transcript import Written, lines
from dragoman.relay.transcript import Utterance
from tests.fakes.relay_parts import ENGLISH, SPANISH

pytestmark = pytest.mark.unit

DEVICE = EitherSide.of((SPANISH, ENGLISH))


def said(text: str, source: str, target: str, began_s: float, rendered: str = "...") -> Utterance:
    return Utterance(1, "c1", Role.CALLER, source, target, "fake", text, rendered, began_s=began_s)


def test_an_utterance_is_of_the_side_that_speaks_its_language() -> None:
    assert [DEVICE.who(tag) for tag in ("es", "es-MX", "en", "en-GB")] == [SIDE_A, SIDE_A, SIDE_B, SIDE_B]


def test_who_may_be_meant() -> None:
    assert list(sides(EITHER)) == [SIDE_A, SIDE_B]
    assert list(sides(SIDE_B)) == [SIDE_B]


def test_each_side_has_its_own_lines_beside_those_of_its_own_interpreter() -> None:
    always = ((0.0, None),)
    written = [
        Written(SIDE_A, "", "en", always, (said("Uno.", "es", "en", 1.0),)),
        Written(SIDE_B, "", "es", always, (said("Four.", "en", "es", 4.0),)),
        Written(EITHER, "", "en", ((1.5, None),), (said("Dos.", "es", "en", 2.0), said("Three.", "en", "es", 3.0))),
    ]
    for reader in ("es", "en", ""):
        found = lines(by_side(written, DEVICE), reader)
        assert [(line.party, line.source_text) for line in found] == [
            (SIDE_A, "Uno."),
            (SIDE_A, "Dos."),
            (SIDE_B, "Three."),
            (SIDE_B, "Four."),
        ]


def test_without_such_an_interpreter_nothing_changes() -> None:
    written = [Written(PartyId("p1"), "Ann", "en", ((0.0, None),), (said("Uno.", "es", "en", 1.0),))]
    assert by_side(written, None) == written
