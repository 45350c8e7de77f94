"""Who is in a room: its seats, the parties on them, their languages, and so which lanes are needed. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from dragoman.domain.ear import OriginalMode
from dragoman.domain.language import Language
from dragoman.domain.room import RESUME_S, SIDE_A, SIDE_B, PartyId, PartyView, SeatId, Shut
from dragoman.errors import RoomRefused
from dragoman.relay.choices import Choices

NAME_CHARS = 60

KEPT_SEATS = 50
"""Seats that nobody sits on, beyond which some are given up: the oldest, first of those that nobody ever joined."""

LOBBY_S = 120.0
"""So long the others are shown who has a seat and has not joined it. It holds no place: whoever has the link can take
more seats than there is room for. The host's does.
"""

JOINERS = "\u200c\u200d"
"""Of no width, and part of names in Persian, or of an emoji of several people."""

MARKS_MOST = 3
"""Accents on one letter."""


EITHER = PartyId("a|b")
"""Whoever of a shared device's two speaks."""


@dataclass(frozen=True, slots=True)
class LaneKey:
    """One direction: who speaks, and into what it is interpreted. `source` and `target` are primary subtags. Of
    `EITHER`, what is said in `target` goes the other way.
    """

    party: PartyId
    source: str
    target: str


@dataclass(slots=True)
class Party:
    """Who speaks; on a shared device one of two."""

    party: PartyId
    language: Language


@dataclass(slots=True, eq=False)
class RoomSeat:
    """`gone_at`: since when no page is connected (None = one is). `since`: when the seat was made."""

    seat: SeatId
    name: str
    host: bool
    since: float
    parties: list[Party]
    gone_at: float | None = None
    joined: bool = False
    muted: bool = False
    original: OriginalMode = OriginalMode.OFF
    number: int = field(default=0)
    _choices: Choices = field(default_factory=Choices)

    @property
    def here(self) -> bool:
        return self.joined and self.gone_at is None

    def present(self, now: float) -> bool:
        """A page is connected, or was so lately that it may come back."""
        return self.joined and (self.gone_at is None or now - self.gone_at <= RESUME_S)

    def expected(self, now: float) -> bool:
        """In the lobby: made lately, and never joined."""
        return not self.joined and now - self.since <= LOBBY_S

    def holds_place(self, now: float) -> bool:
        """Counted among those for whom there is room."""
        return self.present(now) or (self.host and self.expected(now))

    def choose(self, language: Language, now: float) -> None:
        """Its party speaks, and hears, another language from now on; raise RoomRefused when that is often."""
        if not self._choices.take(now):
            raise RoomRefused(Shut.LANGUAGE, "the language was changed too often: wait some seconds")
        self.parties = [replace(one, language=language) for one in self.parties]


