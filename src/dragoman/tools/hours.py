"""The tool that says when the firm is open: now, today, on a weekday or a date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from dragoman.domain.hours import DAY_MIN, Hours, Span, Weekday
from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import Persona, Phrase

NOW = "now"
_RELATIVE = {"today": 0, "tomorrow": 1}


def opening_text(persona: Persona, day: str, language: LanguageTag, now: datetime) -> str:
    """The answer as a sentence. `day` is now, today, tomorrow, a weekday in English, or a date such as 2026-12-24.

    Raise ValueError when it is none of these. The persona has hours.
    """
    hours = persona.hours
    assert hours is not None
    wanted = day.strip().lower()
    if wanted in ("", NOW):
        return _text_now(persona, hours, language, now)
    return _text_on(persona, hours, _date(wanted, hours.local(now).date()), language, now)


def _text_now(persona: Persona, hours: Hours, language: LanguageTag, now: datetime) -> str:
    if hours.open_at(now):
        closing = hours.closing(now)
        if closing is None:
            return persona.say(Phrase.OPEN_ALWAYS, language)
        if closing - now > timedelta(days=1):
            return persona.say(Phrase.OPEN_LONG, language)
        return persona.say(Phrase.OPEN_NOW, language, time=clock(closing.time(), language))
    opening = hours.next_opening(now)
    if opening is None:
        return persona.say(Phrase.CLOSED_LONG, language)
    day = _day(persona, opening.date(), language, hours.local(now).date())
    return persona.say(Phrase.CLOSED_NOW, language, day=day, time=clock(opening.time(), language))


def _text_on(persona: Persona, hours: Hours, day: date, language: LanguageTag, now: datetime) -> str:
    called = _day(persona, day, language, hours.local(now).date())
    spans = hours.on(day)
    text = (
        persona.say(Phrase.OPEN_ON, language, day=called, spans=_spans(persona, spans, language))
        if spans
        else persona.say(Phrase.CLOSED_ON, language, day=called)
    )
    return text[:1].upper() + text[1:]


def _spans(persona: Persona, spans: Sequence[Span], language: LanguageTag) -> str:
    pieces = [
        persona.say(
            Phrase.SPAN,
            language,
            **{"from": clock(_face(span.opens_min), language), "until": clock(_face(span.closes_min), language)},
        )
        for span in spans
    ]
    return persona.say(Phrase.AND, language).join(pieces)


def _face(minute: int) -> time:
    return time(minute % DAY_MIN // 60, minute % 60)


def _date(wanted: str, today: date) -> date:
    if wanted in _RELATIVE:
        return today + timedelta(days=_RELATIVE[wanted])
    if wanted.upper() in Weekday.__members__:
        return today + timedelta(days=(Weekday[wanted.upper()].value - today.weekday()) % 7)
    return date.fromisoformat(wanted)


def _day(persona: Persona, day: date, language: LanguageTag, today: date) -> str:
    """How `day` is called: today, tomorrow, by its weekday within a week, else by its date."""
    match (day - today).days:
        case 0:
            return persona.say(Phrase.TODAY, language)
        case 1:
            return persona.say(Phrase.TOMORROW, language)
        case days if 1 < days < 7:
            return persona.say(Phrase(Weekday(day.weekday()).name.lower()), language)
        case _:
            return _spelt(day, language)


def _spelt(day: date, language: LanguageTag) -> str:
    match language.lower().split("-")[0]:
        case "ja":
            return f"{day.month}月{day.day}日"
        case "en":
            return f"on {day:%B} {day.day}"
        case _:
            return day.isoformat()


def clock(face: time, language: LanguageTag) -> str:
    """A time of day as it is read aloud."""
    match language.lower().split("-")[0]:
        case "ja":
            return f"{face.hour}時" + (f"{face.minute}分" if face.minute else "")
        case "en":
            hour = f"{face.hour % 12 or 12}" + (f":{face.minute:02}" if face.minute else "")
            return "noon" if face == time(12) else "midnight" if face == time() else f"{hour} {_half(face)}"
        case _:
            return f"{face:%H:%M}"


def _half(face: time) -> str:
    return "AM" if face.hour < 12 else "PM"
