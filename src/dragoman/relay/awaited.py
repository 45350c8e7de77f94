"""What a caller waits for who hears nothing: an assistant that is away, is long at work, or failed to answer. Pure.

A soft sound says that somebody is there; after an answer that failed the caller is asked to say it again. Times are
seconds of the caller's clock.
"""

from __future__ import annotations

from typing import Final

AWAY_S: Final = 1.0
"""So long after the last sound a caller whose assistant is away hears that somebody is there..."""
WORKING_S: Final = 4.0
"""...and one whose assistant works on an answer: most answers are there before."""
FAILED_S: Final = 1.5
"""Nothing has begun so long after an answer failed: none comes."""


class Awaited:
    """One caller's."""

    def __init__(self) -> None:
        self._away = self._greets = self._owed = False
        self._quiet_from: float | None = None
        self._failed_at: float | None = None

    def away(self) -> None:
        """There is no session: it is about to open, or was lost."""
        self._away = True

    def speaks_first(self) -> None:
        """The session that opens was asked to say something: it is not there before it does."""
        self._greets = True

    def ready(self) -> None:
        """The session is open."""
        self._away = self._greets

    def owed(self) -> None:
        """An answer is: the caller's turn ended, or a tool has answered."""
        self._owed, self._failed_at = True, None

    def spoke(self, *, fixed: bool) -> None:
        """There is sound; `fixed`: what we asked for, and no answer."""
        self._away = self._greets = False
        if not fixed:
            self._owed, self._failed_at = False, None

    def failed(self, now: float) -> None:
        """Something failed; perhaps the answer."""
        if self._owed:
            self._failed_at = now

    def sounds(self, now: float, *, quiet: bool, working: bool) -> bool:
        """Whether to play the soft sound now. `quiet`: an ear is here, and nobody speaks."""
        if not quiet or not (self._away or working):
            self._quiet_from = None
            return False
        self._quiet_from = now if self._quiet_from is None else self._quiet_from
        return now - self._quiet_from >= (AWAY_S if self._away else WORKING_S)

    def given_up(self, now: float, *, free: bool) -> bool:
        """Whether the answer failed for good: told once. `free`: nobody speaks, nothing is worked on."""
        if self._failed_at is None:
            return False
        if not free:
            self._failed_at = now
            return False
        if now - self._failed_at < FAILED_S:
            return False
        self._owed, self._failed_at = False, None
        return True
