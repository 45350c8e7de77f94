"""English phrases of number and time, as patterns over text whose numbers are digits already. Pure.

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
from dragoman.interpreters.local.number_words import LANGUAGES

_MONTHS = [name.lower() for name in MONTHS["en"]]
_WEEKDAYS = [name.lower() for name in WEEKDAYS["en"]]
_MONTH = "|".join(_MONTHS)
_WEEKDAY = "|".join(_WEEKDAYS)
_SMALL_ORDINALS = {word: value for word, value in LANGUAGES["en"].ordinals.items() if value <= 10}
_ORDINAL = "|".join(_SMALL_ORDINALS)
_CURRENCIES = {
    "euro": Currency.EURO, "€": Currency.EURO, "dollar": Currency.DOLLAR, "buck": Currency.DOLLAR, "$": Currency.DOLLAR,
    "pound": Currency.POUND, "£": Currency.POUND, "peso": Currency.PESO, "cent": Currency.CENT,
}  # fmt: skip
_PART = r"(?: (?:in the|at|in) (morning|afternoon|evening|night))"
_AMPM = r"(?: ?(a\.?m\b\.?|p\.?m\b\.?|o'? ?clock))"
_CLOCK = r"(\d{1,2})(?::(\d\d)| (\d\d))?(?: sharp)?"
_NOT_A_NOUN = r"(?=$|\s*[.,;:?!]|\s+(?:and|or|but|because|so|if|to|for|with|on|in|at|from|of|the|is|are|will|can|every|when|until|please|today|tomorrow|tonight|zq\w+)\b)"
_LETTER_SOUNDS = {
    "ay": "A", "bee": "B", "cee": "C", "dee": "D", "eff": "F", "gee": "G", "aitch": "H", "jay": "J", "kay": "K", "el": "L", "em": "M",
    "en": "N", "pee": "P", "cue": "Q", "ar": "R", "ess": "S", "tee": "T", "vee": "V", "ex": "X", "why": "Y", "zee": "Z", "zed": "Z",
}  # fmt: skip


def _weekday(name: str) -> int:
    return _WEEKDAYS.index(name.lower().removesuffix("s") if name.lower().endswith("days") else name.lower())


def _month(name: str) -> int:
    return _MONTHS.index(name.lower()) + 1


def _part(name: str | None) -> Part | None:
    return Part(name.lower()) if name else None


def _date(found: re.Match[str]) -> Meaning | None:
    groups = found.groupdict()
    day = groups["day"].lower()
    number = _SMALL_ORDINALS.get(day) or int(re.sub(r"\D", "", day))
    weekday, year = groups["weekday"], groups["year"]
    if not 1 <= number <= 31:
        return None
    return Date(
        number, _month(groups["month"]), int(year) if year else None, _weekday(weekday) if weekday else None, on=True
    )


def _day_of_month(found: re.Match[str]) -> Meaning | None:
    day = int(found.group(1))
    return Date(day, on=True) if 1 <= day <= 31 else None


def _clock(hour: str, minute: str | None, bare: str | None, part: str | None, ampm: str | None) -> Time | None:
    hours, minutes = int(hour), int(minute or bare or 0)
    if hours > 24 or minutes > 59:
        return None
    day = _part(part)
    if ampm and ampm.lower().startswith("a"):
        day = Part.MORNING
    elif ampm and ampm.lower().startswith("p"):
        day = Part.AFTERNOON if hours < 8 or hours == 12 else Part.NIGHT
    return Time(hours, minutes, day)


def _time(found: re.Match[str]) -> Meaning | None:
    """A clock time; the two places where "p.m." may stand are one."""
    groups = found.groupdict()
    at, kept, minute, bare = groups["at"], groups["kept"], groups["minute"], groups["bare"]
    ampm, part = groups["ampm"] or groups["ampm2"], groups["part"]
    time = _clock(groups["hour"], minute, bare, part, ampm)
    by_preposition = (at and at.strip().lower() == "at") or (kept and kept.strip().lower() not in ("for", "since"))
    if time is None or not (by_preposition or minute or ampm or part):
        return None
    if not minute and not ampm and not part and time.hour > 12:
        return None
    return Time(time.hour, time.minute, time.part, at=bool(at))


def _past(found: re.Match[str]) -> Meaning | None:
    amount, way, hour = found.group("amount").lower(), found.group("way").lower(), int(found.group("hour"))
    minutes = 30 if "half" in amount else 15 if "quarter" in amount else int(amount.split()[0])
    if way == "to":
        minutes, hour = 60 - minutes, hour - 1 or 12
    if hour > 24 or not 0 <= minutes < 60:
        return None
    return Time(hour, minutes, _part(found.group("part")), at=(found.group("at") or "").strip().lower() == "at")


def _range(found: re.Match[str]) -> Meaning | None:
    groups = found.groups()
    first = _clock(groups[1], groups[2], groups[3], None, groups[4])
    last = _clock(groups[5], groups[6], groups[7], groups[9], groups[8])
    if first is None or last is None or not 1 <= first.hour <= 24 or not 1 <= last.hour <= 24:
        return None
    return TimeRange(first, last, between=groups[0].lower() == "between")


def _weekday_phrase(found: re.Match[str]) -> Meaning | None:
    before = (found.group("before") or "").strip().lower()
    name = found.group("weekday")
    which = {"this": Which.THIS, "next": Which.NEXT, "last": Which.LAST, "every": Which.EVERY}.get(before, Which.PLAIN)
    if name.lower().endswith("days"):
        which = Which.EVERY
    return Weekday(_weekday(name), which, _part(found.group("part")), on=True)


def _relative(found: re.Match[str]) -> Meaning | None:
    days = {"the day before yesterday": -2, "yesterday": -1, "today": 0, "tomorrow": 1, "the day after tomorrow": 2}
    return Relative(days[found.group(1).lower()], _part(found.group(2)))


def _period(found: re.Match[str]) -> Meaning | None:
    return Period(Span(found.group(2).lower()), Which(found.group(1).lower()))


def _ago(found: re.Match[str]) -> Meaning | None:
    count = found.group(1)
    return Ago(int(count) if count.isdigit() else 1, Span(found.group(2).lower().removesuffix("s")))


def _money(found: re.Match[str]) -> Meaning | None:
    value, name, cents = found.group("value"), found.group("name").lower(), found.group("cents")
    currency = next(one for word, one in _CURRENCIES.items() if name.startswith(word))
    return Amount(f"{value}.{int(cents):02d}" if cents and "." not in value else value, currency)


def _letters(found: re.Match[str]) -> Meaning | None:
    said = re.split(r"[\s,.\-–]+", re.sub(r"\bdouble ?u\b", "W", found.group().strip(), flags=re.I))
    said = [one for one in said if one]
    letters = [one.upper() if len(one) == 1 else _LETTER_SOUNDS.get(one.lower(), "") for one in said]
    consonants = sum(one.isalpha() and one not in "AI" for one in letters)
    if re.fullmatch(r"\d+[AP]M", "".join(letters)):
        return None  # "5 p.m."
    if not all(letters) or len(letters) < 3 or consonants < 2 or sum(len(one) == 1 for one in said) < 2:
        return None
    return Letters("".join(letters))


def _digits(found: re.Match[str]) -> Meaning | None:
    return Digits(found.group("value"))


def _p(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


_YEAR = r"(?:,? (?:of )?(?P<year>\d{4}))?"
_DAY = rf"(?P<day>\d{{1,2}}(?:st|nd|rd|th)?|{_ORDINAL})"
_KEPT = r"(?P<kept>\b(?:until|till|by|before|after|from|since|past|for) )?"

CLOCK_DOT = _p(
    r"\b(at|until|till|by|before|after|around|past|from|since) (\d{1,2})\.(\d\d)\b(?! ?(?:%|percent|dollars|euros|pounds))"
)
"""Recognition writes times with a full stop now and then."""

PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Meaning | None]], ...] = (
    (_p(rf"(?<![\w'-])(?:(?:[a-z]|\d|double ?u|{'|'.join(_LETTER_SOUNDS)})(?:\s*[,.\-–]\s*|\s+)){{2,}}(?:[a-z]|\d|double ?u|{'|'.join(_LETTER_SOUNDS)})(?![\w'-])"), _letters),
    (_p(rf"(?:\bon )?(?:(?P<weekday>{_WEEKDAY}),? )?(?:\bthe )?\b{_DAY} (?:day )?of (?P<month>{_MONTH})\b{_YEAR}"), _date),
    (_p(rf"(?:\bon )?(?:(?P<weekday>{_WEEKDAY}),? )?\b(?P<month>{_MONTH}) (?:the )?{_DAY}\b(?! ?(?:%|dollars|euros)){_YEAR}"), _date),
    (_p(rf"(?:\bon )?\bthe (\d{{1,2}})(?:st|nd|rd|th)\b{_NOT_A_NOUN}"), _day_of_month),
    (_p(rf"\b(between|from) {_CLOCK}{_AMPM}? (?:and|to|until|till) {_CLOCK}(?:{_AMPM}|{_PART}|{_NOT_A_NOUN})"), _range),
    (_p(rf"{_KEPT}(?:\b(?P<at>at) )?\b(?P<amount>half(?: an hour)?|(?:a )?quarter|\d{{1,2}}(?: minutes)?) (?P<way>past|to) (?P<hour>\d{{1,2}})\b(?: o'clock)?(?: (?:in the|at) (?P<part>morning|afternoon|evening|night))?{_NOT_A_NOUN}"), _past),
    (_p(rf"{_KEPT}(?:\b(?P<at>at|around|about) )?(?<![\d.$€£])\b(?P<hour>\d{{1,2}})(?::(?P<minute>\d\d)| (?P<bare>\d\d))?(?: sharp)?(?:(?: ?(?P<ampm>a\.?m\b\.?|p\.?m\b\.?|o'? ?clock))?(?:,? (?:in the|at) (?P<part>morning|afternoon|evening|night))|(?: ?(?P<ampm2>a\.?m\b\.?|p\.?m\b\.?|o'? ?clock))|(?=:){_NOT_A_NOUN}|{_NOT_A_NOUN}|(?<=:\d\d))"), _time),
    (_p(rf"\bfrom ({_WEEKDAY})s? (?:to|through|until) ({_WEEKDAY})s?\b|\b({_WEEKDAY})s? (?:to|through) ({_WEEKDAY})s?\b"), lambda found: WeekdayRange(_weekday(found.group(1) or found.group(3)), _weekday(found.group(2) or found.group(4)))),
    (_p(rf"(?<!\bthe )(?<!\bmy )(?<!\byour )(?<!\ba )(?P<before>\b(?:on|this|next|last|every) )?\b(?P<weekday>(?:{_WEEKDAY})s?)\b(?:'s)?(?: (?P<part>morning|afternoon|evening|night))?(?! appointment| delivery| shift| flight)"), _weekday_phrase),
    (_p(r"\bthis (morning|afternoon|evening)\b"), lambda found: Relative(0, _part(found.group(1)))),
    (_p(r"\btonight\b"), lambda _: Relative(0, Part.NIGHT)),
    (_p(r"\blast night\b"), lambda _: Relative(-1, Part.NIGHT)),
    (_p(r"\b(the day before yesterday|the day after tomorrow|yesterday|today|tomorrow)\b(?! ?'s)(?: (?:in the )?(morning|afternoon|evening|night))?"), _relative),
    (_p(r"\b(last|next|this) (week|month|year)\b(?!'s| \w+ly)"), _period),
    (_p(r"\b(\d+|an?|one) (minutes?|hours?|days?|weeks?|months?|years?) ago\b"), _ago),
    (_p(r"(?<!\w)(?P<name>[$€£]) ?(?P<value>\d+(?:\.\d{1,2})?)(?P<cents>x{99})?(?: dollars| euros| pounds)?"), _money),
    (_p(r"(?<![\d.])(?P<value>\d+(?:\.\d{1,2})?) ?(?P<name>dollars?|bucks?|euros?|€|pounds?|pesos?)(?![a-z])(?: and (?P<cents>\d{1,2}) cents?)?"), _money),
    (_p(r"(?<![\d.])(?P<value>\d+) (?P<name>cents?)(?P<cents>x{99})?\b"), _money),
    (_p(r"(?<![\d.])(\d+(?:\.\d+)?) ?(?:%|per ?cent\b)"), lambda found: Percent(found.group(1))),
    (_p(r"(?<![\w.,])(?P<value>\d{5,}|0\d+)\b"), _digits),
    (_p(r"(?P<kept>\b(?:number|code|pin|extension|digits|order|account|invoice|reference|policy|card|ending in|ends in|ends with)(?: \w+){0,5}? )(?P<value>\d{4})\b(?! ?(?:%|\w*[a-z]))"), _digits),
    (_p(r"(?<![\w.,:])(\d+(?:\.\d+)?)(?![\d:]|\.\d)(?!\w)"), lambda found: Cardinal(found.group(1))),
)  # fmt: skip
