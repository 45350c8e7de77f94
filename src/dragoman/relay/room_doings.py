"""What goes on with all parties of a room, by what their microphones bring and what their interpreters say. Pure.

Of an interpreter that hears both sides of a shared device, all that it says belongs to who spoke, once that is known.
"""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.domain.room import Doing, PartyId
from dragoman.domain.speech import InterpreterEvent, SpokeAll, SpokenIn, Unclear
from dragoman.relay.either_side import EitherSide, sides
from dragoman.relay.room_doing import DoingOf
from dragoman.relay.room_seats import EITHER
from dragoman.relay.transcript import LaneTranscript, Utterance


class RoomDoings:
    """One room's. `either` where one interpreter may hear both sides."""

    def __init__(self, either: EitherSide | None) -> None:
        self._either = either
        self._all: dict[PartyId, DoingOf] = {}
        self._speaks_for: Sequence[PartyId] = ()

    def known(self, party: PartyId) -> None:
        self._all.setdefault(party, DoingOf())

    def of(self, party: PartyId) -> DoingOf:
        return self._all[party]

    @property
    def speaking(self) -> frozenset[PartyId]:
        """Who is heard to speak, as the pages were told."""
        return frozenset(party for party, doing in self._all.items() if doing.told[0] is Doing.HEARING)

    def voice(self, party: PartyId, length_s: float, now: float) -> None:
        """The party is heard to speak; of two, whoever it is."""
        for one in sides(party):
            self._all[one].voice(length_s, now)

    def who(self, heard: PartyId, said: Utterance | None) -> Sequence[PartyId]:
        """Who said an utterance that an interpreter of `heard` told of; both sides of a shared device where that is not
        known.
        """
        if heard != EITHER or self._either is None or said is None:
            return sides(heard)
        return (self._either.who(said.source_language),)

    def spoken(self, heard: PartyId, said: Utterance | None) -> None:
        """An interpreter speaks for an utterance."""
        who = self.who(heard, said)
        if heard == EITHER:
            self._speaks_for = who
        for party in who:
            self._all[party].spoken()

    def speaks_for(self, heard: PartyId, party: PartyId) -> bool:
        """Whether what is heard of an interpreter of `heard` is this party's."""
        return heard == party or (heard == EITHER and party in self._speaks_for)

    def noted(self, heard: PartyId, written: LaneTranscript, event: InterpreterEvent, now: float) -> None:
        """Anything else that an interpreter said or noticed; `written`: what it wrote down."""
        match event:
            case Unclear(key):
                for party in self.who(heard, written.find(key)):
                    self._all[party].unclear(now)
            case SpokeAll(key):
                for party in self.who(heard, written.find(key)):
                    self._all[party].spoken()
            case SpokenIn(_, language) if self._either is not None:
                for party in sides(heard):
                    if party != self._either.who(language):
                        self._all[party].spoken()  # it was the other one
            case _:
                pass
