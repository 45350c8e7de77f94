"""The items of one conversation: utterances with their recognition, and texts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dragoman.interpreters.local.hearing import Recognition
from dragoman.interpreters.local.server.spoken import Spoken
from dragoman.interpreters.realtime.wire.items import Content, Item, MessageItem

_MOST_ITEMS: Final = 200


@dataclass(slots=True)
class Kept:
    """An item; `recognition` when it was spoken to us, with the language that was expected then; `spoken` by us."""

    item: Item
    recognition: Recognition | None = None
    source: str | None = None
    spoken: Spoken | None = None


class Items:
    """In order of the conversation, the newest 200."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    @property
    def last_id(self) -> str | None:
        return next(reversed(self._kept), None)

    def add(self, item_id: str, kept: Kept, after: str | None = None) -> None:
        """Put it last, or behind `after` ("root" = first)."""
        self._kept[item_id] = kept
        if after is not None and after not in (self.last_id, item_id):
            order = [one for one in self._kept if one != item_id]
            at = 0 if after == "root" else order.index(after) + 1
            for one in order[at:]:
                self._kept.move_to_end(one)
        while len(self._kept) > _MOST_ITEMS:
            self._kept.popitem(last=False)

    def find(self, item_id: str) -> Kept | None:
        return self._kept.get(item_id)

    def remove(self, item_id: str) -> bool:
        return self._kept.pop(item_id, None) is not None

    def __iter__(self) -> Iterator[tuple[str, Kept]]:
        """Oldest first."""
        return iter(self._kept.items())

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._kept


def spoken_item(item_id: str) -> MessageItem:
    """A user's utterance as events show it: without its words (they come apart) and without its sound."""
    return MessageItem(
        id=item_id, object="realtime.item", status="completed", role="user", content=[Content(type="input_audio")]
    )


def answer_item(item_id: str, status: str, content: Content | None = None) -> MessageItem:
    """An assistant's message."""
    parts = [] if content is None else [content]
    return MessageItem(id=item_id, object="realtime.item", status=status, role="assistant", content=parts)
