"""Is what was said in the listener's language already? From its words, by a language ranking that is passed in.

Names and numbers decide nothing, nor what people say in any language ("OK"). What is short or mixed stays undecided.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from dragoman.ports import Rank

GOING_WORDS: Final = 4
"""So many ordinary words decide while the speaker goes on..."""
GOING_MARGIN: Final = 25.0
"""...when the listener's language is likelier by so much (log) than the speaker's."""
OVER_WORDS: Final = 2
OVER_MARGIN: Final = 10.0
"""The same when nothing more comes. Measured over common phrases: borrowed words ("le weekend") get to 9.4."""
OTHERS_MARGIN: Final = 6.0
"""No third language may be likelier by more than this: that would have to be interpreted."""
HALVES_WORDS: Final = 6
"""From here on neither half of the words may look like the speaker's language."""
BACK_WORDS: Final = 5
BACK_MARGIN: Final = 10.0
"""So many last words, so clearly in the speaker's language, are no longer for passing on."""
MOST_WORDS: Final = 24
"""No more are judged at once: the latest ones."""

_ANYWHERE = re.compile(r"o\.?k|okay|okey|oke|okej|no|h+m+|m+h?m+|u+h+|u+h?m+|e+h+|a+h+|o+h+|aha|er|bye|ciao")
"""Said, or written by a recogniser, whatever the language."""

_LETTER = r"(?:[^\W\d_]|[\u0300-\u036f\u064b-\u065f\u0900-\u0963\u0971-\u0dff\u0e31-\u0e4e])"
"""Letters, and the vowel signs that some scripts write as marks."""
_WORD = re.compile(rf"{_LETTER}+(?:['\u2019-]{_LETTER}+)*")
_ENDS = ".!?\u2026\u3002\uff01\uff1f\u0964\u00bf\u00a1"
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
"""Characters of the scripts without blanks: about two make a word."""


def ordinary_words(text: str) -> list[str]:
    """The words that are neither names, numbers nor said anywhere: lower case, or a sentence's first if it goes on so.

    German nouns count as names, which leaves enough.
    """
    text = unicodedata.normalize("NFC", text)
    words: list[str] = []
    first, ended = "", 0
    for found in _WORD.finditer(text):
        word = found.group()
        if not ended or any(char in _ENDS for char in text[ended : found.start()]):
            first = word if word != word.lower() else ""
        elif word == word.lower() and first:
            words.append(first.lower())
            first = ""
        ended = found.end()
        if word == word.lower():
            words.append(word)
    return [word for word in words if not _ANYWHERE.fullmatch(word)]


def count(words: Sequence[str]) -> int:
    """How many words these are; of a script without blanks, two characters make one."""
    return sum(max(1, -(-len(_WIDE.findall(word)) // 2)) for word in words)


class SpokenLanguage:
    """Judges the words of one lane. `source` and `target` are primary subtags and differ."""

    def __init__(self, source: str, target: str, rank: Rank) -> None:
        if source == target:
            raise ValueError(f"{source} to {target}: the same language needs no judge, it goes straight across")
        self._source, self._target = source, target
        self._rank = rank

    def is_target(self, text: str, *, over: bool) -> bool:
        """Whether the text is clearly in the listener's language. `over`: it is all that was said."""
        words = ordinary_words(text)[-MOST_WORDS:]
        size = count(words)
        least, margin = (OVER_WORDS, OVER_MARGIN) if over else (GOING_WORDS, GOING_MARGIN)
        if size < least or self._lead(words) < margin:
            return False
        if len(words) < HALVES_WORDS:
            return True
        middle = len(words) // 2
        return self._lead(words[:middle]) > 0 and self._lead(words[middle:]) > 0

    def is_source_again(self, text: str) -> bool:
        """Whether the last words of a text are clearly in the speaker's language."""
        words = ordinary_words(text)[-BACK_WORDS:]
        if count(words) < GOING_WORDS:
            return False
        likely = dict(self._rank(" ".join(words)))
        if not {self._source, self._target} <= likely.keys():
            return False
        return likely[self._source] - likely[self._target] >= BACK_MARGIN

    def _lead(self, words: Sequence[str]) -> float:
        """How much likelier the listener's language is than the speaker's; below 0 where a third one is."""
        likely = dict(self._rank(" ".join(words)))
        if not {self._source, self._target} <= likely.keys():
            return -1.0
        if max(likely.values()) - likely[self._target] > OTHERS_MARGIN:
            return -1.0
        return likely[self._target] - likely[self._source]
