"""Results as tools give them: what went wrong in words for a model, and an excuse for the caller."""

from __future__ import annotations

import msgspec

from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import Persona, Phrase
from dragoman.domain.tools import ToolResult

RESULT_MAX_BYTES = 64 * 1024
"""More would crowd out the conversation."""


class ToolError(Exception):
    """A tool did not do what was asked; the text says why, to a model. No secrets, no addresses."""


def failed(persona: Persona, language: LanguageTag, why: str) -> ToolResult:
    """`why` for the model, the persona's excuse for the caller."""
    return ToolResult(why, persona.say(Phrase.TOOL_FAILED, language), is_error=True)


def result_of(value: object) -> ToolResult:
    """What a tool gave back: a text can be said as it is; of other values what is under `say`, if that is a text.

    Raise ToolError when it has no JSON form, or is too long.
    """
    if isinstance(value, ToolResult):
        return value
    if value is None:
        return ToolResult("done")
    if isinstance(value, str):
        text = spoken = value.strip()
    else:
        try:
            plain = msgspec.to_builtins(value)
            text = msgspec.json.encode(plain).decode()
        except (TypeError, ValueError, RecursionError) as broken:
            raise ToolError(f"the tool gave back what has no JSON form: {type(broken).__name__}") from None
        say = plain.get("say") if isinstance(plain, dict) else None
        spoken = say.strip() if isinstance(say, str) else ""
    if len(text.encode(errors="replace")) > RESULT_MAX_BYTES:
        raise ToolError(f"the tool gave back more than {RESULT_MAX_BYTES} bytes")
    return ToolResult(text, spoken)
