"""One response being spoken: its items, its parts, its deltas, and what is left when it is broken off."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypedDict

import msgspec
import numpy as np

from dragoman.interpreters.openai.emulator.history import Entry, History
from dragoman.interpreters.openai.emulator.life import Life
from dragoman.interpreters.openai.emulator.script import Call, Message
from dragoman.interpreters.openai.emulator.sound import (
    NOTHING,
    SAMPLES_PER_MS,
    Samples,
    bytes_of,
    length_ms,
)
from dragoman.interpreters.openai.emulator.stage import Steps
from dragoman.interpreters.openai.emulator.usage import SPOKEN_MS_PER_TOKEN, spoken_tokens, text_tokens
from dragoman.interpreters.realtime.wire.conversation import (
    ArgumentsDelta,
    ArgumentsDone,
    AudioDelta,
    AudioDone,
    ItemAdded,
    ItemDone,
    OutputItemAdded,
    OutputItemDone,
    PartAdded,
    PartDone,
    TextDelta,
    TextDone,
    TranscriptDelta,
    TranscriptDone,
)
from dragoman.interpreters.realtime.wire.envelope import ServerEvent
from dragoman.interpreters.realtime.wire.items import Content, FunctionCallItem, Item, MessageItem, Part, ResponseWanted
from dragoman.interpreters.realtime.wire.session import AnyFormat, CustomVoice, Session

_FRAGMENT = re.compile(r"\s*\S{1,12}")
_SIZES = 64
"""How many different delta lengths a message has before the last one repeats."""


def fragments(text: str) -> list[str]:
    """A text in pieces as a model streams it: joined they are the text again."""
    pieces = _FRAGMENT.findall(text)
    rest = text[sum(map(len, pieces)) :]
    return [*pieces, rest] if rest else pieces


def pieces_of(sound: Samples, sizes_ms: list[int]) -> list[Samples]:
    """Sound cut into pieces of the given lengths; the last size goes on until the end."""
    found: list[Samples] = []
    start = 0
    while start < sound.size:
        size = sizes_ms[min(len(found), len(sizes_ms) - 1)] * SAMPLES_PER_MS
        found.append(sound[start : start + size])
        start += size
    return found


class At(TypedDict):
    """Where in a response an event belongs."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int


class CallAt(TypedDict):
    """The same for a function call."""

    response_id: str
    item_id: str
    output_index: int
    call_id: str


@dataclass(slots=True)
class Open:
    """The item that is being said. `left` is sound not sent yet, `sent` the words that are out."""

    entry: Entry
    item: MessageItem
    index: int
    sent: str
    left: list[Samples]


