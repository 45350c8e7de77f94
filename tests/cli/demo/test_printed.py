"""What the demo prints, on wide and on narrow terminals."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from dragoman.cli.demo.printed import show, show_caption
from dragoman.cli.demo.report import Performance
from tests.fakes.tracks import AGENT_TURN, CALLER_TURN, performance, refused

pytestmark = pytest.mark.unit


def printed(whole: Performance, width: int) -> list[str]:
    out = io.StringIO()
    show(Console(file=out, width=width), whole)
    lines = out.getvalue().splitlines()
    assert max(len(line) for line in lines) <= width
    return lines


def caption(**changes: object) -> str:
    out = io.StringIO()
    shown: dict[str, object] = {
        "utterance": "c1",
        "role": "caller",
        "side": "source",
        "language": "es",
        "text": "Hola.",
        "final": True,
        "flags": [],
        **changes,
    }
    show_caption(Console(file=out, width=100), shown)
    return out.getvalue()


def test_captions_show_who_said_what_and_what_it_became() -> None:
    assert caption() == " caller says (es) Hola.\n"
    assert caption(side="target", language="en", text="Hello.") == "           -> (en) Hello.\n"
    assert caption(role="agent", text="[bold]1[/bold]") == "  agent says (es) [bold]1[/bold]\n"
    assert caption(flags=["unclear: noise"]) == " caller says (es) Hola. [unclear: noise]\n"


def test_growing_captions_and_strange_events_are_left_aside() -> None:
    assert caption(final=False) == ""
    out = io.StringIO()
    show_caption(Console(file=out), {})
    assert out.getvalue() == ""


@pytest.mark.parametrize("width", [110, 150])
def test_a_table_where_there_is_room(width: int) -> None:
    lines = printed(performance(), width)
    rows = [line for line in lines if "│ agent" in line or "│ caller" in line]
    assert len(rows) == 2
    assert "Good" in rows[0]
    assert any("-1" in line or "1.10" in line for line in rows)
    assert "interpreted turns: 2 of 2" in lines


@pytest.mark.parametrize("width", [60, 80])
def test_paragraphs_where_there_is_none(width: int) -> None:
    lines = printed(performance(), width)
    at = lines.index("1. agent, 5.0-7.0 s: interpreted")
    assert lines[at + 1 : at + 5] == [
        "         said  Good morning.",
        "   recognised  Good morning.",
        "        heard  Buenos días.",
        "   at the ear  8.1-10.0 s, 1.10 s after the end of speech",
    ]
    assert "         said  (recording)" in lines


def test_long_texts_are_wrapped_below_themselves() -> None:
    out = io.StringIO()
    console = Console(file=out, width=40)
    shown = {"role": "caller", "side": "source", "language": "es", "text": "uno dos tres " * 4, "final": True}
    show_caption(console, shown)
    first, *others = out.getvalue().splitlines()
    assert first.startswith(" caller says (es) uno")
    assert others
    assert all(line.startswith(" " * 13) and line[13] != " " for line in others)


@pytest.mark.parametrize("width", [80, 150])
def test_a_turn_that_was_not_interpreted_says_why(width: int) -> None:
    whole = refused(performance(played=(AGENT_TURN, replace(CALLER_TURN, heard_s=None, heard_end_s=None))))
    lines = printed(whole, width)
    assert "interpreted turns: 1 of 2" in lines
    text = " ".join(" ".join(lines).replace("│", " ").split())
    assert "not interpreted" in text
    assert "unclear" in text


def test_the_summary_counts_lag_silence_and_money() -> None:
    lines = printed(performance(), 150)
    assert "engine: local" in lines
    assert "lag, end of speech to first translated sound at the ear: median 1.10 s, longest 1.10 s" in lines, (
        "8.1 after 7.0, and 18.1 after 17.0"
    )
    assert "lag, end of speech to last translated sound at the ear: median 3.00 s, longest 3.00 s" in lines
    assert "longest pause within a translation: 0.4 s" in lines
    assert "longest silence for the caller, neither speaking nor hearing: 7.0 s" in lines
    assert "longest silence for the agent, neither speaking nor hearing: 11.1 s" in lines
    assert "cost of the engine: nothing, 0.4 minutes of call" in lines
    assert "ended: caller (hung up)" in lines
    assert "cost of the engine: $0.0123 (estimate), 0.4 minutes of call" in printed(performance(usd=0.0123), 150)


def test_a_call_in_which_nothing_was_heard_has_no_lag() -> None:
    whole = performance(played=())
    whole = replace(whole, record=replace(whole.record, troubles=("auth: refused with HTTP 401",)))
    lines = printed(whole, 150)
    assert "interpreted turns: 0 of 0" in lines
    assert not [line for line in lines if line.startswith("lag")]
    assert "troubles: auth: refused with HTTP 401" in lines
