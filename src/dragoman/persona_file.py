"""A persona's file, read: TOML checked line by line and made into a `Persona` (`docs/howto/personas.md`)."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import resources

import langcodes
import msgspec
from langcodes.tag_parser import LanguageTagError

from dragoman.dialling import address, e164
from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import (
    FALLBACK,
    PATTERNS,
    BuiltIn,
    Eagerness,
    FaqEntry,
    HttpCall,
    HttpMethod,
    Idle,
    Interrupt,
    Persona,
    Phrase,
    PythonCall,
    ToolPlan,
    TurnDetection,
    TurnKind,
)
from dragoman.errors import SettingsError
from dragoman.persona_hours import HoursTable, hours_of
from dragoman.toml_file import Step, TomlFile

FAQ_SUFFIX = ".faq.toml"
TEXT_MAX_LENGTH = 600
INSTRUCTIONS_MAX_LENGTH = 20_000
"""More would crowd out the conversation."""
FAQ_MAX_ENTRIES = 1000
TOOLS_MAX = 64

Open = Callable[[str], TomlFile]
"""Reads a file beside the persona's, by name; raises SettingsError."""

Check = Callable[[ToolPlan], tuple[str, str] | None]
"""Looks at a tool more closely (is there such a function?): the key that is wrong and what is wrong; None = nothing."""

_SLOT = re.compile(r"\{([a-z]+)\}")
_SLOTS_OF = {
    Phrase.OPEN_NOW: {"time"},
    Phrase.CLOSED_NOW: {"day", "time"},
    Phrase.OPEN_ON: {"day", "spans"},
    Phrase.CLOSED_ON: {"day"},
    Phrase.SPAN: {"from", "until"},
}
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TARGET = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


class _Table(msgspec.Struct, forbid_unknown_fields=True, rename="kebab"):
    pass


class _Turn(_Table):
    kind: TurnKind = TurnKind.SERVER_VAD
    threshold: float = 0.5
    silence_ms: int = 500
    eagerness: Eagerness = Eagerness.AUTO


class _Interrupt(_Table):
    allowed: bool = True
    min_ms: int = 300
    min_dbfs: float = -42.0
    greeting: bool = True


class _Idle(_Table):
    after_s: float = 12.0
    most: int = 2


class _Tool(_Table):
    name: str = ""
    use: BuiltIn | None = None
    python: str = ""
    url: str = ""
    method: HttpMethod = HttpMethod.POST
    headers: dict[str, str] = {}
    description: str = ""
    timeout_s: float = 8.0
    parameters: dict[str, object] | None = None
    patterns: dict[str, list[str]] = {}
    filler: dict[str, str] = {}


class _File(_Table):
    name: str
    languages: list[str]
    instructions: str
    voice: str = ""
    model: str = ""
    refuses: list[str] = []
    transfer: str = ""
    numbers: list[str] = []
    max_minutes: float = 15.0
    faq: dict[str, str] = {}
    say: dict[str, dict[str, str]] = {}
    turn: _Turn = msgspec.field(default_factory=_Turn)
    interrupt: _Interrupt = msgspec.field(default_factory=_Interrupt)
    idle: _Idle = msgspec.field(default_factory=_Idle)
    hours: HoursTable | None = None
    tool: list[_Tool] = []


class _FaqEntry(_Table):
    ask: list[str]
    answer: str
    words: list[str] = []


class _FaqFile(_Table):
    entry: list[_FaqEntry]


_WITHIN: dict[tuple[str, ...], tuple[float, float]] = {
    ("max_minutes",): (0.5, 240),
    ("turn", "threshold"): (0, 1),
    ("turn", "silence_ms"): (100, 5000),
    ("interrupt", "min_ms"): (0, 3000),
    ("interrupt", "min_dbfs"): (-90, 0),
    ("idle", "after_s"): (0, 600),
    ("idle", "most"): (0, 20),
}


def read_persona(file: TomlFile, open_beside: Open, check: Check, transfer: str) -> tuple[Persona, tuple[str, ...]]:
    """The persona in `file`, and notes for a person; raise SettingsError with the line of what is wrong.

    `transfer` is whom it connects with where it names nobody.
    """
    read = file.convert(file.tables, _File)
    _check_texts(file, read)
    _check_ranges(file, read)
    languages = _languages(file, read.languages)
    phrases, notes = _phrases(file, read.say, languages)
    persona = Persona(
        name=read.name.strip(),
        languages=languages,
        instructions=read.instructions.strip(),
        voice=read.voice.strip(),
        model=read.model.strip(),
        refuses=tuple(text.strip() for text in read.refuses),
        hours=hours_of(file, read.hours) if read.hours is not None else None,
        tools=tuple(_tool(file, index, tool, languages, check) for index, tool in enumerate(read.tool)),
        faq=_faq(file, read.faq, languages, open_beside),
        phrases=phrases,
        transfer=_dialled(file, read.transfer, ("transfer",), address) or transfer,
        numbers=tuple(_dialled(file, one, ("numbers", at), e164) for at, one in enumerate(read.numbers)),
        turn=TurnDetection(**msgspec.structs.asdict(read.turn)),
        interrupt=Interrupt(**msgspec.structs.asdict(read.interrupt)),
        idle=Idle(**msgspec.structs.asdict(read.idle)),
        max_minutes=read.max_minutes,
        source=file.name,
    )
    _check_tools(file, persona)
    return persona, notes


