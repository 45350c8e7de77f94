"""The items of one conversation, in order, with the sound that belongs to them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from dragoman.interpreters.openai.emulator.sound import NOTHING, SAMPLES_PER_MS, Samples, length_ms
from dragoman.interpreters.openai.emulator.usage import Segment, heard_tokens, spoken_tokens, text_tokens
from dragoman.interpreters.realtime.wire.items import (
    Content,
    FunctionCallItem,
    FunctionCallOutputItem,
    Item,
    MessageItem,
    text_of,
)

FIRST = "root"
"""As `previous_item_id`: put it before all others."""


@dataclass(slots=True)
class Entry:
    """An item and what only the server knows of it.

    `sound` is what a user said, or what has been sent of an assistant's speech. `utterance` numbers the user's speech
    in this session (None: not a user's item), `attempts` the responses asked for it. `edits` counts changes to
    the content.
    """

    item: Item
    sound: Samples = field(default_factory=lambda: NOTHING)
    utterance: int | None = None
    attempts: int = 0
    edits: int = 0
    heard: str = ""

    @property
    def item_id(self) -> str:
        return self.item.id or ""

    @property
    def spoken(self) -> bool:
        """Whether this is speech of the model."""
        if not isinstance(self.item, MessageItem) or self.item.role != "assistant":
            return False
        return any(part.type == "output_audio" for part in self.item.content)

    @property
    def from_user(self) -> bool:
        return isinstance(self.item, MessageItem) and self.item.role == "user"

    @property
    def written(self) -> str:
        """All words of it that a model reads, a function's call and its output too."""
        return written_of(self.item)

    def segment(self) -> Segment:
        """What a response that reads this item pays for it."""
        ms = length_ms(self.sound)
        text = text_tokens(self.written) if not self.from_user or not ms else 0
        audio = spoken_tokens(ms) if self.spoken else heard_tokens(ms)
        return Segment(f"{self.item_id}/{self.edits}", text, audio)

    def cut(self, end_ms: int) -> None:
        """Forget the speech after `end_ms`, and the words that went with it."""
        if not isinstance(self.item, MessageItem):
            return
        whole_ms = max(1, length_ms(self.sound))
        self.sound = self.sound[: end_ms * SAMPLES_PER_MS]
        content = [_shortened(part, end_ms / whole_ms) for part in self.item.content]
        self.item = msgspec.structs.replace(self.item, content=content)
        self.edits += 1


def _shortened(part: Content, share: float) -> Content:
    words = (part.transcript or "").split(" ")
    return msgspec.structs.replace(part, transcript=" ".join(words[: int(len(words) * share)]))


def written_of(item: Item) -> str:
    match item:
        case FunctionCallItem(name=name, arguments=arguments):
            return name + arguments
        case FunctionCallOutputItem(output=output):
            return output
        case _:
            return text_of(item)


class History:
    """The default conversation."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def find(self, item_id: str) -> Entry | None:
        return next((one for one in self.entries if one.item_id == item_id), None)

    def calls(self, call_id: str) -> bool:
        """Whether the model called a function under this id, and got no answer yet."""
        items = [one.item for one in self.entries]
        answered = any(isinstance(one, FunctionCallOutputItem) and one.call_id == call_id for one in items)
        return not answered and any(isinstance(one, FunctionCallItem) and one.call_id == call_id for one in items)

    def add(self, entry: Entry, after: str | None = None) -> str | None:
        """Put an item last, first (`after` "root") or after another; gives the id of the one before it.

        Raises KeyError when there is no item `after`.
        """
        place = len(self.entries)
        if after == FIRST:
            place = 0
        elif after is not None:
            found = self.find(after)
            if found is None:
                raise KeyError(after)
            place = self.entries.index(found) + 1
        self.entries.insert(place, entry)
        return self.entries[place - 1].item_id if place else None

    def before(self, item_id: str) -> str | None:
        """The id of the item before this one."""
        ids = [one.item_id for one in self.entries]
        place = ids.index(item_id) if item_id in ids else 0
        return ids[place - 1] if place else None

    @property
    def last_id(self) -> str | None:
        return self.entries[-1].item_id if self.entries else None

    def delete(self, item_id: str) -> bool:
        """Whether there was such an item."""
        found = self.find(item_id)
        if found is None:
            return False
        self.entries.remove(found)
        return True
