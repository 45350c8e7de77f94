"""When a soak is passed, and what is said when it is not."""

from __future__ import annotations

from collections import Counter

import pytest
from rich.console import Console

from bench.soak.growth import Bound, Growth, Reading
from bench.soak.people import Fate, Tally
from bench.soak.report import Soak, as_json, calls, progress, table

pytestmark = pytest.mark.unit

GOOD = Growth(Bound("RSS", "MB", per_1000=1.0), 150.0, 151.0, 0.2)
BAD = Growth(Bound("sockets", left=0), 7.0, 9.0, None)


def soak(*lines: Growth, otherwise: int = 0, crossed: tuple[str, ...] = (), complaints: tuple[str, ...] = ()) -> Soak:
    tally = Tally(100, 100, Counter({Fate.TALK: 100 - otherwise}), Counter({"no menu": otherwise}), list(crossed))
    return Soak("conversation", 10.0, tally, lines, complaints)


def test_it_is_passed_when_nothing_grew_and_the_calls_were_calls() -> None:
    assert soak(GOOD, otherwise=2).faults() == []


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (soak(GOOD, BAD), "sockets: 7 before, 9 after"),
        (soak(GOOD, otherwise=3), "only 97.0% of the calls"),
        (soak(GOOD, crossed=("500 was awaited, [900] heard",)), "1 times somebody heard a stranger: 500 was"),
        (soak(GOOD, complaints=("one", "two")), "logged 2 errors, such as one"),
    ],
)
def test_each_fault_is_told(bad: Soak, said: str) -> None:
    (fault,) = bad.faults()
    assert said in fault


def test_all_of_it_is_shown() -> None:
    console = Console(width=120, record=True, file=None, force_terminal=False, quiet=True)
    text = "".join(segment.text for segment in console.render(table(soak(GOOD, BAD))))
    assert "100 calls in 10 s (10.0 a second), conversation" in text
    assert "+0.20" in text
    assert text.count("met") == 1
    assert text.count("missed") == 1
    told = list(calls(soak(otherwise=2).tally))
    assert [line.strip() for line in told[:2]] == ["98 talked", "2 otherwise: no menu"]
    line = progress(Reading(3, 61.2, {"RSS": 151.0, "tasks": 4.0}), Tally(5, 3), 2)
    assert line.startswith("   61 s: 3 calls over, 2 living, 0 otherwise; RSS 151")


def test_json_has_the_readings_and_the_verdict() -> None:
    told = as_json(soak(GOOD, BAD), [Reading(3, 1.0, {"RSS": 1.0})])
    assert told["readings"] == [{"calls": 3, "at_s": 1.0, "values": {"RSS": 1.0}}]
    assert [one["met"] for one in told["lines"]] == [True, False]
    assert told["as_meant"] == {"talked": 100}
    assert len(told["faults"]) == 1
