"""The bench's findings as a table and as JSON."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

GOALS = {"chrf": 50.0, "refused": 10.0}


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence's outcome; numbers are counts."""

    said: str
    reference: str
    heard: str
    text: str
    heard_again: str
    wanted: int
    numbers_heard: int
    numbers_translated: int
    numbers_spoken: int
    how: str
    refused: str
    delay_s: float | None
    chrf: float


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction's figures. Numbers "right" are among those rightly heard."""

    name: str
    sentences: int
    word_error_rate: float | None
    chrf: float
    chrf_answered: float
    numbers: int
    numbers_misheard: int
    numbers_right_in_text: int
    numbers_right_by_ear: int | None
    refused_percent: float
    from_memory_percent: float
    delay_p50_s: float | None
    delay_p95_s: float | None

    def failures(self) -> list[str]:
        """Goals of the project that were missed."""
        found = []
        if self.chrf < GOALS["chrf"]:
            found.append(f"{self.name}: chrF {self.chrf:.1f} is below {GOALS['chrf']:.0f}")
        if self.refused_percent > GOALS["refused"]:
            found.append(f"{self.name}: {self.refused_percent:.1f} % refused")
        heard = self.numbers - self.numbers_misheard
        if self.numbers_right_in_text < heard:
            found.append(f"{self.name}: {heard - self.numbers_right_in_text} numbers wrong in the translation")
        return found


def percentile(values: Sequence[float], share: float) -> float | None:
    """By nearest rank; None of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))] if ordered else None


def median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def show(console: Console, directions: Sequence[Direction]) -> None:
    table = Table(title="Embedded engine, call-centre sentences, telephone band 200-3500 Hz mu-law")
    table.add_column("")
    for direction in directions:
        table.add_column(direction.name, justify="right")

    def row(name: str, *values: str) -> None:
        table.add_row(name, *values)

    def number(value: float | None, unit: str = "") -> str:
        return "-" if value is None else f"{value:.1f}{unit}" if unit != " s" else f"{value:.2f} s"

    row("sentences", *(str(one.sentences) for one in directions))
    row("word error rate", *(number(one.word_error_rate, " %") for one in directions))
    row("chrF, refused ones count 0 (goal 50)", *(number(one.chrf) for one in directions))
    row("chrF of what was answered", *(number(one.chrf_answered) for one in directions))
    row("numbers said", *(str(one.numbers) for one in directions))
    row("  misheard or refused (apart)", *(str(one.numbers_misheard) for one in directions))
    row(
        "  right in the translation, of those heard",
        *(f"{one.numbers_right_in_text}/{one.numbers - one.numbers_misheard}" for one in directions),
    )
    row(
        "  right by ear, of those heard",
        *(
            "-"
            if one.numbers_right_by_ear is None
            else f"{one.numbers_right_by_ear}/{one.numbers - one.numbers_misheard}"
            for one in directions
        ),
    )
    row("refused (goal 10 % at most)", *(number(one.refused_percent, " %") for one in directions))
    row("from the phrase memory", *(number(one.from_memory_percent, " %") for one in directions))
    row("end of speech to first translated sound, p50", *(number(one.delay_p50_s, " s") for one in directions))
    row("  p95", *(number(one.delay_p95_s, " s") for one in directions))
    console.print(table)


def show_lines(console: Console, lines: Sequence[Line]) -> None:
    """Every sentence: what was said, heard, and made of it."""
    for line in lines:
        delay = "" if line.delay_s is None else f" {line.delay_s:.2f} s"
        console.print(f"[dim]said [/dim] {line.said}", highlight=False)
        console.print(f"[dim]heard[/dim] {line.heard}", highlight=False)
        answer = line.text or f"[red]refused: {line.refused}[/red]"
        console.print(f"[dim]{line.how or '-':8} {line.chrf:3.0f}{delay}[/dim] [bold]{answer}[/bold]", highlight=False)
        if line.numbers_spoken < line.numbers_heard:
            console.print(f"[yellow]by ear[/yellow] {line.heard_again}", highlight=False)
        console.print()


def write(path: Path, directions: Sequence[Direction], lines: Sequence[Line]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"directions": [asdict(one) for one in directions], "sentences": [asdict(one) for one in lines]}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
