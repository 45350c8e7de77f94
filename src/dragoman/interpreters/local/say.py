"""Meanings said in English and Spanish: for the eye ("7:15", "$62.50") and for the ear ("seven fifteen"). Pure."""

from __future__ import annotations

from dragoman.interpreters.local.calendar_words import MONTHS, WEEKDAYS
from dragoman.interpreters.local.digits import ordinal_end
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
    Name,
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

_MONEY = {
    "en": {
        Currency.EURO: ("euro", "euros", "cents"),
        Currency.DOLLAR: ("dollar", "dollars", "cents"),
        Currency.POUND: ("pound", "pounds", "pence"),
        Currency.PESO: ("peso", "pesos", "centavos"),
        Currency.CENT: ("cent", "cents", ""),
    },
    "es": {
        Currency.EURO: ("euro", "euros", "céntimos"),
        Currency.DOLLAR: ("dólar", "dólares", "centavos"),
        Currency.POUND: ("libra", "libras", "peniques"),
        Currency.PESO: ("peso", "pesos", "centavos"),
        Currency.CENT: ("centavo", "centavos", ""),
    },
}
_PARTS_ES = {Part.MORNING: "la mañana", Part.AFTERNOON: "la tarde", Part.EVENING: "la tarde", Part.NIGHT: "la noche"}
_SPANS_ES = {
    Span.MINUTE: ("minuto", "minutos"), Span.HOUR: ("hora", "horas"), Span.DAY: ("día", "días"),
    Span.WEEK: ("semana", "semanas"), Span.MONTH: ("mes", "meses"), Span.YEAR: ("año", "años"),
}  # fmt: skip
_LETTERS_EN = {"A": "ay", "Z": "zee"}
_LETTERS_ES = dict(
    zip(
        "ABCDEFGHIJKLMNÑOPQRSTUVWXYZ",
        [
            "a",
            "be",
            "ce",
            "de",
            "e",
            "efe",
            "ge",
            "hache",
            "i",
            "jota",
            "ca",
            "ele",
            "eme",
            "ene",
            "eñe",
            "o",
            "pe",
            "cu",
            "erre",
            "ese",
            "te",
            "u",
            "uve",
            "doble uve",
            "equis",
            "i griega",
            "zeta",
        ],
        strict=True,
    )
)
LANGUAGES = frozenset({"en", "es"})


def written(meaning: Meaning, language: str) -> str:
    """For captions and transcripts."""
    return _english(meaning, spoken=False) if language == "en" else _spanish(meaning, spoken=False)


def spoken(meaning: Meaning, language: str) -> str:
    """For the voice."""
    return _english(meaning, spoken=True) if language == "en" else _spanish(meaning, spoken=True)


