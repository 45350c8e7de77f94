"""What each party was told before the talk, whether it was heard to its end, and what they agreed to. Pure.

Only what a party has a right to hear is kept (`DISCLOSURES`): the words as they were said, so that the record stands on
its own when the texts change.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import Any

from dragoman.domain.call import Role


class Speaker(enum.Enum):
    """Who said it."""

    US = "us"
    """We, into the stream: its end is known by the carrier's mark."""
    CARRIER = "carrier"
    """The carrier, before it connected the stream: that the stream came says that it was said to its end."""
    PAGE = "page"
    """Nobody: the party's page shows the words."""


@dataclass(frozen=True, slots=True)
class Told:
    """One notice to one party. Times are seconds since the call began.

    `heard_s` is when its end, or the moment when it was cut off, was reached; None: we never learned. `whole`: it was
    heard to its end.
    """

    role: Role
    notice: str
    text: str
    version: str
    language: str
    speaker: Speaker
    told_s: float
    heard_s: float | None = None
    whole: bool = False

    def as_json(self) -> dict[str, Any]:
        """The form in the call's record."""
        times = {"began_s": self.told_s, "ended_s": self.heard_s}
        return {"leg": self.role.value, "text": self.text, **self.as_log(), **times}

    def as_log(self) -> dict[str, Any]:
        """The form in the log: nothing personal, and not the words."""
        return {
            "notice": self.notice,
            "version": self.version,
            "language": self.language,
            "spoken_by": self.speaker.value,
            "heard_to_end": self.whole,
        }


@dataclass(frozen=True, slots=True)
class Answered:
    """What a party who was asked to agree by key did."""

    role: Role
    agreed: bool
    at_s: float

    def as_json(self) -> dict[str, Any]:
        """The form in the call's record."""
        return {"leg": self.role.value, "agreed": self.agreed, "at_s": self.at_s}


class ConsentLedger:
    """Grows only. `label` is what the lane calls the announcement."""

    def __init__(self) -> None:
        self._told: dict[str, Told] = {}
        self._answers: list[Answered] = []

    def began(self, label: str, told: Told) -> None:
        """It plays, or was said (`whole`)."""
        self._told[label] = told

    def ended(self, label: str, at_s: float, *, whole: bool) -> Told | None:
        """Its end was heard, or it was cut off; None when that is none of ours, or was told before."""
        told = self._told.get(label)
        if told is None or told.heard_s is not None:
            return None
        self._told[label] = replace(told, heard_s=at_s, whole=whole)
        return self._told[label]

    def answered(self, answer: Answered) -> None:
        """A party agreed, or did not."""
        self._answers.append(answer)

    def take_up(self, told: dict[str, Told], answers: list[Answered]) -> None:
        """Go on from what was told and answered in an earlier process."""
        self._told, self._answers = dict(told), list(answers)

    @property
    def by_label(self) -> dict[str, Told]:
        return dict(self._told)

    @property
    def told(self) -> tuple[Told, ...]:
        """In the order in which they began."""
        return tuple(self._told.values())

    @property
    def answers(self) -> tuple[Answered, ...]:
        return tuple(self._answers)
