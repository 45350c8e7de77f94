"""Proper names by their capitals: what must come out of a translation as it went in. Pure."""

from __future__ import annotations

import re

from dragoman.interpreters.local.calendar_words import MONTHS, WEEKDAYS

_CAPITAL = r"[A-ZÁÉÍÓÚÜÑÀÂÇÈÊËÎÏÔÖÛ]"
_WORD = rf"{_CAPITAL}[\w'’-]*"
NAME = re.compile(rf"(?<=[\w,;:] ){_WORD}(?:(?: (?:de|del|de la|de los|da|dos|van|von))? {_WORD})*")
"""A run of capitalised words that does not open a sentence."""
_TRANSLATED = {
    "en": frozenset(
        [
            "I",
            "I'm",
            "I'll",
            "I've",
            "I'd",
            "Mr",
            "Mrs",
            "Ms",
            "Miss",
            "Dr",
            "Doctor",
            "Sir",
            "Madam",
            "OK",
            "Okay",
            "Internet",
            "English",
            "Spanish",
            "French",
            "German",
            "Italian",
            "Portuguese",
            "Chinese",
            "Japanese",
            "American",
            "British",
            "Mexican",
            "European",
            "Spain",
            "Mexico",
            "France",
            "Germany",
            "Italy",
            "England",
            "Brazil",
            "Peru",
            "Japan",
            "China",
            "Canada",
            "Morocco",
            "Switzerland",
            "Netherlands",
            "Belgium",
            "Turkey",
            "Egypt",
            "Russia",
            "Europe",
            "Africa",
            "America",
            "Christmas",
            "Easter",
            *WEEKDAYS["en"],
            *MONTHS["en"],
            "London",
            "States",
            "United",
            "Kingdom",
        ]
    ),
    "es": frozenset(
        [
            "Señor",
            "Señora",
            "Señorita",
            "Doctor",
            "Doctora",
            "Sr",
            "Sra",
            "Dr",
            "Dra",
            "Don",
            "Doña",
            "Internet",
            "España",
            "México",
            "Francia",
            "Alemania",
            "Italia",
            "Inglaterra",
            "Brasil",
            "Perú",
            "Japón",
            "Canadá",
            "Marruecos",
            "Suiza",
            "Holanda",
            "Bélgica",
            "Turquía",
            "Egipto",
            "Rusia",
            "Europa",
            "África",
            "América",
            "Navidad",
            "Semana",
            "Santa",
            "Londres",
            "Estados",
            "Unidos",
            "Reino",
            "Unido",
            "Usted",
            "Ustedes",
        ]
    ),
}


def cut(run: str, language: str) -> str:
    """The part of a run that is a name: without titles and what has a name of its own in the other language."""
    translated = _TRANSLATED.get(language, frozenset())
    words = run.split(" ")
    while words and words[0].strip(".,'’") in translated:
        words.pop(0)
    kept: list[str] = []
    for word in words:
        if word.strip(".,") in translated or word.lower().startswith("zq"):
            break
        kept.append(word)
    return " ".join(kept)
