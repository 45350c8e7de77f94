"""One page's microphone: pieces of any length in, whole frames out, for whoever speaks into it. Pure.

A shared device has two sides. A change of side, or a mute, holds from the next sample on: what was spoken before it
goes where it belongs, to the last sample. Who stops being heard is followed by silence, in which an interpreter finds
the end of what was said.
"""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.audio.framer import Framer
from dragoman.domain.audio import FRAME_MS, AudioFormat
from dragoman.domain.room import PartyId, Speaker

TRAIL_S = 2.0
"""So long a silence follows."""

Spoken = tuple[PartyId, bytes]
"""Whole frames of one party's."""


class Microphone:
    """Of one party, or of two (`sides`: a's, then b's). `either`: who speaks where it is found out who does; without it
    both do.
    """

    def __init__(self, sides: Sequence[PartyId], fmt: AudioFormat, either: PartyId | None = None) -> None:
        self._sides = tuple(sides)
        self._either = self._sides if either is None else (either,)
        self._format = fmt
        self._framer = Framer(fmt)
        self.side = Speaker.A
        self.muted = False
        self._trailing: dict[PartyId, tuple[float, float]] = {}
        """Who was heard until lately: silence is given up to the one time, and ends at the other."""

    @property
    def speakers(self) -> tuple[PartyId, ...]:
        """Who is taken to speak now."""
        if self.muted:
            return ()
        if self.side is Speaker.AUTO:
            return self._either
        if len(self._sides) == 1:
            return self._sides
        return self._sides[:1] if self.side is Speaker.A else self._sides[1:]

    def hear(self, audio: bytes) -> list[Spoken]:
        """What the microphone brought. Nothing while it is muted, whatever comes."""
        if self.muted:
            return []
        frames = self._framer.push(audio)
        return [(party, frames) for party in self.speakers] if frames else []

    def speaks(self, side: Speaker, now: float) -> list[Spoken]:
        """From the next sample on it is this side who speaks; the last of the other one's."""
        return self._turn(now, side=side, muted=self.muted)

    def mute(self, on: bool, now: float) -> list[Spoken]:
        """From the next sample on nobody is heard, or who was before."""
        return self._turn(now, side=self.side, muted=on)

    def lost(self, now: float) -> list[Spoken]:
        """The page is gone: what was begun is over, for now."""
        rest = self._rest()
        self._trail(self.speakers, now)
        return rest

    def _turn(self, now: float, *, side: Speaker, muted: bool) -> list[Spoken]:
        before = self.speakers
        rest = self._rest() if (side, muted) != (self.side, self.muted) else []
        self.side, self.muted = side, muted
        after = self.speakers
        self._trail([party for party in before if party not in after], now)
        for party in after:
            self._trailing.pop(party, None)
        return rest

    def _rest(self) -> list[Spoken]:
        """What is no whole frame yet, filled up."""
        rest = self._framer.flush()
        return [(party, rest) for party in self.speakers] if rest else []

    def _trail(self, parties: Sequence[PartyId], now: float) -> None:
        for party in parties:
            self._trailing[party] = (now, now + TRAIL_S)

    def joined(self) -> None:
        """A page is here again: it goes on."""
        for party in self.speakers:
            self._trailing.pop(party, None)

    @property
    def trails(self) -> bool:
        """Silence is due: `silence` is wanted in time."""
        return bool(self._trailing)

    def silence(self, now: float) -> list[Spoken]:
        """The silence that has passed since it was asked for last, in whole frames."""
        due: list[Spoken] = []
        for party, (until, ends) in list(self._trailing.items()):
            frames = int((min(now, ends) - until) * 1000 / FRAME_MS + 1e-6)
            if frames > 0:
                due.append((party, self._format.silence(frames * FRAME_MS)))
                self._trailing[party] = (until + frames * FRAME_MS / 1000, ends)
            if now >= ends:
                del self._trailing[party]
        return due
