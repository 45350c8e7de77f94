"""The captions of a room: kept from its start, and whose page shows which. Pure.

A speaker is interpreted into several languages, and each interpreter writes down what it heard. A page shows one of
them: the one into its own language; of who speaks that language itself, the one that was opened first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dragoman.domain.room import RoomCaption
from dragoman.domain.speech import Side

KEPT = 4000
"""So many sides of utterances: some hours of talk."""

SideOf = tuple[str, Side]
"""One side of one utterance."""


@dataclass(frozen=True, slots=True)
class Scribe:
    """One interpreter as a source of captions. `spans`: when it was open, seconds of the room; None = still."""

    voice: str
    target: str
    spans: tuple[tuple[float, float | None], ...]

    def wrote_at(self, at_s: float) -> bool:
        return any(begins <= at_s and (ends is None or at_s <= ends) for begins, ends in self.spans)


@dataclass(slots=True)
class _Kept:
    voice: str
    first_s: float
    caption: RoomCaption


class RoomCaptions:
    """One room's."""

    def __init__(self) -> None:
        self._kept: dict[SideOf, _Kept] = {}

    def put(self, voice: str, caption: RoomCaption) -> float:
        """The last state of that side of the utterance; when it began to be written."""
        key = (caption.utterance, caption.side)
        known = self._kept.get(key)
        if known is not None:
            known.caption = caption
            return known.first_s
        if len(self._kept) >= KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = _Kept(voice, caption.at_s, caption)
        return caption.at_s

    @property
    def all(self) -> list[SideOf]:
        """Oldest first."""
        return list(self._kept)

    def standing(self, one: SideOf) -> tuple[str, float, RoomCaption] | None:
        """Voice, when it began to be written, and how it stands; None: it is too old."""
        kept = self._kept.get(one)
        return None if kept is None else (kept.voice, kept.first_s, kept.caption)


def shown(scribes: Sequence[Scribe], reader: str, at_s: float) -> str:
    """Whose captions of one party a page shows that reads `reader` (a primary subtag); "" when there are none."""
    able = [one for one in scribes if one.wrote_at(at_s)] or list(scribes)
    able.sort(key=lambda one: one.target != reader)
    return able[0].voice if able else ""
