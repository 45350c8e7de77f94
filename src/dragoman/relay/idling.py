"""A caller who says nothing, and a call that grows too long: when to say which sentence. Pure.

Times are seconds of the caller's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dragoman.domain.assistant_effects import EndWhy
from dragoman.domain.persona import Idle, Phrase

WARNED_S: Final = 60.0
"""So long before its end the caller of a long call is told; one shorter than three times this has no warning."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """To be said; with `ends`, the call is over when it was heard."""

    phrase: Phrase
    ends: EndWhy | None = None


class Idling:
    """One call's, from `began` on. `max_s` 0 = however long."""

    def __init__(self, idle: Idle, max_s: float, began: float) -> None:
        self._idle = idle
        self._ends_at = began + max_s if max_s > 0 else float("inf")
        self._warns_at = self._ends_at - WARNED_S if max_s > 3 * WARNED_S else float("inf")
        self._warned = False
        self._quiet_from = began
        self._prompts = 0

    @property
    def so_far(self) -> tuple[int, bool]:
        """How often the caller was asked in vain, and whether they were told that the call grows long."""
        return self._prompts, self._warned

    def take_up(self, prompts: int, *, warned: bool) -> None:
        """Go on from there, in another process."""
        self._prompts, self._warned = prompts, warned

    def stirred(self, now: float, *, caller: bool) -> None:
        """Somebody speaks or is at work; the `caller` is there after all."""
        self._quiet_from = now
        if caller:
            self._prompts = 0

    def due(self, now: float, *, free: bool) -> Prompt | None:
        """What to say now; `free`: nobody speaks. Once each; the end does not wait."""
        if now >= self._ends_at:
            self._ends_at = float("inf")
            self._warned = True
            return Prompt(Phrase.TIME_UP, EndWhy.TOO_LONG)
        if not free:
            return None
        if now >= self._warns_at and not self._warned:
            self._warned = True
            return Prompt(Phrase.TIME_SHORT)
        if self._idle.after_s <= 0 or now - self._quiet_from < self._idle.after_s:
            return None
        self._quiet_from = now
        self._prompts += 1
        return Prompt(Phrase.IDLE) if self._prompts <= self._idle.most else Prompt(Phrase.IDLE_GOODBYE, EndWhy.IDLE)
