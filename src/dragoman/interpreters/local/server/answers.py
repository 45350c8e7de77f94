"""The responses of an assistant's session: a mind's thoughts as speech and as calls of functions, events in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import structlog

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat
from dragoman.domain.tools import ToolAsked
from dragoman.interpreters.local.mind.minds import Minds
from dragoman.interpreters.local.mind.rehearsal import Rehearsal
from dragoman.interpreters.local.mind.thoughts import Mind, MindError, Thinking, Thought, Used, Words
from dragoman.interpreters.local.rendering import Rendering
from dragoman.interpreters.local.server.items import Items, Kept, answer_item
from dragoman.interpreters.local.server.lines import heard_language, lines_of, tongue, tools_of
from dragoman.interpreters.local.server.outlet import Outlet
from dragoman.interpreters.local.server.responses import Order
from dragoman.interpreters.local.server.spoken import Spoken
from dragoman.interpreters.realtime.exactly import to_read_out
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.items import (
    Content,
    FunctionCallItem,
    InputTokens,
    Item,
    OutputTokens,
    Part,
    ResponseWanted,
    StatusDetails,
    StatusError,
    Usage,
)
from dragoman.interpreters.realtime.wire.session import Session

_DELTA_MS: Final = 400
_BETWEEN_MS: Final = 220
"""Silence between two pieces of an answer."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AssistantParts:
    """What the sessions of assistants share."""

    minds: Minds
    rehearsal: Rehearsal


@dataclass(frozen=True, slots=True)
class Plan:
    """What a response is about. `exactly` is read out; else `thinking` is thought through, by `persona`'s mind."""

    exactly: str | None
    thinking: Thinking
    persona: str


class Answers:
    """Carries out the orders of one assistant's session."""

    def __init__(
        self, rendering: Rendering, outlet: Outlet, items: Items, minds: Minds, new_id: Callable[[str], str]
    ) -> None:
        self._rendering, self._outlet, self._items = rendering, outlet, items
        self._minds, self._new_id = minds, new_id
        self._mind: tuple[str, Mind] | None = None

    def plan(self, wanted: ResponseWanted, about: Kept | None, session: Session, source: str | None) -> Plan:
        """`about`: the last of the response's own input, if it has one; `source`: the expected language."""
        own = wanted.input is not None
        kept = ([("input", about)] if about is not None else []) if own else list(self._items)
        choice = wanted.tool_choice if wanted.tool_choice is not None else session.tool_choice
        tools = wanted.tools if wanted.tools is not None else session.tools
        thinking = Thinking(
            instructions=wanted.instructions if wanted.instructions is not None else session.instructions,
            lines=lines_of(kept),
            tools=() if choice == "none" else tools_of(tools),
            language=heard_language(self._items, session.audio.input.transcription) or source or "en",
        )
        return Plan(to_read_out(wanted), thinking, session.prompt.id if session.prompt is not None else "")

    async def carry_out(self, order: Order, plan: Plan) -> None:
        """All events of a response, from `created` to `done`, whatever becomes of it."""
        answer = _Answer(order, plan.thinking.language, self._rendering, self._outlet, self._items)
        self._outlet.send(wire.ResponseCreated(response=order.response("in_progress")))
        try:
            async with aclosing(self._thoughts(plan, order)) as thoughts:
                async for thought in thoughts:
                    match thought:
                        case Words(text=text):
                            await answer.say(text)
                        case ToolAsked():
                            answer.call(thought, self._new_id("item"))
                        case Used():
                            answer.used = thought
        except asyncio.CancelledError as error:
            reason = str(error.args[0]) if error.args else "client_cancelled"
            answer.end("cancelled", StatusDetails(type="cancelled", reason=reason))
            raise
        except MindError as error:
            _log.warning("local.no_answer", code=error.code, reason=str(error), response=order.response_id)
            family = "invalid_request_error" if error.settled else "server_error"
            wrong = StatusError(type=family, code=error.code, message=str(error))
            answer.end("failed", StatusDetails(type="failed", error=wrong))
        else:
            answer.end("completed")

    def _thoughts(self, plan: Plan, order: Order) -> AsyncGenerator[Thought, None]:
        if plan.exactly is not None:
            return _read_out(plan.exactly)
        if self._mind is None or self._mind[0] != plan.persona:
            session = (order.conversation_id or order.response_id).removeprefix("conv_")
            self._mind = (plan.persona, self._minds.mind(plan.persona, session))
        return self._mind[1].think(plan.thinking)


async def _read_out(text: str) -> AsyncGenerator[Thought, None]:
    if text.strip():
        yield Words(text.strip())


