"""What became of the mutants, file by file."""

from __future__ import annotations

import enum
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.table import Table

ENOUGH: Final = 0.85
"""Share of the mutants that the tests have to notice."""

META: Final = ".py.meta"


class Fate(enum.Enum):
    """What the tests said to one mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    """It made the tests run for ever, or eat all memory: they would never have been green."""
    SURVIVED = "survived"
    UNSEEN = "no test"
    """No test runs the function at all: as bad as survived."""
    UNTRIED = "not tried"


NOTICED: Final = frozenset({Fate.KILLED, Fate.TIMED_OUT})

_BY_EXIT_CODE: Final[Mapping[int | None, Fate]] = {
    0: Fate.SURVIVED,
    1: Fate.KILLED,
    3: Fate.KILLED,  # pytest itself fell over it
    5: Fate.UNSEEN,
    33: Fate.UNSEEN,
    -27: Fate.TIMED_OUT,  # SIGPROF, `bench/mutate/order.py`: one test took far too long
    -24: Fate.TIMED_OUT,  # SIGXCPU, mutmut's own limit
    -9: Fate.TIMED_OUT,  # SIGKILL, one second later
    None: Fate.UNTRIED,
}


def fate_of(exit_code: int | None) -> Fate:
    """From the exit code that mutmut keeps. One that is not known counts as not tried: nothing is claimed for it."""
    return _BY_EXIT_CODE.get(exit_code, Fate.UNTRIED)


@dataclass(frozen=True, slots=True)
class Row:
    """The mutants of one file (`relay/lane.py`)."""

    file: str
    fates: Mapping[Fate, int]

    @property
    def mutants(self) -> int:
        return sum(self.fates.values())

    @property
    def share(self) -> float:
        """How many of those that were tried were noticed, 0 to 1."""
        tried = self.mutants - self.fates.get(Fate.UNTRIED, 0)
        return sum(self.fates.get(fate, 0) for fate in NOTICED) / tried if tried else 0.0


def read(meta: Path, package: Path) -> dict[str, Mapping[str, Fate]]:
    """The mutants of each file that has any and of which one was tried, from mutmut's notes under `meta`.

    `package` is where the notes' names begin to be of interest: `src/dragoman`.
    """
    found: dict[str, Mapping[str, Fate]] = {}
    for path in sorted((meta / package).rglob(f"*{META}")):
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        fates = {name: fate_of(code) for name, code in codes.items()}
        if any(fate is not Fate.UNTRIED for fate in fates.values()):
            found[str(path.relative_to(meta / package)).removesuffix(".meta")] = fates
    return found


def rows(found: Mapping[str, Mapping[str, Fate]]) -> list[Row]:
    """One row per file."""
    return [Row(file, Counter(fates.values())) for file, fates in found.items()]


def total(of: list[Row]) -> Row:
    """All of them as one."""
    summed: Counter[Fate] = Counter()
    for row in of:
        summed.update(row.fates)
    return Row("all", summed)


def table(of: list[Row], took_s: float) -> Table:
    """For a terminal: a line per file, and the sum."""
    drawn = Table(title=f"mutants, tried in {took_s / 60:.1f} minutes", title_justify="left", show_footer=True)
    whole = total(of)
    drawn.add_column("file", footer=whole.file, no_wrap=True)
    drawn.add_column("mutants", footer=str(whole.mutants), justify="right")
    for fate in Fate:
        drawn.add_column(fate.value, footer=str(whole.fates.get(fate, 0)), justify="right")
    drawn.add_column("noticed", footer=f"{whole.share:.1%}", justify="right")
    for row in of:
        drawn.add_row(row.file, str(row.mutants), *(str(row.fates.get(fate, 0)) for fate in Fate), f"{row.share:.1%}")
    return drawn
