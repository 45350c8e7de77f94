"""The shipped tools, as methods: their type hints and docstrings are what a model is told of them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any

import msgspec

from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import BuiltIn, Persona, Phrase
from dragoman.domain.tools import CallFacts, HandOver, HangUp, SendDigits, TakeMessage, ToolResult, Transfer
from dragoman.tools.faq import SURE, FaqIndex
from dragoman.tools.hours import opening_text
from dragoman.tools.message import TEXT_MAX_LENGTH, MessageFile
from dragoman.tools.results import ToolError

Method = Callable[..., Coroutine[Any, Any, ToolResult]]
Digits = Annotated[str, msgspec.Meta(pattern="^[0-9*#w]{1,32}$")]


def indexes(persona: Persona) -> Mapping[LanguageTag, FaqIndex]:
    """The persona's FAQ, made ready to look up in: once for all its calls."""
    return {tag: FaqIndex(entries, tag) for tag, entries in persona.faq.items()}


class Shipped:
    """The shipped tools of one persona. `messages` None = none are taken."""

    def __init__(
        self, persona: Persona, faq: Mapping[LanguageTag, FaqIndex], messages: MessageFile | None = None
    ) -> None:
        self._persona = persona
        self._faq = faq
        self._messages = messages

    def method(self, kind: BuiltIn) -> Method:
        """The tool of that kind."""
        match kind:
            case BuiltIn.FAQ:
                return self.faq
            case BuiltIn.HOURS:
                return self.hours
            case BuiltIn.TRANSFER:
                return self.transfer
            case BuiltIn.HAND_OVER:
                return self.hand_over
            case BuiltIn.MESSAGE:
                return self.message
            case BuiltIn.DIGITS:
                return self.digits
            case BuiltIn.HANG_UP:
                return self.hang_up

    def offered(self, kind: BuiltIn) -> bool:
        """Whether that tool can do anything here: who has nobody to connect with shall not promise to."""
        match kind:
            case BuiltIn.TRANSFER | BuiltIn.HAND_OVER:
                return bool(self._persona.transfer)
            case BuiltIn.MESSAGE:
                return self._messages is not None
            case _:
                return True

    async def faq(self, question: str, facts: CallFacts) -> ToolResult:
        """Look up the firm's own answers. Use it for every question about the firm, its goods and its terms, and answer
        with what it gives back only. Where it gives nothing back, say that you do not know.

        Args:
            question: what the caller wants to know, in the caller's own words
        """
        tag = self._persona.language(facts.language)
        index = self._faq.get(tag) or next(iter(self._faq.values()))
        hits = index.find(question)
        if not hits:
            none = self._persona.say(Phrase.NO_ANSWER, tag)
            return ToolResult("There is nothing on that. Say so; do not answer from elsewhere.", none)
        found = "\n\n".join(f"Question: {hit.entry.asks[0]}\nAnswer: {hit.entry.answer}" for hit in hits)
        sure = tag in self._faq and hits[0].confidence >= SURE
        return ToolResult(
            f"These may answer it; take none that does not.\n\n{found}", hits[0].entry.answer if sure else ""
        )

    async def hours(self, facts: CallFacts, day: str = "now") -> ToolResult:
        """When the firm is open.

        Args:
            day: now, today, tomorrow, a weekday in English (monday), or a date (2026-12-24)
        """
        tag = self._persona.language(facts.language)
        try:
            text = opening_text(self._persona, day, tag, facts.now)
        except (ValueError, OverflowError):
            raise ToolError("day is none of now, today, tomorrow, a weekday in English, a date") from None
        return ToolResult(text, text)

    async def transfer(self, summary: str, facts: CallFacts, language: str = "") -> ToolResult:
        """Connect the caller with a person. Use it when the caller asks for one, or when you cannot help.

        Args:
            summary: for the person, one sentence: who calls and what it is about
            language: the tag of the language that the summary is in, where it is not the person's
        """
        tag = self._persona.language(facts.language)
        return self._nobody(facts) or ToolResult(
            "The caller is being connected; say no more.",
            self._persona.say(Phrase.TRANSFERRING, tag),
            action=Transfer(self._persona.transfer, summary, language),
        )

    async def hand_over(self, summary: str, facts: CallFacts) -> ToolResult:
        """Bring a person into this call, with an interpreter between. Use it when the caller needs a person and speaks
        a language that the firm's people may not.

        Args:
            summary: for the person, one sentence: who calls and what it is about
        """
        tag = self._persona.language(facts.language)
        return self._nobody(facts) or ToolResult(
            "A person is being called in; say no more.",
            self._persona.say(Phrase.TRANSFERRING, tag),
            action=HandOver(self._persona.transfer, summary),
        )

    async def message(self, text: str, facts: CallFacts, reply_to: str = "") -> ToolResult:
        """Keep a message for the firm. Ask for the caller's name and what it is about before you use it.

        Args:
            text: the message in the caller's own words, with name and reason
            reply_to: the number to call back, if it is not the one that the caller calls from
        """
        if self._messages is None:
            raise ToolError("no messages are taken here")
        if not text.strip():
            raise ToolError("the message is empty: ask the caller for it")
        if len(text) > TEXT_MAX_LENGTH:
            raise ToolError(f"the message is longer than {TEXT_MAX_LENGTH} characters: make it shorter")
        try:
            await self._messages.keep(self._persona.name, text.strip(), reply_to.strip(), facts)
        except OSError as broken:
            raise ToolError(f"the message could not be kept: {type(broken).__name__}") from None
        kept = self._persona.say(Phrase.MESSAGE_KEPT, self._persona.language(facts.language))
        return ToolResult("The message is kept.", kept, action=TakeMessage(text.strip(), reply_to.strip()))

    async def digits(self, digits: Digits, facts: CallFacts) -> ToolResult:
        """Press keys of the telephone, for a machine at the other end.

        Args:
            digits: the keys 0 to 9, * and #; w waits for half a second
        """
        sent = self._persona.say(Phrase.DIGITS_SENT, self._persona.language(facts.language))
        return ToolResult("The keys are being sent.", sent, action=SendDigits(digits))

    async def hang_up(self, facts: CallFacts, goodbye: str = "") -> ToolResult:
        """End the call, when the caller has said goodbye or wants nothing more.

        Args:
            goodbye: the last sentence that the caller hears, in the caller's language
        """
        last = goodbye.strip() or self._persona.say(Phrase.GOODBYE, self._persona.language(facts.language))
        return ToolResult("The call ends; say no more.", last, action=HangUp(last))

    def _nobody(self, facts: CallFacts) -> ToolResult | None:
        """Why nobody can be connected with; None when somebody can."""
        persona, tag = self._persona, self._persona.language(facts.language)
        if not persona.transfer:
            text = "There is nobody to connect with. Offer to take a message."
            return ToolResult(text, persona.say(Phrase.NO_TRANSFER, tag), is_error=True)
        if persona.hours is not None and not persona.hours.open_at(facts.now):
            text = "Nobody is there outside the opening hours. Offer to take a message."
            return ToolResult(text, persona.say(Phrase.TRANSFER_CLOSED, tag))
        return None
