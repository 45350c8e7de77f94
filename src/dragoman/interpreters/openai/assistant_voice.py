"""An assistant's speech on its way to the caller: sound, captions, ends, and what was not heard. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Captioned, Side, Spoke, SpokeAll
from dragoman.interpreters.openai.machine import AssistantOutlet
from dragoman.interpreters.openai.spoken_items import SpokenItem, SpokenItems
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.envelope import encode
from dragoman.interpreters.realtime.wire.items import MessageItem, Response, text_of

STOPPED: Final = 32
"""So many responses that were stopped are remembered: sound of them may still be on its way."""


class Voice:
    """That of one session. `wire_format` is what the server sends, `fmt` what the caller's leg takes."""

    def __init__(self, wire_format: AudioFormat, fmt: AudioFormat, out: AssistantOutlet) -> None:
        self._out = out
        self._wire_format = wire_format
        self._convert = Converter(wire_format, fmt)
        self._items = SpokenItems(wire_format)
        self._stopped: deque[str] = deque(maxlen=STOPPED)

    # -- It speaks -----------------------------------------------------------------------------------------------------

    def sound(self, event: wire.AudioDelta) -> None:
        """The hot path. Of what was stopped nothing is heard, and the model is told so."""
        item = self._items.item(event.item_id, event.response_id)
        if event.response_id in self._stopped:
            if not item.sound_bytes:
                item.sound_bytes = len(event.delta)
                self._send(self._items.mute(item))
            return
        if item.ended:
            return
        item.sound_bytes += len(event.delta)
        item.content_index = event.content_index
        audio = event.delta if self._convert.passes else self._convert.convert(event.delta)
        item.given = True
        if audio:
            self._out.tell(Spoke(audio, item.item_id))

    def words(self, response_id: str, item_id: str, text: str, *, whole: bool) -> None:
        """The transcript of its speech grows (or, `whole`, is complete)."""
        item = self._items.item(item_id, response_id)
        if item.worded or response_id in self._stopped:
            return
        if not whole:
            item.text += text
            self._out.tell(Captioned(Side.TARGET, text, item_id))
        else:
            item.text = text
            self._close_caption(item)

    def item_over(self, item_id: str) -> None:
        """No more sound of this item."""
        item = self._items.find(item_id)
        if item is not None:
            self._end(item)

    def over(self, response_id: str, response: Response | None = None) -> None:
        """No more of this response; `response` as the server sums it up, if it does."""
        for one in response.output if response is not None else ():
            if isinstance(one, MessageItem) and one.role == "assistant" and one.id and text_of(one):
                self.words(response_id, one.id, text_of(one), whole=True)
        for item in self._items.of(response_id):
            self._close_caption(item)
            self._end(item)

    def spoken_s(self, response_id: str) -> float:
        return sum(self._wire_format.ms(item.sound_bytes) for item in self._items.of(response_id)) / 1000

    def _close_caption(self, item: SpokenItem) -> None:
        if not item.worded:
            item.worded = True
            if item.text:
                self._out.tell(Captioned(Side.TARGET, item.text, item.item_id, whole=True, final=True))

    def _end(self, item: SpokenItem) -> None:
        if item.ended:
            return
        item.ended = True
        muted = item.response_id in self._stopped
        rest = b"" if muted or not item.sound_bytes else self._convert.flush()
        if rest:
            self._out.tell(Spoke(rest, item.item_id))
        self._convert.reset()
        if item.given:
            self._out.tell(SpokeAll(item.item_id))

    # -- It is stopped -------------------------------------------------------------------------------------------------

    def stopped(self, response_id: str) -> bool:
        return response_id in self._stopped

    def stop(self, response_id: str) -> None:
        """From now on nothing of this response is heard."""
        self._stopped.append(response_id)
        self._convert.reset()
        for item in self._items.of(response_id):
            self._close_caption(item)

    def cut(self, heard_ms: Mapping[str, int]) -> None:
        """Tell the model what was heard (`Assistant.interrupt`)."""
        self._send(self._items.cut(heard_ms))

    def _send(self, orders: list[wire.TruncateItem]) -> None:
        for order in orders:
            self._out.send(encode(order))
