"""Catches a model that answers, comments, repeats the source or speaks the wrong language instead of interpreting.

It judges the text that the model says while it grows, beside what the party said when that is known already. Every rule
needs evidence: what is short, a name, a number or ambiguous passes. The phrases are in `guard.toml`.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from importlib import resources
from typing import Final

from dragoman.domain.speech import Verdict
from dragoman.interpreters.openai.scripts import Script, counted, expected, is_wide
from dragoman.ports import Rank

ENOUGH_WORDS: Final = 4
"""So much text is judged before any of its sound is given out."""
UNHEARD_WORDS: Final = 7
"""The same while it is not known what the party said: by then an assistant's opening has shown itself."""
FEW_WORDS: Final = 2
MARGIN: Final = 8.0
"""How much likelier (log) the source language must be than the target before a text is called wrong."""
MARGIN_SHORT: Final = 14.0
MARGIN_REPEATED: Final = 4.0
MARGIN_FOREIGN: Final = 15.0
"""The same for a third language, which needs more words as well."""
ALIKE: Final = 0.82
ALIKE_CHARACTERS: Final = 200
"""So much of two texts is compared: what one letter takes grows with the cube of it where a text repeats itself."""
LONG_FACTOR: Final = 2.2
LONG_SLACK: Final = 40
DIGIT_WEIGHT: Final = 5.0
WIDE_WEIGHT: Final = 2.2

_STOPS = ".!?\u3002\uff01\uff1f\u0964"
"""What ends a sentence, in all shipped scripts."""
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_SENTENCE = re.compile(rf"(?:^|[{_STOPS}:\n]+[\s\"\u201d\u00bb)]*|[\u00bf\u00a1])")
_CLAUSE = re.compile(rf"(?:^|[{_STOPS},;:\n\u3001\uff0c\uff1b\uff1a\u2013\u2014-]+\s*|\u00bf)")
_ENDED = re.compile(rf"[{_STOPS}](?:\s|$|[\"\u201d\u00bb])|[\u3002\uff01\uff1f]")
_QUESTION_MARKS = ("?", "\uff1f", "\u061f")
_DIGIT = re.compile(r"\d")
_WIDE = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_OTHER_SCRIPT = re.compile(r"[^\W\d_A-Za-z\u00aa-\u024f\u1e00-\u1eff]")
"""A letter that is not Latin."""
_ASKING = re.compile("[?\uff1f\u061f\u00bf]")


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's tell-tale phrases; None where there are none."""

    commented: re.Pattern[str] | None = None
    machine: re.Pattern[str] | None = None
    helper: re.Pattern[str] | None = None
    question: re.Pattern[str] | None = None


def shipped_phrases() -> dict[str, Phrases]:
    """The phrases of all shipped languages, by primary subtag."""
    text = resources.files(__package__).joinpath("guard.toml").read_text(encoding="utf-8")
    return {
        language: Phrases(
            **{kind: re.compile(_composed("|".join(found)), re.IGNORECASE) for kind, found in kinds.items()}
        )
        for language, kinds in tomllib.loads(text).items()
    }


