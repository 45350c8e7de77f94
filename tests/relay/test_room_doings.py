"""What goes on with the two sides of a device whose one interpreter hears both."""

from __future__ import annotations

import pytest

from dragoman.domain.call import Role
from dragoman.domain.room import SIDE_A, SIDE_B, Doing, PartyId, Trouble
from dragoman.domain.speech import SpeechStopped, SpokeAll, SpokenIn, Unclear
from dragoman.relay.either_side import EitherSide
from dragoman.relay.room_doings import RoomDoings
from dragoman.relay.room_seats import EITHER
from dragoman.relay.transcript import LaneTranscript

pytestmark = pytest.mark.unit


def written() -> LaneTranscript:
    """Of an interpreter between Spanish (side a) and English, with one English utterance."""
    made = LaneTranscript(Role.CALLER, "es", "en", "fake", "c")
    made.spoken_in("u1", "en", 1.0)
    return made


def device() -> RoomDoings:
    made = RoomDoings(EitherSide(("es", "en")))
    made.known(SIDE_A)
    made.known(SIDE_B)
    return made


def after_talk(doings: RoomDoings, party: PartyId) -> None:
    for number in range(50):
        doings.voice(party, 0.02, 9.0 + number * 0.02)


def stands(doings: RoomDoings, party: PartyId, now: float = 11.0) -> tuple[Doing, Trouble]:
    doings.of(party).changed(now, being_heard=False, interpreted=True, trouble=Trouble.NONE)
    return doings.of(party).told


def test_both_are_heard_until_it_is_known_which_one_it_is() -> None:
    doings = device()
    after_talk(doings, EITHER)
    assert stands(doings, SIDE_A, 10.0) == stands(doings, SIDE_B, 10.0) == (Doing.HEARING, Trouble.NONE)
    assert doings.speaking == {SIDE_A, SIDE_B}
    doings.noted(EITHER, written(), SpokenIn("u1", "en"), 10.9)
    assert stands(doings, SIDE_A) == (Doing.LISTENING, Trouble.NONE)
    assert stands(doings, SIDE_B) == (Doing.TRANSLATING, Trouble.NONE)


def test_what_is_said_of_an_utterance_is_of_its_side() -> None:
    doings = device()
    after_talk(doings, SIDE_A)
    after_talk(doings, SIDE_B)
    words = written()
    doings.noted(EITHER, words, SpeechStopped("u1", 0), 10.9)
    doings.spoken(EITHER, words.find("u1"))
    assert not doings.speaks_for(EITHER, SIDE_A)
    assert doings.speaks_for(EITHER, SIDE_B)
    assert stands(doings, SIDE_A)[0] is Doing.TRANSLATING, "it waits still"
    assert stands(doings, SIDE_B)[0] is Doing.LISTENING


def test_the_end_of_an_utterance_and_what_was_not_understood() -> None:
    doings = device()
    after_talk(doings, EITHER)
    doings.noted(EITHER, written(), SpokeAll("u1"), 10.9)
    assert (stands(doings, SIDE_A)[0], stands(doings, SIDE_B)[0]) == (Doing.TRANSLATING, Doing.LISTENING)
    doings.noted(EITHER, written(), Unclear("u2", "low-confidence"), 10.9)
    for side in (SIDE_A, SIDE_B):
        assert stands(doings, side) == (Doing.TROUBLE, Trouble.UNCLEAR), "nobody knows who it was"


def test_a_party_of_its_own_is_itself() -> None:
    doings = RoomDoings(None)
    doings.known(PartyId("p1"))
    after_talk(doings, PartyId("p1"))
    doings.spoken(PartyId("p1"), None)
    assert stands(doings, PartyId("p1"))[0] is Doing.LISTENING
    assert doings.speaks_for(PartyId("p1"), PartyId("p1"))
    assert not doings.speaks_for(PartyId("p2"), PartyId("p1"))
