"""Personas for tests: small ones in memory, and folders of files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dragoman.domain.call import CallId
from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import FaqEntry, Persona, ToolPlan
from dragoman.domain.tools import CallFacts
from dragoman.persona_file import faq_entries, shipped_phrases
from dragoman.toml_file import TomlFile

EN, JA = LanguageTag("en"), LanguageTag("ja")
MONDAY_10_IN_TOKYO = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)

LEAST = 'name = "{name}"\nlanguages = ["en"]\ninstructions = "Be brief."\n'
"""The shortest file of a persona."""


def persona(*tools: ToolPlan, **fields: Any) -> Persona:
    """A persona that speaks Japanese and English, with the shipped sentences."""
    phrases = {tag: shipped_phrases()[tag] for tag in (JA, EN)}
    whole = {"name": "test", "languages": (JA, EN), "instructions": "Be brief.", "phrases": phrases, "tools": tools}
    return Persona(**{**whole, **fields})


def facts(language: str = "en", now: datetime = MONDAY_10_IN_TOKYO, caller: str = "+819012345678") -> CallFacts:
    return CallFacts(CallId("call-1"), LanguageTag(language), caller, now)


def shipped_faq(language: str) -> tuple[FaqEntry, ...]:
    path = Path(__file__).parents[2] / "src" / "dragoman" / "shipped_personas" / f"reception.{language}.faq.toml"
    return faq_entries(TomlFile.read(path))


def write(folder: Path, files: Mapping[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
