"""The fixed sentences that parties hear from us (`notices.toml`), in their own language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import langcodes
import msgspec

from dragoman.domain.call import CONSENT_KEY, Notice, Role
from dragoman.domain.language import Language
from dragoman.toml_file import TomlFile

FALLBACK = "en"
"""What is said in a language for which there are no texts."""

TEXT_MAX_LENGTH = 600

_MENU_OF_ANY = "{name}: {key}."
_SLOT = re.compile(r"\{([a-z]+)\}")
_SPACES = re.compile(r" {2,}")
_SLOTS_OF = {
    "whisper": {"language"},
    "menu": {"name", "key"},
    "announce": {"kept", "person"},
    "announce-short": {"kept", "person"},
    "person": {"key"},
    "consent": {"key"},
    "queue-position": {"position"},
}
_VERSION = "version"
VERSION_MAX_LENGTH = 40


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
    announce: str = ""
    announce_short: str = ""
    kept_transcript: str = ""
    kept_nothing: str = ""
    person: str = ""
    consent: str = ""
    consent_refused: str = ""
    other_refused: str = ""
    person_coming: str = ""
    person_left: str = ""
    no_person: str = ""
    interpreter_down: str = ""
    interpreter_back: str = ""
    person_instead: str = ""
    queue_position: str = ""
    still_waiting: str = ""
    too_many: str = ""
    back_again: str = ""
    other_away: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What announcements say of this node. `transcribed`: what is said is kept as text. `person_keys`: the key that
    asks for a person, by who presses it; none or "" = there is none.
    """

    transcribed: bool = False
    person_keys: Mapping[Role, str] = field(default_factory=dict)


Sentences = Mapping[str, Mapping[str, str]]
"""Language tag (lower case), then the sentence's name as in the file, to the text."""


class Notices:
    """Sentences by language. Where a language has none of its own, its primary subtag's is taken, then English.

    `version` tells which texts these are, for the record of a call: the shipped one, with the operator's behind a `+`.
    """

    def __init__(self, sentences: Sentences, version: str = "", facts: Facts | None = None) -> None:
        self._sentences = sentences
        self._facts = facts or Facts()
        self.version = version

    @classmethod
    def load(cls, path: Path | None = None, facts: Facts | None = None) -> Notices:
        """The shipped sentences, single ones replaced by the operator's file; raise SettingsError with line numbers."""
        shipped = resources.files("dragoman").joinpath("notices.toml").read_text(encoding="utf-8")
        file = TomlFile("notices.toml", shipped)
        sentences, version = _sentences(file), _version(file)
        if path is not None:
            file = TomlFile.read(path, "DRAGOMAN_NOTICES")
            for tag, own in _sentences(file).items():
                sentences[tag] = {**sentences.get(tag, {}), **own}
            version = f"{version}+{_version(file) or 'own'}"
        return cls(sentences, version, facts)

    def words(self, notice: Notice, role: Role, hearer: Language, caller: Language, number: int = 0) -> str:
        """What `role`, who speaks `hearer`, hears in a call with a caller who speaks `caller`: everything filled in.

        `number` is the place in the queue (QUEUE_POSITION).
        """
        match notice:
            case Notice.WHISPER:
                return self.whisper(caller, hearer)
            case Notice.ANNOUNCE | Notice.ANNOUNCE_SHORT:
                kept = self._own("kept-transcript" if self._facts.transcribed else "kept-nothing", hearer)
                key = self._facts.person_keys.get(role, "")
                person = _filled(self._own("person", hearer), {"key": key}) if key else ""
                return self.text(notice, hearer, kept=kept, person=person)
            case Notice.CONSENT:
                return self.text(notice, hearer, key=CONSENT_KEY)
            case Notice.QUEUE_POSITION:
                return self.text(notice, hearer, position=str(number))
            case _:
                return self.text(notice, hearer)

    def text(self, notice: Notice, hearer: Language, /, **slots: str) -> str:
        """What a party who speaks `hearer` hears; `slots` fill the braces (WHISPER: `language`)."""
        return _filled(self._own(notice.value, hearer), slots)

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
        return self._own("greeting", language)

    def no_input(self, language: Language) -> str:
        return self._own("no-input", language)

    def missing(self, language: Language) -> list[str]:
        """The sentences which `language` has not and which are said in English instead: for a warning at start."""
        return [name for name in _names() if not self._find(name, language)]

    def _find(self, name: str, language: Language) -> str:
        for tag in (language.tag.lower(), language.primary):
            if text := self._sentences.get(tag, {}).get(name, ""):
                return text
        return ""

    def _own(self, name: str, language: Language) -> str:
        return self._find(name, language) or self._sentences[FALLBACK][name]


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
        if tag == _VERSION:
            continue
        texts = msgspec.to_builtins(file.convert(table, _Texts, (tag,)))
        own = {name: text.strip() for name, text in texts.items() if text.strip()}
        for name, text in own.items():
            _check_slots(file, tag, name, text)
        sentences[tag.lower()] = own
    return sentences


def _version(file: TomlFile) -> str:
    """What the file says of itself; "" = nothing."""
    version = file.tables.get(_VERSION, "")
    if not isinstance(version, str) or len(version) > VERSION_MAX_LENGTH or not version.isprintable():
        raise file.problem(f'a text of at most {VERSION_MAX_LENGTH} characters, such as "2"', (_VERSION,))
    return version.strip()


def _check_slots(file: TomlFile, tag: str, name: str, text: str) -> None:
    allowed = _SLOTS_OF.get(name, set())
    strange = set(_SLOT.findall(text)) - allowed
    bare = _SLOT.sub("", text)
    if strange or "{" in bare or "}" in bare or len(text) > TEXT_MAX_LENGTH:
        may = " and ".join(f"{{{slot}}}" for slot in sorted(allowed)) or "no slot"
        raise file.problem(f"at most {TEXT_MAX_LENGTH} characters, with {may} in braces", (tag, name))


def _filled(template: str, slots: Mapping[str, str]) -> str:
    return _SPACES.sub(" ", _SLOT.sub(lambda found: slots.get(found[1], ""), template)).strip()