def _check_texts(file: TomlFile, read: _File) -> None:
    for at, text, most in (
        (("name",), read.name, 80),
        (("instructions",), read.instructions, INSTRUCTIONS_MAX_LENGTH),
        *((("refuses", index), text, TEXT_MAX_LENGTH) for index, text in enumerate(read.refuses)),
    ):
        if not text.strip() or len(text) > most:
            raise file.problem(f"is to have 1 to {most} characters", at)


def _check_ranges(file: TomlFile, read: _File) -> None:
    for path, (low, high) in _WITHIN.items():
        value: object = read
        for name in path:
            value = getattr(value, name)
        if not (isinstance(value, int | float) and low <= value <= high):
            raise file.problem(f"is to be between {low:g} and {high:g}", tuple(name.replace("_", "-") for name in path))


def _languages(file: TomlFile, tags: Sequence[str]) -> tuple[LanguageTag, ...]:
    if not tags:
        raise file.problem("is to name one language at least, the first is spoken first", ("languages",))
    for tag in tags:
        if "_" in tag or not _valid(tag):
            raise file.problem(f"{tag!r} is not a language tag (such as ja, or pt-BR)", ("languages",))
    if len({tag.lower() for tag in tags}) < len(tags):
        raise file.problem("names a language twice", ("languages",))
    return tuple(LanguageTag(tag) for tag in tags)


def _valid(tag: str) -> bool:
    try:
        return langcodes.Language.get(tag).is_valid()
    except LanguageTagError:
        return False


def _own_tag(file: TomlFile, tag: str, languages: Sequence[LanguageTag], at: tuple[Step, ...]) -> LanguageTag:
    """`tag` as it stands in `languages`."""
    for own in languages:
        if own.lower() == tag.lower():
            return own
    raise file.problem(f"{tag!r} is none of this persona's languages ({', '.join(languages)})", at)


def _dialled(file: TomlFile, text: str, at: tuple[Step, ...], read: Callable[[str], str]) -> str:
    try:
        return read(text) if text.strip() else ""
    except ValueError as broken:
        raise file.problem(f"{text!r} {broken}", at) from None


# ---- Sentences -------------------------------------------------------------------------------------------------------


@functools.cache
def shipped_phrases() -> Mapping[str, Mapping[Phrase, str]]:
    """Primary subtag to the sentences that are shipped: all of them for each."""
    text = resources.files("dragoman").joinpath("shipped_personas", "phrases.toml").read_text(encoding="utf-8")
    file = TomlFile("phrases.toml", text)
    tables = file.convert(file.tables, dict[str, dict[str, str]])
    return {tag: {one: _phrase(file, one, table[one.value], (tag,)) for one in Phrase} for tag, table in tables.items()}


def _phrases(
    file: TomlFile, said: Mapping[str, Mapping[str, str]], languages: Sequence[LanguageTag]
) -> tuple[dict[LanguageTag, Mapping[Phrase, str]], tuple[str, ...]]:
    """Every sentence for each language, and what to tell of those that are said in English."""
    own: dict[LanguageTag, dict[Phrase, str]] = {tag: {} for tag in languages}
    for tag, table in said.items():
        texts = own[_own_tag(file, tag, languages, ("say", tag))]
        for name, text in table.items():
            try:
                phrase = Phrase(name)
            except ValueError:
                raise file.problem("there is no such sentence", ("say", tag, name)) from None
            texts[phrase] = _phrase(file, phrase, text, ("say", tag))
    shipped = shipped_phrases()
    whole: dict[LanguageTag, Mapping[Phrase, str]] = {}
    notes: list[str] = []
    for language in languages:
        native = shipped.get(language.lower().split("-")[0], {})
        whole[language] = {**shipped[FALLBACK], **native, **own[language]}
        if missing := [one.value for one in Phrase if one not in native and one not in own[language]]:
            notes.append(f"{file.name}: in {language} these are said in English: {', '.join(missing)}")
    return whole, tuple(notes)


def _phrase(file: TomlFile, phrase: Phrase, text: str, at: tuple[Step, ...]) -> str:
    at = (*at, phrase.value)
    if phrase in PATTERNS:
        return _pattern(file, text, at)
    allowed = _SLOTS_OF.get(phrase, set())
    bare = _SLOT.sub("", text)
    if set(_SLOT.findall(text)) - allowed or "{" in bare or "}" in bare:
        may = " and ".join(f"{{{slot}}}" for slot in sorted(allowed)) or "no slot"
        raise file.problem(f"may have {may} in braces", at)
    if not text.strip() or len(text) > TEXT_MAX_LENGTH:
        raise file.problem(f"is to have 1 to {TEXT_MAX_LENGTH} characters", at)
    return text if phrase is Phrase.AND else text.strip()