class _Answer:
    """The events of one response as it grows. `used` is what its thoughts cost."""

    def __init__(self, order: Order, language: str, rendering: Rendering, outlet: Outlet, items: Items) -> None:
        self._order, self._language = order, language
        self._rendering, self._outlet, self._items = rendering, outlet, items
        self._output: list[Item] = []
        self._spoken: Spoken | None = None
        self.used: Used | None = None

    async def say(self, text: str) -> None:
        """Speak (or write) one piece of the message; raises MindError when there is no voice for it."""
        language = tongue(text, self._language)
        if self._order.spoken and not self._rendering.speaks(language):
            raise MindError("no_voice", f"there is no voice for {language}", settled=True)
        spoken = self._spoken or self._begin()
        follows = bool(spoken.pieces)
        said = f" {text}" if follows and text[0] < "\u2e80" else text
        if not self._order.spoken:
            self._outlet.send(wire.TextDelta(delta=said, **self._part))
            spoken.pieces.append((said, 0))
            return
        self._outlet.send(wire.TranscriptDelta(delta=said, **self._part))
        spoken.pieces.append((said, 0))
        if follows:
            self._sound(spoken, AudioFormat.PCM16_24K.silence(_BETWEEN_MS))
        async for sound in self._rendering.speak(text, language, self._order.voice, self._order.speed):
            self._sound(spoken, sound)

    def call(self, asked: ToolAsked, item_id: str) -> None:
        """Ask the client for a function."""
        self._end_message("completed")
        at: dict[str, Any] = {"response_id": self._order.response_id, "output_index": len(self._output)}
        begun = _call_item(asked, item_id, "in_progress", "")
        self._outlet.send(wire.OutputItemAdded(item=begun, **at))
        self._keep(item_id, begun)
        whole = {**at, "item_id": item_id, "call_id": asked.call_id}
        self._outlet.send(wire.ArgumentsDelta(delta=asked.arguments_json, **whole))
        self._outlet.send(wire.ArgumentsDone(arguments=asked.arguments_json, name=asked.name, **whole))
        self._done(item_id, _call_item(asked, item_id, "completed", asked.arguments_json))

    def end(self, status: str, details: StatusDetails | None = None) -> None:
        """Close what is open, and the response."""
        self._end_message("completed" if status == "completed" else "incomplete")
        response = self._order.response(status, self._output, details)
        if self.used is not None:
            response = msgspec.structs.replace(response, usage=_usage(self.used))
        self._outlet.send(wire.ResponseDone(response=response))

    # ---- Its message -------------------------------------------------------------------------------------------------

    @property
    def _part(self) -> dict[str, Any]:
        order = self._order
        at = {"response_id": order.response_id, "output_index": len(self._output), "content_index": 0}
        return {**at, "item_id": self._message_id}

    @property
    def _message_id(self) -> str:
        """A response that speaks again after a call makes another item of it."""
        return self._order.item_id if not self._output else f"{self._order.item_id}_{len(self._output)}"

    @property
    def _kind(self) -> str:
        return "audio" if self._order.spoken else "text"

    def _begin(self) -> Spoken:
        spoken = self._spoken = Spoken()
        begun = answer_item(self._message_id, "in_progress")
        at = {"response_id": self._order.response_id, "output_index": len(self._output)}
        self._outlet.send(wire.OutputItemAdded(item=begun, **at))  # type: ignore[arg-type]
        self._keep(self._message_id, begun, spoken)
        self._outlet.send(wire.PartAdded(part=Part(type=self._kind), **self._part))
        return spoken

    def _sound(self, spoken: Spoken, pcm: bytes) -> None:
        fmt = self._order.fmt
        converter = Converter(AudioFormat.PCM16_24K, fmt)
        audio = converter.convert(pcm) + converter.flush()
        text, ms = spoken.pieces[-1]
        spoken.pieces[-1] = (text, ms + int(fmt.ms(len(audio))))
        step = fmt.bytes_for(_DELTA_MS)
        for start in range(0, len(audio), step):
            self._outlet.send(wire.AudioDelta(delta=audio[start : start + step], **self._part))

    def _end_message(self, status: str) -> None:
        if self._spoken is None:
            return
        text, send = self._spoken.text, self._outlet.send
        if self._order.spoken:
            send(wire.AudioDone(**self._part))
            send(wire.TranscriptDone(transcript=text, **self._part))
            send(wire.PartDone(part=Part(type=self._kind, transcript=text), **self._part))
            whole = Content(type="output_audio", transcript=text)
        else:
            send(wire.TextDone(text=text, **self._part))
            send(wire.PartDone(part=Part(type=self._kind, text=text), **self._part))
            whole = Content(type="output_text", text=text)
        self._spoken = None
        self._done(self._message_id, answer_item(self._message_id, status, whole))

    def _keep(self, item_id: str, item: Item, spoken: Spoken | None = None) -> None:
        if self._order.conversation_id is not None:
            previous = self._items.last_id
            self._items.add(item_id, Kept(item, spoken=spoken))
            self._outlet.send(wire.ItemAdded(item=item, previous_item_id=previous))

    def _done(self, item_id: str, item: Item) -> None:
        at = {"response_id": self._order.response_id, "output_index": len(self._output)}
        self._outlet.send(wire.OutputItemDone(item=item, **at))  # type: ignore[arg-type]
        kept = self._items.find(item_id)
        if kept is not None:
            kept.item = item
            self._outlet.send(wire.ItemDone(item=item))
        self._output.append(item)


def _call_item(asked: ToolAsked, item_id: str, status: str, arguments: str) -> FunctionCallItem:
    return FunctionCallItem(
        id=item_id,
        object="realtime.item",
        status=status,
        name=asked.name,
        call_id=asked.call_id,
        arguments=arguments,
    )


def _usage(used: Used) -> Usage:
    """Text alone is counted: recognition and synthesis are this machine's own."""
    return Usage(
        total_tokens=used.input_tokens + used.output_tokens,
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        input_token_details=InputTokens(text_tokens=used.input_tokens, audio_tokens=0, cached_tokens=0),
        output_token_details=OutputTokens(text_tokens=used.output_tokens, audio_tokens=0),
    )
