"""Who has the floor: who speaks now, when both do, when a listener breaks in, when a turn grows too long.

`heard` is told of each frame from a mouth, `playing` of each ear's playout. Times are seconds of the caller's clock,
`now` is the end of the frame. The mouths need not keep step: a frame may come late by as much as a gap between words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dragoman.domain.audio import FRAME_MS
from dragoman.domain.call import Role

HANGOVER_S: Final = 0.3
"""A gap shorter than this is between words, not the end of speaking."""

OVERLAP_LEAST_S: Final = 0.4
"""Both voices at once for longer than this are an overlap; less is a "yes, yes"."""

BARGE_IN_LEAST_S: Final = 0.3
"""So much voice is a wish to speak; a click or a "hm" has less."""

TURN_PAUSE_S: Final = 0.8
"""A longer pause ends a turn."""

LONG_TURN_S: Final = 25.0
FRAME_S: Final = FRAME_MS / 1000
HAIR_S: Final = 1e-6


@dataclass(frozen=True, slots=True)
class OverlapBegan:
    """Both parties have spoken at once for more than 0.4 s."""


@dataclass(frozen=True, slots=True)
class OverlapEnded:
    """One of them stopped; both were heard at once for `ms`."""

    ms: int


@dataclass(frozen=True, slots=True)
class BargedIn:
    """`role` began to speak, and means it, while speech is played to him. Once for each time that he begins."""

    role: Role


@dataclass(frozen=True, slots=True)
class LongTurn:
    """`role` speaks for too long without a pause. Once a turn."""

    role: Role


FloorEvent = OverlapBegan | OverlapEnded | BargedIn | LongTurn


@dataclass(frozen=True, slots=True)
class FloorTotals:
    """The whole call so far: voice of each mouth, and the overlaps that were counted."""

    caller_ms: int
    agent_ms: int
    overlaps: int
    overlap_ms: int

    def talk_ms(self, role: Role) -> int:
        return self.caller_ms if role is Role.CALLER else self.agent_ms

    def talk_ratio(self, role: Role) -> float:
        """The share of `role` in all that was said, 0 to 1; 0 while nobody spoke."""
        both_ms = self.caller_ms + self.agent_ms
        return self.talk_ms(role) / both_ms if both_ms else 0.0


@dataclass(slots=True)
class _Voice:
    """One mouth, and what is played to the ear beside it."""

    began: float = float("-inf")
    """Of the stretch of voice that is under way, or was the last."""
    last: float = float("-inf")
    """End of the last voiced frame."""
    stretch_s: float = 0.0
    """Voice in this stretch."""
    talk_s: float = 0.0
    turn_began: float = float("-inf")
    long_is_told: bool = False
    breaks_in: bool = False
    """This stretch began while something was played to the party, and nobody was told yet."""
    playing_until: float = float("-inf")

    def speaks(self, now: float) -> bool:
        return now - self.last <= HANGOVER_S + HAIR_S

    def add(self, began: float, now: float) -> None:
        """Voice from `began` to `now`."""
        if not self.speaks(began):
            self.began, self.stretch_s = began, 0.0
            self.breaks_in = self.playing_until > began
        if began - self.last > TURN_PAUSE_S + HAIR_S:
            self.turn_began, self.long_is_told = began, False
        self.last = max(self.last, now)
        self.stretch_s += now - began
        self.talk_s += now - began


class Floor:
    """The floor of one call."""

    def __init__(self, *, long_turn_s: float = LONG_TURN_S) -> None:
        self._long_turn_s = long_turn_s
        self._caller, self._agent = _Voice(), _Voice()
        self._overlapping = False
        self._overlap_s = 0.0
        self._overlaps = 0

    # -- What happens --------------------------------------------------------------------------------------------------

    def heard(self, role: Role, voiced: bool, now: float, *, length_s: float = FRAME_S) -> Sequence[FloorEvent]:
        """A frame from a party's mouth ended at `now`; `voiced` is judged behind the echo gate."""
        if not voiced:
            return self.tick(now) if self._overlapping else ()
        events = [*self.tick(now - length_s)] if self._overlapping else []
        voice = self._voice(role)
        voice.add(now - length_s, now)
        if not self._overlapping and self._together_s(now) > OVERLAP_LEAST_S + HAIR_S:
            self._overlapping = True
            self._overlaps += 1
            events.append(OverlapBegan())
        if voice.breaks_in and voice.stretch_s > BARGE_IN_LEAST_S - HAIR_S:
            voice.breaks_in = False
            if voice.playing_until > now:
                events.append(BargedIn(role))
        if not voice.long_is_told and voice.last - voice.turn_began > self._long_turn_s + HAIR_S:
            voice.long_is_told = True
            events.append(LongTurn(role))
        return events

    def playing(self, role: Role, until: float) -> None:
        """What was given to the ear of `role` is heard by `until`; an earlier time than before is a clear."""
        self._voice(role).playing_until = until

    def tick(self, now: float) -> Sequence[FloorEvent]:
        """Time passes: an overlap ends also where a leg sends nothing any more."""
        if not self._overlapping or (self._caller.speaks(now) and self._agent.speaks(now)):
            return ()
        self._overlapping = False
        lasted_s = self._lasted_s()
        self._overlap_s += lasted_s
        return (OverlapEnded(round(lasted_s * 1000)),)

    # -- Asking --------------------------------------------------------------------------------------------------------

    def speaks(self, role: Role, now: float) -> bool:
        """Whether a party speaks now; gaps between words are part of it."""
        return self._voice(role).speaks(now)

    def totals(self) -> FloorTotals:
        """An overlap that is under way is counted, with the time that it has lasted."""
        overlap_s = self._overlap_s + (self._lasted_s() if self._overlapping else 0.0)
        return FloorTotals(
            round(self._caller.talk_s * 1000),
            round(self._agent.talk_s * 1000),
            self._overlaps,
            round(overlap_s * 1000),
        )

    def _voice(self, role: Role) -> _Voice:
        return self._caller if role is Role.CALLER else self._agent

    def _together_s(self, now: float) -> float:
        """For how long both have spoken at once; nothing where one of them is silent."""
        return self._lasted_s() if self._caller.speaks(now) and self._agent.speaks(now) else 0.0

    def _lasted_s(self) -> float:
        return min(self._caller.last, self._agent.last) - max(self._caller.began, self._agent.began)
