"""Rooms on paper: what doors ask of them is kept, and they refuse what they are told to."""

from __future__ import annotations

from dataclasses import dataclass, field

from dragoman.domain.language import Language
from dragoman.domain.room import (
    CloseRoom,
    Ended,
    Ending,
    Joined,
    PartyId,
    PartyView,
    RoomId,
    RoomSummary,
    RoomView,
    RoomWanted,
    SeatEvent,
    SeatId,
    Shut,
    Speaker,
    TranscriptForm,
)
from dragoman.errors import RoomRefused
from dragoman.languages import languages
from dragoman.ports import Leg
from dragoman.room_ports import Page

LANGUAGES: dict[str, Language] = {language.tag: language for language in languages()}
ENGLISH, SPANISH = LANGUAGES["en"], LANGUAGES["es"]
SUMMARY = RoomSummary(12.5, 3, (ENGLISH.tag, SPANISH.tag), 2, 0.01, usd_is_estimate=True)


@dataclass
class PaperRooms:
    """Implements room_ports.Rooms. `refusal` is raised by whatever is asked next, and stays until it is taken away."""

    refusal: Shut | None = None
    draining: bool = False
    wanted: dict[str, RoomWanted] = field(default_factory=dict)
    seats: dict[tuple[str, str], tuple[str, Language | None, bool]] = field(default_factory=dict)
    legs: dict[tuple[str, str], tuple[Leg, Page]] = field(default_factory=dict)
    told: list[tuple[str, str, SeatEvent]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    left_s: float = 3600.0

    def open(self, wanted: RoomWanted) -> RoomView:
        self._maybe_refuse()
        room = f"room{len(self.wanted) + 1}"
        self.wanted[room] = wanted
        return self._view(room)

    def seat(self, room: str, name: str, language: Language | None = None, *, host: bool = False) -> SeatId:
        self._maybe_refuse()
        seat = SeatId(f"seat{len(self.seats) + 1}")
        self.seats[room, seat] = (name, language, host)
        return seat

    def join(self, room: str, seat: str, leg: Leg, page: Page, *, take_over: bool = False) -> None:
        self._maybe_refuse()
        if (room, seat) not in self.seats:
            raise RoomRefused(Shut.NO_SEAT, "there is no such seat")
        before = self.legs.get((room, seat))
        if before is not None and not take_over:
            raise RoomRefused(Shut.SEAT_TAKEN, "another page has this seat")
        if before is not None:
            before[1].show(Ended(Ending.TAKEN_OVER, SUMMARY))
            before[0].close()
        self.legs[room, seat] = (leg, page)
        host = self.seats[room, seat][2]
        page.show(
            Joined(
                RoomId(room),
                PartyId(seat),
                self._parties(room),
                (ENGLISH.tag, SPANISH.tag),
                Speaker.A if self.wanted[room].one_device else None,
                auto=False,
                host=host,
                resumed=False,
                left_s=self.left_s,
            )
        )

    def tell(self, room: str, seat: str, event: SeatEvent) -> None:
        self._maybe_refuse()
        if isinstance(event, CloseRoom) and not self.seats[room, seat][2]:
            raise RoomRefused(Shut.NOT_HOST, "only the host ends the room")
        self.told.append((room, seat, event))

    def view(self, room: str) -> RoomView | None:
        return self._view(room) if room in self.wanted else None

    def close(self, room: str) -> None:
        self.closed.append(room)

    def transcript(self, room: str, seat: str, form: TranscriptForm) -> str:
        self._maybe_refuse()
        return f"{room} {seat} {form.value}"

    def _maybe_refuse(self) -> None:
        if self.refusal is not None:
            raise RoomRefused(self.refusal, f"refused: {self.refusal.value}")

    def _view(self, room: str) -> RoomView:
        wanted = self.wanted[room]
        tags = tuple(language.tag for language in wanted.languages) or (ENGLISH.tag, SPANISH.tag)
        return RoomView(
            RoomId(room), tags, wanted.one_device, False, self._parties(room), self.left_s, room in self.closed
        )

    def _parties(self, room: str) -> tuple[PartyView, ...]:
        return tuple(
            PartyView(PartyId(seat), name, language.tag if language else ENGLISH.tag, True, False, False, host)
            for (of, seat), (name, language, host) in self.seats.items()
            if of == room
        )
