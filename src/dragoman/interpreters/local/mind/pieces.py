"""A text that comes in scraps, cut into sentences that can be spoken while the rest is still being written. Pure."""

from __future__ import annotations

import re
from typing import Final

_END: Final = re.compile(r"[.!?…]+[\"'”’)]*\s+|[。！？]|\n+")
"""After a Latin full stop there must be a blank: the next scrap may go on with `.5` or `.com`."""
_PAUSE: Final = re.compile(r"[,;:]\s+|[、，；：]")
_LEAST_LETTERS: Final = 2
_LONG_LETTERS: Final = 120
"""What is longer is cut at its last comma, or at a blank, so that nobody waits for its end."""
_NO_END: Final = re.compile(r"(?:^|[\s(])(?:Dr|Mr|Ms|Mrs|St|No|Sr|Sra|e\.g|i\.e|[A-Z]|\d{1,3})\.\s+$")
_OPEN, _CLOSE = "<think>", "</think>"
_MARKUP: Final = (
    (re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)"), r"\1"),
    (re.compile(r"```[\w-]*|[*`#~]+"), ""),
    (re.compile(r"[_|]+|^[」』）]+"), " "),
    (re.compile(r"(?m)^\s*(?:[-•]|\d{1,2}[.)])\s+"), ""),
    (re.compile(r"https?://\S+"), " "),
)


class Pieces:
    """Push scraps, take sentences; `rest` is what remains at the end. What stands between think marks is left out."""

    def __init__(self) -> None:
        self._raw = ""
        self._held = ""
        self._thinking = False

    def push(self, scrap: str) -> list[str]:
        """The sentences that are whole now, as they can be spoken."""
        self._raw += scrap
        self._sift()
        found: list[str] = []
        while at := _cut(self._held):
            found.append(self._held[:at])
            self._held = self._held[at:]
        return [one for one in map(speakable, found) if one]

    def rest(self) -> str:
        """What is left; "" when there is nothing to say in it."""
        text = self._held if self._thinking else self._held + self._raw
        self._raw = self._held = ""
        return speakable(text)

    def _sift(self) -> None:
        """Take over what is to be said; what may be the beginning of a mark waits."""
        while self._raw:
            mark = _CLOSE if self._thinking else _OPEN
            before, found, after = self._raw.partition(mark)
            waits = 0 if found else _begun(before, mark)
            if not self._thinking:
                self._held += before[: len(before) - waits]
            if not found:
                self._raw = before[len(before) - waits :]
                return
            self._thinking = not self._thinking
            self._raw = after


def _begun(text: str, mark: str) -> int:
    """How many letters at the end of `text` may be the beginning of `mark`."""
    return next((length for length in range(len(mark) - 1, 0, -1) if text.endswith(mark[:length])), 0)


def _cut(text: str) -> int:
    """Where the first whole sentence ends; 0 = there is none yet."""
    for found in _END.finditer(text):
        before = text[: found.end()]
        if not _NO_END.search(before) and sum(letter.isalnum() for letter in before) >= _LEAST_LETTERS:
            return found.end()
    if len(text) < _LONG_LETTERS:
        return 0
    pauses = [found.end() for found in _PAUSE.finditer(text, 0, _LONG_LETTERS)]
    blank = text.rfind(" ", 0, _LONG_LETTERS) + 1
    return max(pauses, default=0) or blank or _LONG_LETTERS


def speakable(text: str) -> str:
    """Without marks for the eye (Markdown, addresses); "" when nothing in it can be said."""
    for pattern, put in _MARKUP:
        text = pattern.sub(put, text)
    text = " ".join(text.split())
    return text if re.search(r"\w", text) else ""
