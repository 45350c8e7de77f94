"""What the assistant's demo prints: captions as they come, then what was said, the waits, and the summary."""

from __future__ import annotations

import statistics
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from dragoman.cli.demo.assistant.report import Asked, Performance
from dragoman.domain.effects import Caption
from dragoman.domain.speech import NO_TOKENS, Side
from dragoman.relay.assistant_record import AssistantRecord

TABLE_LEAST: Final = 100
"""Columns of the terminal below which the table would be all line breaks: then turns are printed as paragraphs."""
SAID_TITLE: Final = "What was said (seconds on the WAVs' clock)"
SAID_COLUMNS: Final = ("at", "the caller said", "recognised", "answer", "heard")
WAITS_TITLE: Final = "How long the caller waited (ms, after the last sound of the caller's words)"
WAITS_COLUMNS: Final = (
    "",
    "engine: speech ended",
    "first delta",
    "first sent",
    "first heard",
    "in the recordings",
)
ARTICLE: Final = (
    "For comparison, OpenAI's realtime model in Classmethod's article: 273 ms to the greeting, 359 to 598 ms from the "
    "engine's word that speech ended to the first delta."
)
EMBEDDED: Final = "nothing: the embedded engine runs on this machine, and counts no tokens"


def show_caption(console: Console, caption: Caption) -> None:
    """One caption of the call, when its text is final."""
    if not caption.final or not caption.text:
        return
    caller = caption.side is Side.SOURCE
    cut = " [cut off]" if caption.flags else ""
    grid = Table.grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    who = Text("   caller  ", "cyan") if caller else Text("assistant  ", "yellow")
    grid.add_row(who, Text(caption.text + cut))
    console.print(grid)


def show(console: Console, performance: Performance) -> None:
    """Print what was said, as a table where there is room for one, the waits, and the summary."""
    console.print()
    if console.width >= TABLE_LEAST:
        console.print(_said(performance))
    else:
        _show_paragraphs(console, performance)
    console.print()
    console.print(_waits(performance))
    console.print(ARTICLE, style="dim", highlight=False)
    console.print()
    for line in _summary(performance):
        console.print(line, markup=False, highlight=False)


def _said(performance: Performance) -> Table:
    table = Table(title=SAID_TITLE, title_justify="left", show_lines=True)
    for name in SAID_COLUMNS:
        table.add_column(name, overflow="fold", justify="right" if name == "at" else "left")
    if performance.greeted_s is not None:
        table.add_row(f"{performance.greeted_s:.1f}", "", "", "(greeting)", f"from {performance.greeted_s:.1f}")
    for asked in performance.asked:
        texts = (
            f"{asked.began_s:.1f}",
            asked.question.text + (" (cuts in)" if asked.question.cuts_in else ""),
            performance.recognised(asked) or "-",
            _answer(performance, asked),
            _ear(asked),
        )
        good = asked not in performance.questions or performance.answered(asked)
        table.add_row(*(escape(text) for text in texts), style="" if good else "red")
    return table


def _show_paragraphs(console: Console, performance: Performance) -> None:
    console.print(SAID_TITLE, style="italic", highlight=False)
    for asked in performance.asked:
        cuts = ", cuts in" if asked.question.cuts_in else ""
        console.print(f"\n{asked.began_s:.1f}{cuts}", highlight=False)
        rows = (
            ("caller", asked.question.text),
            ("recognised", performance.recognised(asked) or "-"),
            ("answer", _answer(performance, asked)),
            ("heard", _ear(asked)),
        )
        for name, text in rows:
            grid = Table.grid()
            grid.add_column(no_wrap=True)
            grid.add_column(overflow="fold")
            grid.add_row(Text(f"  {name:>10}  ", "dim"), Text(text))
            console.print(grid)


def _answer(performance: Performance, asked: Asked) -> str:
    words = performance.answer_of(asked) or "-"
    counts = asked in performance.questions and not performance.answered(asked)
    return f"(not answered) {words}" if counts else words


def _ear(asked: Asked) -> str:
    return "nothing" if asked.heard_s is None else f"{asked.heard_s[0]:.1f}-{asked.heard_s[1]:.1f}"


def _waits(performance: Performance) -> Table:
    table = Table(title=WAITS_TITLE, title_justify="left")
    for name in WAITS_COLUMNS:
        table.add_column(name, justify="left" if not name else "right")
    table.add_row("greeting, after the answer", "", "", "", "", _ms(_greeting_s(performance)))
    for number, asked in enumerate(performance.asked, 1):
        what = f"question {number}" if asked in performance.questions else "goodbye"
        name = f"{what}{', cuts in' if asked.question.cuts_in else ''}"
        table.add_row(name, *(_ms(one) for one in _waits_of(performance, asked)))
    return table


def _waits_of(performance: Performance, asked: Asked) -> tuple[float | None, ...]:
    """Seconds after the caller's last sound: by the server's record (its marks), then by the recordings."""
    turn, heard_s = performance.turn_of(asked), asked.heard_s[0] - asked.ended_s if asked.heard_s is not None else None
    if turn is None:
        return (None, None, None, None, heard_s)
    said_s = asked.ended_s - performance.clock_shift_s
    marks = (turn.told_s, turn.first_delta_s, turn.first_sent_s, turn.first_heard_s)
    return (*(None if at_s is None else at_s - said_s for at_s in marks), heard_s)


def _greeting_s(performance: Performance) -> float | None:
    return None if performance.greeted_s is None else performance.greeted_s - performance.tracks.answered_s


def _ms(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.0f}"


def _summary(performance: Performance) -> list[str]:
    record, questions = performance.record, performance.questions
    answered = sum(performance.answered(one) for one in questions)
    lines = [
        f"answered questions: {answered} of {len(questions)}",
        f"persona: {record.persona}, in {record.language}; engine: {', '.join(record.engines) or 'none'}",
        f"mind: {performance.mind}",
        *_thinking(performance),
    ]
    lines += [
        f"cut off: {cut.told_ms} ms heard, as the engine was told; {cut.played_ms:.0f} ms played by the carrier"
        for cut in performance.cuts()
    ]
    if record.tools:
        used = ", ".join(f"{use.name}{' (failed)' if use.error else ''}" for use in record.tools)
        lines.append(f"tools: {used}")
    lines.append(f"cost of the engine: {_cost(record)}; {record.duration_s / 60:.1f} minutes of call")
    if record.troubles:
        lines.append(f"troubles: {'; '.join(record.troubles)}")
    lines.append(f"ended: {record.outcome.result.value} ({record.outcome.reason})")
    return lines


def _thinking(performance: Performance) -> list[str]:
    """The article's measure, of all answers."""
    turns = [turn for one in performance.asked if (turn := performance.turn_of(one)) is not None]
    thought_s = [turn.first_delta_s - turn.told_s for turn in turns if turn.told_s is not None]
    if not thought_s:
        return []
    median, most = _ms(statistics.median(thought_s)), _ms(max(thought_s))
    return [f"from the engine's word that speech ended to the first delta: median {median} ms, most {most} ms"]


def _cost(record: AssistantRecord) -> str:
    if not record.usd and record.tokens == NO_TOKENS:
        return EMBEDDED
    kind = "estimate" if record.usd_is_estimate else "by usage"
    tokens = record.tokens
    heard, said = f"{tokens.text_in} + {tokens.audio_in}", f"{tokens.text_out} + {tokens.audio_out}"
    counted = f"{heard} tokens of text + audio in, {said} out"
    return f"${record.usd:.4f} ({kind}: {counted}; prices of {record.prices})"
