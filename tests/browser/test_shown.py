"""What a page is told of its room."""

from __future__ import annotations

import pytest

from dragoman.browser import wire
from dragoman.browser.shown import Shown
from dragoman.domain import room
from dragoman.domain.language import LanguageTag
from dragoman.domain.speech import Side
from tests.fakes.paper_rooms import ENGLISH, LANGUAGES, SPANISH, SUMMARY

pytestmark = pytest.mark.unit

SHOWN = Shown(LANGUAGES, {"txt": "/api/rooms/r/transcript.txt"})
ANA = room.PartyView(room.PartyId("s1"), "Ana", SPANISH.tag, True, False, True, True)


def test_joined_names_languages_as_their_speakers_do() -> None:
    joined = room.Joined(
        room.RoomId("r"),
        room.PartyId("s1"),
        (ANA,),
        (ENGLISH.tag, SPANISH.tag, LanguageTag("xx")),
        None,
        auto=False,
        host=True,
        resumed=True,
        left_s=60.0,
    )
    told = SHOWN.message(joined)
    assert told == wire.Joined(
        room="r",
        party="s1",
        host=True,
        resumed=True,
        resume_s=10.0,
        left_s=60.0,
        languages=[wire.LanguageShown("en", "English", "English"), wire.LanguageShown("es", "Español", "Spanish")],
        parties=[wire.PartyShown("s1", "Ana", "es", True, False, True, True)],
    )


def test_a_shared_device_is_told_who_speaks() -> None:
    joined = room.Joined(
        *(room.RoomId("r"), room.SIDE_A, (), ()),
        room.Speaker.B,
        auto=True,
        host=True,
        resumed=False,
        left_s=1.0,
    )
    told = SHOWN.message(joined)
    assert isinstance(told, wire.Joined)
    assert (told.one_device, told.side, told.auto) == (True, room.Speaker.B, True)


@pytest.mark.parametrize(("side", "word"), [(Side.SOURCE, "source"), (Side.TARGET, "target")])
def test_a_caption_says_who_and_which_side(side: Side, word: str) -> None:
    caption = room.RoomCaption("u1", room.PartyId("s1"), "Ana", side, SPANISH.tag, "hola", False, 1.5)
    told = SHOWN.message(caption)
    assert isinstance(told, wire.CaptionShown)
    assert (told.id, told.party, told.name, told.side, told.text) == ("u1", "s1", "Ana", word, "hola")


def test_the_rest_is_told_as_it_is() -> None:
    assert SHOWN.message(room.SpeaksNow(room.Speaker.B)) == wire.SpeaksConfirmed(room.Speaker.B)
    carried = room.Carried(interpreting=False, recording=True)
    assert SHOWN.message(carried) == wire.CarriedShown(interpreting=False, recording=True)
    stands = room.Stands(room.PartyId("s1"), room.Doing.TROUBLE, room.Trouble.AWAY)
    assert SHOWN.message(stands) == wire.StateShown(room.Doing.TROUBLE, "s1", room.Trouble.AWAY)
    parties = SHOWN.message(room.Parties((ANA,)))
    assert isinstance(parties, wire.PartiesShown)
    assert parties.parties[0].name == "Ana"


def test_the_end_says_where_the_transcript_is() -> None:
    told = SHOWN.message(room.Ended(room.Ending.LEFT, SUMMARY))
    assert isinstance(told, wire.Ended)
    assert told.downloads == {"txt": "/api/rooms/r/transcript.txt"}
    assert (told.summary.duration_s, told.summary.turns, told.summary.languages) == (12.5, 3, ["en", "es"])
