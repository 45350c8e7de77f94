"""The tools that a mind asked for and has no answer of yet. Pure.

They run side by side; the mind goes on when the last one is told. While they are slow the caller hears a filler. What
a tool wants done waits for `relay.last_words`, but for a message, which is kept for the record at once.
Times are seconds of the caller's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dragoman.domain.assistant_effects import Perform, RunTool, Say, TellTool
from dragoman.domain.tools import HangUp, TakeMessage, ToolAsked, ToolResult
from dragoman.relay.found_out import FoundOut
from dragoman.relay.last_words import LastWords

FILLER_AFTER_S: Final = 1.2
"""A tool that takes longer is worth a word; unless one is being said."""
FILLER_AGAIN_S: Final = 7.0
MOST_FILLERS: Final = 3


class ToolTurns:
    """One call's. `filler` gives the sentence for a tool's name; `found` keeps what tools told."""

    def __init__(self, filler: Callable[[str], str], last_words: LastWords, found: FoundOut) -> None:
        self._filler = filler
        self._found = found
        self._last_words = last_words
        self._asked: dict[str, ToolAsked] = {}
        self._actions: list[Perform] = []
        self._words = ""
        self._seen: set[str] = set()
        self._filler_at = float("inf")
        self._fillers = 0

    @property
    def running(self) -> bool:
        """The mind waits for a tool."""
        return bool(self._asked)

    def asked(self, asked: ToolAsked, now: float) -> tuple[RunTool, ...]:
        """The mind asks; the same call again is not run twice."""
        if asked.call_id in self._seen:
            return ()
        self._seen.add(asked.call_id)
        if not self._asked:
            self._filler_at, self._fillers = now + FILLER_AFTER_S, 0
        self._asked[asked.call_id] = asked
        self._found.asked(asked, now)
        return (RunTool(asked),)

    def done(self, asked: ToolAsked, result: ToolResult, now: float) -> tuple[TellTool | Perform, ...]:
        """A tool answered. Nothing, if nobody waits for it any more: another session may ask under the same name."""
        self._found.told(asked, result)
        if self._asked.get(asked.call_id) is not asked:
            return ()
        del self._asked[asked.call_id]
        effects: list[TellTool | Perform] = [TellTool(asked, result.output())]
        match result.action:
            case None:
                pass
            case TakeMessage():
                effects.append(Perform(result.action))
            case action:
                self._words = action.goodbye if isinstance(action, HangUp) else result.spoken
                self._actions.append(Perform(action))
        if self._actions and not self._asked:
            self._last_words.after_mind(self._words, tuple(self._actions), now)
            self._actions.clear()
        return tuple(effects)

    def due(self, now: float, *, heard: bool) -> tuple[Say, ...]:
        """A filler; not while something is said (`heard` False)."""
        if not self._asked or now < self._filler_at or not heard or self._fillers >= MOST_FILLERS:
            return ()
        self._fillers += 1
        self._filler_at = now + FILLER_AGAIN_S
        return (Say(self._filler(next(iter(self._asked.values())).name)),)

    def forget(self) -> None:
        """Another session: it did not ask, and is told nothing of this."""
        self._asked.clear()
        self._seen.clear()
        self._actions.clear()
