"""What the demo prints, on wide and on narrow terminals."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from dragoman.cli.demo.printed import show, show_caption
from dragoman.cli.demo.report import Performance
from dragoman.cli.demo.turns import shipped
from dragoman.domain.call import Role
from dragoman.relay.figures import CallFigures, ear_figures
from dragoman.relay.lag import LagFigures
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


@pytest.mark.parametrize("width", [100, 150])
def test_a_table_where_there_is_room(width: int) -> None:
    lines = printed(performance(), width)
    at = next(number for number, line in enumerate(lines) if line.startswith("│ 1 │ agent"))
    first = [cell.strip() for cell in lines[at].strip("│").split("│")]
    second = [cell.strip() for cell in lines[at + 1].strip("│").split("│")]
    assert first == ["1", "agent", "Good morning.", "Good morning.", "Buenos días.", "5.0-7.0", "1.10"]
    assert second == ["", "", "", "", "", "8.1-10.0", ""]
    assert len([line for line in lines if line.startswith("│ 2 │ caller")]) == 1
    assert "interpreted turns: 2 of 2" in lines


def test_a_table_of_100_columns_breaks_no_words() -> None:
    turns = shipped()
    said = replace(AGENT_TURN, turn=turns[0])
    lines = printed(performance(played=(said,)), 100)
    shown = " ".join(line.strip("│").split("│")[2].strip() for line in lines if line.count("│") == 8)
    assert shown.split() == turns[0].text.split()


@pytest.mark.parametrize("width", [60, 100, 150])
def test_the_servers_own_figures_are_shown_for_each_ear(width: int) -> None:
    whole = performance()
    agents, callers = whole.record.utterances
    figures = CallFigures(
        ears=(
            ear_figures(Role.CALLER, [agents], LagFigures(1234.0, 2500.0, 150.0)),
            ear_figures(
                Role.AGENT,
                [callers, replace(callers, began_s=23.0, stopped_s=25.0, heard_s=27.5, heard_end_s=28.0)],
                LagFigures(900.0, 1100.0, -20.0),
            ),
        ),
        caller_share=0.534,
        overlaps=2,
        overlap_s=1.34,
    )
    whole = replace(whole, record=replace(whole.record, figures=figures))
    lines = printed(whole, width)
    cells = [tuple(cell.strip() for cell in line.strip("│").split("│")) for line in lines if line.count("│") == 4]
    shown = {cell[0]: cell[1:] for cell in cells if cell[1]}
    assert shown["utterances heard"] == ("1", "2")
    assert shown["ear-voice span, p50 / p95"] == ("3.10 / 3.10", "3.10 / 4.50")
    assert shown["lag, mean / most"] == ("1.23 / 2.50", "0.90 / 1.10")
    assert shown["lag's drift per minute"] == ("+0.15", "-0.02")
    assert ("1.10 / 1.10", "1.10 / 2.50") in shown.values(), "the wait"
    assert ("3.00 / 3.00", "3.00 / 3.00") in shown.values(), "the tail"
    assert ("3.1", "4.5") in shown.values(), "the longest silence"
    assert "talk: caller 53%, agent 47%; both at once: 2 times, 1.3 s" in lines


def test_an_ear_that_heard_nothing_has_no_times() -> None:
    whole = performance()
    silent = CallFigures((ear_figures(Role.CALLER, [], LagFigures()),), 1.0)
    lines = printed(replace(whole, record=replace(whole.record, figures=silent)), 100)
    assert any("ear-voice span" in line and "- │" in line for line in lines)
    assert "talk: caller 100%, agent 0%; both at once: never" in lines


def test_a_call_without_a_word_has_no_figures() -> None:
    whole = performance()
    figures = CallFigures((ear_figures(Role.CALLER, [], LagFigures()),))
    lines = printed(replace(whole, record=replace(whole.record, utterances=(), figures=figures)), 100)
    assert not [line for line in lines if line.startswith(("talk", "What the server"))]


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


def test_the_summary_counts_waits_silence_and_money() -> None:
    lines = printed(performance(), 150)
    assert "engine: local" in lines
    assert "in the recordings, end of speech to first translated sound: median 1.10 s, longest 1.10 s" in lines, (
        "8.1 after 7.0, and 18.1 after 17.0"
    )
    assert "in the recordings, end of speech to last translated sound: median 3.00 s, longest 3.00 s" in lines
    assert "longest pause within a translation: 0.4 s" in lines
    assert "longest silence for the caller, neither speaking nor hearing: 7.0 s" in lines
    assert "longest silence for the agent, neither speaking nor hearing: 11.1 s" in lines
    assert "cost of the engine: nothing, 0.4 minutes of call" in lines
    assert "ended: caller (hung up)" in lines
    assert "cost of the engine: $0.0123 (estimate), 0.4 minutes of call" in printed(performance(usd=0.0123), 150)


def test_a_call_in_which_nothing_was_heard_has_no_waits() -> None:
    whole = performance(played=())
    whole = replace(whole, record=replace(whole.record, troubles=("auth: refused with HTTP 401",)))
    lines = printed(whole, 150)
    assert "interpreted turns: 0 of 0" in lines
    assert not [line for line in lines if line.startswith("in the recordings")]
    assert "troubles: auth: refused with HTTP 401" in lines
