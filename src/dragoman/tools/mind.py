"""The small mind: answers a caller with no language model, and says so when it cannot.

In this order: what it asked the caller itself (a message, or a person?), the patterns that the persona's tools declare,
the persona's FAQ where it is sure; and else that it cannot answer, with an offer of what it has. It makes nothing up:
all that it says stands in the persona's files, or came from a tool. Pure: state in, state out.
"""

from __future__ import annotations

import enum
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import VALUE_MARK, BuiltIn, Persona, Phrase, ToolPlan
from dragoman.domain.tools import ToolAsked, ToolResult
from dragoman.tools.faq import SURE, FaqIndex
from dragoman.tools.terms import terms

HEARD_MAX_LENGTH = 1000
"""Of what a caller says at once; what is beyond is not looked at."""

_CONTENT_MIN = 0.8
"""A reply with less weight than this beside its yes or no says nothing else."""


class Awaiting(enum.Enum):
    """What the mind asked the caller last."""

    NOTHING = "nothing"
    EITHER = "either"
    """A message, or a person?"""
    MESSAGE_OFFER = "message-offer"
    PERSON_OFFER = "person-offer"
    MESSAGE = "message"
    """The message itself."""
    MORE = "more"
    """Anything else?"""


@dataclass(frozen=True, slots=True)
class MindState:
    """One call's. `open_question` is what could not be answered last; `calls` counts the tools that were called."""

    awaiting: Awaiting = Awaiting.NOTHING
    open_question: str = ""
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """Say `say` ("" = nothing), or call `call` and give its result to `SmallMind.after`. `cannot`: it had no answer."""

    state: MindState
    say: str = ""
    call: ToolAsked | None = None
    cannot: bool = False


_ASKS: Mapping[Phrase, Awaiting] = {
    Phrase.TRANSFER_CLOSED: Awaiting.MESSAGE_OFFER,
    Phrase.CANNOT_MESSAGE: Awaiting.MESSAGE_OFFER,
    Phrase.CANNOT_TRANSFER: Awaiting.PERSON_OFFER,
    Phrase.CANNOT_EITHER: Awaiting.EITHER,
    Phrase.WHICH: Awaiting.EITHER,
    Phrase.MESSAGE_PLEASE: Awaiting.MESSAGE,
}


