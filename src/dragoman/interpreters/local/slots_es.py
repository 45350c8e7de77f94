"""Spanish phrases of number and time, as patterns over text whose numbers are digits already. Pure.

Order matters: the longest and surest first. A pattern's function may say None: then the words stay.
"""

# ruff: noqa: E501 - a pattern is read as one line
from __future__ import annotations

import re
from collections.abc import Callable

from dragoman.interpreters.local.calendar_words import MONTHS, WEEKDAYS
from dragoman.interpreters.local.meaning import (
    Ago,
    Amount,
    Cardinal,
    Currency,
    Date,
    Digits,
    Lasting,
    Letters,
    Meaning,
    Part,
    Percent,
    Period,
    Relative,
    Span,
    Time,
    TimeRange,
    Weekday,
    WeekdayRange,
    Which,
)
from dragoman.interpreters.local.number_words import plain

_MONTHS = [plain(name) for name in MONTHS["es"]]
_WEEKDAYS = [plain(name) for name in WEEKDAYS["es"]]
_MONTH = "|".join([*_MONTHS, "setiembre"])
_WEEKDAY = "lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bados?|domingos?"
_PART = r"(?:(?:por|en|a|de) la (ma[ñn]ana|tarde|noche|madrugada))"
_PARTS = {"manana": Part.MORNING, "madrugada": Part.MORNING, "tarde": Part.AFTERNOON, "noche": Part.NIGHT}
_SPANS = {
    "minuto": Span.MINUTE,
    "hora": Span.HOUR,
    "dia": Span.DAY,
    "semana": Span.WEEK,
    "mes": Span.MONTH,
    "ano": Span.YEAR,
}
_CURRENCIES = {
    "euro": Currency.EURO, "€": Currency.EURO, "dolar": Currency.DOLLAR, "$": Currency.DOLLAR, "libra": Currency.POUND,
    "peso": Currency.PESO, "centavo": Currency.CENT, "centimo": Currency.CENT,
}  # fmt: skip
_CURRENCY = r"euros?|€|d[óo]lar(?:es)?|libras?(?: esterlinas)?|pesos?"
_CLOCK = r"(\d{1,2}|una)(?:[:.](\d\d)|,? y (media|cuarto|\d{1,2})|,? menos (cuarto|\d{1,2})| (\d\d))?(?: en punto)?"
_AMPM = r"(?:,? ?(a\.? ?m\b\.?|p\.? ?m\b\.?))"
_NOT_A_NOUN = r"(?=$|\s*[.,;:?!]|\s+(?:y|o|e|pero|porque|que|si|de|del|en|para|por|con|el|la|me|le|se|lo|no|es|est[áa]|est[áa]n|hoy|ma[ñn]ana|zq\w+)\b)"
_LETTER_NAMES = {
    "a": "A", "be": "B", "ce": "C", "de": "D", "e": "E", "efe": "F", "ge": "G", "hache": "H", "i": "I", "jota": "J", "ka": "K",
    "ca": "K", "ele": "L", "eme": "M", "ene": "N", "eñe": "Ñ", "o": "O", "pe": "P", "cu": "Q", "erre": "R", "ere": "R",
    "ese": "S", "te": "T", "u": "U", "uve": "V", "ve": "V", "equis": "X", "ye": "Y", "zeta": "Z", "seta": "Z",
}  # fmt: skip
_LETTER = "|".join(sorted(_LETTER_NAMES, key=len, reverse=True))
_SURE_LETTERS = frozenset(
    [
        "EFE",
        "HACHE",
        "JOTA",
        "ELE",
        "EME",
        "ENE",
        "EÑE",
        "ERRE",
        "ERE",
        "ESE",
        "EQUIS",
        "ZETA",
        "GE",
        "PE",
        "TE",
        "CE",
        "BE",
        "UVE",
    ]
)


