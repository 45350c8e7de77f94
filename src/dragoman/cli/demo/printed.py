"""What the demo prints: captions as they come, then every turn, the product's own figures, and the summary."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from dragoman.cli.demo.ears import longest_silence_s
from dragoman.cli.demo.report import Performance, Played
from dragoman.domain.call import Role
from dragoman.relay.figures import CallFigures, EarFigures

TABLE_LEAST = 100
"""Columns of the terminal below which the table would be all line breaks: then turns are printed as paragraphs."""
COLOURS = {"caller": "cyan", "agent": "yellow"}
COLUMNS = ("#", "who", "said", "recognised", "heard", "mouth, ear", "wait")
TITLE = "What was said and what was heard (seconds on the WAVs' clock)"
FIGURES_TITLE = "What the server measured at each ear (seconds)"
FIGURES: tuple[tuple[str, Callable[[EarFigures], str]], ...] = (
    ("utterances heard", lambda ear: str(ear.heard)),
    ("ear-voice span, p50 / p95", lambda ear: _pair(ear.span_p50_s, ear.span_p95_s)),
    ("wait: end of speech to first heard", lambda ear: _pair(ear.wait_p50_s, ear.wait_p95_s)),
    ("tail: end of speech to last heard", lambda ear: _pair(ear.tail_p50_s, ear.tail_p95_s)),
    ("longest silence while something was owed", lambda ear: f"{ear.longest_silence_s:.1f}"),
    ("lag, mean / most", lambda ear: _pair(ear.lag_mean_s, ear.lag_most_s)),
    ("lag's drift per minute", lambda ear: f"{ear.lag_drift_s_per_min:+.2f}"),
)
"""One line of the table each; see `relay/figures`."""


def show_caption(console: Console, caption: Mapping[str, object]) -> None:
    """One caption of the server-sent events, when its text is final."""
    if not caption.get("final"):
        return
    who = str(caption["role"])
    arrow = f"{who:>7} says " if caption["side"] == "source" else f"{'':>7}    -> "
    style = COLOURS.get(who, "default")
    flags = caption.get("flags")
    shown = " ".join(f"[{flag}]" for flag in flags) if isinstance(flags, list) else ""
    line = f"({caption['language']}) {caption['text']} {shown}".rstrip()
    console.print(_hanging(Text(arrow, style), line))


def _hanging(head: Text, text: str) -> Table:
    """`head`, and beside it the text, wrapped below itself."""
    grid = Table.grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(head, Text(text))
    return grid


@dataclass(frozen=True, slots=True)
class _Row:
    """One turn as text."""

    number: str
    who: str
    said: str
    recognised: str
    heard: str
    mouth: str
    ear: str
    wait: str
    verdict: str
    good: bool


def show(console: Console, performance: Performance) -> None:
    """Print the turns, as a table where there is room for one, and the summary."""
    rows = [_row(number, performance, played) for number, played in enumerate(performance.played, 1)]
    if console.width >= TABLE_LEAST:
        console.print(_table(rows))
    else:
        _show_paragraphs(console, rows)
    if performance.record.utterances and performance.record.figures.ears:
        _show_figures(console, performance.record.figures)
    _show_summary(console, performance)


def _row(number: int, performance: Performance, played: Played) -> _Row:
    found = performance.utterances_of(played)
    flags = ", ".join(flag for one in found for flag in one.flags)
    good = performance.interpreted(played)
    heard = played.heard_s is not None and played.heard_end_s is not None
    return _Row(
        number=str(number),
        who=played.turn.role.value,
        said=played.turn.text or "(recording)",
        recognised=_joined(one.source_text for one in found),
        heard=_joined(one.target_text for one in found),
        mouth=f"{played.began_s:.1f}-{played.ended_s:.1f}",
        ear=f"{played.heard_s:.1f}-{played.heard_end_s:.1f}" if heard else "-",
        wait=f"{played.heard_s - played.ended_s:.2f}" if played.heard_s is not None else "-",
        verdict="interpreted" if good else f"not interpreted {flags}".rstrip(),
        good=good,
    )


def _joined(texts: Iterable[str]) -> str:
    return " ".join(text.strip() for text in texts)


def _table(rows: Iterable[_Row]) -> Table:
    table = Table(title=TITLE, show_lines=True)
    for name in COLUMNS:
        table.add_column(name, justify="right" if name in ("#", "wait") else "left", overflow="fold")
    for row in rows:
        heard = row.heard if row.good else f"{row.heard} ({row.verdict})".lstrip()
        texts = (row.number, row.who, row.said, row.recognised, heard, f"{row.mouth}\n{row.ear}", row.wait)
        table.add_row(*(escape(text) for text in texts), style="" if row.good else "red")
    return table


def _show_paragraphs(console: Console, rows: Iterable[_Row]) -> None:
    console.print(f"\n{TITLE}", style="italic", highlight=False)
    for row in rows:
        style = COLOURS.get(row.who, "default")
        verdict = escape(row.verdict) if row.good else f"[red]{escape(row.verdict)}[/]"
        console.print(f"\n{row.number}. [{style}]{row.who}[/], {row.mouth} s: {verdict}", highlight=False)
        for name, text in (("said", row.said), ("recognised", row.recognised), ("heard", row.heard)):
            console.print(_hanging(Text(f"   {name:>10}  "), text))
        at_the_ear = f"{row.ear} s, {row.wait} s after the end of speech" if row.ear != "-" else "nothing"
        console.print(_hanging(Text(f"   {'at the ear':>10}  "), at_the_ear))


def _show_figures(console: Console, figures: CallFigures) -> None:
    """The product's own figures, an ear per column."""
    table = Table(title=FIGURES_TITLE, title_justify="left")
    table.add_column("")
    for ear in figures.ears:
        table.add_column(f"{ear.listener.value}'s ear", justify="right")
    for name, shown in FIGURES:
        table.add_row(name, *(shown(ear) for ear in figures.ears))
    console.print()
    console.print(table)
    overlaps = f"{figures.overlaps} times, {figures.overlap_s:.1f} s" if figures.overlaps else "never"
    share = f"caller {figures.caller_share:.0%}, agent {1 - figures.caller_share:.0%}"
    console.print(f"talk: {share}; both at once: {overlaps}", markup=False, highlight=False)


