"""The last interpreter of a lane finishes what it says before the next one is heard: two at once nobody understands."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dragoman.audio.level import voiced
from dragoman.domain.speech import Guarded, InterpreterEvent, NamesUtterance, Spoke, SpokeAll, Unclear
from dragoman.relay.transcript import retired

QUIET_S: Final = 0.4
"""One that gave its seat up and has not spoken for so long is not in the midst of a word."""


class Succession:
    """One lane's. What the next one says meanwhile waits, in order."""

    def __init__(self) -> None:
        self._until = float("-inf")
        self._waiting: list[InterpreterEvent] = []

    def __bool__(self) -> bool:
        """Somebody waits to be heard."""
        return bool(self._waiting)

    def last_says(self, event: InterpreterEvent, now: float) -> InterpreterEvent:
        """The one that gave its seat up says something: with a name that the next one does not give."""
        if isinstance(event, Spoke) and voiced(event.audio):
            self._until = now + QUIET_S
        return replace(event, utterance=retired(event.utterance)) if isinstance(event, NamesUtterance) else event

    def waits(self, event: InterpreterEvent, now: float) -> bool:
        """Whether this word of the next one is to be heard later: `due` gives it."""
        if now >= self._until and not self._waiting:
            return False
        if not isinstance(event, Spoke | SpokeAll | Unclear | Guarded):
            return False
        self._waiting.append(event)
        return True

    def due(self, now: float, *, at_once: bool = False) -> list[InterpreterEvent]:
        """What may be heard now, or must be (`at_once`)."""
        if not self._waiting or not (at_once or now >= self._until):
            return []
        due, self._waiting = self._waiting, []
        return due