class SmallMind:
    """The mind of one persona, for all its calls. `tools` are the names of those that can be called here."""

    def __init__(self, persona: Persona, faq: Mapping[LanguageTag, FaqIndex], tools: frozenset[str]) -> None:
        self._persona = persona
        self._faq = faq
        self._tools = tuple(plan for plan in persona.tools if plan.name in tools)
        self._patterns = {
            tag: tuple(
                (plan, re.compile(text, re.IGNORECASE)) for plan in self._tools for text in plan.patterns.get(tag, ())
            )
            for tag in persona.languages
        }

    def answer(self, text: str, language: str, state: MindState) -> Reply:
        """What to do about what the caller said."""
        tag = self._persona.language(language)
        heard = unicodedata.normalize("NFKC", text[:HEARD_MAX_LENGTH]).strip()
        if not heard:
            return Reply(state)
        if state.awaiting is not Awaiting.NOTHING and (reply := self._decided(heard, tag, state)) is not None:
            return reply
        rested = replace(state, awaiting=Awaiting.NOTHING)
        asked = self._beside(heard, tag) if state.awaiting is not Awaiting.NOTHING else heard
        if (reply := self._by_pattern(heard, tag, rested) or self._by_faq(asked, tag, rested)) is not None:
            return reply
        if state.awaiting is not Awaiting.NOTHING and (reply := self._guessed(heard, tag, state)) is not None:
            return reply
        return self._cannot(heard, tag, rested)

    def after(self, asked: ToolAsked, result: ToolResult, language: str, state: MindState) -> Reply:
        """What to say when a tool that it called gave `result`. The result's action is for who carries the call."""
        tag = self._persona.language(language)
        plan = self._persona.tool(asked.name)
        kind = plan.call if plan is not None else None
        if not result.spoken:
            return self._cannot(state.open_question, tag, state)
        if kind is BuiltIn.MESSAGE and not result.is_error:
            return Reply(replace(state, awaiting=Awaiting.MORE, open_question=""), result.spoken)
        if kind in (BuiltIn.TRANSFER, BuiltIn.HAND_OVER) and result.action is None and self._has(BuiltIn.MESSAGE):
            return Reply(replace(state, awaiting=Awaiting.MESSAGE_OFFER), result.spoken)
        return Reply(replace(state, awaiting=Awaiting.NOTHING), result.spoken)

    def recalled(self, said: str, language: str, state: MindState) -> MindState:
        """What the caller was asked last, by the sentence that asked: an earlier session said it, or whoever carries
        the call, who could not reach a person.
        """
        if state.awaiting is not Awaiting.NOTHING:
            return state
        tag, text = self._persona.language(language), said.strip()
        asks = (awaiting for phrase, awaiting in _ASKS.items() if text == self._say(phrase, tag))
        awaiting = next(asks, Awaiting.NOTHING)
        wants_message = awaiting in (Awaiting.MESSAGE, Awaiting.MESSAGE_OFFER)
        return state if wants_message and not self._has(BuiltIn.MESSAGE) else replace(state, awaiting=awaiting)

    # ---- What the mind asked itself ----------------------------------------------------------------------------------

    def _decided(self, heard: str, tag: LanguageTag, state: MindState) -> Reply | None:
        """A plain reply to what was asked; None when it says something else (too)."""
        if state.awaiting is Awaiting.MESSAGE:
            if self._plain(Phrase.NO, heard, tag):
                return Reply(replace(state, awaiting=Awaiting.MORE), self._say(Phrase.ALL_RIGHT, tag))
            return self._call_built_in(BuiltIn.MESSAGE, {"text": heard}, state)
        if state.awaiting is not Awaiting.MORE and (reply := self._chosen(heard, tag, state)) is not None:
            return reply
        if self._plain(Phrase.NO, heard, tag):
            return self._no(tag, state)
        if self._plain(Phrase.YES, heard, tag):
            return self._yes(heard, tag, state)
        return None

    def _guessed(self, heard: str, tag: LanguageTag, state: MindState) -> Reply | None:
        """A reply that begins with yes or no and goes on with what nobody understands."""
        if state.awaiting is Awaiting.MORE:
            return None
        if self._begins(Phrase.NO, heard, tag):
            return None
        return self._yes(heard, tag, state) if self._begins(Phrase.YES, heard, tag) else None

    def _chosen(self, heard: str, tag: LanguageTag, state: MindState) -> Reply | None:
        """The caller named one of the two; None when neither."""
        message = self._has(BuiltIn.MESSAGE) and self._begins(Phrase.WANTS_MESSAGE, heard, tag)
        person = self._person() is not None and self._begins(Phrase.WANTS_PERSON, heard, tag)
        if message and person:
            return Reply(replace(state, awaiting=Awaiting.EITHER), self._say(Phrase.WHICH, tag))
        if self._begins(Phrase.NO, heard, tag):
            return None
        if message:
            return self._ask_message(tag, state)
        return self._connect(heard, tag, state) if person else None

    def _yes(self, heard: str, tag: LanguageTag, state: MindState) -> Reply:
        match state.awaiting:
            case Awaiting.MESSAGE_OFFER:
                return self._ask_message(tag, state)
            case Awaiting.PERSON_OFFER:
                return self._connect(heard, tag, state)
            case Awaiting.EITHER:
                return Reply(state, self._say(Phrase.WHICH, tag))
            case Awaiting.NOTHING | Awaiting.MESSAGE | Awaiting.MORE:
                return Reply(replace(state, awaiting=Awaiting.NOTHING), self._say(Phrase.ALL_RIGHT, tag))

    def _no(self, tag: LanguageTag, state: MindState) -> Reply:
        if state.awaiting is not Awaiting.MORE:
            return Reply(replace(state, awaiting=Awaiting.MORE), self._say(Phrase.ALL_RIGHT, tag))
        if self._has(BuiltIn.HANG_UP):
            return self._call_built_in(BuiltIn.HANG_UP, {}, state)
        return Reply(replace(state, awaiting=Awaiting.NOTHING), self._say(Phrase.GOODBYE, tag))

    def _ask_message(self, tag: LanguageTag, state: MindState) -> Reply:
        return Reply(replace(state, awaiting=Awaiting.MESSAGE), self._say(Phrase.MESSAGE_PLEASE, tag))

    def _connect(self, heard: str, tag: LanguageTag, state: MindState) -> Reply:
        person = self._person()
        if person is None:
            return self._cannot(heard, tag, state)
        return self._call(person, self._summary(person, state.open_question or heard, tag), state)

    # ---- Patterns, FAQ, and neither ----------------------------------------------------------------------------------

    def _by_pattern(self, heard: str, tag: LanguageTag, state: MindState) -> Reply | None:
        for plan, pattern in self._patterns[tag]:
            found = pattern.search(heard)
            if found is None:
                continue
            arguments = _arguments(found)
            match plan.call:
                case BuiltIn.MESSAGE if "text" not in arguments:
                    return self._ask_message(tag, state)
                case BuiltIn.TRANSFER | BuiltIn.HAND_OVER:
                    arguments = self._summary(plan, state.open_question or heard, tag) | arguments
                case _:
                    pass
            return self._call(plan, arguments, replace(state, open_question=heard))
        return None

    def _by_faq(self, heard: str, tag: LanguageTag, state: MindState) -> Reply | None:
        index = self._faq.get(tag)
        hits = index.find(heard, most=1, at_least=SURE) if index is not None else ()
        return Reply(replace(state, open_question=""), hits[0].entry.answer) if hits else None

    def _cannot(self, heard: str, tag: LanguageTag, state: MindState) -> Reply:
        message, person = self._has(BuiltIn.MESSAGE), self._person() is not None
        match message, person:
            case True, True:
                phrase, awaiting = Phrase.CANNOT_EITHER, Awaiting.EITHER
            case True, False:
                phrase, awaiting = Phrase.CANNOT_MESSAGE, Awaiting.MESSAGE_OFFER
            case False, True:
                phrase, awaiting = Phrase.CANNOT_TRANSFER, Awaiting.PERSON_OFFER
            case _:
                phrase, awaiting = Phrase.CANNOT, Awaiting.NOTHING
        after = replace(state, awaiting=awaiting, open_question=heard or state.open_question)
        return Reply(after, self._say(phrase, tag), cannot=True)

    def _summary(self, plan: ToolPlan, said: str, tag: LanguageTag) -> dict[str, str]:
        """For the person: the caller's own words, which nobody here could translate."""
        foreign = plan.call is BuiltIn.TRANSFER and tag != self._persona.languages[0]
        return {"summary": said, "language": tag} if foreign else {"summary": said}

    # ---- Small parts -------------------------------------------------------------------------------------------------

    def _call_built_in(self, kind: BuiltIn, arguments: Mapping[str, str], state: MindState) -> Reply:
        plan = next(plan for plan in self._tools if plan.call is kind)
        return self._call(plan, arguments, state)

    def _call(self, plan: ToolPlan, arguments: Mapping[str, str], state: MindState) -> Reply:
        after = replace(state, awaiting=Awaiting.NOTHING, calls=state.calls + 1)
        written = json.dumps(arguments, ensure_ascii=False)
        return Reply(after, call=ToolAsked(f"mind-{after.calls}", plan.name, written))

    def _person(self) -> ToolPlan | None:
        """The tool that connects with one, if any."""
        kinds = (BuiltIn.TRANSFER, BuiltIn.HAND_OVER)
        return next((plan for plan in self._tools if plan.call in kinds), None)

    def _has(self, kind: BuiltIn) -> bool:
        return any(plan.call is kind for plan in self._tools)

    def _say(self, phrase: Phrase, tag: LanguageTag) -> str:
        return self._persona.say(phrase, tag)

    def _begins(self, phrase: Phrase, heard: str, tag: LanguageTag) -> bool:
        return re.search(self._persona.phrases[tag][phrase], heard, re.IGNORECASE) is not None

    def _beside(self, heard: str, tag: LanguageTag) -> str:
        """What is said beside a yes or no."""
        found = (re.search(self._persona.phrases[tag][one], heard, re.IGNORECASE) for one in (Phrase.NO, Phrase.YES))
        first = next((one for one in found if one is not None), None)
        return heard[first.end() :] if first is not None else heard

    def _plain(self, phrase: Phrase, heard: str, tag: LanguageTag) -> bool:
        """Whether `heard` is that (yes, no) and nothing else."""
        if not self._begins(phrase, heard, tag):
            return False
        return sum(terms(self._beside(heard, tag), tag).values()) < _CONTENT_MIN


def _arguments(found: re.Match[str]) -> dict[str, str]:
    """What the named groups matched; a group `day__monday` gives the argument `day` the value `monday`."""
    arguments: dict[str, str] = {}
    for name, text in found.groupdict().items():
        if text is not None:
            argument, _, value = name.partition(VALUE_MARK)
            arguments[argument] = value or text.strip()
    return arguments
