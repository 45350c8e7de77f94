"""Who hears whom in a room: what is said goes to interpreters, what they say to ears, what they write to pages.

Part of the shell.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

from structlog.typing import FilteringBoundLogger

from dragoman.audio.arithmetic import arithmetic
from dragoman.domain.ear import OriginalMode
from dragoman.domain.effects import Caption
from dragoman.domain.language import LanguageTag
from dragoman.domain.room import (
    Ending,
    PartyId,
    RoomCaption,
    RoomId,
    RoomSummary,
    SeatId,
    Shut,
    Stands,
    Trouble,
)
from dragoman.domain.speech import InterpreterEvent, Side
from dragoman.errors import RoomRefused
from dragoman.relay.either_side import EitherSide, by_side
from dragoman.relay.ledger import Ledger
from dragoman.relay.moves import Move
from dragoman.relay.parts import Parts
from dragoman.relay.room_captions import RoomCaptions, Scribe, shown
from dragoman.relay.room_doings import RoomDoings
from dragoman.relay.room_ear import Heard
from dragoman.relay.room_lanes import RoomHears, RoomLane, RoomLanes
from dragoman.relay.room_record import EngineChange, RoomRecord
from dragoman.relay.room_seats import EITHER, LaneKey, RoomSeat, Seats
from dragoman.relay.room_transcript import Line, Written, lines
from dragoman.relay.sitting import FORMAT, Sitting
from dragoman.relay.taking_turns import Say, Saying

_voiced = arithmetic(FORMAT).voiced

FIRST_READ, READ_ON = 50, 5
"""So many captions of what was said before are shown at once to who comes, and then every 20 ms: after hours of talk
all of them would take half a second of everybody's time, and be more than a connection holds."""

SURELY = 10.0
"""So much likelier (log) is a language than the other, to say that it was spoken."""


