"""The media streams of a call's two parties: they join, bring sound, keys and marks, are let go, and die.

Part of the shell: what a stream brings goes on at once, in the stream's own callback.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from structlog.typing import FilteringBoundLogger

from dragoman.domain.call import Role
from dragoman.domain.speech import Digit, Heard, LegClosed, LegEvent, Reached
from dragoman.errors import Refused
from dragoman.ports import Clock, Leg
from dragoman.relay.call_state import Joined, Left
from dragoman.relay.end import End
from dragoman.relay.presence import Presence
from dragoman.relay.talk import Talk

STALE_S = 2.0
"""Carriers send without a pause: a stream silent for so long may be replaced by a new one of the same party."""


class Streams:
    """One call's. `step` is told who came and who left, `pressed` of keys; a fault of ours is told to `broke`."""

    def __init__(
        self,
        talk: Talk,
        presence: Presence,
        clock: Clock,
        log: FilteringBoundLogger,
        *,
        step: Callable[[Joined | Left], None],
        pressed: Callable[[Role, str, float], None],
        broke: Callable[[str], None],
    ) -> None:
        self._talk = talk
        self._presence = presence
        self._now = clock
        self._log = log
        self._step = step
        self._pressed = pressed
        self._broke = broke

    def heard_at(self) -> dict[Role, float]:
        """When each stream that is here last brought sound."""
        return {end.role: end.heard_at for end in self._talk.ends.values() if end.leg is not None}

    def make_room(self, role: Role) -> None:
        """For another stream of this party; raise Refused when it has a living one."""
        end = self._talk.ends[role]
        if end.leg is None:
            return
        if self._lives(end):
            raise Refused(f"the {role.value} has a stream already")
        # The carrier gave it up before its socket told us.
        stale = end.leg
        self._closed(end, clean=False, reason="silent, and replaced")
        stale.close()

    def strange(self, role: Role, carrier_call: str) -> bool:
        """Whether the party talks on another leg than this one, as can be when a leg was placed twice."""
        end = self._talk.ends[role]
        here = end.leg.carrier_call if end.leg is not None and self._lives(end) else ""
        strange = bool(here and carrier_call) and here != carrier_call
        if strange:
            self._log.warning("another leg of a party that is here already", leg=role.value)
        return strange

    def _lives(self, end: End) -> bool:
        return self._now() - end.heard_at < STALE_S

    def join(self, role: Role, leg: Leg) -> None:
        """A stream arrived, where there is room for it."""
        end, now = self._talk.ends[role], self._now()
        end.leg, end.heard_at = leg, now
        self._presence.joined(role, now)
        end.other.lane.sink_joined()
        self._log.info("stream joined", leg=role.value, stream=leg.leg_id)
        self._step(Joined(role, leg.carrier_call))
        leg.attach(functools.partial(self._from_leg, end, leg))

    def let_go(self, role: Role) -> None:
        """The stream is over for us at once, whatever its socket still brings before it is closed."""
        end = self._talk.ends[role]
        leg = end.leg
        if leg is not None:
            leg.close()
            if end.leg is leg:
                self._closed(end, clean=False, reason="let go")

    def _from_leg(self, end: End, leg: Leg, event: LegEvent) -> None:
        if end.leg is not leg:
            return
        now = self._now()
        try:
            if isinstance(event, Heard):  # the hot path
                end.heard_at = now
                self._talk.hear(end, event, now)
                return
            match event:
                case Reached(name):
                    self._talk.perform(end.other, end.other.lane.reached(name, now))
                case Digit(digit):
                    self._pressed(end.role, digit, now)
                case LegClosed(clean, reason):
                    self._closed(end, clean=clean, reason=reason)
        except Exception:  # noqa: BLE001 - a fault of ours ends this call, and no other
            self._broke("a leg's event")

    def _closed(self, end: End, *, clean: bool, reason: str) -> None:
        end.leg = None
        lived_s = self._presence.left(end.role, self._now())
        end.other.lane.sink_left()
        self._log.info("stream left", leg=end.role.value, clean=clean, reason=reason)
        self._step(Left(end.role, clean, lived_s))
