"""What an item of the assistant said, when in it, and how much of that was heard. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Spoken:
    """Pieces of text with the ms of sound that each took; `heard_ms` once the client cut it (None = not cut)."""

    pieces: list[tuple[str, int]] = field(default_factory=list)
    heard_ms: int | None = None

    @property
    def length_ms(self) -> int:
        return sum(ms for _, ms in self.pieces)

    @property
    def text(self) -> str:
        """All that was to be said."""
        return "".join(text for text, _ in self.pieces)

    @property
    def heard(self) -> str:
        """What of it was heard, to a word, taking each piece as evenly spoken."""
        if self.heard_ms is None:
            return self.text
        left_ms = self.heard_ms
        found = ""
        for text, ms in self.pieces:
            if left_ms < ms:
                return (found + _beginning(text, left_ms / ms)).rstrip()
            found += text
            left_ms -= ms
        return found.rstrip()


def _beginning(text: str, share: float) -> str:
    """About this share of a text, whole words where it has blanks."""
    at = int(len(text) * share)
    if " " not in text.strip():
        return text[:at]
    return text[: text.rfind(" ", 0, at + 1) + 1]
