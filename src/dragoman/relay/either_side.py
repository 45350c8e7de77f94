"""A shared device where one interpreter hears both sides, and says of each utterance whose language it is in. Pure.

It hears a party of its own, `EITHER`. What it makes of an utterance belongs to the side that speaks its language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dragoman.domain.language import Language
from dragoman.domain.room import SIDE_A, SIDE_B, PartyId
from dragoman.relay.room_seats import EITHER
from dragoman.relay.room_transcript import Written
from dragoman.relay.transcript import Utterance


@dataclass(frozen=True, slots=True)
class EitherSide:
    """`languages`: of side a, and of side b (primary subtags)."""

    languages: tuple[str, str]

    @classmethod
    def of(cls, shared: tuple[Language, Language]) -> EitherSide:
        return cls((shared[0].primary, shared[1].primary))

    def who(self, source: str) -> PartyId:
        """The side that speaks this language (a tag)."""
        return SIDE_B if _primary(source) == self.languages[1] else SIDE_A

    def parted(self, written: Written) -> tuple[Written, Written]:
        """What was written down of both, side by side; nothing else was written down meanwhile, so without spans."""
        mine: dict[PartyId, list[Utterance]] = {SIDE_A: [], SIDE_B: []}
        for said in written.utterances:
            mine[self.who(said.source_language)].append(said)
        one, other = self.languages
        return (
            replace(written, party=SIDE_A, target=other, spans=(), utterances=tuple(mine[SIDE_A])),
            replace(written, party=SIDE_B, target=one, spans=(), utterances=tuple(mine[SIDE_B])),
        )


def sides(party: PartyId) -> Sequence[PartyId]:
    """Who may be meant."""
    return (SIDE_A, SIDE_B) if party == EITHER else (party,)


def by_side(written: Iterable[Written], either: EitherSide | None) -> list[Written]:
    """The parts of what was written down of both sides come first: nothing that one of them said was heard twice."""
    every = list(written)
    both = [part for one in every if one.party == EITHER and either is not None for part in either.parted(one)]
    return [*both, *(one for one in every if one.party != EITHER)]


def _primary(tag: str) -> str:
    return tag.split("-")[0].lower()
