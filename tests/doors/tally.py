"""What was tried at each door, for the table that is printed at the end of a test run."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

PROPERTY = "door"
"""The name under which tests record what they tried."""


class Kind(enum.Enum):
    FORGED = "forged"
    """Not signed by whom it should be, or for something else."""
    REPLAYED = "replayed"
    """Genuine, and sent again: to the same door, or to another."""
    MUTATED = "mutated"
    """Genuine, and changed after it was signed."""
    MALFORMED = "malformed"
    """Not whole, whoever sent it."""


class Outcome(enum.Enum):
    REFUSED = "refused"
    NO_EFFECT = "no effect"
    """A genuine request once more (carriers repeat themselves): answered as before, and nothing came of it."""


COLUMNS = [*(kind.value for kind in Kind), *(outcome.value for outcome in Outcome)]


class Tally:
    """Counts tries; `record` gives them to pytest."""

    def __init__(self) -> None:
        self._tried: Counter[tuple[str, Kind, Outcome]] = Counter()

    def add(self, door: str, kind: Kind, outcome: Outcome = Outcome.REFUSED, number: int = 1) -> None:
        self._tried[door.partition("?")[0], kind, outcome] += number

    def record(self, record_property: Callable[[str, object], None]) -> None:
        for (door, kind, outcome), number in self._tried.items():
            record_property(PROPERTY, (door, kind.value, outcome.value, number))


def table(entries: Iterable[Any]) -> list[str]:
    """The lines of the table: a row per door, and their sum."""
    rows: dict[str, Counter[str]] = {}
    for door, kind, outcome, number in entries:
        for row in (rows.setdefault(door, Counter()), rows.setdefault("all", Counter())):
            row[kind] += number
            row[outcome] += number
    doors = [*sorted(door for door in rows if door != "all"), "all"] if rows else []
    width = max(map(len, doors), default=0)
    head = " ".join([f"{'door':{width}}", *(f"{column:>9}" for column in COLUMNS)])
    body = [" ".join([f"{door:{width}}", *(f"{rows[door][column]:>9}" for column in COLUMNS)]) for door in doors]
    return [head, *body] if rows else []