class Guard:
    """The judge of one direction. `source` and `target` are primary subtags.

    `serves`: the speaker serves customers (an agent), who may well ask how they can help.
    """

    def __init__(
        self, source: str, target: str, phrases: dict[str, Phrases], rank: Rank, *, serves: bool = False
    ) -> None:
        self._source, self._target = source, target
        self._said = phrases.get(target, Phrases())
        self._heard = phrases.get(source, Phrases())
        self._rank = rank
        self._shipped = frozenset(phrases)
        self._latin = Script.LATIN in expected(target)
        self._serves = serves
        self._ranked_text: str | None = None
        self._ranked: dict[str, float] = {}
        """The last text's likelihoods: the same words are judged up to three times, and ranking is the dear part."""

    def may_speak(self, text: str, heard: str | None, *, done: bool) -> bool:
        """Whether there is enough text to let its sound out (given that `judge` finds nothing wrong).

        When a lone question was heard, the text must show that it is one, or be complete.
        """
        if done:
            return True
        enough = UNHEARD_WORDS if heard is None else ENOUGH_WORDS
        if word_count(text) < enough or self._doubtful(text):
            return False
        lone_question = heard is not None and is_question(heard) and is_one_sentence(heard)
        return not lone_question or self._asks(text)

    def _doubtful(self, text: str) -> bool:
        """Whether another language is likelier than the target, in fewer words than `judge` decides by."""
        words = ordinary_words(text)
        if self._source == self._target or not FEW_WORDS <= len(words) <= ENOUGH_WORDS:
            return False
        likely = self._likely(" ".join(words))
        return likely[self._target] < max(likely.values()) - MARGIN_SHORT

    def judge(self, text: str, heard: str | None, *, done: bool, again: bool = False) -> Verdict | None:
        """What is wrong with what the model says so far; None when nothing is, or too little is known.

        `again`: this is the answer to a second, firmer order; what is only odd for an agent's mouth passes then.
        """
        if not text.strip():
            return None
        text, heard = _composed(text), _composed(heard) if heard is not None else None
        if self._source != self._target:
            wrong = self._language(text, heard, done=done)
            if wrong is not None:
                return wrong
        if _tells(self._said.commented, text, _SENTENCE) and not _tells(self._heard.commented, heard, _SENTENCE):
            return Verdict.COMMENTED
        if self._answers(text, heard, done=done, again=again):
            return Verdict.ANSWERED
        return None

    # -- Answers -------------------------------------------------------------------------------------------------------

    def _answers(self, text: str, heard: str | None, *, done: bool, again: bool) -> bool:
        if _tells(self._said.machine, text, _CLAUSE) and not _tells(self._heard.machine, heard, _CLAUSE):
            return True
        odd = (heard is not None and not again) if self._serves else True
        if odd and _tells(self._said.helper, text, _CLAUSE) and not _tells(self._heard.helper, heard, _CLAUSE):
            return True
        if heard is None or not heard.strip():
            return False
        if weight(text) > LONG_FACTOR * weight(heard) + LONG_SLACK:
            return True
        return done and is_question(heard) and word_count(heard) > FEW_WORDS and not self._asks(text)

    def _asks(self, text: str) -> bool:
        """Whether the text is a question, by its mark or its words."""
        if _ASKING.search(text):
            return True
        return self._said.question is None or _tells(self._said.question, text, _CLAUSE)

    # -- Language ------------------------------------------------------------------------------------------------------

    def _language(self, text: str, heard: str | None, *, done: bool) -> Verdict | None:
        words = ordinary_words(text)
        if self._wrong_script(text, len(words), done=done):
            return _repeated(text, heard)
        if done and words and word_count(text) >= FEW_WORDS and likeness(text, heard) >= ALIKE:
            likely = self._likely(" ".join(re.findall(r"[^\W\d_]+", text.lower())))
            if likely[self._target] < likely[self._source] - MARGIN_REPEATED:
                return Verdict.REPEATED_SOURCE
        if len(words) < (FEW_WORDS if done else ENOUGH_WORDS):
            return None
        limit = MARGIN if len(words) >= ENOUGH_WORDS else MARGIN_SHORT
        likely = self._likely(" ".join(words))
        if likely[self._target] < likely[self._source] - limit:
            return _repeated(text, heard)
        best = max(likely.values())
        foreign = len(words) > ENOUGH_WORDS and likely[self._target] < best - MARGIN_FOREIGN
        return Verdict.WRONG_LANGUAGE if foreign else None

    def _likely(self, text: str) -> dict[str, float]:
        """Log likelihood of the shipped languages and ours; all alike when the model knows one of ours not."""
        wanted = {self._source, self._target}
        if text != self._ranked_text:
            known = wanted | self._shipped
            self._ranked = {language: score for language, score in self._rank(text) if language in known}
            self._ranked_text = text
        return self._ranked if wanted <= self._ranked.keys() else dict.fromkeys(wanted, 0.0)

    def _wrong_script(self, text: str, ordinary: int, *, done: bool) -> bool:
        if self._latin and _OTHER_SCRIPT.search(text) is None:
            return False
        counts = counted(text)
        total = sum(counts.values())
        wanted = expected(self._target)
        own = sum(counts.get(script, 0) for script in wanted)
        if Script.LATIN in wanted:
            return total - own > own and total - own >= ENOUGH_WORDS
        if self._target == "zh" and counts.get(Script.KANA, 0) >= FEW_WORDS:
            return True
        if self._target == "ja" and self._source == "zh" and done and not counts.get(Script.KANA, 0):
            return counts.get(Script.HAN, 0) >= ENOUGH_WORDS * 3
        if own:
            return False
        return ordinary >= ENOUGH_WORDS - 1 or total - counts.get(Script.LATIN, 0) >= ENOUGH_WORDS


def _composed(text: str) -> str:
    """One spelling for letters that Unicode can write in two ways."""
    return unicodedata.normalize("NFC", text)


def _repeated(text: str, heard: str | None) -> Verdict:
    """Which kind of wrong language it is: the very words that were heard, or others."""
    return Verdict.REPEATED_SOURCE if likeness(text, heard) >= ALIKE else Verdict.WRONG_LANGUAGE


# ---- Measures of a text ----------------------------------------------------------------------------------------------


def word_count(text: str) -> int:
    """Words; of a script without blanks, two characters count as one."""
    return sum(-(-len(word) // 2) if is_wide(word[0]) else 1 for word in re.findall(r"\w+", text))


def ordinary_words(text: str) -> list[str]:
    """The words that are neither names nor numbers: in lower case, or the first of a sentence that goes on so."""
    words = [(found.group(), found.start()) for found in _WORD.finditer(text)]
    kept = [word for word, _ in words if word == word.lower()]
    if not kept:
        return []
    starts = {found.end() for found in _SENTENCE.finditer(text)}
    return [word.lower() for word, at in words if word == word.lower() or (at in starts and len(kept) > 1)]


def weight(text: str) -> float:
    """About how many Latin letters the text would take when written out."""
    digits, wide = len(_DIGIT.findall(text)), len(_WIDE.findall(text))
    return len(text) + (DIGIT_WEIGHT - 1) * digits + (WIDE_WEIGHT - 1) * wide


def likeness(text: str, heard: str | None) -> float:
    """How alike two texts are where they begin, punctuation and case aside: 0 to 1."""
    if not heard:
        return 0.0
    one, other = (" ".join(re.findall(r"\w+", side.casefold())) for side in (text, heard))
    matcher = difflib.SequenceMatcher(None, one[:ALIKE_CHARACTERS], other[:ALIKE_CHARACTERS], autojunk=False)
    return matcher.ratio()


def is_one_sentence(heard: str) -> bool:
    """Whether nothing follows the first end of a sentence."""
    return len(_ENDED.findall(heard.strip())) <= 1


def is_question(heard: str) -> bool:
    """Whether what was said ends as a question."""
    return heard.rstrip().rstrip("\"\u201d\u00bb').").endswith(_QUESTION_MARKS)


def _tells(pattern: re.Pattern[str] | None, text: str | None, starts: re.Pattern[str]) -> bool:
    """Whether the pattern stands at one of the places where a sentence or clause starts."""
    if pattern is None or not text:
        return False
    return any(pattern.match(text, found.end()) for found in starts.finditer(text))
