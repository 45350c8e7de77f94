"""Number words to digits: "tres mil doscientos cinco" to "3205", "ocho uno cuatro" to "814", "8-1-4, 3-0-7" to
"814307".

Pure. What comes out is the form that the translator works on and that numbers are compared in; small ordinals and a
lonely "one" stay words (they are articles and adjectives more often than numbers).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dragoman.interpreters.local.number_words import LANGUAGES, NumberWords, Sum, plain

_TOKEN = re.compile(r"(\d+(?:[.,:]\d+)*)|([^\W\d_]+(?:[-'’][^\W\d_]+)*)|(\s+)|(.)", re.S)
_DECIMAL_WORDS = {
    "en": "point",
    "es": "coma|punto",
    "pt": "vírgula|virgula|ponto",
    "fr": "virgule",
    "it": "virgola|punto",
}
_MULTIPLIER_AFTER_DIGITS = re.compile(
    r"\b(\d{1,3}(?:[.,]\d)?) (mil|thousand|mila|mille|million|millones|milhões)\b", re.I
)
_LONE_DIGITS = re.compile(r"(?<![\d.,:$€£/])\b\d(?:(?:\s*[-–—]\s*|\s*[,.]\s+|\s+|,)\d){2,}\b(?![.,:/]\d|\s*[%€$])")
_GROUPS = re.compile(r"(?<![\d.,:$€£/])\b\d{1,9}(?:(?:\s*[-–—]\s*|\s*[,.]\s+|\s+|,|\.)\d{1,9})+\b(?![.,:/]\d|\s*[%€$])")
_ONE_IN_A_LIST = re.compile(
    r"\b(?:(?<=\b\d, )|(?<=\b\d )|(?<=\b\d-))(?:uno|one|um|oh(?=[,\s]+\d))\b(?=[,\s]+(?:\d|uno|one|um)\b|\s*[.?!]|$)"
    r"|\b(?:uno|one|um)\b(?=(?:,? (?:\d|uno|one|um)\b){2,})",
    re.I,
)
""" "four, one, seven": between single digits the word is a digit too."""
_YEAR = re.compile(r"\b(1[7-9]|20)\s(\d\d)\b")
_LARGE = re.compile(r"(?<![\d.,])\d{1,3}(?:([.,])\d{3})+(?!\1)[.,](\d{1,2})(?![\d.,]\d)")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d{1,2})(?![\d]|[.,]\d)")
_ITALIAN_THOUSAND = re.compile(r"(.*mila|mille)(.+)")

_ARTICLES = frozenset({"un", "una"})
"""Never the first digit of a number: Spanish and Italian count "uno", and French "un" is rare at the start of one."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    words: str = ""
    """The word without accents, where it is a word."""


@dataclass(slots=True)
class _Run:
    """Number words in a row, as far as they were read."""

    numbers: list[Sum]
    end: int
    ordinal: bool = False


def digitise(text: str, language: str) -> str:
    """The text with its numbers in digits. Unknown languages come back as they are."""
    words = LANGUAGES.get(language)
    if words is None:
        return text
    text = _MULTIPLIER_AFTER_DIGITS.sub(_multiply, _LARGE.sub(_plain_decimal, text))
    if language != "en":
        text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    tokens = [_Token(found.group(), plain(found.group(2) or "")) for found in _TOKEN.finditer(text)]
    tokens = _cut_compounds(tokens, words)
    written: list[str] = []
    place = 0
    while place < len(tokens):
        run = _read_run(tokens, place, words)
        if run is None or _is_article(run, tokens[place], words):
            written.append(tokens[place].text)
            place += 1
        else:
            said = " ".join(str(number.value) for number in run.numbers)
            written.append(said + (_ordinal_end(said, language) if run.ordinal else ""))
            place = run.end
    return _join("".join(written), language)


def _plain_decimal(found: re.Match[str]) -> str:
    """1,250.50 or 1.250,50 to 1250.50."""
    cents = found.group(2)
    return re.sub(r"\D", "", found.group()[: -len(cents)]) + "." + cents


def _ordinal_end(said: str, language: str) -> str:
    if language == "en":
        return ordinal_end(int(said.split()[-1]))
    return "e" if language == "fr" else "º"


def ordinal_end(value: int) -> str:
    """English: st, nd, rd, th."""
    if 10 < value % 100 < 20:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")


def _cut_compounds(tokens: list[_Token], words: NumberWords) -> list[_Token]:
    """ "thirty-nine" is two words ("quatre-vingt-dix" is one: the table has it); so is "duemilatre"."""
    cut: list[_Token] = []
    for token in tokens:
        parts = token.words.split("-")
        thousand = _ITALIAN_THOUSAND.fullmatch(token.words) if words is LANGUAGES["it"] else None
        if thousand is not None:
            parts = list(thousand.groups())
        numeric = all(part in words.small or part in words.times or part in words.ordinals for part in parts)
        aged = len(parts) > 2 and parts[0] in words.small and not numeric  # "six-year-old"
        if aged:
            cut += [_Token(token.text[: len(parts[0])], parts[0]), _Token(token.text[len(parts[0]) :])]
        elif len(parts) > 1 and token.words not in words.small and numeric:
            for place, part in enumerate(parts):
                cut += [_Token(" ")] if place else []
                cut.append(_Token(part, part))
        else:
            cut.append(token)
    return cut


