"""Number words of the five languages, and the sum that a run of them makes. Pure.

A language is four tables: words that stand for a value below a thousand, words that multiply, words that may stand
between
(`and`, `y`, `et`, `e`), and ordinals. Which value may follow which decides where one number ends and the next begins:
"cuatro siete dos" is three numbers, "cuarenta y siete" one.
"""

from __future__ import annotations

import itertools
import unicodedata
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NumberWords:
    """`small`: value below 1,000 by word; `times`: multipliers by word; `links`: words between parts of one number.

    `alone_no_number`: words that are a number only beside another one ("un", "one", "a").
    `ordinals`: value by word, first to tenth and beyond; `doubles`: "doble"/"double" (the next digit twice).
    """

    small: dict[str, int]
    times: dict[str, int]
    links: frozenset[str]
    alone_no_number: frozenset[str]
    ordinals: dict[str, int]
    doubles: frozenset[str] = field(default_factory=frozenset)


def plain(word: str) -> str:
    """Lower case without accents (ñ stays n: no number word needs it)."""
    return "".join(char for char in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(char))


def _count(words: str, start: int = 0, step: int = 1) -> dict[str, int]:
    return {word: start + step * place for place, word in enumerate(words.split())}


def _english() -> NumberWords:
    small = _count(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    )
    small |= _count("seventeen eighteen nineteen", 17) | {"oh": 0}
    small |= _count("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
    ordinals = _count("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth", 1)
    ordinals |= _count("fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth", 14)
    ordinals |= _count("twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth", 20, 10)
    return NumberWords(
        small,
        {"hundred": 100, "thousand": 1_000, "million": 1_000_000},
        frozenset({"and"}),
        frozenset({"one", "oh", "a"}),
        ordinals,
        frozenset({"double"}),
    )


def _spanish() -> NumberWords:
    small = _count("cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis")
    small |= _count(
        "diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco", 17
    )
    small |= _count("veintiseis veintisiete veintiocho veintinueve", 26) | {
        "un": 1,
        "una": 1,
        "veintiun": 21,
        "veintiuna": 21,
    }
    small |= _count("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10) | {"cien": 100, "ciento": 100}
    for gender in "oa":
        hundreds = "doscient_s trescient_s cuatrocient_s quinient_s seiscient_s setecient_s ochocient_s novecient_s"
        small |= _count(hundreds.replace("_", gender), 200, 100)
    ordinals: dict[str, int] = {"primer": 1, "tercer": 3}
    for gender in "oa":
        tenth = "primer_ segund_ tercer_ cuart_ quint_ sext_ septim_ octav_ noven_ decim_ undecim_ duodecim_"
        ordinals |= _count(tenth.replace("_", gender), 1) | {f"vigesim{gender}": 20, f"trigesim{gender}": 30}
    return NumberWords(
        small, {"mil": 1_000, "millon": 1_000_000, "millones": 1_000_000}, frozenset({"y"}),
        frozenset({"un", "una", "uno"}), ordinals, frozenset({"doble"}),
    )  # fmt: skip


def _portuguese() -> NumberWords:
    small = _count("zero um dois tres quatro cinco seis sete oito nove dez onze doze treze quatorze quinze dezesseis")
    small |= _count("dezessete dezoito dezenove", 17) | {"uma": 1, "duas": 2, "meia": 6, "catorze": 14}
    small |= {"dezasseis": 16, "dezassete": 17, "dezanove": 19, "cem": 100, "cento": 100}
    small |= _count("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa", 20, 10)
    for gender in "oa":
        hundreds = "duzent_s trezent_s quatrocent_s quinhent_s seiscent_s setecent_s oitocent_s novecent_s"
        small |= _count(hundreds.replace("_", gender), 200, 100)
    ordinals: dict[str, int] = {}
    for gender in "oa":
        ordinals |= _count(
            "primeir_ segund_ terceir_ quart_ quint_ sext_ setim_ oitav_ non_ decim_".replace("_", gender), 1
        )
    return NumberWords(
        small, {"mil": 1_000, "milhao": 1_000_000, "milhoes": 1_000_000}, frozenset({"e"}),
        frozenset({"um", "uma", "meia"}), ordinals,
    )  # fmt: skip


def _french() -> NumberWords:
    small = _count("zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize")
    small |= {"une": 1} | _count("vingt trente quarante cinquante soixante", 20, 10) | {"septante": 70, "nonante": 90}
    small |= {"huitante": 80}
    for unit, value in _count("dix onze douze treize quatorze quinze seize", 10).items():
        small |= {f"soixante-{unit}": 60 + value, f"quatre-vingt-{unit}": 80 + value}
    for unit, value in _count("un deux trois quatre cinq six sept huit neuf", 1).items():
        small[f"quatre-vingt-{unit}"] = 80 + value
        if value >= 7:
            small |= {
                f"dix-{unit}": 10 + value,
                f"soixante-dix-{unit}": 70 + value,
                f"quatre-vingt-dix-{unit}": 90 + value,
            }
    small |= {"quatre-vingt": 80, "quatre-vingts": 80, "quatre-vingt-une": 81}
    ordinals = {"premier": 1, "premiere": 1, "deuxieme": 2, "seconde": 2, "second": 2}
    ordinals |= _count("troisieme quatrieme cinquieme sixieme septieme huitieme neuvieme dixieme", 3)
    return NumberWords(
        small, {"cent": 100, "cents": 100, "mille": 1_000, "million": 1_000_000, "millions": 1_000_000},
        frozenset({"et"}), frozenset({"un", "une"}), ordinals,
    )  # fmt: skip


def _italian() -> NumberWords:
    units = _count(
        "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici"
    )
    units |= _count("diciassette diciotto diciannove", 17)
    tens = _count("venti trenta quaranta cinquanta sessanta settanta ottanta novanta", 20, 10)
    below = units | tens | {"un": 1, "una": 1}
    for (ten, high), (unit, low) in itertools.product(tens.items(), list(units.items())[1:10]):
        below[(ten[:-1] if unit[0] in "uo" else ten) + unit] = high + low
    small = dict(below) | {"cento": 100}
    for (unit, high), (rest, low) in itertools.product(list(units.items())[1:10], [("", 0), *below.items()]):
        hundred = ("" if high == 1 else unit) + "cento"
        small |= {
            hundred + rest: 100 * high + low,
            hundred[: -1 if rest[:2] == "ot" else None] + rest: 100 * high + low,
        }
    thousands = {f"{word}mila": value * 1_000 for word, value in below.items() if value >= 2}
    ordinals: dict[str, int] = {}
    for gender in "oa":
        ordinals |= _count("prim_ second_ terz_ quart_ quint_ sest_ settim_ ottav_ non_ decim_".replace("_", gender), 1)
    return NumberWords(
        small | thousands, {"mila": 1_000, "mille": 1_000, "milione": 1_000_000, "milioni": 1_000_000},
        frozenset({"e"}), frozenset({"un", "una", "uno"}), ordinals,
    )  # fmt: skip


LANGUAGES: dict[str, NumberWords] = {
    "en": _english(), "es": _spanish(), "pt": _portuguese(), "fr": _french(), "it": _italian(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sum:
    """A number that is being said: `done` thousands and above, `now` the part below."""

    done: int = 0
    now: int = 0
    begun: bool = False
    closed: bool = False
    """Ends on a word that nothing may be added to (a bare zero)."""

    @property
    def value(self) -> int:
        return self.done + self.now

    def add(self, value: int) -> Sum | None:
        """With a word below 1,000 (or an Italian thousand) added; None when it cannot belong to the same number."""
        if not self.begun:
            if value >= 1_000:
                return Sum(value, 0, True)
            return Sum(0, value, True, closed=value == 0)
        if self.closed or value == 0 or value >= 1_000:
            return None
        room = 10 ** len(str(value))
        teens = 10 <= self.now % 100 < 20
        if self.now % room != 0 or (teens and value < 10):
            return None
        return Sum(self.done, self.now + value, True)

    def times(self, factor: int) -> Sum | None:
        """With "hundred", "mil", "million" said; None when it cannot be."""
        if self.closed:
            return None
        if factor == 100:
            return Sum(self.done, max(self.now, 1) * 100, True) if self.now < 20 or not self.begun else None
        if not self.begun:
            return Sum(factor, 0, True)
        if self.done % (factor * 1_000) != 0 or (self.done and self.now == 0):
            return None
        return Sum(self.done + max(self.now, 1) * factor, 0, True)
