"""What was said in a room, as one listener wants to read it: each utterance once, in two languages. Pure.

Several interpreters hear the same speaker, one for each language; each writes down what it heard. For a reader the one
into the reader's language counts; where none was open, the one that was opened first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dragoman.domain.room import PartyId
from dragoman.relay.transcript import Utterance

Span = tuple[float, float | None]
"""From when to when, in seconds of the room; None = it goes on."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one interpreter wrote down. `target`: the primary subtag of the language it speaks; `spans`: when."""

    party: PartyId
    name: str
    target: str
    spans: tuple[Span, ...]
    utterances: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance. Seconds of the room; `ended_s` is at least `began_s`. Either text may be empty, not both."""

    party: PartyId
    name: str
    began_s: float
    ended_s: float
    source_language: str
    source_text: str
    target_language: str
    target_text: str


def lines(written: Sequence[Written], reader: str, *, only_interpreted: bool = False) -> tuple[Line, ...]:
    """All that was said, in the order in which it began, for who reads `reader` (a primary subtag).

    `only_interpreted`: what was not interpreted was heard by somebody else's interpreter as well, and belongs there.
    """
    found: list[Line] = []
    for party in dict.fromkeys(one.party for one in written):
        theirs = [one for one in written if one.party == party]
        theirs.sort(key=lambda one: one.target != reader)
        for index, one in enumerate(theirs):
            better = [span for other in theirs[:index] for span in other.spans]
            found += [
                _line(one, said)
                for said in one.utterances
                if _counts(said, only_interpreted=only_interpreted) and not _within(_began_s(said), better)
            ]
    return tuple(sorted(found, key=lambda line: line.began_s))


def _counts(said: Utterance, *, only_interpreted: bool) -> bool:
    if not said.recorded or not (said.source_text.strip() or said.target_text.strip()):
        return False
    return bool(said.target_text.strip()) or not only_interpreted


def _began_s(said: Utterance) -> float:
    return said.began_s if said.began_s is not None else said.grown_s


def _within(at_s: float, spans: Sequence[Span]) -> bool:
    return any(begins <= at_s and (ends is None or at_s < ends) for begins, ends in spans)


def _line(one: Written, said: Utterance) -> Line:
    began_s = max(_began_s(said), 0.0)
    ended_s = max(said.stopped_s if said.stopped_s is not None else said.grown_s, began_s)
    return Line(
        one.party,
        one.name,
        round(began_s, 3),
        round(ended_s, 3),
        said.source_language,
        said.source_text.strip(),
        said.target_language,
        said.target_text.strip(),
    )
