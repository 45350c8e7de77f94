"""Streamed chat completions, as OpenAI, Ollama, llama.cpp and vLLM have them: the request, the answer's lines. Pure.

Source: OpenAI's reference of `POST /v1/chat/completions`; the others follow it, and differ in how they number calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from dragoman.domain.tools import ToolAsked, ToolSpec
from dragoman.interpreters.local.mind.pieces import Pieces
from dragoman.interpreters.local.mind.thoughts import (
    Called,
    Line,
    MindError,
    Said,
    Thinking,
    Thought,
    Told,
    Used,
    Who,
    Words,
)

ANSWER_MAX_LENGTH: Final = 6000
"""Characters of what is said in one answer: minutes of speech."""
ARGUMENTS_MAX_LENGTH: Final = 16_000
CALLS_MOST: Final = 16
HISTORY_MOST: Final = 120
"""Lines of the conversation that are told, the newest."""

_MANNERS: Final = (
    "You are heard on a telephone, not read: answer in one to three short sentences of plain spoken language, "
    "without lists, headings, emphasis marks, links or emoji. Write numbers so that they can be read aloud. What the "
    "caller says comes from speech recognition and may be misheard: ask when it makes no sense."
)
_UNCLEAR: Final = "(something that could not be understood)"
_CONNECTED: Final = "(the call is connected)"


# ---- The request -----------------------------------------------------------------------------------------------------


def request_body(model: str, thinking: Thinking) -> bytes:
    """The body: the conversation and its tools, streamed, with usage."""
    body: dict[str, object] = {
        "model": model,
        "messages": messages(thinking),
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if thinking.tools:
        body["tools"] = [_tool(one) for one in thinking.tools]
    return msgspec.json.encode(body)


def messages(thinking: Thinking) -> list[dict[str, object]]:
    """The conversation as chat templates want it: one system message, the caller first, nobody twice in a row.

    Calls that were never answered (the caller cut in) are left out, as servers refuse them.
    """
    told = {line.call_id: line.output for line in thinking.lines if isinstance(line, Told)}
    system = "\n\n".join(part for part in (thinking.instructions.strip(), _MANNERS) if part)
    lines = thinking.lines[-HISTORY_MOST:]
    found: list[dict[str, object]] = [{"role": "system", "content": system}]
    at = 0
    while at < len(lines):
        calls = _together(lines[at:])
        if calls:
            found += _answered([one for one in calls if one.call_id in told], told)
        elif isinstance(line := lines[at], Said):
            _add(found, line)
        at += max(1, len(calls))
    if found[1:] and found[1]["role"] == "assistant":
        found.insert(1, {"role": "user", "content": _CONNECTED})
    return found


def _together(lines: Sequence[Line]) -> list[ToolAsked]:
    """The calls that were asked for in one breath."""
    found: list[ToolAsked] = []
    for line in lines:
        if not isinstance(line, Called):
            break
        found.append(line.asked)
    return found


def _answered(calls: Sequence[ToolAsked], told: dict[str, str]) -> list[dict[str, object]]:
    if not calls:
        return []
    asked = [
        {"id": one.call_id, "type": "function", "function": {"name": one.name, "arguments": one.arguments_json or "{}"}}
        for one in calls
    ]
    answers: Iterable[dict[str, object]] = (
        {"role": "tool", "tool_call_id": one.call_id, "content": told[one.call_id]} for one in calls
    )
    return [{"role": "assistant", "content": None, "tool_calls": asked}, *answers]


def _add(found: list[dict[str, object]], line: Said) -> None:
    role = "assistant" if line.who is Who.ASSISTANT else "user"
    content = f"({line.text})" if line.who is Who.RULES else line.text or _UNCLEAR
    last = found[-1]
    if last["role"] == role and "tool_calls" not in last:
        last["content"] = f"{last['content']}\n{content}"
        return
    found.append({"role": role, "content": content})


def _tool(spec: ToolSpec) -> dict[str, object]:
    function = {"name": spec.name, "description": spec.description, "parameters": spec.parameters}
    return {"type": "function", "function": function}


# ---- The answer ------------------------------------------------------------------------------------------------------


class _FunctionDelta(msgspec.Struct, frozen=True):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _CallDelta(msgspec.Struct, frozen=True):
    index: int | None = None
    id: str | None = None
    function: _FunctionDelta | None = None


class _Delta(msgspec.Struct, frozen=True):
    content: str | None = None
    tool_calls: list[_CallDelta] | None = None


class _Choice(msgspec.Struct, frozen=True):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Usage(msgspec.Struct, frozen=True):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Chunk(msgspec.Struct, frozen=True):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: Any = None


_DECODER = msgspec.json.Decoder(_Chunk)


@dataclass(slots=True)
class _Call:
    index: int
    id: str
    name: str = ""
    arguments: str = ""


class Answer:
    """One streamed answer, line by line. `over`: its end was told."""

    def __init__(self, prefix: str) -> None:
        """`prefix` makes the ids of calls that have none unique in the conversation."""
        self._prefix = prefix
        self._pieces = Pieces()
        self._calls: list[_Call] = []
        self._length = 0
        self._finished = False
        self.over = False

    def line(self, line: str) -> list[Thought]:
        """What this line of the stream adds; raises MindError when it is broken, or a fault is told."""
        if not line.startswith("data:") or self.over:
            return []  # comments keep the connection alive, and events have no names here
        payload = line[len("data:") :].strip()
        if payload == "[DONE]":
            return self._end()
        try:
            chunk = _DECODER.decode(payload)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as broken:
            raise MindError("mind_broken_answer", "the text model's server sent a broken chunk") from broken
        if chunk.error is not None:
            raise MindError("mind_failed", "the text model's server told of a fault in mid-answer")
        found: list[Thought] = []
        for choice in (chunk.choices or ())[:1]:
            found += self._choice(choice)
        if chunk.usage is not None:
            found.append(Used(max(0, chunk.usage.prompt_tokens), max(0, chunk.usage.completion_tokens)))
        return found

    def closed(self) -> list[Thought]:
        """The stream ended; raises MindError when that was in mid-answer."""
        if self.over:
            return []
        if not self._finished:
            raise MindError("mind_broken_answer", "the text model's server ended in mid-answer")
        return self._end()

    def _choice(self, choice: _Choice) -> list[Thought]:
        found: list[Thought] = []
        if choice.delta is not None:
            for call in choice.delta.tool_calls or ():
                self._called(call)
            if choice.delta.content:
                self._length += len(choice.delta.content)
                if self._length > ANSWER_MAX_LENGTH:
                    raise MindError("mind_too_long", "the text model does not come to an end")
                found += [Words(text) for text in self._pieces.push(choice.delta.content)]
        if choice.finish_reason is not None:
            self._finished = True
            if choice.finish_reason == "content_filter":
                raise MindError("mind_refused", "the text model's server filtered its answer")
        return found

    def _called(self, delta: _CallDelta) -> None:
        """A call grows by its index; another id at the same index is another call (Ollama numbers all of them 0)."""
        index = delta.index if delta.index is not None else max(0, len(self._calls) - (0 if delta.id else 1))
        call = next((one for one in reversed(self._calls) if one.index == index), None)
        if call is None or (delta.id and call.id != delta.id and call.name):
            if len(self._calls) >= CALLS_MOST:
                raise MindError("mind_too_long", "the text model asks for too many tools at once")
            call = _Call(index, delta.id or f"{self._prefix}_{len(self._calls)}")
            self._calls.append(call)
        if delta.function is None:
            return
        call.name = call.name or delta.function.name or ""
        match delta.function.arguments:
            case str() as scrap:
                call.arguments += scrap
            case dict() as whole:
                call.arguments = msgspec.json.encode(whole).decode()
            case None:
                pass
        if len(call.arguments) > ARGUMENTS_MAX_LENGTH:
            raise MindError("mind_too_long", "the text model's arguments for a tool do not come to an end")

    def _end(self) -> list[Thought]:
        self.over = True
        rest = self._pieces.rest()
        words: list[Thought] = [Words(rest)] if rest else []
        calls = [ToolAsked(one.id, one.name, one.arguments.strip() or "{}") for one in self._calls if one.name]
        return [*words, *calls]
