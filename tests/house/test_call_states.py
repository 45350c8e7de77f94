"""`docs/call-states.md` is printed from the machine, and current."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.relay.call_table import as_markdown, setups

pytestmark = [pytest.mark.house, pytest.mark.timeout(180)]

PAGE = Path(__file__).parents[2] / "docs" / "call-states.md"


def test_the_page_of_call_states_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == as_markdown(setups()), (
        "print it anew: python -m dragoman.relay.call_table > docs/call-states.md"
    )
