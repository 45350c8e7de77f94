"""A function that reads, decodes, parses or opens what others wrote stands in the table of parsers, or is no parser."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.fuzz.parsers import PARSERS

pytestmark = pytest.mark.unit

SOURCE: Final = Path(__file__).parents[2] / "src" / "dragoman"
READS: Final = re.compile(r"^(decode|parse|read|open|load)(_|$)")

# Tools for developers and operators, which talk to programs of ours: their own tests try them.
ELSEWHERE: Final = ("cli/", "interpreters/openai/emulator/", "telephony/twilio/emulator/")

NO_PARSERS: Final[dict[str, str]] = {
    "sections:read_settings": "puts the sections together that `settings` reads",
    "domain.hours:Hours.open_at": "whether a firm is open",
    "interpreters.local.lexicon:load": "a file of ours",
    "interpreters.local.loading:load_ears": "weights, whose hashes are checked",
    "interpreters.local.loading:load_parts": "weights",
    "interpreters.local.loading:load_voice": "weights",
    "interpreters.local.manifest:load_manifest": "a file of ours, read by parse_manifest",
    "interpreters.local.phrases:load": "a file of ours",
    "interpreters.openai.standing:Standing.read": "hands to a decoder of the wire; tried in test_engine_machines.py",
    "interpreters.local.translate:Translator.open": "weights",
    "relay.conversing:Conversing.open": "opens a talk, reads nothing",
    "relay.lane:Lane.open": "opens a lane, reads nothing",
    "relay.live_rooms:LiveRooms.open": "opens a room, reads nothing",
    "room_ports:Rooms.open": "opens a room, reads nothing",
    "web.http:BoundedHttp.read": "takes turns; uvicorn reads; tried in tests/web and bench/hostile",
    "relay.told:Utterances.open": "opens an utterance, reads nothing",
    "relay.rendering:Rendering.open": "whether an utterance is open",
}
"""Named like a parser and none, and why."""


def named_like_parsers() -> Iterator[str]:
    """`module:name` of every public function of ours whose name says that it reads something."""
    for path in sorted(SOURCE.rglob("*.py")):
        place = str(path.relative_to(SOURCE))
        if place.startswith(ELSEWHERE) or place == "ports.py":
            continue
        module = place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        yield from (f"{module}:{name}" for name in _functions(ast.parse(path.read_text(encoding="utf-8")).body, ""))


def _functions(body: list[ast.stmt], within: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and READS.match(node.name):
            yield within + node.name
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _functions(node.body, f"{node.name}.")


def test_none_is_forgotten() -> None:
    covered = {name for parser in PARSERS for name in parser.covers}
    forgotten = sorted(set(named_like_parsers()) - covered - set(NO_PARSERS))
    assert forgotten == [], "put them into the table of tests/fuzz/parsers.py"


def test_all_that_is_named_is_there() -> None:
    covered = {name for parser in PARSERS for name in parser.covers}
    assert sorted((covered | set(NO_PARSERS)) - set(named_like_parsers())) == []


def test_each_has_a_name_of_its_own_and_something_good_to_break() -> None:
    names = [parser.name for parser in PARSERS]
    assert len(set(names)) == len(names)
    assert [parser.name for parser in PARSERS if not parser.good] == []