def one_by_one(digits: str) -> str:
    """ "814307" to "8 1 4, 3 0 7": groups with a pause, for every language."""
    size = 4 if len(digits) in (4, 8, 16) else 3
    groups = [digits[place : place + size] for place in range(0, len(digits), size)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return ", ".join(" ".join(group) for group in groups)


def _money(value: str, currency: Currency, language: str, joint: str) -> str:
    whole, _, cents = value.partition(".")
    one, many, small = _MONEY[language][currency]
    if not cents.strip("0") or not small:
        return f"{whole} {one if whole == '1' else many}"
    if not whole.strip("0"):
        return f"{int((cents + '0')[:2])} {small}"
    return f"{whole} {one if whole == '1' else many} {joint} {int((cents + '0')[:2])} {small}"


def _english(meaning: Meaning, *, spoken: bool) -> str:  # noqa: C901 - one case per meaning
    match meaning:
        case Cardinal(value) | Name(value):
            return value
        case Digits(value):
            return one_by_one(value) if spoken else value
        case Letters(value):
            return ", ".join(_LETTERS_EN.get(one, one) for one in value) if spoken else "-".join(value)
        case Amount(value, currency):
            if spoken or "." not in value or currency is not Currency.DOLLAR:
                return _money(value, currency, "en", "and")
            return f"${value}"
        case Percent(value):
            return f"{value} percent"
        case Date():
            return _english_date(meaning, spoken=spoken)
        case Time():
            return _english_time(meaning, spoken=spoken)
        case TimeRange(first, last, between):
            ends = _english_time(first, spoken=spoken), _english_time(last, spoken=spoken)
            return f"between {ends[0]} and {ends[1]}" if between else f"from {ends[0]} to {ends[1]}"
        case Weekday(day, which, part, on):
            name = WEEKDAYS["en"][day] + ("s" if which is Which.EVERY else "") + (f" {part.value}" if part else "")
            before = {Which.THIS: "this ", Which.NEXT: "next ", Which.LAST: "last "}.get(which, "on " if on else "")
            return before + name
        case WeekdayRange(start, end):
            return f"from {WEEKDAYS['en'][start]} to {WEEKDAYS['en'][end]}"
        case Relative(days, part):
            return _english_relative(days, part)
        case Period(span, which):
            return f"{which.value} {span.value}"
        case Ago(count, span):
            return f"{count} {span.value}{'' if count == 1 else 's'} ago"
        case Lasting(count, span):
            return f"for {count} {span.value}{'' if count == 1 else 's'}"


def _english_date(date: Date, *, spoken: bool) -> str:
    ordinal = f"{date.day}{ordinal_end(date.day)}"
    before = "on " if date.on else ""
    if date.month == 0:
        return f"{before}the {ordinal}"
    day = f"{WEEKDAYS['en'][date.weekday]}, " if date.weekday is not None else ""
    year = ""
    if date.year:
        says_pairs = spoken and 1100 <= date.year < 2000 and date.year % 100 >= 10
        year = f", {date.year // 100} {date.year % 100}" if says_pairs else f", {date.year}"
    return f"{before}{day}{MONTHS['en'][date.month - 1]} {ordinal if spoken else date.day}{year}"


def _english_time(time: Time, *, spoken: bool) -> str:
    clock = f"{time.hour}:{time.minute:02d}" if time.minute else str(time.hour)
    if spoken and time.minute:
        clock = f"{time.hour} {'oh ' if time.minute < 10 else ''}{time.minute}"
    part = ""
    if time.part is not None:
        part = " at night" if time.part is Part.NIGHT else f" in the {time.part.value}"
    return f"{'at ' if time.at else ''}{clock}{part}"


def _english_relative(days: int, part: Part | None) -> str:
    if days == 0:
        return "today" if part is None else "tonight" if part is Part.NIGHT else f"this {part.value}"
    if days == -1 and part is Part.NIGHT:
        return "last night"
    names = {-2: "the day before yesterday", -1: "yesterday", 1: "tomorrow", 2: "the day after tomorrow"}
    return names[days] + (f" {part.value}" if part else "")


def _spanish(meaning: Meaning, *, spoken: bool) -> str:  # noqa: C901 - one case per meaning
    match meaning:
        case Name(value):
            return value
        case Cardinal(value):
            return value.replace(".", ",")
        case Digits(value):
            return one_by_one(value) if spoken else value
        case Letters(value):
            return ", ".join(_LETTERS_ES.get(one, one) for one in value) if spoken else "-".join(value)
        case Amount(value, currency):
            if spoken or "." not in value:
                return _money(value, currency, "es", "con")
            return f"{value.replace('.', ',')} {_MONEY['es'][currency][1]}"
        case Percent(value):
            return f"{value.replace('.', ',')} por ciento"
        case Date(day, month, year, weekday, _):
            if month == 0:
                return f"el día {day}"
            name = f"{WEEKDAYS['es'][weekday]} " if weekday is not None else ""
            return f"el {name}{day} de {MONTHS['es'][month - 1]}" + (f" de {year}" if year else "")
        case Time(at=at):
            return ("a " if at else "") + _spanish_time(meaning, spoken=spoken)
        case TimeRange(first, last, between):
            ends = _spanish_time(first, spoken=spoken), _spanish_time(last, spoken=spoken)
            return f"entre {ends[0]} y {ends[1]}" if between else f"de {ends[0]} a {ends[1]}"
        case Weekday():
            return _spanish_weekday(meaning)
        case WeekdayRange(start, end):
            return f"de {WEEKDAYS['es'][start]} a {WEEKDAYS['es'][end]}"
        case Relative(days, part):
            return _spanish_relative(days, part)
        case Period(span, which):
            return _spanish_period(span, which)
        case Ago(count, span):
            return f"hace {count} {_SPANS_ES[span][0 if count == 1 else 1]}"
        case Lasting(count, span):
            return f"desde hace {count} {_SPANS_ES[span][0 if count == 1 else 1]}"


def _spanish_time(time: Time, *, spoken: bool) -> str:
    article = "la" if time.hour == 1 else "las"
    clock = f"{time.hour}:{time.minute:02d}" if time.minute else str(time.hour)
    if spoken and time.minute:
        quarter = {15: "cuarto", 30: "media"}.get(time.minute, str(time.minute))
        clock = f"{time.hour} y {quarter}" if time.hour <= 12 else f"{time.hour} {time.minute}"
    part = time.part
    if part is Part.EVENING and 8 <= time.hour <= 11:
        part = Part.NIGHT
    return f"{article} {clock}" + (f" de {_PARTS_ES[part]}" if part else "")


def _spanish_weekday(one: Weekday) -> str:
    name = WEEKDAYS["es"][one.day]
    part = f" por {_PARTS_ES[one.part]}" if one.part else ""
    match one.which:
        case Which.EVERY:
            return f"los {name if name.endswith('s') else name + 's'}{part}"
        case Which.THIS:
            return f"este {name}{part}"
        case Which.NEXT:
            return f"el próximo {name}{part}"
        case Which.LAST:
            return f"el {name} pasado{part}"
        case Which.PLAIN:
            return f"el {name}{part}"


def _spanish_relative(days: int, part: Part | None) -> str:
    if days == 0:
        return "hoy" if part is None else f"esta {_PARTS_ES[part].removeprefix('la ')}"
    if days == -1 and part is Part.NIGHT:
        return "anoche"
    names = {-2: "anteayer", -1: "ayer", 1: "mañana", 2: "pasado mañana"}
    return names[days] + (f" por {_PARTS_ES[part]}" if part else "")


def _spanish_period(span: Span, which: Which) -> str:
    name = _SPANS_ES[span][0]
    feminine = span in (Span.WEEK, Span.HOUR)
    match which:
        case Which.NEXT:
            return f"{'la' if feminine else 'el'} {name} que viene"
        case Which.LAST:
            return f"{'la' if feminine else 'el'} {name} pasad{'a' if feminine else 'o'}"
        case Which.EVERY:
            return f"cada {name}"
        case Which.THIS | Which.PLAIN:
            return f"{'esta' if feminine else 'este'} {name}"
