"""Who answers a number: an assistant's languages, words, manners and tools, as its file says them (`personas.py`)."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from dragoman.domain.hours import Hours
from dragoman.domain.language import LanguageTag

VALUE_MARK = "__"
"""Between an argument and its value in the name of a pattern's group: `(?P<day__monday>...)` gives day = monday."""

FALLBACK = LanguageTag("en")
"""What is said in a language for which there are no texts."""

_SLOT = re.compile(r"\{([a-z]+)\}")


class Phrase(enum.Enum):
    """The fixed sentences of an assistant: shipped in English and Japanese, replaced by a persona's `[say.<tag>]`.

    Those of the small mind (`tools.mind`) are marked so; `{slots}` as named there.
    """

    GREETING = "greeting"
    """The first thing said. It says that an AI speaks."""
    FILLER = "filler"
    """While a tool is slow."""
    IDLE = "idle"
    """The caller has said nothing for `Idle.after_s`."""
    IDLE_GOODBYE = "idle-goodbye"
    """After `Idle.most` of those."""
    GOODBYE = "goodbye"
    TIME_UP = "time-up"
    """The call is `Persona.max_minutes` long."""
    TIME_SHORT = "time-short"
    """A minute before that, in a call of some length."""
    ENGINE_DOWN = "engine-down"
    """The assistant fails in mid-call, and somebody can be reached or a message taken."""
    TOOL_FAILED = "tool-failed"
    """A tool gave no answer."""
    TRANSFERRING = "transferring"
    TRANSFER_CLOSED = "transfer-closed"
    """Nobody is there outside the hours; offers to take a message."""
    NO_TRANSFER = "no-transfer"
    """There is nobody to connect with."""
    DIGITS_SENT = "digits-sent"
    MESSAGE_KEPT = "message-kept"
    NOT_UNDERSTOOD = "not-understood"
    """Something was said, and what it was is not sure."""
    NO_ANSWER = "no-answer"
    """The FAQ has nothing on that."""
    CANNOT = "cannot"
    """Small mind: cannot answer, and has nothing to offer."""
    CANNOT_MESSAGE = "cannot-message"
    """Small mind: cannot answer; shall it take a message?"""
    CANNOT_TRANSFER = "cannot-transfer"
    """Small mind: cannot answer; shall it connect?"""
    CANNOT_EITHER = "cannot-either"
    """Small mind: cannot answer; a message, or shall it connect?"""
    WHICH = "which"
    """Small mind: a yes to CANNOT_EITHER: which of the two?"""
    MESSAGE_PLEASE = "message-please"
    """Small mind: what is the message?"""
    ALL_RIGHT = "all-right"
    """Small mind: neither; anything else?"""
    OPEN_NOW = "open-now"
    """{time}: until when."""
    OPEN_LONG = "open-long"
    """Open for longer than a day yet."""
    OPEN_ALWAYS = "open-always"
    CLOSED_NOW = "closed-now"
    """{day}, {time}: when it opens."""
    CLOSED_LONG = "closed-long"
    OPEN_ON = "open-on"
    """{day}, {spans}."""
    CLOSED_ON = "closed-on"
    """{day}."""
    SPAN = "span"
    """{from}, {until}: one piece of {spans}."""
    AND = "and"
    """Between two spans."""
    TODAY = "today"
    TOMORROW = "tomorrow"
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    YES = "yes"
    """A pattern: what the small mind takes for a yes."""
    NO = "no"
    """A pattern."""
    WANTS_MESSAGE = "wants-message"
    """A pattern: leave a message."""
    WANTS_PERSON = "wants-person"
    """A pattern: talk to somebody."""


PATTERNS = frozenset({Phrase.YES, Phrase.NO, Phrase.WANTS_MESSAGE, Phrase.WANTS_PERSON})
"""Regular expressions that are looked for in what a caller says; never spoken."""


class BuiltIn(enum.Enum):
    """The tools that are shipped; the value is `use` in a persona's file."""

    FAQ = "faq"
    HOURS = "hours"
    TRANSFER = "transfer"
    HAND_OVER = "hand-over"
    """To a person, with an interpreter between: who speaks the caller's language is not needed."""
    MESSAGE = "message"
    DIGITS = "digits"
    HANG_UP = "hang-up"


@dataclass(frozen=True, slots=True)
class PythonCall:
    """A function of the operator's: `package.module:function`."""

    target: str


class HttpMethod(enum.Enum):
    GET = "GET"
    """Arguments in the query."""
    POST = "POST"
    """Arguments as a JSON object."""


