"""What a store keeps of calls of every kind, written and read. Pure."""

from __future__ import annotations

from dragoman.relay import assistant_memory, memory
from dragoman.relay.assistant_memory import AssistantMemory
from dragoman.relay.memory import Memory

AnyMemory = Memory | AssistantMemory


def written(remembered: AnyMemory) -> tuple[int, bytes]:
    """Its version and its body, as they are kept."""
    if isinstance(remembered, Memory):
        return memory.VERSION, memory.written(remembered)
    return assistant_memory.VERSION, assistant_memory.written(remembered)


def read(body: bytes, version: int) -> AnyMemory | None:
    """What `written` wrote; None for anything else, or another version of it."""
    return memory.read(body, version) or assistant_memory.read(body, version)
