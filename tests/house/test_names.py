"""Names say what a thing is; these words say nothing (DESIGN section 6)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

SOURCE = Path(__file__).parents[2] / "src" / "dragoman"

BANNED = {"manager", "handler", "helper", "util", "utils", "common", "base", "core", "data", "info", "processor"}
BANNED |= {"service", "context"}

ALLOWED: dict[str, dict[str, str]] = {
    "": {"base_url": "the vendors' SDKs call it so", "data_received": "asyncio's"},
    "app_settings.py": {"INFO": "a log level"},
    "audio/resample.py": {"common": "the greatest common divisor"},
    "interpreters/local/from_english.py": {"helper": "a helper verb"},
    "interpreters/local/to_english.py": {"helper": "a helper verb"},
    "interpreters/local/vad.py": {"context": "Silero's word for the samples before a window"},
    "interpreters/local/whisper.py": {"context": "Whisper's word for what the decoder has written"},
    "interpreters/openai/emulator/": {"context": "the vendor's word for what a model has read"},
    "interpreters/openai/guard.py": {"helper": "what the model must not act as"},
    "observe/log.py": {"handler": "the standard library's"},
    "ports.py": {"context": "what a model is told of the call: a promise to engines"},
    "telephony/twilio/": {"base": "the address that TWILIO_BASE_URL names"},
    "web/http.py": {"data": "asyncio's"},
    "web/media.py": {"data": "asyncio's"},
    "web/server.py": {"exception_handlers": "Starlette's"},
}
"""By file or folder: a word of the list that is meant, and why."""


def words(name: str) -> set[str]:
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return {word.lower() for word in apart.split("_")}


def is_empty(name: str, path: str) -> bool:
    """Whether `name`, in the file `path`, uses a word that says nothing."""
    for place, meant in ALLOWED.items():
        if path.startswith(place):
            for word in meant:
                name = re.sub(rf"(?i)(?<![a-z]){word}(?![a-z])", "", name)
    return bool(words(name) & BANNED)


def own_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Names that a file gives: classes, functions, arguments, assigned variables and attributes of self."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, node.lineno
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                yield name, node.lineno
            case _:
                pass


def test_no_name_is_empty_of_meaning() -> None:
    found: list[str] = []
    for path in sorted(SOURCE.rglob("*.py")):
        if words(path.stem) & BANNED:
            found.append(str(path))
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name, line in own_names(tree):
            if is_empty(name, str(path.relative_to(SOURCE))):
                found.append(f"{path.relative_to(SOURCE)}:{line} {name}")
    assert found == []


def test_the_rule_finds_what_it_should() -> None:
    text = "class CallManager:\n    def f(self, user_data):\n        self._info = 1\n        baseUrl = 2\n"
    assert [name for name, _ in own_names(ast.parse(text)) if words(name) & BANNED] == [
        "CallManager",
        "user_data",
        "_info",
        "baseUrl",
    ]