def _pair(one: float | None, other: float | None) -> str:
    return "-" if one is None or other is None else f"{one:.2f} / {other:.2f}"


def _show_summary(console: Console, performance: Performance) -> None:
    record, tracks = performance.record, performance.tracks
    lines = [
        f"interpreted turns: {performance.interpreted_turns} of {len(performance.played)}",
        f"engine: {', '.join(dict.fromkeys(record.engines))}",
        *_waits(performance.played),
    ]
    for role in Role:
        silence_s = longest_silence_s(tracks.heard[role], tracks.said[role], tracks.answered_s, tracks.over_s)
        lines.append(f"longest silence for the {role.value}, neither speaking nor hearing: {silence_s:.1f} s")
    kind = "estimate" if record.usd_is_estimate else "by usage"
    cost = f"${record.usd:.4f} ({kind})" if record.usd else "nothing"
    lines.append(f"cost of the engine: {cost}, {record.duration_s / 60:.1f} minutes of call")
    if record.troubles:
        lines.append(f"troubles: {'; '.join(record.troubles)}")
    lines.append(f"ended: {record.outcome.result.value} ({record.outcome.reason})")
    console.print()
    for line in lines:
        console.print(line, markup=False, highlight=False)


def _waits(played: Iterable[Played]) -> list[str]:
    heard = [one for one in played if one.heard_s is not None and one.heard_end_s is not None]
    first = [one.heard_s - one.ended_s for one in heard if one.heard_s is not None]
    last = [one.heard_end_s - one.ended_s for one in heard if one.heard_end_s is not None]
    if not heard:
        return []
    return [
        f"in the recordings, end of speech to first translated sound: median {statistics.median(first):.2f} s, "
        f"longest {max(first):.2f} s",
        f"in the recordings, end of speech to last translated sound: median {statistics.median(last):.2f} s, "
        f"longest {max(last):.2f} s",
        f"longest pause within a translation: {max(one.pause_s for one in heard):.1f} s",
    ]