def _pattern(file: TomlFile, text: str, at: tuple[Step, ...]) -> str:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as broken:
        raise file.problem(f"is not a regular expression: {broken}", at) from None
    if not text or len(text) > TEXT_MAX_LENGTH:
        raise file.problem(f"is to have 1 to {TEXT_MAX_LENGTH} characters", at)
    return text


# ---- FAQ -------------------------------------------------------------------------------------------------------------


def _faq(
    file: TomlFile, names: Mapping[str, str], languages: Sequence[LanguageTag], open_beside: Open
) -> dict[LanguageTag, tuple[FaqEntry, ...]]:
    found: dict[LanguageTag, tuple[FaqEntry, ...]] = {}
    for tag, name in names.items():
        language = _own_tag(file, tag, languages, ("faq", tag))
        if "/" in name or "\\" in name or not name.endswith(FAQ_SUFFIX):
            raise file.problem(f"is to be a file beside this one whose name ends in {FAQ_SUFFIX}", ("faq", tag))
        try:
            beside = open_beside(name)
        except SettingsError as broken:
            raise file.problem(str(broken), ("faq", tag)) from None
        found[language] = faq_entries(beside)
    return found


def faq_entries(file: TomlFile) -> tuple[FaqEntry, ...]:
    """The entries of a FAQ file; raise SettingsError with the line of what is wrong."""
    read = file.convert(file.tables, _FaqFile).entry
    if len(read) > FAQ_MAX_ENTRIES:
        raise file.problem(f"has {len(read)} entries; at most {FAQ_MAX_ENTRIES} are taken")
    seen: dict[str, int] = {}
    for index, entry in enumerate(read):
        if not entry.ask:
            raise file.problem("is to have one question at least", ("entry", index, "ask"))
        for key, texts in (("ask", entry.ask), ("answer", [entry.answer]), ("words", entry.words)):
            most = 2000 if key == "answer" else 300
            if any(not text.strip() or len(text) > most for text in texts):
                raise file.problem(f"is to have texts of 1 to {most} characters", ("entry", index, key))
        for ask in entry.ask:
            if (first := seen.setdefault(ask.strip().casefold(), index)) != index:
                message = f"{ask!r} is asked a second time (entry {first + 1} answers it)"
                raise file.problem(message, ("entry", index, "ask"))
    return tuple(
        FaqEntry(tuple(ask.strip() for ask in entry.ask), entry.answer.strip(), tuple(entry.words)) for entry in read
    )


# ---- Tools -----------------------------------------------------------------------------------------------------------


def _tool(file: TomlFile, index: int, read: _Tool, languages: Sequence[LanguageTag], check: Check) -> ToolPlan:
    at = ("tool", index)
    if [bool(read.use), bool(read.python), bool(read.url)].count(True) != 1:
        raise file.problem("is to have one of use (a shipped tool), python (module:function) and url", at)
    name = read.name or (read.use.value.replace("-", "_") if read.use is not None else "")
    if not _NAME.fullmatch(name):
        raise file.problem("is to have a name of letters, digits, - and _, 64 at most", (*at, "name"))
    if not 0.1 <= read.timeout_s <= 60:
        raise file.problem("is to be between 0.1 and 60", (*at, "timeout-s"))
    if read.python and not _TARGET.fullmatch(read.python):
        raise file.problem("is to be like package.module:function", (*at, "python"))
    if read.parameters is not None and not read.url:
        raise file.problem("belong to a tool with a url; others know theirs", (*at, "parameters"))
    if not read.url and (read.headers or read.method is not HttpMethod.POST):
        raise file.problem("has headers or a method, but no url", at)
    call: PythonCall | HttpCall | BuiltIn
    if read.use is not None:
        call = read.use
    else:
        call = PythonCall(read.python) if read.python else HttpCall(read.url, read.method, dict(read.headers))
    plan = ToolPlan(
        name=name,
        call=call,
        description=read.description.strip(),
        timeout_s=read.timeout_s,
        parameters=read.parameters,
        patterns={
            _own_tag(file, tag, languages, (*at, "patterns", tag)): tuple(
                _pattern(file, text, (*at, "patterns", tag)) for text in texts
            )
            for tag, texts in read.patterns.items()
        },
        filler={
            _own_tag(file, tag, languages, (*at, "filler", tag)): text.strip() for tag, text in read.filler.items()
        },
    )
    if (wrong := check(plan)) is not None:
        raise file.problem(wrong[1], (*at, wrong[0]))
    return plan


def _check_tools(file: TomlFile, persona: Persona) -> None:
    if len(persona.tools) > TOOLS_MAX:
        raise file.problem(f"has {len(persona.tools)} tools; at most {TOOLS_MAX} are taken", ("tool",))
    names: dict[str, int] = {}
    for index, plan in enumerate(persona.tools):
        if (first := names.setdefault(plan.name, index)) != index:
            message = f"the name {plan.name!r} belongs to tool {first + 1} already"
            raise file.problem(message, ("tool", index))
        if plan.call is BuiltIn.HOURS and persona.hours is None:
            raise file.problem("needs [hours]", ("tool", index, "use"))
        if plan.call is BuiltIn.FAQ and not persona.faq:
            raise file.problem("needs [faq]", ("tool", index, "use"))
