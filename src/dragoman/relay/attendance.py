"""Who comes into a room, goes, and comes back; what their pages say. Part of the shell: `room` is the rest of it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace

from structlog.typing import FilteringBoundLogger

from dragoman.audio.arithmetic import arithmetic
from dragoman.domain.audio import FRAME_MS
from dragoman.domain.language import Language
from dragoman.domain.room import (
    ChooseLanguage,
    ChooseOriginal,
    CloseRoom,
    Ended,
    Ending,
    Interpret,
    Joined,
    KeepRecord,
    Leave,
    Mute,
    Parties,
    PartyId,
    Playback,
    RoomId,
    SayAgain,
    SeatEvent,
    SeatId,
    Shut,
    Speaker,
    Speaks,
    SpeaksNow,
)
from dragoman.domain.speech import Digit, Heard, LegClosed, LegEvent, Reached
from dragoman.errors import RoomRefused
from dragoman.ports import Clock, Leg
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.microphone import Microphone
from dragoman.relay.room_ear import RoomEar
from dragoman.relay.room_limits import RoomPatience
from dragoman.relay.room_seats import EITHER, RoomSeat, Seats
from dragoman.relay.room_talk import RoomTalk
from dragoman.relay.sitting import FORMAT, Sitting
from dragoman.relay.wide_gate import WideGate
from dragoman.room_ports import Page

_voiced = arithmetic(FORMAT).voiced


@dataclass(frozen=True, slots=True)
class RoomKind:
    """`languages`: those that may be chosen; with `shared` a device's two. `can_pair`: whether engines carry two
    languages both ways. `auto`: a shared device's engines find out by themselves who speaks; with `one_ear` one
    interpreter does, which hears both.
    """

    room: RoomId
    languages: tuple[Language, ...]
    can_pair: Callable[[Language, Language], bool]
    shared: tuple[Language, Language] | None = None
    auto: bool = False
    one_ear: bool = False


class Attendance:
    """Of one room. `closed` is told when somebody ends it (or it broke), `hurry` when something plays again, `watched`
    after each piece of sound.
    """

    def __init__(
        self,
        kind: RoomKind,
        talk: RoomTalk,
        seats: Seats,
        sittings: dict[SeatId, Sitting],
        patience: RoomPatience,
        ear: EarPlan,
        clock: Clock,
        log: FilteringBoundLogger,
        *,
        echo_gate: bool = False,
        ended: Callable[[Ending], Ended],
        closed: Callable[[Ending], None],
        broke: Callable[[str], None],
        hurry: Callable[[], None],
        watched: Callable[[float], None],
    ) -> None:
        self._kind = kind
        self._talk = talk
        self._seats = seats
        self._sittings = sittings
        self._patience = patience
        self._ear = replace(ear, comfort=False)
        self._now = clock
        self._log = log
        self._echo_gate = echo_gate
        self._ended = ended
        self._closed = closed
        self._broke = broke
        self._hurry = hurry
        self._watched = watched
        self._leaving: list[Microphone] = []
        self._told_of: list[SeatId] = []

    def seat(self, name: str, language: Language | None, *, host: bool) -> SeatId:
        """Raise RoomRefused LANGUAGE, FULL."""
        if self._seats.shared is None:
            self._must_carry(language, None)
        made = self._seats.seat(name, language, self._now(), host=host)
        for gone in self._sittings.keys() - {one.seat for one in self._seats.all}:
            del self._sittings[gone]
        self._talk.known(made)
        self._tell_parties()
        return made.seat

    def _must_carry(self, language: Language | None, but: RoomSeat | None) -> None:
        """Raise RoomRefused LANGUAGE unless it may be chosen, and carried between it and all others' in the room."""
        if language is None or all(language.tag != one.tag for one in self._kind.languages):
            raise RoomRefused(Shut.LANGUAGE, "this language is not offered here")
        now = self._now()
        there = {
            one.language.primary: one.language
            for seat in self._seats.all
            if seat is not but and seat.holds_place(now)
            for one in seat.parties
        }
        for primary, other in there.items():
            if primary != language.primary and not self._kind.can_pair(language, other):
                raise RoomRefused(Shut.LANGUAGE, f"no engine here carries {language.english} and {other.english}")

    def join(self, seat_id: str, leg: Leg, page: Page, *, take_over: bool) -> None:
        """Raise RoomRefused NO_SEAT, SEAT_TAKEN, FULL, LANGUAGE."""
        now, seat = self._now(), self._seats.find(seat_id)
        before = self._sittings.get(seat.seat)
        if before is not None and before.lives(now) and not take_over:
            raise RoomRefused(Shut.SEAT_TAKEN, "another page has this seat")
        if not self._seats.has_room_for(seat, now):
            raise RoomRefused(Shut.FULL, "the room is full")
        if self._seats.shared is None and not seat.present(now):  # others came since the seat was made
            self._must_carry(seat.parties[0].language, seat)
        resumed = before is not None and seat.present(now)
        if before is not None and before.leg is not None:
            self.part(before, self._ended(Ending.TAKEN_OVER))
        sitting = before if before is not None and resumed else self._new_sitting(seat, before)
        self._sittings[seat.seat] = sitting
        sitting.sit(leg, page, now)
        self._patience.there(now)
        self._patience.voice(now)
        self._log.info("page joined", seat=seat.seat, stream=leg.leg_id, resumed=resumed)
        page.show(self._joined(sitting, resumed=resumed))
        self._talk.show_captions(sitting)
        self._people_changed()
        self._talk.show_doings(sitting)
        leg.attach(functools.partial(self._from_leg, sitting, leg))
        self._hurry()

    def _new_sitting(self, seat: RoomSeat, before: Sitting | None) -> Sitting:
        either = EITHER if self._kind.one_ear else None
        microphone = (
            Microphone([one.party for one in seat.parties], FORMAT, either) if before is None else before.microphone
        )
        gate = WideGate(FORMAT) if self._echo_gate else None
        made = Sitting(seat, RoomEar(FORMAT, self._ear), microphone, self._talk.heard_out, gate)
        if before is not None:
            made.playback = before.playback
        return made

    def _joined(self, sitting: Sitting, *, resumed: bool) -> Joined:
        seat = sitting.seat
        return Joined(
            room=self._kind.room,
            party=seat.parties[0].party,
            parties=self._seats.views(self._now(), self._talk.speaking),
            languages=tuple(one.tag for one in self._kind.languages),
            side=sitting.microphone.side if self._seats.shared is not None else None,
            auto=self._kind.auto,
            host=seat.host,
            resumed=resumed,
            left_s=self._patience.left_s(self._now()),
            at_s=self._patience.lasted_s(self._now()),
        )

    # -- What a page says ----------------------------------------------------------------------------------------------

    def tell(self, seat_id: str, event: SeatEvent) -> None:  # noqa: C901 - one branch per event
        """Raise RoomRefused; nothing changes then."""
        seat = self._seats.find(seat_id)
        sitting = self._sittings.get(seat.seat)
        if sitting is None:
            raise RoomRefused(Shut.NO_SEAT, "nobody has joined this seat")
        now = sitting.heard_at = self._now()
        match event:
            case Mute(on):
                self._heard(sitting, sitting.microphone.mute(on, now), now)
                if seat.muted is not on:
                    seat.muted = on
                    self._tell_parties()
                self._hurry()
            case Speaks(side):
                self._speaks(sitting, side, now)
            case ChooseLanguage(language):
                self._choose(seat, language)
            case ChooseOriginal(mode, db):
                seat.original = mode
                if db is not None:
                    sitting.ear.duck(db)
            case SayAgain():
                sitting.perform(sitting.ear.say_again(now), now)
                self._hurry()
            case Playback():
                sitting.count(event)
            case Leave():
                self._leave(sitting, now)
            case CloseRoom():
                if not seat.host:
                    raise RoomRefused(Shut.NOT_HOST, "only who opened the room can end it for all")
                self._closed(Ending.CLOSED)
            case Interpret() | KeepRecord():
                raise RoomRefused(Shut.NOT_HERE, "there is no phone call here")

    def _speaks(self, sitting: Sitting, side: Speaker, now: float) -> None:
        if self._seats.shared is None:
            raise RoomRefused(Shut.NOT_HERE, "there is nobody else at this device")
        if side is Speaker.AUTO and not self._kind.auto:
            raise RoomRefused(Shut.NOT_HERE, "the engine here cannot tell by itself who speaks")
        self._heard(sitting, sitting.microphone.speaks(side, now), now)
        self._talk.auto(side is Speaker.AUTO)
        sitting.show(SpeaksNow(side))
        self._hurry()

    def _choose(self, seat: RoomSeat, language: Language) -> None:
        if self._seats.shared is not None:
            raise RoomRefused(Shut.NOT_HERE, "a shared device keeps its two languages")
        if language.tag == seat.parties[0].language.tag:
            return
        self._must_carry(language, seat)
        seat.choose(language, self._now())
        self._talk.known(seat)
        self._people_changed()

    def _leave(self, sitting: Sitting, now: float) -> None:
        self._heard(sitting, sitting.microphone.lost(now), now)
        self._leaving.append(sitting.microphone)
        self._seats.leave(sitting.seat)
        self._talk.left(sitting.seat)
        del self._sittings[sitting.seat.seat]
        self.part(sitting, self._ended(Ending.LEFT))
        self._people_changed()
        self._hurry()

    # -- From the pages' legs ------------------------------------------------------------------------------------------

    def _from_leg(self, sitting: Sitting, leg: Leg, event: LegEvent) -> None:
        if sitting.leg is not leg:
            return
        now = self._now()
        try:
            match event:
                case Heard(audio):  # the hot path
                    sitting.heard_at = now
                    self._heard(sitting, sitting.microphone.hear(audio), now)
                case Reached(name):
                    sitting.reached(name, now)
                case LegClosed(clean, reason):
                    self._log.info("page gone", seat=sitting.seat.seat, clean=clean, reason=reason)
                    sitting.gone(now)
                    self._heard(sitting, sitting.microphone.lost(now), now)
                    self._tell_parties()
                    self._hurry()
                case Digit():
                    pass
        except Exception:  # noqa: BLE001 - a fault of ours ends this room, and no other
            self._broke("a page's event")

    def _heard(self, sitting: Sitting, spoken: list[tuple[PartyId, bytes]], now: float) -> None:
        size = FORMAT.frame_bytes
        for party, frames in spoken:
            for at in range(0, len(frames), size):
                frame = sitting.spoken(frames[at : at + size], now)
                if _voiced(frame):
                    self._talk.voice(party, FRAME_MS / 1000, now)
                    self._patience.voice(now)
                self._talk.spoken(sitting, party, frame, now)
        self._watched(now)

    def part(self, sitting: Sitting, ended: Ended) -> None:
        """The last word to a page."""
        leg = sitting.leg
        sitting.show(ended)
        if leg is not None:
            sitting.gone(self._now())
            leg.close()

    # -- Time ----------------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> bool:
        """Who is heard no more is followed by silence; whether this is wanted every 20 ms."""
        for microphone in [*(one.microphone for one in self._sittings.values()), *self._leaving]:
            for party, silence in microphone.silence(now):
                self._talk.silence(party, silence, now)
        self._leaving = [one for one in self._leaving if one.trails]
        return bool(self._leaving)

    def watch(self, now: float) -> None:
        """A few times a second: who does not come (back) is there no longer."""
        if [one.seat for one in self._seats.there(now)] != self._told_of:
            self._tell_parties()

    def _people_changed(self) -> None:
        self._talk.need(self._now())
        self._tell_parties()

    def _tell_parties(self) -> None:
        now = self._now()
        self._told_of = [one.seat for one in self._seats.there(now)]
        told = Parties(self._seats.views(now, self._talk.speaking))
        for sitting in self._sittings.values():
            sitting.show(told)
