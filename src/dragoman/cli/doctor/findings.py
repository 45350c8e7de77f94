"""What a check found, and how it is printed."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from rich.console import Console


class Verdict(enum.Enum):
    """`NOTE`: calls work, but somebody should know."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


COLOURS = {Verdict.OK: "green", Verdict.NOTE: "yellow", Verdict.WRONG: "bold red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `what` was looked at, what was found, and `fix`, what to do about it ("" = nothing)."""

    verdict: Verdict
    what: str
    found: str
    fix: str = ""


def ok(what: str, found: str) -> Finding:
    return Finding(Verdict.OK, what, found)


def note(what: str, found: str, fix: str = "") -> Finding:
    return Finding(Verdict.NOTE, what, found, fix)


def wrong(what: str, found: str, fix: str) -> Finding:
    return Finding(Verdict.WRONG, what, found, fix)


def apart(problem: str) -> tuple[str, str]:
    """A setting's problem as what is wrong and what to do."""
    for begin in (". Set ", ". It is to be: ", ". Take ", ". Name "):
        head, found, tail = problem.partition(begin)
        if found:
            return head, (begin[2:] + tail).strip()
    return problem, "see docs/configuration.md"


def show(console: Console, finding: Finding) -> None:
    """One line, and a second one for what to do; neither is wrapped, so that they can be pasted."""
    console.print(f"{finding.verdict.value:>5}", style=COLOURS[finding.verdict], end="  ")
    console.print(f"{finding.what}: {finding.found}", markup=False, highlight=False, soft_wrap=True)
    if finding.fix:
        console.print(f"       -> {finding.fix}", markup=False, highlight=False, soft_wrap=True)
