"""What an assistant has said, item by item, and what of it the caller heard. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.realtime.wire import conversation as wire

REMEMBERED: Final = 256
"""Items that can still be cut: far more than can wait to be played."""


@dataclass(slots=True)
class SpokenItem:
    """One item. `cut_ms` is what the model was told that was heard of it, None = all.

    `given`: some of its sound was given out. `worded`: its words are complete. `ended`: no sound follows.
    """

    item_id: str
    response_id: str
    content_index: int = 0
    sound_bytes: int = 0
    text: str = ""
    worded: bool = False
    ended: bool = False
    given: bool = False
    cut_ms: int | None = None


class SpokenItems:
    """The items of one session that made a sound or were given words, in the order in which they began."""

    def __init__(self, fmt: AudioFormat) -> None:
        self._format = fmt
        self._items: dict[str, SpokenItem] = {}

    def of(self, response_id: str) -> list[SpokenItem]:
        return [item for item in self._items.values() if item.response_id == response_id]

    def find(self, item_id: str) -> SpokenItem | None:
        return self._items.get(item_id)

    def item(self, item_id: str, response_id: str) -> SpokenItem:
        """The one of that id, which may be new."""
        found = self._items.get(item_id)
        if found is None:
            found = self._items[item_id] = SpokenItem(item_id, response_id)
            if len(self._items) > REMEMBERED:
                self._items.pop(next(iter(self._items)))
        return found

    def sound_ms(self, item: SpokenItem) -> int:
        """How much sound of it came, in whole milliseconds."""
        return int(self._format.ms(item.sound_bytes))

    def cut(self, heard_ms: Mapping[str, int]) -> list[wire.TruncateItem]:
        """Forget what was not heard (`Assistant.interrupt` says what `heard_ms` means); the model is told once each.

        An item is never cut to more than what came of it, nor to more than it was cut to before.
        """
        orders: list[wire.TruncateItem] = []
        behind = False
        for item in self._items.values():
            whole_ms = self.sound_ms(item)
            unnamed = 0 if behind else whole_ms
            end_ms = max(0, min(heard_ms.get(item.item_id, unnamed), whole_ms))
            behind = behind or (item.item_id in heard_ms and end_ms < whole_ms)
            if end_ms < whole_ms or not item.ended:
                orders += self._cut(item, end_ms)
        return orders

    def mute(self, item: SpokenItem) -> list[wire.TruncateItem]:
        """Sound of a response that was stopped before this item made any: nobody hears it."""
        return self._cut(item, 0)

    def _cut(self, item: SpokenItem, end_ms: int) -> list[wire.TruncateItem]:
        if not item.sound_bytes or (item.cut_ms is not None and item.cut_ms <= end_ms):
            return []
        item.cut_ms = end_ms
        return [wire.TruncateItem(item_id=item.item_id, content_index=item.content_index, audio_end_ms=end_ms)]
