"""What the assistant's demo prints."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from dragoman.cli.demo.assistant import printed
from dragoman.cli.demo.assistant.report import Performance
from dragoman.domain.call import Role
from dragoman.domain.effects import Caption
from dragoman.domain.speech import Side, Tokens
from tests.fakes.assistant_tracks import CANNOT, performance, unheard

pytestmark = pytest.mark.unit


def shown(whole: Performance, width: int = 150) -> str:
    out = io.StringIO()
    printed.show(Console(file=out, width=width), whole)
    return out.getvalue()


def cells(text: str, name: str) -> list[str]:
    """The cells of the row that begins so."""
    row = next(line for line in text.splitlines() if line.startswith(f"│ {name}"))
    return [cell.strip() for cell in row.strip("│").split("│")]


@pytest.mark.parametrize("width", [150, 80])
def test_what_was_said_recognised_and_answered(width: int) -> None:
    text = shown(performance(), width)
    for told in ("When do you close?", "Do you have [parking]?", "We close at three.", "13.0-15.0"):
        assert told in text
    assert "not answered" not in text
    assert "cuts in" in text
    assert "answered questions: 2 of 2" in text


@pytest.mark.parametrize("width", [150, 80])
def test_what_was_not_answered_is_marked(width: int) -> None:
    text = shown(performance("We close at three.", CANNOT), width)
    assert text.count("(not answered)") == 1
    assert "answered questions: 1 of 2" in text
    assert "nothing" in shown(unheard(), width)


def test_the_waits_in_milliseconds() -> None:
    text = shown(performance())
    assert cells(text, "greeting")[-1] == "200"
    assert cells(text, "question 1") == ["question 1", "500", "1000", "1010", "1050", "1000"]
    assert cells(text, "question 2, cuts in")[1:] == ["500", "1000", "1010", "1050", "1000"]
    assert "speech ended to the first delta: median 500 ms, most 500 ms" in text
    assert "273 ms to the greeting, 359 to 598 ms" in text


def test_waits_that_are_not_known_are_dashes() -> None:
    whole = performance()
    text = shown(replace(whole, greeted_s=None, record=replace(whole.record, turns=())))
    assert cells(text, "greeting")[-1] == "-"
    assert cells(text, "question 1")[1:] == ["-", "-", "-", "-", "1000"]
    assert "median" not in text


def test_mind_tools_cut_and_end() -> None:
    text = shown(performance())
    assert "mind: small mind (FAQ and patterns, no language model)" in text
    assert "cut off: 1880 ms heard, as the engine was told; 1900 ms played by the carrier" in text
    assert "tools: hours, hang_up" in text
    assert "ended: us (the assistant said goodbye)" in text
    whole = performance()
    broken = replace(whole.record, tools=(replace(whole.record.tools[0], error="no"),), troubles=("network: gone",))
    text = shown(replace(whole, record=broken))
    assert "tools: hours (failed)" in text
    assert "troubles: network: gone" in text


def test_what_it_cost() -> None:
    whole = performance()
    assert "cost of the engine: nothing: the embedded engine runs on this machine" in shown(whole)
    tokens = Tokens(text_in=100, audio_in=200, text_out=30, audio_out=40)
    paid = replace(whole, record=replace(whole.record, usd=0.0123, tokens=tokens))
    assert (
        "cost of the engine: $0.0123 (by usage: 100 + 200 tokens of text + audio in, 30 + 40 out; prices of 2026-11-21)"
    ) in shown(paid)
    guessed = replace(paid, record=replace(paid.record, usd_is_estimate=True))
    assert "(estimate: " in shown(guessed)


def caption(side: Side, text: str, *flags: str, final: bool = True) -> str:
    out = io.StringIO()
    one = Caption("a1", Role.CALLER, side, "en", text, final, 1.0, flags)
    printed.show_caption(Console(file=out, width=60), one)
    return out.getvalue().rstrip()


def test_captions_as_they_come() -> None:
    assert caption(Side.SOURCE, "Do you have [parking]?") == "   caller  Do you have [parking]?"
    assert caption(Side.TARGET, "There is a car park.", "cut") == "assistant  There is a car park. [cut off]"
    assert caption(Side.TARGET, "There is", final=False) == ""
    assert caption(Side.SOURCE, "") == ""
