"""An operator's glossary: a TOML file of terms, with the register and the background of the calls.

    register = "formal"
    background = "A bank's card department."

    [[term]]
    term = "overdraft"
    translations = { es = "descubierto", fr = "découvert" }
    notes = "Not 'sobregiro'."

`translations` go by primary language subtag. A term without a translation into a language stays as it is (a brand).
"""

from __future__ import annotations

from pathlib import Path

import langcodes
import msgspec

from dragoman.domain.language import Glossary, GlossaryTerm
from dragoman.toml_file import TomlFile

TERMS_MAX = 500
"""More would crowd out a model's instructions."""

TERM_MAX_LENGTH = 200

BACKGROUND_MAX_LENGTH = 4000


class _Term(msgspec.Struct, forbid_unknown_fields=True):
    term: str
    translations: dict[str, str] = {}
    notes: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    register: str = ""
    background: str = ""
    term: list[_Term] = []


def load_glossary(path: Path | None) -> Glossary:
    """The glossary in the file at `path` (None: an empty one); raise SettingsError with the line of what is wrong."""
    if path is None:
        return Glossary()
    file = TomlFile.read(path, "DRAGOMAN_GLOSSARY")
    read = file.convert(file.tables, _File)
    if len(read.term) > TERMS_MAX:
        raise file.problem(f"has {len(read.term)} terms; at most {TERMS_MAX} are taken")
    if len(read.background) > BACKGROUND_MAX_LENGTH:
        raise file.problem(f"is longer than {BACKGROUND_MAX_LENGTH} characters", ("background",))
    seen: dict[str, int] = {}
    for index, term in enumerate(read.term):
        _check(file, index, term)
        if (first := seen.setdefault(term.term.casefold(), index)) != index:
            raise file.problem(
                f"{term.term!r} stands here a second time (term {first + 1} is the first)", ("term", index)
            )
    terms = tuple(GlossaryTerm(term.term.strip(), dict(term.translations), term.notes.strip()) for term in read.term)
    return Glossary(terms=terms, register=read.register.strip(), background=read.background.strip())


def _check(file: TomlFile, index: int, term: _Term) -> None:
    for name, text in (("term", term.term), *(("translations", text) for text in term.translations.values())):
        if not text.strip() or len(text) > TERM_MAX_LENGTH:
            raise file.problem(f"is to have 1 to {TERM_MAX_LENGTH} characters", ("term", index, name))
    for tag in term.translations:
        if not (2 <= len(tag) <= 3 and tag.islower() and langcodes.tag_is_valid(tag)):
            message = f"{tag!r} is not a primary language subtag (such as es, not es-MX)"
            raise file.problem(message, ("term", index, "translations"))
