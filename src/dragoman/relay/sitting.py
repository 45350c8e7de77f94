"""Somebody on a seat of a room: the page, its sound both ways, and what its ear has still to hear.

Part of the shell: performs what the ear wants done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dragoman.domain.audio import AudioFormat
from dragoman.domain.effects import Clear, LaneEffect, Mark, Play
from dragoman.domain.room import PageEvent, Playback
from dragoman.ports import Leg
from dragoman.relay.microphone import Microphone
from dragoman.relay.room_captions import SideOf
from dragoman.relay.room_ear import Heard, RoomEar
from dragoman.relay.room_seats import RoomSeat
from dragoman.relay.wide_gate import WideGate
from dragoman.room_ports import Page

FORMAT = AudioFormat.PCM16_24K
"""What pages send and play."""

STALE_S = 2.0
"""A page sends sound without a pause: one that brought nothing for so long may be replaced..."""

MUTED_STALE_S = 7.0
"""...and a muted one, which says how its playback goes every 5 s, after so long."""


@dataclass(slots=True, eq=False)
class Sitting:
    """`told`: who is told what the ear has heard. `gate` stands at the microphone, where it is wanted. `heard_at`: when
    the page last brought anything. `unread`: captions of what was said before it came, which it has still to be shown.
    """

    seat: RoomSeat
    ear: RoomEar
    microphone: Microphone
    told: Callable[[Heard], None]
    gate: WideGate | None = None
    leg: Leg | None = None
    page: Page | None = None
    heard_at: float = 0.0
    playback: dict[str, float] = field(default_factory=dict)
    unread: deque[SideOf] = field(default_factory=deque)

    def sit(self, leg: Leg, page: Page, now: float) -> None:
        """A page is here."""
        self.leg, self.page, self.heard_at = leg, page, now
        self.seat.joined, self.seat.gone_at = True, None
        self.microphone.joined()
        self.ear.joined()

    def gone(self, now: float) -> None:
        """Its connection is over."""
        self.leg = self.page = None
        self.unread.clear()
        self.seat.gone_at = now
        self.ear.left()

    def lives(self, now: float) -> bool:
        """A page is here, for all we know."""
        patience_s = MUTED_STALE_S if self.microphone.muted else STALE_S
        return self.leg is not None and now - self.heard_at < patience_s

    def show(self, event: PageEvent) -> None:
        if self.page is not None:
            self.page.show(event)

    def perform(self, effects: Sequence[LaneEffect], now: float) -> None:
        """What the ear wants done; what has nobody to go to is dropped."""
        leg = self.leg
        if leg is None:
            return
        if self.gate is not None:
            self._learns(self.gate, effects, now)
        for effect in effects:
            match effect:
                case Play(audio):
                    leg.play(audio)
                case Mark(name):
                    leg.mark(name)
                case Clear():
                    leg.clear()
                case _:
                    pass

    def _learns(self, gate: WideGate, effects: Sequence[LaneEffect], now: float) -> None:
        """The gate is told what the page's loudspeaker will play, and when."""
        sounds = [effect.audio for effect in effects if isinstance(effect, Play)]
        at = self.ear.next_heard_at(now) - FORMAT.ms(sum(map(len, sounds))) / 1000
        for sound in sounds:
            gate.played(sound, at)
            at += FORMAT.ms(len(sound)) / 1000

    def spoken(self, frame: bytes, now: float) -> bytes:
        """20 ms of the microphone, without what comes from the page's own loudspeaker."""
        return frame if self.gate is None else self.gate.pass_through(frame, now)

    def tick(self, now: float) -> bool:
        """Pacing; whether it is wanted every 20 ms."""
        effects = self.ear.tick(now)
        if effects:
            self.perform(effects, now)
        for heard in self.ear.told():
            self.told(heard)
        return (self.ear.busy and self.leg is not None) or self.microphone.trails

    def reached(self, name: str, now: float) -> None:
        """The page has played all before a mark."""
        for heard in self.ear.reached(name, now):
            self.told(heard)

    def count(self, event: Playback) -> None:
        """How the page's playback goes: sums, and the last figures of what is no sum."""
        for name in ("late", "early", "underruns", "overlaps", "gap_ms"):
            self.playback[name] = self.playback.get(name, 0) + getattr(event, name)
        self.playback["jitter_ms"], self.playback["buffered_ms"] = event.jitter_ms, event.buffered_ms
