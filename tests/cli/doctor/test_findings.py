"""How findings are printed."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from dragoman.cli.doctor.findings import Finding, note, ok, show, wrong

pytestmark = pytest.mark.unit


def printed(*findings: Finding) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=40)
    for finding in findings:
        show(console, finding)
    return out.getvalue().splitlines()


def test_each_finding_is_a_line_and_what_to_do_another() -> None:
    assert printed(ok("a", "fine"), note("b", "hm"), wrong("c", "broken", "mend it")) == [
        "   ok  a: fine",
        " note  b: hm",
        "wrong  c: broken",
        "       -> mend it",
    ]


def test_lines_are_neither_wrapped_nor_styled_by_what_they_say() -> None:
    found, fix = "[bold]" + "x" * 100, "[red]" + "y" * 100
    assert printed(wrong("c", found, fix)) == [f"wrong  c: {found}", f"       -> {fix}"]
