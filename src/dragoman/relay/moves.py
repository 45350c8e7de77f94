"""Which engine served each lane, one after the other, and what the parties must be told of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dragoman.domain.call import Notice, Role
from dragoman.domain.speech import TroubleKind

ORIGINAL = "original"
"""Stands for an engine's name where none serves, and the parties hear each other's own voices."""


@dataclass(frozen=True, slots=True)
class Move:
    """What `role` says is interpreted by another engine than before: names, or ORIGINAL. Seconds of the call."""

    role: Role
    before: str
    after: str
    why: TroubleKind
    at_s: float

    def as_json(self) -> dict[str, Any]:
        """The form in the call's record."""
        return {
            "leg": self.role.value,
            "from": self.before,
            "to": self.after,
            "why": self.why.value,
            "at_s": self.at_s,
        }


class Moves:
    """One call's."""

    def __init__(self) -> None:
        self._all: list[Move] = []
        self._without_since: float | None = None

    @property
    def all(self) -> tuple[Move, ...]:
        return tuple(self._all)

    def note(self, move: Move, now: float, *, without: bool) -> Notice | None:
        """Keep it; what both parties are told. `without`: some lane has no interpreter now."""
        self._all.append(move)
        if without is (self._without_since is not None):
            return None
        self._without_since = now if without else None
        return Notice.INTERPRETER_DOWN if without else Notice.INTERPRETER_BACK

    def settle(self) -> None:
        """Nobody is without an interpreter any more who should have one: it was turned off, or is another one."""
        self._without_since = None

    def without_s(self, now: float) -> float:
        """For how long the parties have been without an interpreter; 0 while they have one."""
        return now - self._without_since if self._without_since is not None else 0.0