def _weekday(name: str) -> int:
    return _WEEKDAYS.index(next(one for one in _WEEKDAYS if plain(name).startswith(one)))


def _part(name: str | None) -> Part | None:
    return _PARTS[plain(name)] if name else None


def _month(name: str) -> int:
    return 9 if plain(name) == "setiembre" else _MONTHS.index(plain(name)) + 1


def _clock(groups: tuple[str | None, ...], part: str | None, ampm: str | None, *, at: bool) -> Time | None:
    hour, minute, more, less, bare = groups
    minutes = int(minute or bare or {"media": 30, "cuarto": 15, None: 0}.get(more, more if more else 0) or 0)
    hours = 1 if hour == "una" else int(hour or 0)
    if less:
        minutes, hours = 60 - (15 if less == "cuarto" else int(less)), hours - 1 or 12
    if hours > 24 or not 0 <= minutes < 60:
        return None
    day = _part(part)
    if ampm:
        day = (
            Part.MORNING if ampm.lower().startswith("a") else Part.AFTERNOON if hours < 8 or hours == 12 else Part.NIGHT
        )
    return Time(hours, minutes, day, at)


def _date(found: re.Match[str]) -> Meaning | None:
    before, weekday, day, month, year = (found.group(one) for one in ("article", "weekday", "day", "month", "year"))
    number = 1 if plain(day).startswith(("primero", "uno")) else int(day)
    if not 1 <= number <= 31:
        return None
    on = (before or "").strip().lower() == "el" and not found.group("kept")
    return Date(number, _month(month), int(year) if year else None, _weekday(weekday) if weekday else None, on)


def _day_of_month(found: re.Match[str]) -> Meaning | None:
    day = int(found.group("day"))
    return Date(day, on=not found.group("kept")) if 1 <= day <= 31 else None


def _time(found: re.Match[str]) -> Meaning | None:
    groups = found.groups()
    at = (found.group("at") or "").strip().lower() in ("a", "sobre")
    clock = _clock(groups[-7:-2], groups[-2], groups[-1], at=at)
    sure = any(groups[-6:]) or found.group("at") or found.group("kept")
    return clock if sure else None


def _range(found: re.Match[str]) -> Meaning | None:
    groups = found.groups()
    first = _clock(groups[1:6], None, None, at=False)
    last = _clock(groups[6:11], groups[11], groups[12], at=False)
    if first is None or last is None or max(first.hour, last.hour) > 24:
        return None
    return TimeRange(first, last, between=groups[0].lower().startswith("entre"))


def _weekday_phrase(found: re.Match[str]) -> Meaning | None:
    article = plain(found.group("article") or "").strip()
    said = plain(found.group())
    which = Which.PLAIN
    if article == "los" or article == "todos los":
        which = Which.EVERY
    elif "proxim" in said or "que viene" in said:
        which = Which.NEXT
    elif "pasado" in said:
        which = Which.LAST
    elif article == "este":
        which = Which.THIS
    on = article in ("el", "los", "del") and not found.group("kept")
    return Weekday(_weekday(found.group("weekday")), which, _part(found.group("part")), on)


def _relative(found: re.Match[str]) -> Meaning | None:
    day, part = plain(found.group(1)), _part(found.group(2))
    return Relative({"anteayer": -2, "antier": -2, "ayer": -1, "hoy": 0, "manana": 1, "pasado manana": 2}[day], part)


def _period(found: re.Match[str]) -> Meaning | None:
    said = plain(found.group())
    span = _SPANS[next(one for one in _SPANS if re.search(rf"\b{one}\b", said))]
    if "pasad" in said:
        return Period(span, Which.LAST)
    return Period(span, Which.NEXT if "proxim" in said or "que viene" in said else Which.THIS)


def _ago(found: re.Match[str]) -> Meaning | None:
    count = found.group(1)
    span = _SPANS[next(one for one in _SPANS if plain(found.group(2)).startswith(one))]
    return Ago(1 if not count.isdigit() else int(count), span)


