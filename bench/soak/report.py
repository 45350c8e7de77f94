"""The figures for a terminal and as JSON, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.table import Table

from bench.soak.growth import Growth, Reading
from bench.soak.people import Tally

AS_MEANT: Final = 0.98
"""The share of calls that must come to what they were to: else the figures are not about calls."""


@dataclass(frozen=True, slots=True)
class Soak:
    """What a run showed. `seconds` is how long calls came; `complaints` are the server's own errors."""

    engine: str
    seconds: float
    tally: Tally
    lines: Sequence[Growth]
    complaints: Sequence[str]

    @property
    def as_meant(self) -> float:
        return sum(self.tally.as_meant.values()) / max(self.tally.over, 1)

    def faults(self) -> list[str]:
        """Why the soak is not passed; [] when it is."""
        found = [_fault(line) for line in self.lines if not line.met]
        if self.as_meant < AS_MEANT:
            found.append(f"only {self.as_meant:.1%} of the calls came to what they were to (at least {AS_MEANT:.0%})")
        if self.tally.crossed:
            found.append(
                f"{len(self.tally.crossed)} times somebody heard a stranger: {'; '.join(self.tally.crossed[:5])}"
            )
        if self.complaints:
            found.append(f"the server logged {len(self.complaints)} errors, such as {self.complaints[0][:300]}")
        return found


def table(soak: Soak) -> Table:
    tally = soak.tally
    title = (
        f"{tally.over} calls in {soak.seconds:.0f} s ({tally.over / max(soak.seconds, 1):.1f} a second), {soak.engine}"
    )
    shown = Table(title=title, title_justify="left")
    shown.add_column("")
    for name in ("before", "after", "growth per 1,000 calls", "bound", ""):
        shown.add_column(name, justify="right")
    for line in soak.lines:
        grown = "" if line.per_1000 is None else f"{line.per_1000:+.2f}"
        verdict = "" if not line.judged else "[green]met[/]" if line.met else "[red]missed[/]"
        name = f"{line.bound.name} {line.bound.unit}".rstrip()
        shown.add_row(name, f"{line.before:.6g}", f"{line.after:.6g}", grown, _bound(line), verdict)
    return shown


def calls(tally: Tally) -> Iterable[str]:
    """What became of the calls, a line each."""
    for fate, count in sorted(tally.as_meant.items(), key=lambda pair: -pair[1]):
        yield f"{count:6d} {fate.value}"
    for why, count in tally.otherwise.most_common():
        yield f"{count:6d} otherwise: {why}"
    yield f"{tally.said_again:6d} times something had to be said again; {len(tally.crossed)} times a stranger was heard"


def progress(reading: Reading, tally: Tally, living: int) -> str:
    """One line while it runs."""
    shown = {name: reading.values.get(name, 0.0) for name in ("RSS", "open files", "sockets", "threads", "tasks")}
    values = ", ".join(f"{name} {value:.6g}" for name, value in shown.items())
    wrong = sum(tally.otherwise.values())
    return f"{reading.at_s:5.0f} s: {tally.over} calls over, {living} living, {wrong} otherwise; {values}"


def as_json(soak: Soak, readings: Sequence[Reading]) -> dict[str, Any]:
    tally = soak.tally
    return {
        "engine": soak.engine,
        "seconds": soak.seconds,
        "calls": tally.over,
        "as_meant": {fate.value: count for fate, count in tally.as_meant.items()},
        "otherwise": dict(tally.otherwise),
        "crossed": tally.crossed,
        "said_again": tally.said_again,
        "lines": [asdict(line) | {"met": line.met} for line in soak.lines],
        "readings": [{"calls": one.calls, "at_s": one.at_s, "values": dict(one.values)} for one in readings],
        "faults": soak.faults(),
    }


def _bound(line: Growth) -> str:
    bound = line.bound
    parts = [] if bound.per_1000 is None else [f"{bound.per_1000:+g} per 1,000"]
    if bound.left is not None:
        parts.append(f"{bound.left:+g} left")
    return ", ".join(parts)


def _fault(line: Growth) -> str:
    bound = line.bound
    grown = "not measured" if line.per_1000 is None else f"{line.per_1000:+.2f} per 1,000 calls"
    return f"{bound.name}: {line.before:.6g} before, {line.after:.6g} after, {grown} (bound: {_bound(line)})"
