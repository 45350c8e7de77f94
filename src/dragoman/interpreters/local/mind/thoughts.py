"""What a mind is given, and what it gives back. Pure."""

from __future__ import annotations

import enum
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from dragoman.domain.tools import ToolAsked, ToolSpec


class Who(enum.Enum):
    CALLER = "caller"
    ASSISTANT = "assistant"
    RULES = "rules"
    """Neither: a word from whoever carries the call (keys pressed, say)."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message. `text` "" of the caller: something was said, and what it was is not sure. `item` is its id."""

    who: Who
    text: str
    item: str


@dataclass(frozen=True, slots=True)
class Called:
    """The assistant asked for a tool."""

    asked: ToolAsked


@dataclass(frozen=True, slots=True)
class Told:
    """A tool's answer, as JSON (`ToolResult.output`)."""

    call_id: str
    output: str


Line = Said | Called | Told


@dataclass(frozen=True, slots=True)
class Thinking:
    """A conversation, oldest line first. `language` (primary subtag) is the one to answer in."""

    instructions: str
    lines: tuple[Line, ...]
    tools: tuple[ToolSpec, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of what is to be said: whole sentences or clauses, in order."""

    text: str


@dataclass(frozen=True, slots=True)
class Used:
    """What the thought cost, in tokens of text."""

    input_tokens: int
    output_tokens: int


Thought = Words | ToolAsked | Used


class MindError(Exception):
    """No answer, or none any more. `code` is for machines; the text is for logs: no speech, no secrets.

    `settled`: the same request will fail again. Where the protocol has a code for it, it is that one.
    """

    def __init__(self, code: str, message: str, *, settled: bool = False) -> None:
        self.code, self.settled = code, settled
        super().__init__(message)


class Mind(Protocol):
    """One session's."""

    def think(self, thinking: Thinking) -> AsyncGenerator[Thought, None]:
        """The answer, piece by piece; raises MindError, within a bounded time. May be closed at any point."""
        ...
