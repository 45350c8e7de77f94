"""What a world's calls came to: each lane as `hearing` judges it, each call, and all together. Pure but for `of`."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.chaos import hearing
from bench.chaos.codes import Reading, read_mulaw
from bench.chaos.hearing import Away, Reached, Recovery, ms
from bench.chaos.world import Line, World
from dragoman.domain.call import Role
from dragoman.telephony.twilio.emulator import Leg

STREAM_STARTED: Final = "stream started"
"""What the emulated carrier notes in a leg's log."""
USUAL_FRAMES: Final = 60
"""An engine's own delay where nothing was heard before the fault."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One direction of one call, in milliseconds."""

    silence_ms: int
    lost_ms: int
    untranslated_ms: int
    repeated_ms: int
    crossed_ms: int
    recovery: Recovery
    interpreted_after: bool
    """Whether something that was said after the fault was interpreted, from end to end."""


@dataclass(frozen=True, slots=True)
class Call:
    number: int
    lives: bool
    lanes: tuple[Lane, ...]

    @property
    def survived(self) -> bool:
        """The same calls at the carrier, and both parties are interpreted again."""
        return self.lives and all(lane.interpreted_after for lane in self.lanes)


@dataclass(frozen=True, slots=True)
class Heard:
    """Recordings of one call, read; by the role of the party whose mouth and ear it is; `away` had no stream."""

    number: int
    lives: bool
    mouths: dict[Role, Reading]
    ears: dict[Role, Reading]
    words: dict[Role, tuple[int, ...]]
    away: dict[Role, Away | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figures:
    """All calls of one world. `usual_ms`: the engine's own delay, from the end of speech to the first sound."""

    engine: str
    started: int
    calls: tuple[Call, ...]
    usual_ms: int
    late_ms: float = 0.0
    """How late the lab's own clock was at worst."""

    @property
    def survived(self) -> int:
        return sum(call.survived for call in self.calls)

    @property
    def silence_ms(self) -> int:
        return max((lane.silence_ms for lane in self._lanes), default=0)

    @property
    def lost_ms(self) -> int:
        return sum(lane.lost_ms for lane in self._lanes)

    @property
    def untranslated_ms(self) -> int:
        return sum(lane.untranslated_ms for lane in self._lanes)

    @property
    def repeated_ms(self) -> int:
        return sum(lane.repeated_ms for lane in self._lanes)

    @property
    def crossed_ms(self) -> int:
        return sum(lane.crossed_ms for lane in self._lanes)

    @property
    def recoveries_ms(self) -> tuple[int, ...]:
        """Of the lanes that felt the fault and recovered, shortest first."""
        found = (lane.recovery for lane in self._lanes)
        return tuple(sorted(ms(one.frames) for one in found if one.felt and one.frames is not None))

    @property
    def _lanes(self) -> list[Lane]:
        return [lane for call in self.calls for lane in call.lanes]


def heard(line: Line, struck: int) -> Heard:
    """Read what both parties said and heard; takes a moment."""
    return Heard(
        line.number,
        line.lives,
        {role: read_mulaw(line.phone(role).mouth) for role in line.words},
        {role.other: read_mulaw(line.phone(role.other).ear) for role in line.words},
        line.words,
        {role: _away(leg, struck) for role, leg in line.legs.items()},
    )


def _away(leg: Leg, struck: int) -> Away | None:
    """From the fault until the leg had a stream again, by the carrier's log; None when it kept the one it had."""
    began = [round(entry.at_s * 50) for entry in leg.log if entry.text == STREAM_STARTED]
    again = [at for at in began if at > struck]
    return Away(struck, again[0]) if again else None


def of(world: World) -> Figures:
    """Judge a world whose talk is over and whose calls have not been ended yet."""
    recordings = [heard(line, world.struck) for line in world.lines]
    found = judged(recordings, world.struck)
    return Figures(world.engine, world.dialled, found[0], ms(found[1]), world.twilio.ticker.worst_late_ms)


def judged(recordings: Sequence[Heard], struck: int) -> tuple[tuple[Call, ...], int]:
    """All calls, and the engine's own delay in frames: the median of what was heard before the fault."""
    reached = [
        {
            role: tuple(hearing.reached(said, one.ears[role.other]) for said in hearing.utterances(one.mouths[role]))
            for role in one.mouths
        }
        for one in recordings
    ]
    before = [late for lanes in reached for lane in lanes.values() for late in hearing.delays(lane, struck)]
    usual = round(statistics.median(before)) if before else USUAL_FRAMES
    calls = [
        Call(one.number, one.lives, tuple(_lane(lanes[role], one, role, struck, usual) for role in lanes))
        for one, lanes in zip(recordings, reached, strict=True)
    ]
    return tuple(calls), usual


def _lane(reached: Sequence[Reached], call: Heard, role: Role, struck: int, usual: int) -> Lane:
    """What `role` said, at the other's ear."""
    ear = call.ears[role.other]
    allowed = frozenset(word for words in call.words.values() for word in words)
    return Lane(
        silence_ms=ms(hearing.longest_silence(reached, ear, usual, call.away.get(role))),
        lost_ms=ms(sum(one.lost for one in reached)),
        untranslated_ms=ms(sum(one.untranslated for one in reached)),
        repeated_ms=ms(sum(one.repeated for one in reached)),
        crossed_ms=ms(hearing.crossed(ear, allowed)),
        recovery=hearing.recovery(reached, struck, usual),
        interpreted_after=any(one.whole for one in reached if one.said.begins >= struck),
    )
