"""The terms of a question, for looking things up: stems of words, or pairs of characters where no blanks part words.

A term has a weight by what it is likely to say: Japanese grammar is written in hiragana and says little, words that
every question has say nothing (English: `_EMPTY_EN`; other languages leave that to how rare a term is).
Pairs of characters find words in Japanese, Chinese, Korean and Thai about as well as taking words apart does, without a
dictionary: Jianfeng Nie et al., "On the use of words and n-grams for Chinese information retrieval", IRAL 2000.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

import snowballstemmer

from dragoman.domain.language import LanguageTag

TEXT_MAX_LENGTH = 500
"""Of a question: no caller asks for longer, and nobody waits for it."""

GRAMMAR_WEIGHT = 0.15
"""Of a term in hiragana, beside 1 for any other."""

SHAPE_WEIGHT = 0.3
"""Of a word of `_SHAPE_EN`."""

_STEMMERS = {
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "pt": "portuguese",
    "de": "german",
    "it": "italian",
    "nl": "dutch",
    "ru": "russian",
    "id": "indonesian",
    "hi": "hindi",
    "sv": "swedish",
    "da": "danish",
    "no": "norwegian",
    "nb": "norwegian",
    "fi": "finnish",
    "hu": "hungarian",
    "ro": "romanian",
    "tr": "turkish",
    "pl": "polish",
    "cs": "czech",
    "el": "greek",
    "ca": "catalan",
    "ar": "arabic",
}

_EMPTY_EN = frozenset(
    re.findall(
        r"\w+",
        """
        a about actually all also am an and any anything are as at be been being but by can could did do does doing don
        for from get give go good had has have having hello her hey hi him his i if in is it its just kind know let like
        ll look may maybe me might mine my need now of oh ok okay on one or our out perhaps please possible question
        quick re right s say shall she should so some something sorry t tell than thank thanks that the their them then
        there these they thing things this to too uh um up us ve very want was way we well were whether will wish with
        wonder wondering would yes you your yours m d ask asking help hear hope find found into over really still going
        gonna nearby somewhere somebody someone moment today currently two three four five six seven eight nine ten
        hundred thousand
        """,
    )
)
"""English words that belong to asking rather than to what is asked for."""

_SHAPE_EN = frozenset({"how", "what", "when", "where", "which", "who", "why", "much", "many", "long"})
"""English words that tell of what form the answer is to be: a little of what is asked for."""

_EMPTY_JA = re.compile(
    r"すみません|すいません|もしもし|あの[ーう、]?|えっ?と|ええと|教えて|おしえて|知りたい|お願い|おねがい|について|"
    r"(?:して)?(?:もら|いただ|頂)(?:え|け|き|い|う)(?:ます|ません|る)?(?:でしょう)?か?|ください|下さい|"
    r"(?:ござい|あり|でき|出来|し|い|なり)ま(?:すか|せんか|す|した)|(?:ん|の)?(?:です|でしょう)(?:か|けど|が)?|"
    r"(?:し|やっ)てい(?:ます|る)か?|したい|ほしい|欲しい|可能|大丈夫"
)
"""Japanese that belongs to asking rather than to what is asked for."""

_RUNS = re.compile(
    r"(?P<hiragana>[ぁ-ゟ]+)|(?P<katakana>[゠-ヿー]+)|(?P<han>[々〆㐀-䶿一-鿿豈-﫿]+)|(?P<hangul>[가-힣]+)|"
    r"(?P<thai>[\u0e00-\u0eff]+)|(?P<word>[^\W_]+(?:['’][^\W_]+)*)"
)


def plain(text: str) -> str:
    """`text` without what is not said: the same for "Where?" and "where"."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def terms(text: str, language: LanguageTag) -> Mapping[str, float]:
    """The terms of `text` with their weights."""
    folded = unicodedata.normalize("NFKC", text[:TEXT_MAX_LENGTH]).casefold()
    primary = language.lower().split("-")[0]
    if primary == "ja":
        folded = _EMPTY_JA.sub(" ", folded)
    found: dict[str, float] = {}
    words: list[str] = []
    for run in _RUNS.finditer(folded):
        match run.lastgroup:
            case "word":
                words += _words(run[0], primary)
            case "hiragana":
                found.update(dict.fromkeys(_pairs(run[0]), GRAMMAR_WEIGHT))
            case "katakana":
                found[run[0]] = 1.0  # a loan word: half of one is another word
            case _:
                found.update(dict.fromkeys(_pairs(run[0]), 1.0))
    if primary == "en":
        found.update((word, SHAPE_WEIGHT) for word in words if word in _SHAPE_EN)
        words = [word for word in words if word not in _SHAPE_EN and not word.isdecimal()]
    stems = snowballstemmer.stemmer(_STEMMERS[primary]).stemWords(words) if primary in _STEMMERS else words
    found.update(dict.fromkeys(stems, 1.0))
    return found


def _words(run: str, primary: str) -> list[str]:
    pieces = re.split(r"['’]", run)
    return [piece for piece in pieces if not (primary == "en" and piece in _EMPTY_EN)]


def _pairs(run: str) -> Iterator[str]:
    """Each two neighbours; a single character stands for itself."""
    if len(run) == 1:
        yield run
    yield from (run[at : at + 2] for at in range(len(run) - 1))
