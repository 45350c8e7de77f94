"""A session's items as a mind is given them, and the language that is spoken. Pure but for a look at what was heard."""

from __future__ import annotations

from collections.abc import Iterable

from dragoman.domain.tools import ToolAsked, ToolSpec
from dragoman.interpreters.local.mind.thoughts import Called, Line, Said, Told, Who
from dragoman.interpreters.local.rendered import Recognised
from dragoman.interpreters.local.server.items import Kept
from dragoman.interpreters.realtime.wire.items import (
    FunctionCallItem,
    FunctionCallOutputItem,
    MessageItem,
    text_of,
)
from dragoman.interpreters.realtime.wire.session import FunctionTool, Transcription

_ROLES = {"user": Who.CALLER, "assistant": Who.ASSISTANT, "system": Who.RULES}
_NO_PARAMETERS: dict[str, object] = {"type": "object", "properties": {}}


def lines_of(kept: Iterable[tuple[str, Kept]]) -> tuple[Line, ...]:
    """Oldest first. What the assistant said stands in them as far as it was heard."""
    found = (_line(item_id, one) for item_id, one in kept)
    return tuple(line for line in found if line is not None)


def tools_of(tools: Iterable[FunctionTool]) -> tuple[ToolSpec, ...]:
    return tuple(ToolSpec(one.name, one.description or "", one.parameters or _NO_PARAMETERS) for one in tools)


def heard_language(kept: Iterable[tuple[str, Kept]], expected: Transcription | None) -> str | None:
    """The language in which the caller spoke last (primary subtag); None = nothing was understood yet.

    Where languages are expected, one that is none of these is a mistake of the ears.
    """
    heard = [recognised.language for _, one in kept if (recognised := _recognised(one)) is not None]
    tags = [] if expected is None else [*(expected.languages or ()), *filter(None, [expected.language])]
    known = {tag.replace("_", "-").split("-")[0].lower() for tag in tags}
    return next((one for one in reversed(heard) if not known or one in known), None)


def tongue(text: str, expected: str) -> str:
    """The language to speak `text` in, by its letters: `expected`, unless it cannot be that."""
    if any("\u3040" <= letter <= "\u30ff" for letter in text):
        return "ja"
    if expected in ("ja", "zh") and not any("\u4e00" <= letter <= "\u9fff" for letter in text):
        return "en" if any(letter.isalpha() for letter in text) else expected
    return expected


def _recognised(kept: Kept) -> Recognised | None:
    if kept.recognition is None or not kept.recognition.done() or kept.recognition.cancelled():
        return None
    heard = kept.recognition.result()
    return heard if isinstance(heard, Recognised) else None


def _line(item_id: str, kept: Kept) -> Line | None:
    match kept.item:
        case FunctionCallItem(call_id=str(call_id), name=name, arguments=arguments):
            return Called(ToolAsked(call_id, name, arguments))
        case FunctionCallOutputItem(call_id=call_id, output=output):
            return Told(call_id, output)
        case MessageItem(role=role):
            text = _words(kept)
            silent = not text and kept.recognition is None
            return None if silent else Said(_ROLES.get(role, Who.RULES), text, item_id)
        case _:
            return None


def _words(kept: Kept) -> str:
    if kept.spoken is not None:
        return kept.spoken.heard.strip()
    if kept.recognition is not None:
        heard = _recognised(kept)
        return heard.text.strip() if heard is not None else ""
    return text_of(kept.item).strip()
