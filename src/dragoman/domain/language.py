"""A language as a call uses it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NewType

LanguageTag = NewType("LanguageTag", str)
"""A BCP 47 tag as configured: `es`, `en`, `zh`, `pt-BR`."""


@dataclass(frozen=True, slots=True)
class Language:
    """One configured language.

    `name` is how its speakers call it ("Español"), `english` its English name, `key` the digit in the menu ("" = not in
    the menu), `engine` a wish ("" = the configured engine), `voice` the interpreter's voice when it speaks this
    language ("" = the engine's own choice), `locale` what the carrier's <Say> and <Gather> take ("es-ES").
    """

    tag: LanguageTag
    name: str
    english: str
    locale: str
    key: str = ""
    engine: str = ""
    voice: str = ""
    say_voice: str = ""

    @property
    def primary(self) -> str:
        """The primary subtag: `pt` of `pt-BR`. Two languages that share it need no interpreter."""
        return self.tag.split("-")[0].lower()


@dataclass(frozen=True, slots=True)
class GlossaryTerm:
    """A term and what it must become, by primary language subtag; `notes` is for the model, never spoken."""

    term: str
    translations: dict[str, str] = field(default_factory=dict)
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Glossary:
    """The terms of one operator, with an optional register ("formal", "plain") and background text."""

    terms: tuple[GlossaryTerm, ...] = ()
    register: str = ""
    background: str = ""

    def __bool__(self) -> bool:
        return bool(self.terms or self.register)


NO_GLOSSARY = Glossary()
