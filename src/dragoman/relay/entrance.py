"""The one entrance of a node for calls of all kinds: lets in or refuses, counts who is inside, knows what is spent."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from dragoman.domain.call import Notice
from dragoman.errors import Refused
from dragoman.observe.metrics import Metrics
from dragoman.ports import Clock
from dragoman.relay.admission import Admission, Asking, Limits
from dragoman.relay.purse import Purse


def today() -> datetime.date:
    """By UTC: what a day's money is counted over."""
    return datetime.datetime.now(datetime.UTC).date()


class Entrance:
    """One node's. `safety_id` hashes a number so that nobody can turn it back."""

    def __init__(self, limits: Limits, safety_id: Callable[[str], str], metrics: Metrics, clock: Clock) -> None:
        self._admission = Admission(limits, safety_id)
        self._metrics = metrics
        self._clock = clock
        self.purse = Purse(lambda: metrics.usd)

    def admit(self, asking: Asking) -> None:
        """Raises Refused when the call may not come in."""
        denied = self._admission.deny(asking, self._clock(), self.purse.today_usd(today()))
        if denied is not None:
            raise self.refused(denied.reason, denied.label, denied.notice)

    def refused(self, reason: str, label: str, notice: Notice = Notice.BUSY) -> Refused:
        """To be raised; it is counted."""
        self._metrics.calls_refused.labels(label).inc()
        return Refused(reason, notice)

    def enter(self, call_id: str, asking: Asking, *, came: bool = True) -> None:
        """The call runs from now on: one that was let in, or (`came` False) one that was inside already, and is taken
        up again or goes over from another kind.
        """
        self._admission.enter(call_id, asking, self._clock(), came=came)

    def leave(self, call_id: str) -> None:
        """The call is over. Unknown calls change nothing."""
        self._admission.leave(call_id)