def _is_article(run: _Run, first: _Token, words: NumberWords) -> bool:
    """ "one", "un": not a number unless beside others."""
    return (
        len(run.numbers) == 1 and first.words in words.alone_no_number and run.numbers[0].value <= 6 and not run.ordinal
    )


def _read_run(tokens: list[_Token], start: int, words: NumberWords) -> _Run | None:
    """The longest run of number words from `start`, as the numbers that it makes; None when there is none."""
    if not _is_number(tokens[start].words, words):
        return None
    if tokens[start].words in _ARTICLES and (start + 2 >= len(tokens) or tokens[start + 2].words not in words.times):
        return None
    run = _Run([Sum()], start)
    place = start
    while place < len(tokens) and not run.ordinal:
        token = tokens[place]
        if token.words in words.doubles or not _take(token, run, words):
            break
        run.end = place + 1
        place = _next(tokens, run.end, words)
        if place < 0:
            break
    run.numbers = [number for number in run.numbers if number.begun]
    return run if run.numbers else None


def _is_number(word: str, words: NumberWords) -> bool:
    if word in words.small:
        return word != "oh"
    return word in words.times or words.ordinals.get(word, 0) > 10


def _take(token: _Token, run: _Run, words: NumberWords) -> bool:
    """Put one word into the run; False when it does not belong."""
    last = run.numbers[-1]
    if token.words in words.times:
        more = last.times(words.times[token.words])
    elif token.words in words.small:
        more = last.add(words.small[token.words])
    elif token.words in words.ordinals:
        value = words.ordinals[token.words]
        more = last.add(value)
        if value <= 10 and (more is None or not last.begun or last.value < 20):
            return False
        run.ordinal = True
        if more is None:
            return False
    else:
        return False
    if more is not None:
        run.numbers[-1] = more
        return True
    fresh = Sum().times(words.times[token.words]) if token.words in words.times else Sum().add(words.small[token.words])
    if fresh is not None:
        run.numbers.append(fresh)
    return True


def _next(tokens: list[_Token], place: int, words: NumberWords) -> int:
    """The place of the next word of the run: after one space, or after a linking word; -1 when the run ends here."""
    if place + 1 >= len(tokens) or not tokens[place].text.isspace():
        return -1
    following = tokens[place + 1]
    if following.words in words.small or following.words in words.times or following.words in words.ordinals:
        return place + 1
    linked = following.words in words.links and place + 3 < len(tokens) and tokens[place + 2].text.isspace()
    if linked and _linkable(tokens[place - 1].words, tokens[place + 3].words, words):
        return place + 3
    return -1


def _linkable(before: str, after: str, words: NumberWords) -> bool:
    """Whether "X and Y" is one number: tens before a unit ("treinta y dos"), or a hundred before less ("hundred
    and two").
    """
    low = words.small.get(after, words.ordinals.get(after, 0))
    high = words.times.get(before, words.small.get(before, 0))
    if low <= 0 or low >= 100:
        return False
    if words is LANGUAGES["en"]:
        return high >= 100
    if words is LANGUAGES["es"]:
        return 30 <= high < 100 and low < 10
    return (high >= 20 and high % 10 == 0 and low < 20) or high >= 100


def _join(text: str, language: str) -> str:
    """Digits that were said one by one, or in groups, written together; "3 mil" and "12 coma 5" too."""
    text = re.sub(rf"\b(\d+) (?:{_DECIMAL_WORDS[language]}) (\d+)\b", r"\1.\2", text)
    text = re.sub(r"\ban? (100|1000|1000000)\b", r"\1", text) if language == "en" else text
    while (again := _ONE_IN_A_LIST.sub("1", text)) != text:
        text = again
    text = _LONE_DIGITS.sub(lambda found: re.sub(r"\D", "", found.group()), text)
    return _GROUPS.sub(_join_groups, text)


def _multiply(found: re.Match[str]) -> str:
    number = float(found.group(1).replace(",", "."))
    factor = 1_000_000 if found.group(2).lower().startswith("mill") and found.group(2).lower() != "mille" else 1_000
    factor = 1_000_000 if found.group(2).lower().startswith("milh") else factor
    return str(round(number * factor))


def _join_groups(found: re.Match[str]) -> str:
    """Telephone-like groups become one; a list, a thousand's separator, a decimal or a year keep their shape or
    their value.
    """
    text = found.group()
    groups = re.split(r"\D+", text)
    digits = "".join(groups)
    separators = {part.strip() for part in re.split(r"\d+", text)[1:-1]}
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", text) and not groups[0].startswith("0"):
        return digits  # 1,200 or 1.200
    if separators <= {",", "."} and not re.search(r"\s", text):
        return text if len(groups) == 2 and len(groups[1]) <= 3 else digits
    if (
        len(groups) == 2
        and int(groups[0]) <= 31
        and re.fullmatch(r"(?:19|20)\d\d", groups[1])
        and "-" not in separators
    ):
        return text  # "June 23, 1984"
    if len(groups) == 2 and re.fullmatch(_YEAR, " ".join(groups)) and separators == {""}:
        return digits
    if len(digits) >= 6 or "-" in separators or (len(digits) >= 4 and separators == {""} and len(groups) > 2):
        return digits
    return text