def _lasting(found: re.Match[str]) -> Meaning | None:
    ago = _ago(found)
    return Lasting(ago.count, ago.span) if isinstance(ago, Ago) else None


def _money(found: re.Match[str]) -> Meaning | None:
    value, name, cents = found.group("value"), plain(found.group("name")), found.group("cents")
    currency = next(one for word, one in _CURRENCIES.items() if name.startswith(word))
    return Amount(f"{value}.{int(cents):02d}" if cents and "." not in value else value, currency)


def _letters(found: re.Match[str]) -> Meaning | None:
    said = re.split(
        r"[\s,.\-–]+", re.sub(r"\b(?:doble ?(?:u|ve|uve)|uve doble)\b", "W", found.group().strip(), flags=re.I)
    )
    said = ["Y" if one.lower() == "griega" else one for one in said if one]
    letters = [one.upper() if len(one) == 1 else _LETTER_NAMES.get(one.lower(), "") for one in said]
    letters = [one for place, one in enumerate(letters) if not (one == "I" and said[place + 1 : place + 2] == ["Y"])]
    single = sum(len(one) == 1 for one in said)
    sure = sum(one.upper() in _SURE_LETTERS for one in said) + (
        single if "-" in found.group() or single == len(said) else 0
    )
    if re.fullmatch(r"\d+[AP]M", "".join(letters)) or not any(one in "BCDFGHJKLMNÑPQRSTVWXYZ" for one in letters):
        return None  # "5 p.m.", "a o e"
    if not all(letters) or len(letters) < 3 or sure < 2:
        return None
    return Letters("".join(letters))


def _digits(found: re.Match[str]) -> Meaning | None:
    return Digits(found.group("value"))


