"""One party's end of a call: its stream, the lane that carries what it says, and that lane's interpreter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dragoman.domain.call import Notice, Role
from dragoman.domain.effects import (
    Across,
    Announced,
    Ask,
    Caption,
    Clear,
    Hear,
    Interrupt,
    LaneEffect,
    Mark,
    Play,
    Publish,
)
from dragoman.ports import Leg
from dragoman.relay.booth import Booth
from dragoman.relay.lane import Lane

RETIRING_S = 10.0
"""So long an interpreter that was replaced has to begin what it has still to say; it hears silence meanwhile."""

SPEAKING_S = 2.0
"""One that speaks has so much longer from its last word on..."""

LONGEST_RETIRING_S = 40.0
"""...but not for ever."""


@dataclass(slots=True)
class Retiring:
    """One that has given its seat up, and when it is closed."""

    booth: Booth
    until: float
    at_latest: float


@dataclass(slots=True, eq=False)
class End:
    """`lane` carries what the party says to the `other` end; `booth` interprets it, while an engine serves (`seat`).

    `heard_at`: when the stream last brought audio. `outlet`: what takes the place of the other end's stream, where
    several listen.
    """

    role: Role
    lane: Lane
    show: Callable[[Caption], None]
    ask: Callable[[Role, Notice], None]
    announced: Callable[[Role, str, bool], None]
    leg: Leg | None = None
    outlet: Leg | None = None
    booth: Booth | None = None
    heard_at: float = 0.0
    retiring: list[Retiring] = field(default_factory=list)
    other: End = field(init=False)

    def retire(self, now: float) -> None:
        """The interpreter gives its seat up."""
        if self.booth is not None:
            self.booth.retire()
            self.retiring.append(Retiring(self.booth, now + RETIRING_S, now + LONGEST_RETIRING_S))
            self.booth = None

    def still_speaks(self, booth: Booth, now: float) -> None:
        """One that has given its seat up is in the midst of its last words."""
        for one in self.retiring:
            if one.booth is booth:
                one.until = max(one.until, min(now + SPEAKING_S, one.at_latest))

    def hush(self, size_bytes: int) -> None:
        """Those who retire hear silence for as long as the party was heard: in it they find the end of an utterance."""
        for one in self.retiring:
            try:
                one.booth.hear(self.lane.plan.source_format.blank(size_bytes))
            except Exception:  # noqa: BLE001 - as in `perform`
                one.booth.raised()

    def let_retire(self, now: float) -> None:
        """Close those whose time is over."""
        over = [one for one in self.retiring if now >= one.until]
        for one in over:
            self.retiring.remove(one)
            one.booth.close()

    def close(self) -> None:
        """End the stream and the sessions. Idempotent."""
        if self.leg is not None:
            self.leg.close()
        for booth in (self.booth, *(one.booth for one in self.retiring)):
            if booth is not None:
                booth.close()

    def perform(self, effects: Sequence[LaneEffect]) -> None:  # noqa: C901 - one branch per effect
        """Do what this end's lane wants done, at once and in order. What has nobody to go to is dropped."""
        booth, sink = self.booth, self.outlet or self.other.leg
        for effect in effects:
            # The hot path first: a `match` costs more than all else that is done here for a frame.
            if isinstance(effect, Hear):
                if booth is not None:
                    try:
                        booth.hear(effect.audio)
                    except Exception:  # noqa: BLE001 - an installed engine's bug must not end anybody's call
                        booth.raised()
                continue
            if isinstance(effect, Play):
                if sink is not None:
                    sink.play(effect.audio)
                continue
            match effect:
                case Mark(name):
                    if sink is not None:
                        sink.mark(name)
                case Clear():
                    if sink is not None:
                        sink.clear()
                case Interrupt(heard_ms):
                    if booth is not None:
                        booth.interrupt(heard_ms)
                case Across(beyond):
                    self.other.perform(beyond)
                case Announced(label, whole):
                    self.announced(self.role.other, label, whole)
                case Publish(caption):
                    self.show(caption)
                case Ask(notice):
                    self.ask(self.role, notice)
