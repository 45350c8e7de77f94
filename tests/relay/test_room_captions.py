"""Whose captions a page shows."""

from __future__ import annotations

import pytest

from dragoman.domain.language import LanguageTag
from dragoman.domain.room import PartyId, RoomCaption
from dragoman.domain.speech import Side
from dragoman.relay.room_captions import KEPT, RoomCaptions, Scribe, shown

pytestmark = pytest.mark.unit


def caption(utterance: str, text: str = "Hola", at_s: float = 0.0, side: Side = Side.SOURCE) -> RoomCaption:
    return RoomCaption(utterance, PartyId("p1"), "Ann", side, LanguageTag("es"), text, final=False, at_s=at_s)


def test_the_last_state_of_each_side_is_kept_with_its_begin() -> None:
    captions = RoomCaptions()
    assert captions.put("v1", caption("v1.c1", "Ho", 1.0)) == 1.0
    captions.put("v2", caption("v2.c1", "Hello", 1.5, Side.TARGET))
    assert captions.put("v1", caption("v1.c1", "Hola", 2.0)) == 1.0
    found = [captions.standing(one) for one in captions.all]
    assert [(one[0], one[1], one[2].text) for one in found if one] == [("v1", 1.0, "Hola"), ("v2", 1.5, "Hello")]


def test_what_is_kept_is_bounded_the_oldest_go() -> None:
    captions = RoomCaptions()
    for number in range(KEPT + 10):
        captions.put("v1", caption(f"v1.c{number}"))
    assert len(captions.all) == KEPT
    assert captions.all[0] == ("v1.c10", Side.SOURCE)
    assert captions.standing(("v1.c9", Side.SOURCE)) is None


def test_a_page_shows_what_is_interpreted_into_its_language() -> None:
    scribes = [Scribe("v1", "en", ((0.0, None),)), Scribe("v2", "fr", ((0.0, None),))]
    assert shown(scribes, "fr", 5.0) == "v2"
    assert shown(scribes, "en", 5.0) == "v1"
    assert shown(scribes, "es", 5.0) == "v1", "the speaker's own language: the first one"
    assert shown([], "es", 5.0) == ""


def test_while_that_was_not_open_another_one_is_shown() -> None:
    scribes = [Scribe("v1", "en", ((0.0, 10.0), (30.0, None))), Scribe("v2", "fr", ((5.0, None),))]
    assert [shown(scribes, "fr", at_s) for at_s in (4.0, 5.0, 40.0)] == ["v1", "v2", "v2"]
    assert [shown(scribes, "en", at_s) for at_s in (9.0, 20.0, 31.0)] == ["v1", "v2", "v1"]
    assert shown(scribes[:1], "en", 20.0) == "v1", "the last words of one that was closed"