def _p(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


_KEPT = r"(?P<kept>\b(?:para|hasta|desde|antes|antes de|después de|a partir de|es|era|será|fue|sobre|durante|del|al) )?"

PERCENT = _p(r"\bpor ?ciento\b")
"""Read before the digits: "ciento" alone would be a hundred."""

PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Meaning | None]], ...] = (
    (_p(rf"(?<![\w-])(?:(?:{_LETTER}|[a-zñ]|\d|doble ?(?:u|ve)|uve doble|i griega)(?:\s*[,.\-–]\s*|\s+)){{2,}}(?:{_LETTER}|[a-zñ]|i griega)(?![\w-])"), _letters),
    (_p(rf"{_KEPT}(?P<article>\b(?:el|los) )?(?:d[íi]a )?(?:(?P<weekday>{_WEEKDAY}),? )?\b(?P<day>\d{{1,2}}|primero|uno)º? de (?P<month>{_MONTH})\b(?:,? (?:de|del)(?: año)? (?P<year>\d{{4}}))?"), _date),
    (_p(rf"{_KEPT}\b(?:el )?d[íi]a (?P<day>\d{{1,2}})º?\b(?! de\b)"), _day_of_month),
    (_p(rf"\b(entre|de|desde) las? {_CLOCK} (?:y|a|hasta) las? {_CLOCK}(?: (?:de|por) la (ma[ñn]ana|tarde|noche))?{_AMPM}?"), _range),
    (_p(rf"(?P<kept>\b(?:hasta|desde|para|antes de|después de|a partir de) )?(?:\b(?P<at>a|sobre) )?\blas? {_CLOCK}(?: (?:de|por|en) la (ma[ñn]ana|tarde|noche|madrugada)|{_AMPM}|{_NOT_A_NOUN})"), _time),
    (_p(rf"(?P<kept>x{{99}})?(?P<at>x{{99}})?\b(\d{{1,2}}):(\d\d)(x{{99}})?(x{{99}})?(x{{99}})?(?: horas)?(?: (?:de|por|en) la (ma[ñn]ana|tarde|noche|madrugada))?{_AMPM}?"), _time),
    (_p(rf"\bde ({_WEEKDAY}) a ({_WEEKDAY})\b"), lambda found: WeekdayRange(_weekday(found.group(1)), _weekday(found.group(2)))),
    (_p(rf"{_KEPT}(?P<article>\b(?:el|todos los|los|este) )(?:pr[óo]ximo )?(?P<weekday>{_WEEKDAY})\b(?: que viene| pasado(?! ma)| pr[óo]ximo)?(?: (?:por|en|a) la (?P<part>ma[ñn]ana|tarde|noche))?"), _weekday_phrase),
    (_p(rf"(?P<kept>\b(?:antes|después) )?\b(?P<article>del )(?P<weekday>{_WEEKDAY})\b(?: que viene| pasado(?! ma)| pr[óo]ximo)?(?: (?:por|en|a) la (?P<part>ma[ñn]ana|tarde|noche))?"), _weekday_phrase),
    (_p(r"\b(?:esta|este) (?:misma )?(ma[ñn]ana|tarde|noche)\b"), lambda found: Relative(0, _part(found.group(1)))),
    (_p(r"\banoche\b"), lambda _: Relative(-1, Part.NIGHT)),
    (_p(r"(?<!\bla )(?<!\bcada )(?<!\buna )(?<!\bmedia )\b(pasado ma[ñn]ana|anteayer|antier|ayer|hoy|ma[ñn]ana)\b(?: (?:por|en|a) la (ma[ñn]ana|tarde|noche))?"), _relative),
    (_p(r"\b(?:la|el|los|las) (?:semana|mes|a[ñn]o) (?:pasad[oa]|que viene|pr[óo]xim[oa])\b|\b(?:el|la) pr[óo]xim[oa] (?:semana|mes|a[ñn]o)\b|\best[ea] (?:semana|mes|a[ñn]o)\b"), _period),
    (_p(r"\bdesde hace (?:ya |unos |unas )?(\d+|un|una) (minutos?|horas?|d[íi]as?|semanas?|mes(?:es)?|a[ñn]os?)\b"), _lasting),
    (_p(r"\bhace (?:ya |unos |unas )?(\d+|un|una) (minutos?|horas?|d[íi]as?|semanas?|mes(?:es)?|a[ñn]os?)\b"), _ago),
    (_p(rf"(?<![\d.])(?P<value>\d+(?:\.\d{{1,2}})?) ?(?P<name>{_CURRENCY})(?![a-z])(?:,? (?:con|y) (?P<cents>\d{{1,2}})(?: (?:c[ée]ntimos|centavos))?\b(?! \w+ ?(?:euros|d[óo]lares)))?"), _money),
    (_p(r"(?P<name>[$€]) ?(?P<value>\d+(?:\.\d{1,2})?)(?P<cents>x{99})?(?: d[óo]lares| euros)?"), _money),
    (_p(r"(?<![\d.])(?P<value>\d+) (?P<name>centavos|c[ée]ntimos)(?P<cents>x{99})?\b"), _money),
    (_p(r"(?<![\d.])(\d+(?:\.\d+)?) ?(?:%|por ?ciento)"), lambda found: Percent(found.group(1))),
    (_p(r"(?<![\w.,])(?P<value>\d{5,}|0\d+)\b"), _digits),
    (_p(r"(?P<kept>\b(?:n[úu]mero|c[óo]digo|pin|clave|extensi[óo]n|cifras|d[íi]gitos|pedido|cuenta|factura|referencia|expediente|p[óo]liza|tarjeta|termina en|terminada en|acaba en)(?: \w+){0,5}? )(?P<value>\d{4})\b(?! ?(?:%|\w*[a-z]))"), _digits),
    (_p(r"(?<![\w.,:])(\d+(?:\.\d+)?)(?![\d:]|\.\d)(?![ºª\w])"), lambda found: Cardinal(found.group(1))),
)  # fmt: skip
