"""How far an engine got in what it was given: by the utterances that it names, or by what it has spoken.

An engine that names utterances says when each is over. Of one that names none we know only how much it spoke, and how
far it had listened when it did: a stretch of voice is told when, after its end was heard, about as much speech has come
as it is long, and that spurt is over. In doubt it is not told: better said twice than never.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dragoman.relay.tape import BYTES_PER_S, Voice

SPURT_GAP_S: Final = 0.7
"""An engine that has not spoken for so long is done with a spurt."""
LEAST_SHARE: Final = 0.6
"""A translation is at least so long, by its original..."""
ENOUGH_SHARE: Final = 0.8
"""...with so much, the next spurt is for what was said next..."""
USUAL_SHARE: Final = 1.2
"""...and what is more than this of one spurt, too."""
QUIET_S: Final = 4.0
"""An engine that kept so quiet has told all that it had heard when it last spoke, or never will."""
MARGIN_BYTES: Final = BYTES_PER_S * 3 // 10
"""So much before where an engine stands may not be told yet."""
WHOLE_S: Final = 5.0
"""A shorter stretch is told again whole: half a sentence cannot be interpreted."""
KEPT_SPURTS: Final = 32


@dataclass(slots=True)
class Turn:
    """An utterance that an engine named. Places on the tape; `ended` None = it goes on."""

    key: str
    began: int
    ended: int | None = None
    spoken_s: float = 0.0
    done: bool = False


class Utterances:
    """Those that one interpreter named, in the order in which they began."""

    def __init__(self) -> None:
        self._turns: dict[str, Turn] = {}

    @property
    def named(self) -> bool:
        """Whether the engine says what it hears at all."""
        return bool(self._turns)

    def began(self, key: str, place: int) -> None:
        self._turns.setdefault(key, Turn(key, place))

    def stopped(self, key: str, place: int) -> None:
        if key in self._turns:
            self._turns[key].ended = place

    def spoke(self, key: str, length_s: float) -> None:
        if key in self._turns:
            self._turns[key].spoken_s += length_s

    def done(self, key: str, place: int) -> None:
        """Nothing more will come of it. If the engine did not say where it ended, it ended at `place` at the latest."""
        turn = self._turns.get(key)
        if turn is not None:
            turn.done = True
            turn.ended = place if turn.ended is None else turn.ended

    def again(self, key: str) -> None:
        """The engine begins anew with it: what it spoke does not count."""
        if key in self._turns:
            self._turns[key].done, self._turns[key].spoken_s = False, 0.0

    @property
    def open(self) -> list[Turn]:
        """Those that are not done."""
        return [one for one in self._turns.values() if not one.done]

    def since(self, place: int) -> list[Turn]:
        """Those that began there or later."""
        return [one for one in self._turns.values() if one.began >= place]

    @property
    def known_until(self) -> int:
        """Up to here the engine has told what it heard."""
        return max((one.began if one.ended is None else one.ended for one in self._turns.values()), default=0)

    def forget(self, before: int) -> None:
        """Those that are done and began so long ago matter to nobody, but for the latest."""
        for key, one in list(self._turns.items())[:-1]:
            if one.done and one.began < before:
                del self._turns[key]


@dataclass(slots=True)
class Spurt:
    """Speech of an engine without a pause. `listened`: how far (a place) it had heard when its last piece came."""

    listened: int
    spoke_at: float
    length_s: float
    over: bool = False

    def is_over(self, now: float) -> bool:
        return self.over or now - self.spoke_at > SPURT_GAP_S


Pool = list[tuple[Spurt, float]]
"""Spurts, and how much (s) of each is not yet known to be for any stretch."""


@dataclass(frozen=True, slots=True)
class Left:
    """What an engine has left to tell begins at `place`; `repeats` bytes from there on it had told already."""

    place: int
    repeats: int


class Spurts:
    """What one interpreter that names nothing has spoken."""

    def __init__(self) -> None:
        self._all: deque[Spurt] = deque(maxlen=KEPT_SPURTS)

    def spoke(self, listened: int, length_s: float, now: float) -> None:
        """A piece of speech came."""
        last = self._all[-1] if self._all else None
        if last is None or last.is_over(now):
            self._all.append(Spurt(listened, now, length_s))
            return
        last.listened, last.spoke_at = max(last.listened, listened), now
        last.length_s += length_s

    def ended(self) -> None:
        """The engine says that its spurt is over."""
        if self._all:
            self._all[-1].over = True

    def going_on(self, now: float) -> bool:
        """Whether the last spurt may still be in the midst of something."""
        return bool(self._all) and not self._all[-1].is_over(now)

    def left(self, stretches: Sequence[Voice], margin: int, now: float) -> Left | None:
        """What is left of `stretches`, which are in order; None when all was told.

        `margin`: so far (bytes) beyond the end of a stretch an engine has listened when it has told it.
        """
        pool = [(one, one.length_s) for one in self._all]
        quiet = bool(self._all) and now - self._all[-1].spoke_at > QUIET_S
        for stretch in stretches:
            if quiet and self._all[-1].listened >= stretch.ended + margin:
                continue
            taken_s, last, pool = _taken(pool, stretch, margin)
            goes_on = bool(pool) and pool[0][0] is last
            ended = last is not None and (goes_on or last.is_over(now)) and last.listened >= stretch.ended + margin
            if not ended or taken_s < LEAST_SHARE * stretch.length_s:
                return _rest(stretch, taken_s)
        return None


def _taken(
    pool: list[tuple[Spurt, float]], stretch: Voice, margin: int
) -> tuple[float, Spurt | None, list[tuple[Spurt, float]]]:
    """The speech that is for a stretch: how much, the last spurt it is of, and what is left of all."""
    most_s, enough_s = USUAL_SHARE * stretch.length_s, ENOUGH_SHARE * stretch.length_s
    taken_s = 0.0
    last: Spurt | None = None
    for index, (spurt, length_s) in enumerate(pool):
        if spurt.listened <= stretch.began:
            continue
        if last is not None and taken_s >= enough_s and last.listened >= stretch.ended + margin:
            return taken_s, last, pool[index:]
        last = spurt
        if taken_s + length_s > most_s:
            return most_s, last, [(spurt, taken_s + length_s - most_s), *pool[index + 1 :]]
        taken_s += length_s
    return taken_s, last, []


def _rest(stretch: Voice, taken_s: float) -> Left:
    """A long stretch is told again from where the engine was, for sure; a short one whole."""
    told = min(round(taken_s * BYTES_PER_S), stretch.ended - stretch.began)
    place = stretch.began
    if stretch.length_s > WHOLE_S:
        place += max(round(LEAST_SHARE * told) - MARGIN_BYTES, 0)
    return Left(place, max(stretch.began + told - place, 0))
