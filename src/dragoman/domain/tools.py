"""What passes between a mind that asks for tools, the tools, and whoever carries the call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dragoman.domain.call import CallId
from dragoman.domain.language import LanguageTag


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model is told of it. `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ToolAsked:
    """A mind wants `name` called. `call_id` is its own, given back with the result; arguments as it wrote them."""

    call_id: str
    name: str
    arguments_json: str


@dataclass(frozen=True, slots=True)
class ToolTold:
    """A mind asked for a tool, and was told this (`ToolResult.output`)."""

    asked: ToolAsked
    output: str


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What a tool is told of the call. `language` is the caller's now; `caller` a number or address, "" = withheld.

    `now` is aware.
    """

    call_id: CallId
    language: LanguageTag
    caller: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Transfer:
    """Connect the caller with a person at `to`, who hears `summary` first; it is in `language` ("" = the persona's
    first).
    """

    to: str
    summary: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Go on as an interpreted call with a person at `to`, in the same phone call."""

    to: str
    summary: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call once `goodbye` was heard to its end."""

    goodbye: str


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """A message was kept (it is safe already). `reply_to`: whom to call back, "" = the caller's own number."""

    text: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class SendDigits:
    """Send these keys to the other side: 0-9, *, #, and w for half a second's wait."""

    digits: str


Action = Transfer | HandOver | HangUp | TakeMessage | SendDigits


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of a call of a tool.

    `text` is for the mind, in any form; `spoken` is a sentence in the call's language that can be said as it is, "" =
    a model must put `text` into words. With `is_error`, `text` says what was wrong (no secrets, no addresses) and
    `spoken` that it did not work. `action` is for whoever carries the call.
    """

    text: str
    spoken: str = ""
    is_error: bool = False
    action: Action | None = None

    def output(self) -> str:
        """As JSON, for a model's `function_call_output`. Of the action its kind alone: where it leads is not told."""
        told = {"error" if self.is_error else "result": self.text}
        if self.spoken:
            told["say"] = self.spoken
        if self.action is not None:
            told["action"] = type(self.action).__name__
        return json.dumps(told, ensure_ascii=False)

    @classmethod
    def of_output(cls, output: str) -> ToolResult:
        """The result as far as `output` tells it: an action is of its kind, and empty. Any text will do."""
        try:
            told = json.loads(output)
        except (ValueError, RecursionError):
            return cls(output)
        if not isinstance(told, dict) or not {"result", "error"} & set(told):
            return cls(output)
        is_error = "error" in told
        text, spoken = told["error" if is_error else "result"], told.get("say", "")
        action = _EMPTY.get(str(told.get("action", "")))
        return cls(str(text), spoken if isinstance(spoken, str) else "", is_error, action)


_EMPTY: Mapping[str, Action] = {
    type(one).__name__: one for one in (Transfer("", ""), HandOver("", ""), HangUp(""), TakeMessage(""), SendDigits(""))
}


class Tools(Protocol):
    """The tools of one persona, shared by all its calls."""

    def specs(self, language: LanguageTag) -> tuple[ToolSpec, ...]:
        """What a model is told, for a call in `language`."""
        ...

    async def call(self, asked: ToolAsked, facts: CallFacts) -> ToolResult:
        """Do it: within the tool's own time, never raising. Several calls may run at once."""
        ...
