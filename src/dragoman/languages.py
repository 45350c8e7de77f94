"""The languages of a node: what is shipped, what the operator adds, and which of them the engines can carry."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import langcodes
import msgspec
from langcodes.tag_parser import LanguageTagError

from dragoman.domain.language import Language, LanguageTag
from dragoman.errors import SettingsError
from dragoman.ports import Engine, LanguageBook
from dragoman.toml_file import TomlFile

PASSTHROUGH = "passthrough"
"""What stands for an engine's name where both parties share the language."""


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    """One language as a file says it; what is not said is None."""

    name: str | None = None
    english: str | None = None
    locale: str | None = None
    key: str | None = None
    engine: str | None = None
    voice: str | None = None
    say_voice: str | None = None


def languages(path: Path | None = None) -> tuple[Language, ...]:
    """The shipped languages, with the operator's file laid over them; raise SettingsError with line numbers."""
    shipped = resources.files("dragoman").joinpath("languages.toml").read_text(encoding="utf-8")
    entries = {tag: entry for tag, entry in _entries(TomlFile("languages.toml", shipped)).items() if entry is not None}
    if path is not None:
        _lay_over(entries, _entries(TomlFile.read(path, "DRAGOMAN_LANGUAGES")))
    return tuple(_language(tag, entry) for tag, entry in entries.items())


def language_of(tag: str, configured: Sequence[Language] = ()) -> Language:
    """The language meant by a valid tag: a configured one with that tag or its primary subtag, else as it is known."""
    return _find(configured, tag) or _language(tag, _Entry())


def choose(engines: Sequence[Engine], source: Language, target: Language) -> Engine | None:
    """The first engine, in the given order, that carries `source` to `target`; a language's own wish decides."""
    wish = target.engine or source.engine
    able = [engine for engine in engines if engine.capabilities.carries(source.primary, target.primary)]
    if wish:
        return next((engine for engine in able if engine.name == wish), None)
    return able[0] if able else None


def book(configured: Sequence[Language], agent_tag: str, engines: Sequence[Engine]) -> LanguageBook:
    """Offer the languages that `engines` carry to the agent's language and back; say why the others are left out.

    A language that shares the agent's primary subtag needs no engine. Raise SettingsError when the agent's language is
    not configured.
    """
    agent = _find(configured, agent_tag)
    if agent is None:
        known = ", ".join(language.tag for language in configured)
        raise SettingsError(
            [f"DRAGOMAN_AGENT_LANGUAGE: {agent_tag!r} is not a configured language. Take one of {known}, or add it."]
        )
    left_out = {language.tag: reason for language in configured if (reason := _why_not(language, agent, engines))}
    offered = tuple(language for language in configured if language.tag not in left_out)
    return LanguageBook(offered=offered, agent=agent, left_out=left_out)


def _why_not(language: Language, agent: Language, engines: Sequence[Engine]) -> str:
    """Why callers cannot be offered `language`, in words that many share; "" when they can."""
    if language.primary == agent.primary:
        return ""
    match choose(engines, language, agent) is not None, choose(engines, agent, language) is not None:
        case True, True:
            return ""
        case True, False:
            what = f"{agent.english} into that language"
        case False, True:
            what = f"that language into {agent.english}"
        case _:
            what = f"that language into {agent.english}, nor back"
    wish = language.engine or agent.engine
    names = wish or ", ".join(engine.name for engine in engines) or "no engine is configured and so nothing"
    return f"{names} does not carry {what}"


def _find(configured: Sequence[Language], tag: str) -> Language | None:
    wanted = tag.strip().lower().replace("_", "-")
    exact = next((language for language in configured if language.tag.lower() == wanted), None)
    return exact or next((language for language in configured if language.primary == wanted.split("-")[0]), None)


def _entries(file: TomlFile) -> dict[str, _Entry | None]:
    """Tag to entry; None takes the language away."""
    entries: dict[str, _Entry | None] = {}
    keys: dict[str, str] = {}
    for tag, value in file.tables.items():
        if not _valid(tag):
            raise file.problem("is not a language tag (such as es, or pt-BR)", (tag,))
        if value is False:
            entries[tag] = None
            continue
        entry = file.convert(value, _Entry, (tag,))
        if entry.key and not (len(entry.key) == 1 and entry.key.isascii() and entry.key.isdigit()):
            raise file.problem(f"the key {entry.key!r} is not one digit", (tag, "key"))
        if entry.key and (other := keys.setdefault(entry.key, tag)) != tag:
            raise file.problem(f"the key {entry.key} belongs to {other} already", (tag, "key"))
        entries[tag] = entry
    return entries


def _lay_over(entries: dict[str, _Entry], additions: dict[str, _Entry | None]) -> None:
    """Change `entries` by the operator's; a key that the operator gives away is taken from whoever had it."""
    for tag, addition in additions.items():
        if addition is None:
            entries.pop(tag, None)
            continue
        if addition.key:
            for other in entries.values():
                if other.key == addition.key:
                    other.key = ""
        said = {field: value for field, value in msgspec.structs.asdict(addition).items() if value is not None}
        entries[tag] = msgspec.structs.replace(entries.get(tag, _Entry()), **said)


def _language(tag: str, entry: _Entry) -> Language:
    looked_up = langcodes.Language.get(tag)
    own = looked_up.autonym()
    return Language(
        tag=LanguageTag(tag),
        name=entry.name or own[:1].upper() + own[1:],
        english=entry.english or looked_up.display_name("en"),
        locale=entry.locale or f"{looked_up.language}-{looked_up.maximize().territory}",
        key=entry.key or "",
        engine=entry.engine or "",
        voice=entry.voice or "",
        say_voice=entry.say_voice or "",
    )


def _valid(tag: str) -> bool:
    try:
        return langcodes.Language.get(tag).is_valid()
    except LanguageTagError:
        return False
