"""The fixed sentences that parties hear from us (`notices.toml`), in their own language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import langcodes
import msgspec

from dragoman.domain.call import Notice
from dragoman.domain.language import Language
from dragoman.toml_file import TomlFile

FALLBACK = "en"
"""What is said in a language for which there are no texts."""

TEXT_MAX_LENGTH = 600

_MENU_OF_ANY = "{name}: {key}."
_SLOT = re.compile(r"\{([a-z]+)\}")
_SLOTS_OF = {"whisper": {"language"}, "menu": {"name", "key"}}


class _Texts(msgspec.Struct, forbid_unknown_fields=True, rename="kebab"):
    """The sentences of one language; "" = not given."""

    greeting: str = ""
    menu: str = ""
    no_input: str = ""
    wait: str = ""
    whisper: str = ""
    repeat: str = ""
    no_agent: str = ""
    failed: str = ""
    busy: str = ""
    limit: str = ""
    goodbye: str = ""


Sentences = Mapping[str, Mapping[str, str]]
"""Language tag (lower case), then the sentence's name as in the file, to the text."""


class Notices:
    """Sentences by language. Where a language has none of its own, its primary subtag's is taken, then English."""

    def __init__(self, sentences: Sentences) -> None:
        self._sentences = sentences

    @classmethod
    def load(cls, path: Path | None = None) -> Notices:
        """The shipped sentences, single ones replaced by the operator's file; raise SettingsError with line numbers."""
        shipped = resources.files("dragoman").joinpath("notices.toml").read_text(encoding="utf-8")
        sentences = _sentences(TomlFile("notices.toml", shipped))
        if path is not None:
            for tag, own in _sentences(TomlFile.read(path)).items():
                sentences[tag] = {**sentences.get(tag, {}), **own}
        return cls(sentences)

    def text(self, notice: Notice, hearer: Language, /, **slots: str) -> str:
        """What a party who speaks `hearer` hears; `slots` fill the braces (WHISPER: `language`)."""
        return _filled(self._find(notice.value, hearer) or self._english(notice.value), slots)

    def whisper(self, caller: Language, hearer: Language) -> str:
        """What an agent who speaks `hearer` hears before a call with a caller who speaks `caller`."""
        return self.text(Notice.WHISPER, hearer, language=language_name(caller, hearer))

    def menu_line(self, language: Language) -> str:
        """The line that offers `language` in the menu, in itself: "Para español, oprima 2."; "" without a key."""
        if not language.key:
            return ""
        template = self._find("menu", language) or _MENU_OF_ANY
        return _filled(template, {"name": language.name, "key": language.key})

    def greeting(self, language: Language) -> str:
        return self._find("greeting", language) or self._english("greeting")

    def no_input(self, language: Language) -> str:
        return self._find("no-input", language) or self._english("no-input")

    def missing(self, language: Language) -> list[str]:
        """The sentences which `language` has not and which are said in English instead: for a warning at start."""
        return [name for name in _names() if not self._find(name, language)]

    def _find(self, name: str, language: Language) -> str:
        for tag in (language.tag.lower(), language.primary):
            if text := self._sentences.get(tag, {}).get(name, ""):
                return text
        return ""

    def _english(self, name: str) -> str:
        return self._sentences[FALLBACK][name]


def language_name(language: Language, hearer: Language) -> str:
    """How a speaker of `hearer` calls `language`: "Spanish" to an English ear, "español" to a Spanish one."""
    if hearer.primary == "en":
        return language.english
    if hearer.primary == language.primary:
        return language.name
    return langcodes.Language.get(language.tag).display_name(hearer.tag)


def _names() -> tuple[str, ...]:
    return tuple(field.encode_name for field in msgspec.structs.fields(_Texts))


def _sentences(file: TomlFile) -> dict[str, dict[str, str]]:
    sentences: dict[str, dict[str, str]] = {}
    for tag, table in file.tables.items():
        texts = msgspec.to_builtins(file.convert(table, _Texts, (tag,)))
        own = {name: text.strip() for name, text in texts.items() if text.strip()}
        for name, text in own.items():
            _check_slots(file, tag, name, text)
        sentences[tag.lower()] = own
    return sentences


def _check_slots(file: TomlFile, tag: str, name: str, text: str) -> None:
    allowed = _SLOTS_OF.get(name, set())
    strange = set(_SLOT.findall(text)) - allowed
    bare = _SLOT.sub("", text)
    if strange or "{" in bare or "}" in bare or len(text) > TEXT_MAX_LENGTH:
        may = " and ".join(f"{{{slot}}}" for slot in sorted(allowed)) or "no slot"
        raise file.problem(f"at most {TEXT_MAX_LENGTH} characters, with {may} in braces", (tag, name))


def _filled(template: str, slots: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda found: slots.get(found[1], ""), template)