class RoomTalk:
    """Of one room. `run` and `hurry` are the room's; `dear` is told when the room may cost no more."""

    def __init__(
        self,
        room: RoomId,
        parts: Parts,
        began: float,
        seats: Seats,
        sittings: Mapping[SeatId, Sitting],
        log: FilteringBoundLogger,
        *,
        max_usd: float,
        one_ear: bool = False,
        run: Callable[[Callable[[], Coroutine[Any, Any, None]]], None],
        hurry: Callable[[], None],
        broke: Callable[[str], None],
        dear: Callable[[], None],
    ) -> None:
        self._room = room
        self._parts = parts
        self._began = began
        self._seats = seats
        self._sittings = sittings
        self._hurry = hurry
        self._dear = dear
        self._ledger = Ledger(parts.metrics, max_usd)
        self._captions = RoomCaptions()
        self._either = EitherSide.of(seats.shared) if one_ear and seats.shared is not None else None
        self._doings = RoomDoings(self._either)
        self._names: dict[PartyId, str] = {}
        self._readers: dict[SeatId, str] = {}
        self._tags: dict[LanguageTag, None] = {}
        self._came: set[PartyId] = set()
        self._read_until: dict[SeatId, float] = {}
        """Those who joined: to what second of the room they read."""
        self._changes: list[EngineChange] = []
        self._auto = self._was_auto = False
        self._wanted: frozenset[LaneKey] = frozenset()
        hears = RoomHears(
            say=self._said,
            drop=self._dropped,
            caption=self._captioned,
            interpreter=self._noted,
            moved=self._moved,
            broke=broke,
            run=run,
            hurry=hurry,
        )
        self._lanes = RoomLanes(room, parts, began, hears, log, judges=seats.shared is None)

    # -- Who is there --------------------------------------------------------------------------------------------------

    def known(self, seat: RoomSeat) -> None:
        """A seat is new, or its language is another."""
        self._readers[seat.seat] = seat.parties[0].language.primary
        for one in seat.parties:
            self._names[one.party] = seat.name
            self._tags[one.language.tag] = None
            self._doings.known(one.party)

    def need(self, now: float) -> None:
        """Have the interpreters that are needed now, and no others."""
        wanted = self._seats.lanes(now)
        if wanted.keys() == self._wanted:
            return
        self._wanted = frozenset(wanted)
        self._lanes.need(wanted, now)
        turns = any(lane.end.lane.plan.names_utterances for lane in self._lanes.living)
        for sitting in self._sittings.values():
            sitting.ear.turns = turns

    def auto(self, on: bool) -> None:
        """A shared device: everybody's interpreter hears everything, or one does in their place."""
        if self._either is not None:
            self._seats.either = self._seats.either or on
            self.need(self._parts.clock())
        else:
            self._auto, self._was_auto = on, self._was_auto or on

    # -- From mouths to interpreters, and straight across --------------------------------------------------------------

    def spoken(self, speaker: Sitting, party: PartyId, frame: bytes, now: float) -> None:
        """The hot path: 20 ms of a party's voice."""
        self._lanes.hear(party, frame, now)
        source = next((one.language.primary for one in speaker.seat.parties if one.party == party), "")
        for sitting in self._sittings.values():
            if sitting is speaker or sitting.leg is None:
                continue
            effects = sitting.ear.original(party, frame, self._original(sitting, party, source), now)
            if effects:
                sitting.perform(effects, now)

    def _original(self, listener: Sitting, party: PartyId, source: str) -> OriginalMode:
        """How much of a party's own voice somebody hears: all of it where nobody interprets."""
        own = listener.seat.parties[0].language.primary
        if own == source:
            return OriginalMode.FULL
        serving = next((lane for lane in self._lanes.of(party) if lane.key.target == own), None)
        if self._parts.falls_to_original and (serving is None or serving.on_original):
            return OriginalMode.FULL
        return listener.seat.original

    def silence(self, party: PartyId, audio: bytes, now: float) -> None:
        """Nobody speaks there any more: the interpreters hear that."""
        self._lanes.hear(party, audio, now)

    def voice(self, party: PartyId, length_s: float, now: float) -> None:
        """The party is heard to speak."""
        self._doings.voice(party, length_s, now)

    # -- From interpreters to ears -------------------------------------------------------------------------------------

    def _said(self, lane: RoomLane, saying: Saying) -> None:
        now = self._parts.clock()
        if isinstance(saying, Say) and _voiced(saying.audio):
            self._doings.spoken(lane.key.party, lane.end.lane.transcript.labelled(saying.label))
            if self._auto:
                self._was_for(lane)
        for seat in self._seats.listeners(lane.key, now):
            sitting = self._sittings.get(seat.seat)
            if sitting is not None:
                sitting.perform(sitting.ear.say(saying, now), now)

    def _was_for(self, lane: RoomLane) -> None:
        """Both interpreters of a shared device hear everything: what one of them speaks for, the other one need not."""
        for other in self._lanes.living:
            if other is not lane:
                other.end.lane.awaits_nothing()

    def _dropped(self, lane: RoomLane, label: str) -> None:
        for sitting in self._sittings.values():
            sitting.ear.drop(lane.voice, label)

    def heard_out(self, heard: Heard) -> None:
        """An ear has heard what an interpreter said, up to a mark."""
        self._lanes.reached(*heard, self._parts.clock())

    def _noted(self, lane: RoomLane, event: InterpreterEvent, engine: str) -> None:
        self._doings.noted(lane.key.party, lane.end.lane.transcript, event, self._parts.clock())
        if self._ledger.note(event, engine):
            self._dear()

    def _moved(self, lane: RoomLane, move: Move) -> None:
        change = EngineChange(lane.key.party, lane.target.tag, move.before, move.after, move.why.value, move.at_s)
        self._changes.append(change)
        self._hurry()

    # -- Captions ------------------------------------------------------------------------------------------------------

    def _captioned(self, lane: RoomLane, caption: Caption) -> None:
        if not caption.text or (self._auto and not self._is_its_own(lane, caption)):
            return
        (party, *_) = self._doings.who(lane.key.party, lane.end.lane.transcript.labelled(caption.utterance))
        shown_as = RoomCaption(
            f"{lane.voice}.{caption.utterance}",
            party,
            self._names.get(party, ""),
            caption.side,
            LanguageTag(caption.language),
            caption.text,
            caption.final,
            caption.at_s,
        )
        first_s = self._captions.put(lane.voice, shown_as)
        scribes = self._scribes(party)
        for sitting in self._sittings.values():
            if self._shows(sitting, scribes, lane.voice, first_s):
                sitting.show(shown_as)

    def _is_its_own(self, lane: RoomLane, caption: Caption) -> bool:
        """Both interpreters of a shared device hear everything: whether this was for this one."""
        said = lane.end.lane.transcript.labelled(caption.utterance)
        if caption.side is Side.TARGET or said is None or said.target_text.strip():
            return True
        if self._parts.rank is None:
            return False
        likely = dict(self._parts.rank(caption.text))
        return likely.get(lane.key.source, -SURELY) - likely.get(lane.key.target, -SURELY) >= SURELY

    def _scribes(self, party: PartyId) -> list[Scribe]:
        return [
            Scribe(lane.voice, lane.key.target, tuple(lane.spans))
            for lane in self._lanes.all
            if lane.key.party == party
        ]

    def _shows(self, sitting: Sitting, scribes: Sequence[Scribe], voice: str, at_s: float) -> bool:
        if self._seats.shared is not None:
            return True
        return shown(scribes, sitting.seat.parties[0].language.primary, at_s) == voice

    def show_captions(self, sitting: Sitting) -> None:
        """All so far, to a page that has just come: the first of them now, the rest with the time."""
        self._came.update(one.party for one in sitting.seat.parties)
        self._read_until[sitting.seat.seat] = float("inf")
        sitting.unread = deque(self._captions.all)
        self._read_on(sitting, FIRST_READ)

    def _read_on(self, sitting: Sitting, most: int) -> bool:
        """Some of what a page was not there for; whether there is more of it."""
        scribes: dict[PartyId, list[Scribe]] = {}
        for _ in range(min(most, len(sitting.unread))):
            found = self._captions.standing(sitting.unread.popleft())
            if found is None:
                continue
            voice, first_s, caption = found
            if caption.party not in scribes:
                scribes[caption.party] = self._scribes(caption.party)
            if self._shows(sitting, scribes[caption.party], voice, first_s):
                sitting.show(caption)
        return bool(sitting.unread)

    # -- Time ----------------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> bool:
        """Every 20 ms, or less often while it answers False."""
        busy = self._lanes.tick(now)
        for sitting in list(self._sittings.values()):
            busy = sitting.tick(now) or busy
            if sitting.unread:
                busy = self._read_on(sitting, READ_ON) or busy
        return busy

    def watch(self, now: float) -> None:
        """Tell the pages what goes on with everybody, where it changed."""
        for seat in self._seats.all:
            for one in seat.parties:
                doing = self._doings.of(one.party)
                theirs = self._interpreters(one.party)
                being_heard = any(
                    sitting.ear.speech_ms(now, lane.voice) > 0
                    for lane in theirs
                    if self._doings.speaks_for(lane.key.party, one.party)
                    for sitting in self._sittings.values()
                )
                told = doing.changed(
                    now, being_heard=being_heard, interpreted=bool(theirs), trouble=self._trouble(seat, theirs, now)
                )
                if told is not None:
                    self._tell(Stands(one.party, *told))

    def _interpreters(self, party: PartyId) -> Sequence[RoomLane]:
        """Those that hear what it says."""
        return (*self._lanes.of(party), *(self._lanes.of(EITHER) if self._either is not None else ()))

    @staticmethod
    def _trouble(seat: RoomSeat, theirs: Sequence[RoomLane], now: float) -> Trouble:
        if seat.joined and not seat.here:
            return Trouble.AWAY if seat.present(now) else Trouble.NONE  # who does not come back troubles nobody
        if any(lane.on_original for lane in theirs):
            return Trouble.NO_INTERPRETER
        if any(lane.lost for lane in theirs):
            return Trouble.INTERPRETER
        return Trouble.NONE

    def show_doings(self, sitting: Sitting) -> None:
        """How everybody stands, to a page that has just come (back)."""
        for seat in self._seats.there(self._parts.clock()):
            for one in seat.parties:
                sitting.show(Stands(one.party, *self._doings.of(one.party).told))

    def _tell(self, event: Stands) -> None:
        for sitting in self._sittings.values():
            sitting.show(event)

    @property
    def speaking(self) -> frozenset[PartyId]:
        """Who is heard to speak, as the pages were told."""
        return self._doings.speaking

    # -- What remains --------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """The room is over. Idempotent."""
        self._lanes.close()

    def left(self, seat: RoomSeat) -> None:
        """Somebody said good-bye: what is said from now on is not for them."""
        self._read_until[seat.seat] = self._parts.clock() - self._began

    def lines_for(self, seat: str) -> tuple[Line, ...]:
        """All that was said for as long as a seat had its part in it. Raise RoomRefused NO_SEAT for one that nobody has
        joined: nobody reads along whom the others were never shown.
        """
        until_s = self._read_until.get(SeatId(seat))
        if until_s is None:
            raise RoomRefused(Shut.NO_SEAT, "nobody has joined this seat")
        return tuple(line for line in self.lines(self._readers[SeatId(seat)]) if line.began_s <= until_s)

    def lines(self, reader: str) -> tuple[Line, ...]:
        """All that was said, each utterance once."""
        return lines(self._written(), reader, only_interpreted=self._was_auto)

    def _written(self) -> list[Written]:
        every = [
            Written(
                lane.key.party,
                self._names.get(lane.key.party, ""),
                lane.key.target,
                tuple(lane.spans),
                tuple(lane.utterances),
            )
            for lane in self._lanes.all
        ]
        return by_side(every, self._either)

    def summary(self, duration_s: float) -> RoomSummary:
        return RoomSummary(
            duration_s=duration_s,
            turns=len(self.lines("")),
            languages=tuple(self._tags),
            parties=len(self._came),
            usd=self._ledger.usd,
            usd_is_estimate=self._ledger.is_estimate,
        )

    def record(
        self,
        began_at: float,
        ending: Ending,
        summary: RoomSummary,
        sittings: Iterable[Sitting],
        *,
        one_device: bool,
    ) -> RoomRecord:
        every = [line for one in self._written() for line in lines([one], "", only_interpreted=self._was_auto)]
        return RoomRecord(
            room=self._room,
            began_at=began_at,
            one_device=one_device,
            ending=ending,
            summary=summary,
            engines=self._lanes.engines,
            troubles=tuple(self._ledger.troubles),
            changes=tuple(self._changes),
            lines=tuple(sorted(every, key=lambda line: line.began_s)),
            playback={one.seat.seat: dict(one.playback) for one in sittings if one.playback},
        )
