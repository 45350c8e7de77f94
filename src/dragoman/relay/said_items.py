"""What the assistant said, item by item, and how much of each the caller heard. Pure.

An item is a piece of speech that the engine names; in the playout it goes under a label of its own, so that marks and
the playback clock say what became of it. Another session may use the same names for other items. Times are seconds of
the caller's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dragoman.relay.playout import Finished, Playout, PlayoutNote

LOST_MARK_S: Final = 1.0
"""So long after the last of it should have been heard, it was, though its mark did not come back."""


class SaidItems:
    """One assistant's."""

    def __init__(self, playout: Playout) -> None:
        self._playout = playout
        self._session = 1
        self._open: dict[str, None] = {}
        """Labels of those not heard to their end, in the order in which they began."""
        self._cut: set[str] = set()
        self._sounded = float("-inf")

    @property
    def _prefix(self) -> str:
        return f"item{self._session}."

    def label(self, item: str) -> str | None:
        """Under which to play more of an item; None: it was cut off, and no more of it is heard."""
        label = self._prefix + item
        if label in self._cut:
            return None
        self._open.setdefault(label)
        return label

    def ended(self, item: str) -> None:
        """The engine gave all of it."""
        if self._prefix + item in self._open:
            self._playout.end(self._prefix + item)

    def session_over(self) -> None:
        """The engine gives nothing more, of none; what comes next is another's."""
        for label in self._open:
            self._playout.end(label)
        self._session += 1

    def noted(self, notes: Sequence[PlayoutNote]) -> dict[str, int]:
        """What became of them in the playout; of this session's that were cleared, how many milliseconds were heard."""
        heard_ms: dict[str, int] = {}
        for note in notes:
            if not isinstance(note, Finished):
                continue
            self._open.pop(note.label, None)
            if note.cleared and note.label.startswith(self._prefix):
                self._cut.add(note.label)
                heard_ms[note.label.removeprefix(self._prefix)] = max(round(note.heard_ms), 0)
        return heard_ms

    def heard(self, now: float, unheard_ms: float) -> bool:
        """Whether all that was given so far was heard; `unheard_ms` of speech is not, by the playback clock."""
        if unheard_ms > 0:
            self._sounded = now
        if self._open and unheard_ms <= 0 and now - self._sounded >= LOST_MARK_S:
            self._open.clear()
        return not self._open and unheard_ms <= 0
