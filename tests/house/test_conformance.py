"""The map of what the emulators hold to is whole: every item has tests, every test of an item is on the map."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.fakes.named_tests import TESTS, defined_in, missing, references, rows

pytestmark = pytest.mark.house

PAGE = (Path(__file__).parents[2] / "docs" / "conformance.md").read_text(encoding="utf-8")
STREAM = "telephony/twilio/emulator/test_stream.py"
OPENAI = "interpreters/openai/emulator"


def test_every_test_that_is_named_exists() -> None:
    assert missing(PAGE) == []
    assert len(references(PAGE)) > 100


def test_every_item_has_its_tests() -> None:
    listed = rows(PAGE)
    assert {str(number) for number in range(1, 24)} <= listed.keys()
    assert {f"1.{number}" for number in range(1, 9)} <= listed.keys()
    lines = [line for line in PAGE.splitlines() if re.match(r"\| [\dS]", line)]
    assert [line for line in lines if not references(line)] == []


def test_every_test_of_a_stream_is_on_the_map() -> None:
    named = {name for path, name in references(PAGE) if path == STREAM}
    assert defined_in(STREAM) - named == set()


def test_each_numbered_test_stands_at_its_own_item() -> None:
    listed = rows(PAGE)
    for file in (TESTS / OPENAI).glob("test_conformance_*.py"):
        path = str(file.relative_to(TESTS))
        for name in defined_in(path):
            if found := re.match(r"test_item_(\d\d)_", name):
                assert (path, name) in references(listed[str(int(found[1]))]), f"{name} is not at its item"
