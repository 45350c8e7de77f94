"""A text to be said word for word, as both ends of a conversation put it and find it. Pure.

A model needs to be asked in words, which it mostly heeds; a server of our own can do exactly that. So the order stands
in the response's instructions, the text between marks, and the response's metadata say that it is one.
"""

from __future__ import annotations

from typing import Final

from dragoman.interpreters.realtime.wire.items import ResponseWanted

METADATA: Final = {"say": "exactly"}
"""Of a response whose instructions hold a marked text."""
OPEN, CLOSE = "<<<", ">>>"


def marked(text: str) -> str:
    """The text between its marks, on lines of its own."""
    return f"{OPEN}\n{text.replace(CLOSE, '').strip()}\n{CLOSE}"


def to_read_out(wanted: ResponseWanted) -> str | None:
    """The text that is to be said word for word; None when the response is not such an order."""
    metadata = wanted.metadata or {}
    if any(metadata.get(key) != value for key, value in METADATA.items()) or wanted.instructions is None:
        return None
    _, opened, after = wanted.instructions.partition(f"{OPEN}\n")
    text, closed, _ = after.rpartition(f"\n{CLOSE}")
    return text.strip() if opened and closed else None
