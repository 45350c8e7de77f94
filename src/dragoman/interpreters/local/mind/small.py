"""The small mind in a session: what of the conversation is new goes to `tools.mind`, its replies are thoughts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence

from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import Persona, Phrase
from dragoman.domain.tools import ToolAsked, ToolResult
from dragoman.interpreters.local.mind.thoughts import Line, Said, Thinking, Thought, Told, Who, Words
from dragoman.tools.faq import FaqIndex
from dragoman.tools.mind import MindState, Reply, SmallMind


class SmallThinker:
    """One session's. A line is answered once; a message of the assistant's own closes what was said before it."""

    def __init__(self, persona: Persona, faq: Mapping[LanguageTag, FaqIndex], prefix: str) -> None:
        """`prefix` makes its calls' ids its own."""
        self._persona, self._faq, self._prefix = persona, faq, prefix
        self._tools: frozenset[str] | None = None
        self._mind = SmallMind(persona, faq, frozenset())
        self._state = MindState()
        self._open: dict[str, ToolAsked] = {}
        self._seen: set[str] = set()

    async def think(self, thinking: Thinking) -> AsyncGenerator[Thought, None]:
        """Its replies to what is new: results of tools first, then what the caller said meanwhile."""
        self._know(frozenset(spec.name for spec in thinking.tools))
        for reply in self._replies(thinking):
            self._state = reply.state
            if reply.say:
                yield Words(reply.say)
            if reply.call is not None:
                asked = ToolAsked(f"{self._prefix}-{reply.call.call_id}", reply.call.name, reply.call.arguments_json)
                self._open[asked.call_id] = asked
                yield asked

    def _know(self, tools: frozenset[str]) -> None:
        if tools != self._tools:
            self._tools = tools
            self._mind = SmallMind(self._persona, self._faq, tools)

    def _replies(self, thinking: Thinking) -> Iterator[Reply]:
        for line in thinking.lines:
            if isinstance(line, Told) and (asked := self._open.pop(line.call_id, None)) is not None:
                result = ToolResult.of_output(line.output)
                yield self._mind.after(asked, result, thinking.language, self._state)
        said = [line.text for line in thinking.lines if isinstance(line, Said) and line.who is Who.ASSISTANT]
        if said:
            self._state = self._mind.recalled(said[-1], thinking.language, self._state)
        new = [line for line in _since_last_answer(thinking.lines) if line.item not in self._seen]
        self._seen.update(line.item for line in new)
        text = " ".join(line.text for line in new if line.text)
        if text:
            yield self._mind.answer(text, thinking.language, self._state)
        elif new:
            yield Reply(self._state, self._persona.say(Phrase.NOT_UNDERSTOOD, thinking.language))


def _since_last_answer(lines: Sequence[Line]) -> list[Said]:
    """What the caller said after the assistant spoke last."""
    found: list[Said] = []
    for line in reversed(lines):
        match line:
            case Said(who=Who.ASSISTANT):
                break
            case Said(who=Who.CALLER):
                found.append(line)
            case _:
                continue
    return found[::-1]
