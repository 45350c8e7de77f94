"""The bench's sentences."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("sentences.toml")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`source` and `target` are languages; `numbers` must be heard and spoken, `names` must come out as they are."""

    source: str
    target: str
    said: str
    reference: str
    numbers: tuple[str, ...]
    names: tuple[str, ...]


def read(path: Path = FILE) -> list[Sentence]:
    """All sentences, Spanish first."""
    listed = tomllib.loads(path.read_text(encoding="utf-8"))
    return [
        Sentence(source, target, one["said"], one["reference"], tuple(one["numbers"]), tuple(one.get("names", ())))
        for source, target in (("es", "en"), ("en", "es"))
        for one in listed[source]
    ]