class Seats:
    """All of one room. With `shared`, two languages: one seat with two sides."""

    def __init__(self, most: int, shared: tuple[Language, Language] | None = None) -> None:
        self._most = most
        self.shared = shared
        self.either = False
        """A shared device: an interpreter that hears both sides is wanted beside each side's own."""
        self._seats: dict[SeatId, RoomSeat] = {}
        self._count = 0

    @property
    def all(self) -> tuple[RoomSeat, ...]:
        return tuple(self._seats.values())

    def seat(self, name: str, language: Language | None, now: float, *, host: bool) -> RoomSeat:
        """A new one; raise RoomRefused FULL. A shared device's first seat stays its only one."""
        if self.shared is not None and self._seats:
            found = next(iter(self._seats.values()))
            found.host = found.host or host
            return found
        if sum(one.holds_place(now) for one in self.all) >= self._most:
            raise RoomRefused(Shut.FULL, "the room is full")
        self._give_up_old(now)
        self._count += 1
        seat_id = SeatId(f"p{self._count}")
        if self.shared is not None:
            parties = [Party(SIDE_A, self.shared[0]), Party(SIDE_B, self.shared[1])]
        else:
            assert language is not None, "the room has seen to it"
            parties = [Party(PartyId(seat_id), language)]
        seat = RoomSeat(seat_id, cleaned(name), host, now, parties, number=self._count)
        self._seats[seat_id] = seat
        return seat

    def _give_up_old(self, now: float) -> None:
        empty = sorted((one for one in self.all if not one.present(now)), key=lambda one: one.joined or one.host)
        for one in empty[: max(len(empty) - KEPT_SEATS, 0)]:
            del self._seats[one.seat]

    def find(self, seat: str) -> RoomSeat:
        """Raise RoomRefused NO_SEAT."""
        found = self._seats.get(SeatId(seat))
        if found is None:
            raise RoomRefused(Shut.NO_SEAT, "there is no such seat")
        return found

    def leave(self, seat: RoomSeat) -> None:
        """It is free; nobody comes back to it."""
        self._seats.pop(seat.seat, None)

    def has_room_for(self, seat: RoomSeat, now: float) -> bool:
        """Whether somebody may sit down on a seat that nobody sits on, or come back to it."""
        if seat.holds_place(now):
            return True
        return sum(one.holds_place(now) for one in self.all) < self._most

    def there(self, now: float) -> tuple[RoomSeat, ...]:
        """Those of whom the others are told: who is here, or may be soon (as many as there is room for, those who came
        first); both sides of a shared device always.
        """
        if self.shared is not None:
            return self.all
        expected = [seat for seat in self.all if seat.expected(now)][: self._most]
        return tuple(seat for seat in self.all if seat.present(now) or seat in expected)

    def views(self, now: float, speaking: Iterable[PartyId] = ()) -> tuple[PartyView, ...]:
        """Who is there, in the order of their seats."""
        speak = frozenset(speaking)
        return tuple(
            PartyView(
                party.party, seat.name, party.language.tag, seat.here, seat.muted, party.party in speak, seat.host
            )
            for seat in self.there(now)
            for party in seat.parties
        )

    def languages(self, now: float) -> tuple[Language, ...]:
        """Those of everybody who is there, each once."""
        every = {one.language.primary: one.language for seat in self.all if seat.present(now) for one in seat.parties}
        return tuple(every.values())

    def lanes(self, now: float) -> dict[LaneKey, tuple[Language, Language]]:
        """What must be interpreted: for everybody who is there, into each other language somebody there listens in."""
        there = [(seat, one) for seat in self.all if seat.present(now) for one in seat.parties]
        wanted: dict[LaneKey, tuple[Language, Language]] = {}
        for _, speaker in there:
            for _, listener in there:
                source, target = speaker.language, listener.language
                if source.primary != target.primary:
                    wanted.setdefault(LaneKey(speaker.party, source.primary, target.primary), (source, target))
        if self.either and self.shared is not None and there:
            one, other = self.shared
            wanted[LaneKey(EITHER, one.primary, other.primary)] = (one, other)
        return wanted

    def listeners(self, key: LaneKey, now: float) -> list[RoomSeat]:
        """Whose ears hear what is said on a lane: all who listen in its language, and are not its speaker."""
        return [
            seat
            for seat in self.all
            if seat.present(now)
            and any(one.language.primary == key.target and one.party != key.party for one in seat.parties)
        ]


def cleaned(name: str) -> str:
    """Fit to be shown: no control characters (nothing that turns the direction of writing), one line, not too long, no
    towers of accents.
    """
    kept: list[str] = []
    marks = 0
    for char in name:
        kind = unicodedata.category(char)
        marks = marks + 1 if kind.startswith("M") else 0
        if char.isspace():
            kept.append(" ")
        elif marks <= MARKS_MOST and (char in JOINERS or not kind.startswith("C")):
            kept.append(char)
    return " ".join("".join(kept).split())[:NAME_CHARS].strip(" " + JOINERS)
