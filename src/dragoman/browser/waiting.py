"""Calls that ring in agents' pages: who is on duty, who declined, who was first, who waited in vain. Pure."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from dragoman.browser_ports import GoneCall, GoneWhy, WaitingCall
from dragoman.domain.call import CallId
from dragoman.domain.language import Language
from dragoman.domain.outcome import DialFailure

ABSENT_S: Final = 5.0
"""A page that is loaded again is back within this: where nobody is on duty for longer, nobody will answer."""

JOIN_S: Final = 12.0
"""Who accepted joins within this, or it rings on."""

GONE_TOLD_S: Final = 10.0
"""For so long pages are told what became of a call that rang."""

PAGES_MOST: Final = 200


class Taking(enum.Enum):
    """What comes of an agent's wish to answer."""

    TAKEN = "taken"
    TOO_LATE = "too late"
    """Another agent was first."""
    NO_CALL = "no call"
    """It does not ring any more, or never did."""


@dataclass(slots=True, eq=False)
class Ring:
    """One agent's leg that is to be answered in a page. `leg`: our own name of it, on the wire too.

    `by`: the page that accepted; `until`: when it has rung for long enough, or the page must have joined.
    """

    leg: str
    call_id: CallId
    language: Language
    caller: str
    since: float
    until: float
    by: str = ""
    joined: bool = False
    declined: set[str] = field(default_factory=set)


class Waiting:
    """Of one node. Times are seconds of the caller's clock; `changed` is told when pages have something to learn."""

    def __init__(self, ring_s: float, changed: Callable[[], None]) -> None:
        self._ring_s = ring_s
        self._changed = changed
        self._rings: dict[str, Ring] = {}
        self._pages: set[str] = set()
        self._empty_since: float | None = None
        self._gone: dict[str, tuple[GoneWhy, float]] = {}

    # ---- Pages -------------------------------------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """There is no room for another page."""
        return len(self._pages) >= PAGES_MOST

    def begins_duty(self, page: str) -> None:
        self._pages.add(page)
        self._empty_since = None

    def ends_duty(self, page: str) -> None:
        self._pages.discard(page)

    def on_duty(self, page: str) -> bool:
        return page in self._pages

    def calls(self, page: str, now: float) -> tuple[WaitingCall, ...]:
        """What rings there, the longest first."""
        return tuple(
            WaitingCall(one.leg, one.language, one.caller, round(now - one.since, 1))
            for one in self._rings.values()
            if not one.by and page not in one.declined
        )

    def gone(self, now: float) -> tuple[GoneCall, ...]:
        """What became of those that lately rang."""
        self._gone = {leg: told for leg, told in self._gone.items() if now - told[1] <= GONE_TOLD_S}
        return tuple(GoneCall(leg, why) for leg, (why, _) in self._gone.items())

    # ---- Calls -------------------------------------------------------------------------------------------------------

    def ring(self, leg: str, call_id: CallId, language: Language, caller: str, now: float) -> None:
        self._rings[leg] = Ring(leg, call_id, language, caller, now, now + self._ring_s)
        self._changed()

    def find(self, leg: str) -> Ring | None:
        return self._rings.get(leg)

    def of(self, call_id: str) -> Ring | None:
        return next((one for one in self._rings.values() if one.call_id == call_id), None)

    def accept(self, leg: str, page: str, now: float) -> Taking:
        """The first page has it, and must join; asked twice by the same one, it says the same."""
        ring = self._rings.get(leg)
        if ring is None:
            known = self._gone.get(leg)
            return Taking.TOO_LATE if known is not None and known[0] is GoneWhy.TAKEN else Taking.NO_CALL
        if ring.by:
            return Taking.TAKEN if ring.by == page and not ring.joined else Taking.TOO_LATE
        ring.by, ring.until = page, now + JOIN_S
        self._gone[leg] = (GoneWhy.TAKEN, now)
        self._changed()
        return Taking.TAKEN

    def decline(self, leg: str, page: str) -> None:
        """It rings on elsewhere."""
        ring = self._rings.get(leg)
        if ring is not None and not ring.by and page in self._pages:
            ring.declined.add(page)
            self._changed()

    def joined(self, leg: str, page: str) -> None:
        """Its page is here: nothing rings any more."""
        ring = self._rings.get(leg)
        if ring is not None:
            ring.by, ring.joined = page, True

    def withdraw(self, leg: str, now: float) -> None:
        """Nobody is wanted any more, or nobody came."""
        ring = self._rings.pop(leg, None)
        if ring is not None and not ring.by:
            self._gone[leg] = (GoneWhy.OVER, now)
            self._changed()

    def due(self, now: float) -> list[tuple[Ring, DialFailure]]:
        """Those that nobody will answer, taken off the list. Asked a few times a second."""
        if self._pages:
            self._empty_since = None
        elif self._empty_since is None:
            self._empty_since = now
        failed: list[tuple[Ring, DialFailure]] = []
        for ring in list(self._rings.values()):
            if ring.joined:
                continue
            if ring.by and now >= ring.until:
                self._ring_on(ring, now)
            elif not ring.by and (failure := self._failure(ring, now)) is not None:
                failed.append((ring, failure))
        for ring, _ in failed:
            self.withdraw(ring.leg, now)
        return failed

    def _ring_on(self, ring: Ring, now: float) -> None:
        """Who accepted did not come."""
        ring.declined.add(ring.by)
        ring.by, ring.until = "", max(ring.since + self._ring_s, now + JOIN_S)
        self._gone.pop(ring.leg, None)
        self._changed()

    def _failure(self, ring: Ring, now: float) -> DialFailure | None:
        if now >= ring.until:
            return DialFailure.NO_ANSWER
        if self._empty_since is not None:
            return DialFailure.NO_ANSWER if now - max(self._empty_since, ring.since) >= ABSENT_S else None
        return DialFailure.BUSY if self._pages and self._pages <= ring.declined else None

    @property
    def ringing(self) -> bool:
        """Somebody may still have to be told that nobody answers."""
        return any(not one.joined for one in self._rings.values())

    def __len__(self) -> int:
        return len(self._rings)
