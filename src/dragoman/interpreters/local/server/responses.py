"""One response of `/v1/realtime`: an utterance (or a text) rendered in the target language, events in order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.rendered import Recognised, Rendered
from dragoman.interpreters.local.rendering import UNCLEAR, Nothing, Rendering, Unclear
from dragoman.interpreters.local.server.items import Kept, answer_item
from dragoman.interpreters.local.server.outlet import Outlet
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.items import (
    Content,
    Item,
    Part,
    Response,
    StatusDetails,
    StatusError,
    text_of,
)

_DELTA_MS: Final = 400


@dataclass(frozen=True, slots=True)
class Order:
    """What a response shall be. `target` "" = nobody said. `apart` = out of band."""

    response_id: str
    item_id: str
    target: str
    source: str | None
    spoken: bool
    fmt: AudioFormat
    voice: str
    speed: float
    metadata: dict[str, str] | None
    conversation_id: str | None

    @property
    def modalities(self) -> list[str]:
        return ["audio"] if self.spoken else ["text"]

    def response(self, status: str, output: list[Item] | None = None, details: StatusDetails | None = None) -> Response:
        """The response as an event shows it."""
        return Response(
            id=self.response_id,
            status=status,
            status_details=details,
            output=output or [],
            conversation_id=self.conversation_id,
            output_modalities=self.modalities,
            max_output_tokens="inf",
            metadata=self.metadata,
        )


class Responder:
    """Carries out orders of one session."""

    def __init__(self, rendering: Rendering, outlet: Outlet) -> None:
        self._rendering, self._outlet = rendering, outlet

    async def carry_out(self, order: Order, about: Kept | None) -> Item | None:
        """All events of a response, from `created` to `done`. Returns the item it made, if any.

        When the task is cancelled, `done` says so.
        """
        self._outlet.send(wire.ResponseCreated(response=order.response("in_progress")))
        try:
            said = await self._said(order, about)
            match said:
                case Nothing():
                    self._outlet.send(wire.ResponseDone(response=order.response("completed")))
                    return None
                case Unclear(reason=reason):
                    self._outlet.send(wire.ResponseDone(response=order.response("failed", details=_failed(reason))))
                    return None
                case Rendered():
                    return await self._speak(order, said)
        except asyncio.CancelledError as error:
            reason = str(error.args[0]) if error.args else "client_cancelled"
            details = StatusDetails(type="cancelled", reason=reason)
            self._outlet.send(wire.ResponseDone(response=order.response("cancelled", details=details)))
            raise

    async def _said(self, order: Order, about: Kept | None) -> Rendered | Unclear | Nothing:
        if about is None:
            return Nothing()
        if not order.target:
            return Unclear("no-target")
        if about.recognition is not None:
            heard = await asyncio.shield(about.recognition)
            return await self._rendering.translate(heard, about.source or order.source, order.target)
        text = text_of(about.item)
        if not text.strip():
            return Nothing()
        return await self._rendering.translate(Recognised(text, order.source or ""), order.source, order.target)

    async def _speak(self, order: Order, said: Rendered) -> Item:
        send = self._outlet.send
        at: dict[str, Any] = {"response_id": order.response_id, "output_index": 0}
        part: dict[str, Any] = {**at, "item_id": order.item_id, "content_index": 0}
        begun = answer_item(order.item_id, "in_progress")
        send(wire.OutputItemAdded(item=begun, **at))
        if order.conversation_id is not None:
            send(wire.ItemAdded(item=begun))
        kind = "audio" if order.spoken else "text"
        send(wire.PartAdded(part=Part(type=kind), **part))
        if order.spoken:
            send(wire.TranscriptDelta(delta=said.text, **part))
            await self._sound(order, said, part)
            send(wire.AudioDone(**part))
            send(wire.TranscriptDone(transcript=said.text, **part))
            whole = Content(type="output_audio", transcript=said.text)
            send(wire.PartDone(part=Part(type=kind, transcript=said.text), **part))
        else:
            send(wire.TextDelta(delta=said.text, **part))
            send(wire.TextDone(text=said.text, **part))
            whole = Content(type="output_text", text=said.text)
            send(wire.PartDone(part=Part(type=kind, text=said.text), **part))
        item = answer_item(order.item_id, "completed", whole)
        send(wire.OutputItemDone(item=item, **at))
        if order.conversation_id is not None:
            send(wire.ItemDone(item=item))
        send(wire.ResponseDone(response=order.response("completed", output=[item])))
        return item

    async def _sound(self, order: Order, said: Rendered, part: dict[str, Any]) -> None:
        converter = Converter(AudioFormat.PCM16_24K, order.fmt)
        step = order.fmt.bytes_for(_DELTA_MS)
        async for piece in self._rendering.speak(said.spoken, order.target, order.voice, order.speed):
            audio = converter.convert(piece) + converter.flush()
            for start in range(0, len(audio), step):
                self._outlet.send(wire.AudioDelta(delta=audio[start : start + step], **part))


def _failed(reason: str) -> StatusDetails:
    return StatusDetails(type="failed", error=StatusError(type="invalid_request_error", code=UNCLEAR, message=reason))
