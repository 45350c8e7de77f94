"""Which script a text is written in, and which a language uses."""

from __future__ import annotations

import enum
from collections import Counter


class Script(enum.Enum):
    LATIN = "latin"
    CYRILLIC = "cyrillic"
    HAN = "han"
    KANA = "kana"
    HANGUL = "hangul"
    DEVANAGARI = "devanagari"
    OTHER = "other"


_RANGES = (
    (0x0041, 0x024F, Script.LATIN),
    (0x1E00, 0x1EFF, Script.LATIN),
    (0x0400, 0x052F, Script.CYRILLIC),
    (0x0900, 0x097F, Script.DEVANAGARI),
    (0x1100, 0x11FF, Script.HANGUL),
    (0x3040, 0x30FF, Script.KANA),
    (0x3400, 0x4DBF, Script.HAN),
    (0x4E00, 0x9FFF, Script.HAN),
    (0xAC00, 0xD7AF, Script.HANGUL),
    (0xF900, 0xFAFF, Script.HAN),
    (0xFF66, 0xFF9D, Script.KANA),
)
_OF_LANGUAGE = {
    "ru": frozenset({Script.CYRILLIC}),
    "uk": frozenset({Script.CYRILLIC}),
    "bg": frozenset({Script.CYRILLIC}),
    "zh": frozenset({Script.HAN}),
    "ja": frozenset({Script.HAN, Script.KANA}),
    "ko": frozenset({Script.HANGUL, Script.HAN}),
    "hi": frozenset({Script.DEVANAGARI}),
    "mr": frozenset({Script.DEVANAGARI}),
    "ne": frozenset({Script.DEVANAGARI}),
}
_LATIN = frozenset({Script.LATIN})
_OTHER = {
    "ar",
    "he",
    "fa",
    "ur",
    "th",
    "el",
    "ka",
    "hy",
    "ta",
    "te",
    "bn",
    "gu",
    "kn",
    "ml",
    "pa",
    "km",
    "lo",
    "my",
    "si",
}


def script_of(char: str) -> Script | None:
    """The script of a letter; None when it is no letter."""
    if not char.isalpha():
        return None
    code = ord(char)
    return next((script for low, high, script in _RANGES if low <= code <= high), Script.OTHER)


def counted(text: str) -> Counter[Script]:
    """How many letters of each script a text has."""
    return Counter(script for char in text if (script := script_of(char)) is not None)


def expected(language: str) -> frozenset[Script]:
    """The scripts that a language (primary subtag) is written in."""
    if language in _OTHER:
        return frozenset({Script.OTHER})
    return _OF_LANGUAGE.get(language, _LATIN)


def is_wide(char: str) -> bool:
    """Whether a character stands for a syllable or a word."""
    return script_of(char) in (Script.HAN, Script.KANA, Script.HANGUL)
