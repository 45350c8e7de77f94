"""TOML files that operators write: read, checked against a type, and complained about by line number."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from dragoman.errors import SettingsError

T = TypeVar("T")
Step = str | int

# No two neighbours take the same characters, so that no line takes long.
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]\s](?:[^\]]*[^\]\s])?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `(?P<where>[^`]*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


class TomlFile:
    """One parsed file. `name` is what complaints call it."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        try:
            self.tables: Mapping[str, object] = tomllib.loads(text)
        except ValueError as broken:  # tomllib's own error, and a number with too many digits
            raise SettingsError([f"{name}: is not TOML: {broken}"]) from None
        except RecursionError:
            raise SettingsError([f"{name}: is not TOML that can be read: it is nested too deep"]) from None
        self._lines = _line_numbers(text)

    @classmethod
    def read(cls, path: Path, setting: str = "") -> TomlFile:
        """Raise SettingsError when the file cannot be read; `setting`, which names the file, is named then."""
        said = f"{setting}: {path}" if setting else str(path)
        try:
            return cls(str(path), path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise SettingsError([f"{said}: there is no such file"]) from None
        except UnicodeDecodeError:
            raise SettingsError([f"{said}: is not UTF-8 text"]) from None
        except OSError as broken:
            raise SettingsError([f"{said}: cannot be read: {broken.strerror}"]) from None
        except ValueError:
            raise SettingsError([f"{said}: is no name of a file"]) from None  # a null byte is in it

    def convert(self, value: object, kind: type[T], at: tuple[Step, ...] = ()) -> T:
        """`value`, found at `at` in this file, as `kind`; raise SettingsError with the line of what is wrong."""
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as broken:
            raise self._complaint(str(broken), at) from None

    def problem(self, message: str, at: tuple[Step, ...] = ()) -> SettingsError:
        """A complaint about what stands at `at`."""
        line = self._line_of(at)
        where = f"{self.name}, line {line}" if line else self.name
        path = _spelt(at)
        return SettingsError([f"{where}: {path}: {message}" if path else f"{where}: {message}"])

    def _complaint(self, text: str, at: tuple[Step, ...]) -> SettingsError:
        found = _WHERE.match(text)
        what, where = (found["what"], found["where"] or "") if found else (text, "")
        steps: list[Step] = []
        for name, index in _STEP.findall(where):
            steps.append(name or (int(index) if index.isdigit() else index))
        if stray := _UNKNOWN.search(what):
            return self.problem(f"there is no setting `{stray[1]}` here", (*at, *steps, stray[1]))
        return self.problem(what, (*at, *steps))

    def _line_of(self, at: tuple[Step, ...]) -> int:
        """The line of the longest known beginning of `at`; 0 when nothing of it is known."""
        for length in range(len(at), 0, -1):
            if line := self._lines.get(at[:length]):
                return line
        return 0


def _spelt(at: tuple[Step, ...]) -> str:
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in at).lstrip(".")


def _line_numbers(text: str) -> dict[tuple[Step, ...], int]:
    """Where each table and key begins. Keys inside inline tables and multi-line strings count with their first line."""
    lines: dict[tuple[Step, ...], int] = {}
    table: tuple[Step, ...] = ()
    counts: dict[tuple[Step, ...], int] = {}
    quote = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quote:
            quote = "" if quote in line else quote
            continue
        if header := _HEADER.match(line):
            table = _placed(_parts(header[2]), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            path = (*table, *_parts(key[1]))
            lines.setdefault(path, number)
            rest = line[key.end() :]
            quote = next((mark for mark in ('"""', "'''") if rest.count(mark) == 1), "")
    return lines


def _placed(path: tuple[Step, ...], counts: Mapping[tuple[Step, ...], int]) -> tuple[Step, ...]:
    """`path` with the index of the last element wherever it leads through an array of tables ([a.b] after [[a]])."""
    placed: tuple[Step, ...] = ()
    for position, step in enumerate(path):
        placed = (*placed, step)
        if position < len(path) - 1 and placed in counts:
            placed = (*placed, counts[placed])
    return placed


def _parts(dotted: str) -> tuple[Step, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
