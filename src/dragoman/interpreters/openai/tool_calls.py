"""The tools that a model asks for: gathered while its response runs, asked for once, answered together. Pure."""

from __future__ import annotations

from dragoman.domain.tools import ToolAsked
from dragoman.interpreters.realtime.wire.items import FunctionCallItem, Item


class ToolCalls:
    """Those of one session. A call is known by its `call_id`, and asked for at most once, whichever event tells it."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        """By item: an older server's `arguments.done` does not say which function."""
        self._gathered: dict[str, dict[str, ToolAsked]] = {}
        """By response, while it runs."""
        self._seen: set[str] = set()
        self._open: list[set[str]] = []
        """The calls that were not answered yet, each set those of one response."""

    @property
    def waiting(self) -> bool:
        """Whether an answer of a tool is still to come."""
        return bool(self._open)

    def named(self, item: Item) -> None:
        """An item began: a function's name may be in it."""
        if isinstance(item, FunctionCallItem) and item.id:
            self._names[item.id] = item.name

    def finished(self, response_id: str, item: Item) -> None:
        """An item is whole. One that was broken off (`status` incomplete) is none."""
        if isinstance(item, FunctionCallItem) and item.call_id and item.status != "incomplete":
            self._gather(response_id, ToolAsked(item.call_id, item.name, item.arguments))

    def argued(self, response_id: str, item_id: str, call_id: str, name: str, arguments: str) -> None:
        """A call's arguments are whole."""
        named = name or self._names.get(item_id, "")
        if named:
            self._gather(response_id, ToolAsked(call_id, named, arguments))

    def _gather(self, response_id: str, asked: ToolAsked) -> None:
        self._gathered.setdefault(response_id, {}).setdefault(asked.call_id, asked)

    def ask(self, response_id: str) -> list[ToolAsked]:
        """The response is whole: what is to be done now, in its order."""
        gathered = self._gathered.pop(response_id, {})
        fresh = [asked for call_id, asked in gathered.items() if call_id not in self._seen]
        self._seen.update(asked.call_id for asked in fresh)
        if fresh:
            self._open.append({asked.call_id for asked in fresh})
        self._names.clear()
        return fresh

    def drop(self, response_id: str) -> list[ToolAsked]:
        """The response was stopped: none of its calls is done."""
        gathered = self._gathered.pop(response_id, {})
        self._seen.update(gathered)
        self._names.clear()
        return list(gathered.values())

    def told(self, call_id: str) -> tuple[bool, bool]:
        """An answer came: whether it was asked for, and whether it was the last one of its response."""
        for calls in self._open:
            if call_id in calls:
                calls.discard(call_id)
                if calls:
                    return True, False
                self._open.remove(calls)
                return True, True
        return False, False
