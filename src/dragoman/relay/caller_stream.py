"""The media stream of a call with one party: it joins, brings sound, keys and marks, is let go, and dies.

Part of the shell: what it brings goes on at once, in the stream's own callback.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from structlog.typing import FilteringBoundLogger

from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Digit, Heard, LegClosed, LegEvent, Reached
from dragoman.errors import Refused
from dragoman.ports import Clock, Leg
from dragoman.relay.streams import STALE_S


class CallerStream:
    """One call's. `brought` takes what it brings, `left` hears that it is gone: clean or not, and after how long.

    A fault of ours is told to `broke`.
    """

    def __init__(
        self,
        clock: Clock,
        log: FilteringBoundLogger,
        *,
        brought: Callable[[Heard | Digit | Reached, float], None],
        left: Callable[[bool, float], None],
        broke: Callable[[str], None],
    ) -> None:
        self._now = clock
        self._log = log
        self._brought = brought
        self._left = left
        self._broke = broke
        self._joined_at = self._heard_at = 0.0
        self.leg: Leg | None = None

    def make_room(self, leg: Leg) -> None:
        """For another stream; raise Refused when there is a living one, or this one is of no use."""
        if leg.format is not AudioFormat.PCMU_8K:
            raise Refused("the stream's sound is not 8 kHz mu-law")
        if self.leg is None:
            return
        if self._now() - self._heard_at < STALE_S:
            raise Refused("the caller has a stream already")
        # The carrier gave it up before its socket told us.
        stale = self.leg
        self._closed(clean=False, reason="silent, and replaced")
        stale.close()

    def join(self, leg: Leg) -> None:
        """It arrived, where there is room for it; `attach` lets it bring what it has."""
        self.leg = leg
        self._joined_at = self._heard_at = self._now()
        self._log.info("stream joined", leg="caller", stream=leg.leg_id)

    def attach(self) -> None:
        """From now on it brings what it hears."""
        if self.leg is not None:
            self.leg.attach(functools.partial(self._from_leg, self.leg))

    def let_go(self, reason: str = "let go") -> None:
        """It is over for us at once, whatever its socket still brings before it is closed."""
        leg = self.leg
        if leg is not None:
            leg.close()
            if self.leg is leg:
                self._closed(clean=False, reason=reason)

    def silent_s(self, now: float) -> float:
        """For how long it has brought no sound; 0 where there is none."""
        return now - self._heard_at if self.leg is not None else 0.0

    def _from_leg(self, leg: Leg, event: LegEvent) -> None:
        if self.leg is not leg:
            return
        now = self._now()
        try:
            if isinstance(event, LegClosed):
                self._closed(clean=event.clean, reason=event.reason)
                return
            if isinstance(event, Heard):
                self._heard_at = now
            self._brought(event, now)
        except Exception:  # noqa: BLE001 - a fault of ours ends this call, and no other
            self._broke("a leg's event")

    def _closed(self, *, clean: bool, reason: str) -> None:
        self.leg = None
        self._log.info("stream left", leg="caller", clean=clean, reason=reason)
        self._left(clean, self._now() - self._joined_at)
