"""One party's end of a call: its stream, the lane that carries what it says, and that lane's interpreter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dragoman.domain.call import Notice, Role
from dragoman.domain.effects import Announced, Ask, Caption, Clear, Hear, Interrupt, LaneEffect, Mark, Play, Publish
from dragoman.ports import Engine, Leg
from dragoman.relay.booth import Booth
from dragoman.relay.lane import Lane


@dataclass(slots=True, eq=False)
class End:
    """`lane` carries what the party says to the `other` end; `booth` interprets it, from the moment both accepted.

    `heard_at`: when the stream last brought audio. `away_since`: when it died, unless it is back.
    """

    role: Role
    lane: Lane
    engine: Engine | None
    show: Callable[[Caption], None]
    ask: Callable[[Role, Notice], None]
    announced: Callable[[Role, str, bool], None]
    leg: Leg | None = None
    booth: Booth | None = None
    heard_at: float = 0.0
    away_since: float | None = None
    other: End = field(init=False)

    def perform(self, effects: Sequence[LaneEffect]) -> None:  # noqa: C901 - one branch per effect
        """Do what this end's lane wants done, at once and in order. What has nobody to go to is dropped."""
        booth, sink = self.booth, self.other.leg
        for effect in effects:
            # The hot path first: a `match` costs more than all else that is done here for a frame.
            if isinstance(effect, Hear):
                if booth is not None:
                    booth.hear(effect.audio)
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
                case Announced(label, whole):
                    self.announced(self.role.other, label, whole)
                case Publish(caption):
                    self.show(caption)
                case Ask(notice):
                    self.ask(self.role, notice)
