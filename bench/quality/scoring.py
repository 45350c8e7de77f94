"""How right a transcript, a translation and its numbers are."""

from __future__ import annotations

import re
from collections import Counter

import jiwer
import sacrebleu

from dragoman.interpreters.local.number_words import plain
from dragoman.interpreters.local.slots import figures_in, find, restore


def comparable(text: str, language: str) -> str:
    """For word errors: numbers in one spelling, no case, accents or marks. How a number is written is no error."""
    protected = find(text, language)
    text = restore(protected.text, protected.meanings, language, spoken=False)
    return " ".join(re.sub(r"[^\w\s]", " ", plain(text)).split())


def word_error_rate(said: list[str], heard: list[str], language: str) -> float:
    """Percent, over all sentences together; a refused utterance counts as nothing heard."""
    return 100.0 * float(
        jiwer.wer([comparable(one, language) for one in said], [comparable(one, language) for one in heard])
    )


def chrf(translations: list[str], references: list[str]) -> float:
    """Corpus chrF (sacrebleu's defaults), 0-100."""
    return float(sacrebleu.corpus_chrf(translations, [references]).score)


def right_numbers(wanted: tuple[str, ...], text: str, language: str) -> int:
    """How many of the wanted numbers stand in the text, digits or words."""
    figures = figures_in(text, language)
    there = _parts(list((figures.hard + figures.soft).elements()))
    right = 0
    for number in wanted:
        pieces = _parts([number])
        if not pieces - there:
            right += 1
            there -= pieces
    return right


def _parts(figures: list[str]) -> Counter[str]:
    return Counter(piece.lstrip("0") or "0" for one in figures for piece in re.split(r"[:.]", one))
