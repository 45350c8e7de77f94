"""Whose words are still on their way to the other's ear, as the call's captions tell it."""

from __future__ import annotations

from dragoman.domain.call import Role
from dragoman.domain.effects import Caption
from dragoman.domain.speech import Side

UNCLEAR = "unclear"


class Pending:
    """The last state of every utterance. A party with captions beside them knows as much."""

    def __init__(self) -> None:
        self._said: dict[str, Role] = {}
        self._told: set[str] = set()
        self._refused: dict[str, Role] = {}
        self.changes = 0
        """How many captions came so far."""

    def take(self, caption: Caption) -> None:
        """A caption came."""
        self.changes += 1
        self._said[caption.utterance] = caption.role
        if any(flag.startswith(UNCLEAR) for flag in caption.flags):
            self._refused[caption.utterance] = caption.role
        if caption.side is Side.TARGET and caption.final:
            self._told.add(caption.utterance)
        elif caption.side is Side.TARGET:
            self._told.discard(caption.utterance)

    def waiting(self, role: Role) -> bool:
        """Whether something that this party said was neither interpreted in full nor refused yet."""
        return any(
            said is role and utterance not in self._told and utterance not in self._refused
            for utterance, said in self._said.items()
        )

    def refused(self, role: Role) -> int:
        """How many utterances of this party were met with "please repeat"."""
        return sum(1 for said in self._refused.values() if said is role)