@dataclass(frozen=True, slots=True)
class HttpCall:
    """An endpoint. `{name}` in the path is an argument's place; `${NAME}` in a header is read from the environment."""

    url: str
    method: HttpMethod = HttpMethod.POST
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolPlan:
    """A tool as a persona declares it.

    `description` "" = the function's docstring, or the shipped one. `parameters` is a JSON schema of type object; None
    where it follows from the function. `patterns` are regular expressions by which the small mind calls it: named
    groups are arguments (VALUE_MARK). `filler` "" or missing = the persona's.
    """

    name: str
    call: PythonCall | HttpCall | BuiltIn
    description: str = ""
    timeout_s: float = 8.0
    parameters: Mapping[str, object] | None = None
    patterns: Mapping[LanguageTag, tuple[str, ...]] = field(default_factory=dict)
    filler: Mapping[LanguageTag, str] = field(default_factory=dict)


class TurnKind(enum.Enum):
    SERVER_VAD = "server-vad"
    SEMANTIC_VAD = "semantic-vad"


class Eagerness(enum.Enum):
    AUTO = "auto"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class TurnDetection:
    """When the engine takes a turn for ended: `threshold` and `silence_ms` of server VAD, `eagerness` of semantic."""

    kind: TurnKind = TurnKind.SERVER_VAD
    threshold: float = 0.5
    silence_ms: int = 500
    eagerness: Eagerness = Eagerness.AUTO


@dataclass(frozen=True, slots=True)
class Interrupt:
    """What it takes to stop the assistant in mid-sentence: speech of `min_ms` at `min_dbfs` or louder.

    `allowed` False: it always finishes. `greeting` False: its first sentence does.
    """

    allowed: bool = True
    min_ms: int = 300
    min_dbfs: float = -42.0
    greeting: bool = True


@dataclass(frozen=True, slots=True)
class Idle:
    """After so many seconds in which nobody spoke, Phrase.IDLE, at most `most` times; then goodbye. 0 s = never."""

    after_s: float = 12.0
    most: int = 2


@dataclass(frozen=True, slots=True)
class FaqEntry:
    """One answer, and the ways of asking for it. `words` are further words that belong to it."""

    asks: tuple[str, ...]
    answer: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Persona:
    """An assistant. `name` is unique in its folder; the first of `languages` is the one that it begins in.

    `voice` and `model` "" = the engine's. `transfer` "" = nobody, else a number with +, a sip: or client: address.
    `numbers` (E.164) are those that it answers; none = all that no other answers. `phrases` hold every Phrase for each
    of `languages` (the loader fills up). `source` is the file, for logs and complaints.
    """

    name: str
    languages: tuple[LanguageTag, ...]
    instructions: str
    voice: str = ""
    model: str = ""
    refuses: tuple[str, ...] = ()
    hours: Hours | None = None
    tools: tuple[ToolPlan, ...] = ()
    faq: Mapping[LanguageTag, tuple[FaqEntry, ...]] = field(default_factory=dict)
    phrases: Mapping[LanguageTag, Mapping[Phrase, str]] = field(default_factory=dict)
    transfer: str = ""
    numbers: tuple[str, ...] = ()
    turn: TurnDetection = TurnDetection()
    interrupt: Interrupt = Interrupt()
    idle: Idle = Idle()
    max_minutes: float = 15.0
    source: str = ""

    def language(self, tag: str) -> LanguageTag:
        """That of its languages which is meant by `tag`: the same, one with the same primary subtag, or its first."""
        wanted = tag.lower()
        exact = next((one for one in self.languages if one.lower() == wanted), None)
        primary = wanted.split("-")[0]
        alike = next((one for one in self.languages if one.lower().split("-")[0] == primary), None)
        return exact or alike or self.languages[0]

    def say(self, phrase: Phrase, tag: str, /, **slots: str) -> str:
        """A fixed sentence in one of its languages; `slots` fill the braces."""
        return _SLOT.sub(lambda found: slots.get(found[1], ""), self.phrases[self.language(tag)][phrase])

    def filler(self, tool: str, tag: str) -> str:
        """What is said while `tool` is slow."""
        plan = self.tool(tool)
        own = plan.filler.get(self.language(tag), "") if plan is not None else ""
        return own or self.say(Phrase.FILLER, tag)

    def tool(self, name: str) -> ToolPlan | None:
        return next((plan for plan in self.tools if plan.name == name), None)

    def built_in(self, kind: BuiltIn) -> ToolPlan | None:
        """Its tool of that kind, under whatever name."""
        return next((plan for plan in self.tools if plan.call is kind), None)

    def answers(self, tag: str) -> tuple[FaqEntry, ...]:
        """Its FAQ in one of its languages."""
        return self.faq.get(self.language(tag), ())