class Speaking:
    """The output of one response. `history` is None when it is kept out of the conversation."""

    def __init__(
        self, life: Life, response_id: str, session: Session, wanted: ResponseWanted, history: History | None
    ) -> None:
        self._life = life
        self._response_id = response_id
        self._history = history
        self.modalities = wanted.output_modalities or session.output_modalities
        output = wanted.audio.output if wanted.audio else None
        self.format: AnyFormat = (output.format if output else None) or session.audio.output.format
        self.voice: str | CustomVoice = (output.voice if output else None) or session.audio.output.voice
        limit = wanted.max_output_tokens or session.max_output_tokens
        self._tokens_left: int | None = limit if isinstance(limit, int) else None
        self._open: Open | None = None
        self.output: list[Item] = []
        self.spoken_ms = 0
        self.cut_short = False

    @property
    def aloud(self) -> bool:
        return self.modalities == ["audio"]

    # ---- The good course ---------------------------------------------------------------------------------------------

    def steps(self, says: tuple[Message | Call, ...]) -> Steps:
        """Say all messages and make all calls, each as an item of its own."""
        for index, one in enumerate(says):
            if isinstance(one, Call):
                self._call(index, one)
            elif not self.cut_short:
                yield from self._message(index, one)

    def _call(self, index: int, call: Call) -> None:
        """A function call, at once: arguments are written faster than anybody could interrupt."""
        life, call_id = self._life, self._life.name("call")
        item = FunctionCallItem(
            name=call.name,
            arguments="",
            call_id=call_id,
            id=life.name("item"),
            object="realtime.item",
            status="in_progress",
        )
        entry = Entry(item)
        added = OutputItemAdded(response_id=self._response_id, output_index=index, item=item)
        previous = None if self._history is None else self._history.add(entry)
        self._both(added, ItemAdded(item=item, previous_item_id=previous))
        at = CallAt(response_id=self._response_id, item_id=entry.item_id, output_index=index, call_id=call_id)
        for piece in fragments(call.arguments):
            life.send(ArgumentsDelta(delta=piece, **at))
        life.send(ArgumentsDone(arguments=call.arguments, name=call.name, **at))
        whole = entry.item = msgspec.structs.replace(item, arguments=call.arguments, status="completed")
        self.output.append(whole)
        done = OutputItemDone(response_id=self._response_id, output_index=index, item=whole)
        self._both(done, ItemDone(item=whole, previous_item_id=previous))

    def _both(self, of_response: ServerEvent, of_conversation: ServerEvent) -> None:
        if self._history is None:
            self._life.send(of_response)
        else:
            self._life.send_either_way(of_response, of_conversation)

    def _message(self, index: int, message: Message) -> Steps:
        sound = self._within_limit(message.text, message.sound if self.aloud else NOTHING)
        current = self._begin(index, message, sound)
        words = fragments(message.text)
        if self.aloud:
            yield from self._aloud(current, words)
        else:
            for word in words:
                self._life.send(TextDelta(delta=word, **self._at(current)))
                current.sent += word
                yield 0.0
        self._life.record.said.append(message.text)
        self._finish(current, "incomplete" if self.cut_short else "completed")

    def _begin(self, index: int, message: Message, sound: Samples) -> Open:
        item = MessageItem(
            role="assistant",
            content=[],
            id=self._life.name("item"),
            object="realtime.item",
            status="in_progress",
            phase=message.phase,
        )
        current = Open(Entry(item), item, index, "", pieces_of(sound, self._sizes()))
        self._open = current
        added = OutputItemAdded(response_id=self._response_id, output_index=index, item=item)
        previous = None if self._history is None else self._history.add(current.entry)
        self._both(added, ItemAdded(item=item, previous_item_id=previous))
        part = Part(type="audio", transcript="") if self.aloud else Part(type="text", text="")
        self._life.send(PartAdded(part=part, **self._at(current)))
        current.entry.item = self._written(current, "in_progress")
        return current

    def _aloud(self, current: Open, words: list[str]) -> Steps:
        """Audio and transcript interleaved, the transcript a little ahead; a burst is held back and sent at once."""
        total = max(1, len(current.left))
        held_ms, burst_ms = 0, self._life.faults.burst_ms
        told = 0
        while current.left:
            nth = total - len(current.left) + 1
            ahead = min(len(words), -(-len(words) * (nth + 1) // total))
            for word in words[told:ahead]:
                self._tell(current, word)
            told = max(told, ahead)
            piece = current.left.pop(0)
            self._life.send(self._delta(current, piece))
            held_ms += length_ms(piece)
            if held_ms >= burst_ms:
                yield held_ms / 1000 / self._life.pace.lead
                held_ms = 0
        for word in words[told:]:
            self._tell(current, word)

    def _tell(self, current: Open, word: str) -> None:
        self._life.send(TranscriptDelta(delta=word, **self._at(current)))
        current.sent += word

    def _delta(self, current: Open, piece: Samples) -> AudioDelta:
        """The event for a piece, which counts as said from now on."""
        entry = current.entry
        entry.sound = np.concatenate([entry.sound, piece])
        self.spoken_ms += length_ms(piece)
        self._life.record.spoken_ms += length_ms(piece)
        return AudioDelta(delta=bytes_of(piece, self.format), **self._at(current))

    def _finish(self, current: Open, status: str) -> None:
        self._open = None
        at, words = self._at(current), current.sent
        if self.aloud:
            self._life.send_either_way(AudioDone(**at), TranscriptDone(transcript=words, **at))
        else:
            self._life.send(TextDone(text=words, **at))
        part = Part(type="audio", transcript=words) if self.aloud else Part(type="text", text=words)
        self._life.send(PartDone(part=part, **at))
        item = current.entry.item = self._written(current, status)
        self.output.append(item)
        done = OutputItemDone(response_id=self._response_id, output_index=current.index, item=item)
        previous = None if self._history is None else self._history.before(current.entry.item_id)
        self._both(done, ItemDone(item=item, previous_item_id=previous))

    # ---- Broken off --------------------------------------------------------------------------------------------------

    def in_flight(self, count: int) -> list[AudioDelta]:
        """The next audio deltas of the open item: they were on their way when the response was cancelled."""
        current = self._open
        if current is None:
            return []
        late, current.left = current.left[:count], []
        return [self._delta(current, piece) for piece in late]

    def break_off(self) -> None:
        """Close what is open; its item is incomplete."""
        if self._open is not None:
            self._finish(self._open, "incomplete")

    # ---- Small things ------------------------------------------------------------------------------------------------

    def _at(self, current: Open) -> At:
        return At(
            response_id=self._response_id,
            item_id=current.entry.item_id,
            output_index=current.index,
            content_index=0,
        )

    def _written(self, current: Open, status: str) -> MessageItem:
        content = (
            Content(type="output_audio", transcript=current.sent)
            if self.aloud
            else Content(type="output_text", text=current.sent)
        )
        return msgspec.structs.replace(current.item, content=[content], status=status)

    def _sizes(self) -> list[int]:
        pace = self._life.pace
        return [self._life.random.randint(pace.delta_low_ms, pace.delta_high_ms) for _ in range(_SIZES)]

    def _within_limit(self, text: str, sound: Samples) -> Samples:
        """The sound as far as `max_output_tokens` allows."""
        if self._tokens_left is None:
            return sound
        cost = text_tokens(text) + spoken_tokens(length_ms(sound))
        allowed = self._tokens_left
        self._tokens_left = max(0, allowed - cost)
        if cost <= allowed:
            return sound
        self.cut_short = True
        return sound[: max(0, allowed - text_tokens(text)) * SPOKEN_MS_PER_TOKEN * SAMPLES_PER_MS]
