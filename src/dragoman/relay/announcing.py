"""What is being announced to one ear, and whether it was heard to its end. Pure."""

from __future__ import annotations

from dragoman.domain.effects import Announced
from dragoman.relay.playout import Finished, Playout


class Announcing:
    """Labels in one playout that somebody wants to know the end of."""

    def __init__(self, playout: Playout) -> None:
        self._playout = playout
        self._labels: set[str] = set()
        self._torn: set[str] = set()

    def __bool__(self) -> bool:
        """Whether anything is being announced."""
        return bool(self._labels)

    def begin(self, label: str) -> None:
        """This will play, unhurried."""
        self._labels.add(label)
        self._playout.calm(label)

    def sink_joined(self) -> None:
        """The ear has another stream: what was being said on the last one lost some of it."""
        self._torn |= {label for label in self._labels if self._playout.began(label)}

    def goes_on(self, now: float) -> bool:
        """Whether some of it is still to be heard."""
        return bool(self._labels) and self._playout.unheard_of(self._labels.__contains__, now) > 0

    def finished(self, note: Finished) -> Announced | None:
        """One of these came to its end, or was cut off."""
        if note.label not in self._labels:
            return None
        self._labels.discard(note.label)
        return Announced(note.label, whole=not note.cleared and note.label not in self._torn)

    def overdue(self, now: float) -> list[Announced]:
        """Those of whose end the carrier never tells: nobody waits for its word for ever."""
        overdue = sorted(self._labels & self._playout.overdue(now))
        self._labels.difference_update(overdue)
        return [Announced(label, whole=False) for label in overdue]
