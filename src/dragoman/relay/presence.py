"""Who is on the line and who is missing, by the clock: what a call machine without a clock must be told of.

Pure: the bridge says who came, asked and left, and asks a few times a second what is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dragoman.domain.call import EndAsked, Notice, Role
from dragoman.domain.outcome import Outcome, Result
from dragoman.relay.call_state import (
    REJOIN_S,
    CallState,
    Event,
    FellSilent,
    GivenUp,
    State,
    StillAway,
    WaitingLong,
)

JOIN_DEADLINE_S = 90.0
"""A party whom the call waits for, whose leg is placed, and who has no stream for so long, will not come."""

STREAM_S = 10.0
"""A leg that was told to connect its stream does so within this, and the time that the words before it take."""

AWAY_TOLD_S = 1.0
"""A stream that is back sooner is not worth a word."""

SILENT_S = 5.0
"""Carriers send without a pause: a stream that brings nothing for so long is dead, though nobody closed it."""

FIRST_PLACE_S = 3.0
NEXT_PLACE_S = 20.0
STILL_WAITING_S = 30.0
"""When who waits is told their place in the queue, another place, and else that we go on looking."""

_STALLED_S = 2.0
"""When we were not asked for so long, our own process stood still: what it has not heard meanwhile says nothing."""

_SLOWEST_BYTES_PER_S = 10.0


def saying_s(text: str) -> float:
    """How long a carrier says `text` at the most. (A letter of three bytes in UTF-8 is a syllable.)"""
    return len(text.encode()) / _SLOWEST_BYTES_PER_S


@dataclass(slots=True)
class Presence:
    """One call's. All times are seconds of the caller's clock. `max_s` 0 = the call may last for ever."""

    began: float
    max_s: float = 0.0
    silent_s: float = SILENT_S
    _moved_at: float = field(init=False)
    _looked_at: float = field(init=False)
    _joined_at: dict[Role, float] = field(default_factory=dict)
    _away_since: dict[Role, float] = field(default_factory=dict)
    _stream_by: dict[Role, float] = field(default_factory=dict)
    _spoken_to_at: float | None = None

    def __post_init__(self) -> None:
        self._moved_at = self._looked_at = self.began

    def moved(self, now: float) -> None:
        """Something changed: whoever is late is late from now on."""
        self._moved_at = now

    def connecting(self, role: Role, words_s: float, now: float) -> None:
        """The leg was told to connect its stream, after words that take `words_s`."""
        self._stream_by[role] = now + STREAM_S + words_s

    def joined(self, role: Role, now: float) -> None:
        """The party's stream is here."""
        self._moved_at = self._joined_at[role] = now
        self._away_since.pop(role, None)
        self._stream_by.pop(role, None)

    def left(self, role: Role, now: float) -> float:
        """The party's stream is gone; how long it lived."""
        self._moved_at = now
        return now - self._joined_at.pop(role, now)

    def due(self, state: CallState, heard_at: Mapping[Role, float], now: float) -> list[Event]:
        """What must be told now. `heard_at`: when the streams that are here last brought audio."""
        looked_at, self._looked_at = self._looked_at, now
        if state.state is State.OVER:
            return []
        if self.max_s and now - self.began > self.max_s:
            return [EndAsked(Outcome(Result.US, "length limit of the call"), Notice.LIMIT)]
        if now - looked_at > _STALLED_S:
            return []
        events = [event for role in Role for event in self._about(role, state, now)]
        events += [
            FellSilent(role)
            for role, at in heard_at.items()
            if role in state.joined and at > self._joined_at.get(role, at) and now - at > self.silent_s
        ]
        return events + self._waiting(state, now)

    def _about(self, role: Role, state: CallState, now: float) -> list[Event]:
        """A party who is away, or late."""
        if role not in state.away:
            self._away_since.pop(role, None)
            return self._late(role, state, now)
        since = self._away_since.setdefault(role, now)
        if role in state.to_say:
            return []
        if now - since > REJOIN_S:
            return [GivenUp(role)]
        return [StillAway(role)] if now - since >= AWAY_TOLD_S and role not in state.missed else []

    def _late(self, role: Role, state: CallState, now: float) -> list[Event]:
        awaited = role in state.accepted or role is state.setup.first
        if role in state.joined or not awaited or role not in state.carrier_calls:
            return []
        by = min(self._moved_at + JOIN_DEADLINE_S, self._stream_by.get(role, float("inf")))
        never = Outcome(Result.UNKNOWN, f"the {role.value} never came")
        return [EndAsked(never, Notice.FAILED)] if now > by else []

    def _waiting(self, state: CallState, now: float) -> list[Event]:
        """The caller waits in a queue: a word from time to time."""
        if not state.awaits_agent:
            self._spoken_to_at = None
            return []
        if self._spoken_to_at is None:
            self._spoken_to_at = now
        another = state.position not in (0, state.position_told)
        pause_s = STILL_WAITING_S if not another else NEXT_PLACE_S if state.position_told else FIRST_PLACE_S
        if now - self._spoken_to_at < pause_s:
            return []
        self._spoken_to_at = now
        return [WaitingLong()]
