"""What must be heard to its end before something is done: a goodbye before the call ends. Pure.

Either the mind says it, when it is told a tool's result, or we have it said; where the mind keeps silent, we do too.
Nothing waits for ever: an assistant that says nothing is not waited for. Times are seconds of the caller's clock.
"""

from __future__ import annotations

import enum
from typing import Final

from dragoman.domain.assistant_effects import EndTalk, EndWhy, Perform, Say

PATIENCE_S: Final = 5.0
"""An answer that has not begun by then does not come."""
LONGEST_S: Final = 40.0
"""No last words are longer."""

Done = Perform | EndTalk


class _Stage(enum.Enum):
    NOTHING = enum.auto()
    MIND = enum.auto()
    """The mind is expected to say it."""
    OURS = enum.auto()
    """We asked for it to be said."""
    EARS = enum.auto()
    """All was said."""


class LastWords:
    """One call's."""

    def __init__(self) -> None:
        self._stage = _Stage.NOTHING
        self._words = ""
        self._then: tuple[Done, ...] = ()
        self._since = self._from = 0.0
        self._running = self._spoke = False

    @property
    def wait(self) -> bool:
        """Something is to be done once they are heard."""
        return self._stage is not _Stage.NOTHING

    @property
    def revocable(self) -> bool:
        """All that waits is the end of a call in which nobody spoke."""
        return bool(self._then) and all(one == EndTalk(EndWhy.IDLE) for one in self._then)

    def revoke(self) -> None:
        """Somebody spoke after all."""
        self._then = ()
        self._stage = _Stage.NOTHING

    def after_ours(self, words: str, then: tuple[Done, ...], now: float) -> tuple[Say, ...]:
        """Have `words` said, and do `then`. What waited already is done with it."""
        self._begin(words, then, now)
        return self._say(now)

    def after_mind(self, words: str, then: tuple[Done, ...], now: float) -> None:
        """The mind was told and will speak; `words` where it does not."""
        self._begin(words, then, now)
        self._stage = _Stage.MIND

    def _begin(self, words: str, then: tuple[Done, ...], now: float) -> None:
        self._words, self._then = words, (*self._then, *then)
        self._from = self._since = now
        self._running = self._spoke = False

    def _say(self, now: float) -> tuple[Say, ...]:
        self._stage = _Stage.OURS if self._words else _Stage.EARS
        self._since, self._running = now, False
        return (Say(self._words),) if self._words else ()

    # -- What the assistant does ---------------------------------------------------------------------------------------

    def response_began(self, said: str) -> None:
        """A response began; `said` is what was asked for, "" = of its own."""
        expected = "" if self._stage is _Stage.MIND else self._words
        if self._stage in (_Stage.MIND, _Stage.OURS) and said == expected:
            self._running, self._spoke = True, False

    def spoke(self) -> None:
        """There is sound."""
        self._spoke = True

    def response_ended(self, now: float) -> tuple[Say, ...]:
        """The response that ran is over."""
        if not self._running:
            return ()
        self._running = False
        if self._stage is _Stage.MIND and not self._spoke:
            return self._say(now)
        self._stage = _Stage.EARS
        return ()

    # -- Time ----------------------------------------------------------------------------------------------------------

    def due(self, now: float, *, heard: bool) -> tuple[Say | Done, ...]:
        """What to do now; `heard`: nothing is being said, nor is there anything to be heard."""
        if not self.wait:
            return ()
        if now - self._from >= LONGEST_S:
            return self._done()
        if not heard or self._running:
            self._since = now
            return ()
        if self._stage is _Stage.EARS:
            return self._done()
        if now - self._since < PATIENCE_S:
            return ()
        return self._say(now) if self._stage is _Stage.MIND and self._words else self._done()

    def _done(self) -> tuple[Done, ...]:
        then, self._then = self._then, ()
        self._stage = _Stage.NOTHING
        return then
