"""Text cut into sentences, and made presentable again. Pure."""

from __future__ import annotations

import re

_ABBREVIATED = r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bSr)(?<!\bMrs)(?<!\bSra)(?<!\bDra)(?<!\bSt)(?<!\bNo)(?<!\bNº)"
_END = re.compile(
    rf"(?<=[.!?…]){_ABBREVIATED}(?<!\b[A-Z]\.)\s+(?=[¿¡\"'(]?[^\W_])|(?<=[.!])\s*(?=[¿¡])|(?<=\w),?\s+(?=¿)"
)
_TITLE_DOT = re.compile(r"\b(Mr|Mrs|Ms|Dr|Sr|Sra|Dra|St)\.(?=\s)")
_ASKING = {
    "en": r"what|which|how|when|where|why|who|can|could|do|does|did|is|are|will|would|have|has|may",
    "es": r"qué|cuál|cuándo|dónde|cómo|cuánto|cuántos|cuántas|quién|por qué|me puede|puede|podría",
}
_OPENING = (
    r"(?:if|when|once|before|after|as|since|because|what|which|how|where|why|who|si|cuando|como|antes|después|porque)\b"
)


def split(text: str, language: str) -> list[str]:
    """The sentences, each with its end; a question after a statement ("I sent a code, what does it say?") is its
    own.
    """
    text = _TITLE_DOT.sub(r"\1", " ".join(text.split()))
    found: list[str] = []
    for sentence in _END.split(text):
        found += _cut_question(sentence.strip(), language)
    found = [one for one in found if re.search(r"\w", one)]
    return [one if one[-1] in ".,;:!?…\"'" or one is found[-1] else one + "," for one in found]


def _cut_question(sentence: str, language: str) -> list[str]:
    asking = _ASKING.get(language)
    if asking is None or not sentence.endswith("?") or re.match(_OPENING, sentence, re.I):
        return [sentence]
    cut = re.search(rf",\s+(?=(?:{asking})\b[^,]*\?$)", sentence, re.I)
    if cut is None or len(sentence[: cut.start()].split()) < 3:
        return [sentence]
    return [sentence[: cut.start()] + ",", sentence[cut.end() :]]


_OPENS = r"(?:^|(?<=[,.?!] ))"
_FILLERS = {
    "en": re.compile(
        rf"{_OPENS}(?:um+|uh+|er+|well|so|you know|i mean)\b[,.]?\s*|,?\s*\b(?:um+|uh+|you know)\b(?=[,.])", re.I
    ),
    "es": re.compile(
        rf"{_OPENS}(?:eh+|este|pues|bueno|mire|oiga|o sea|a ver)\b(?:,|\.\.\.)\s*|,?\s*\beh+\b(?=[,.])", re.I
    ),
}


def without_fillers(sentence: str, language: str) -> str:
    """Without "um", "pues" and their like; the sentence as it was when nothing else is in it."""
    fillers = _FILLERS.get(language)
    if fillers is None:
        return sentence
    bare = fillers.sub("", sentence).strip()
    return bare if re.search(r"\w", bare) else sentence


_SPANISH_MARKS = {"?": "¿", "!": "¡"}
_ACCENTED = {
    "que": "qué", "cual": "cuál", "cuales": "cuáles", "cuando": "cuándo", "donde": "dónde", "como": "cómo",
    "quien": "quién", "cuanto": "cuánto", "cuantos": "cuántos", "cuanta": "cuánta", "cuantas": "cuántas",
}  # fmt: skip
_ASKED_WITH_ACCENT = re.compile(rf"^(¿?(?:(?:por|a|de|con|para|desde|hasta|y) )?)({'|'.join(_ACCENTED)})\b", re.I)


_OPENERS = re.compile(
    r"^¿?(?:What|Which|How|When|Where|Why|Who|Can|Could|Do|Does|Did|Is|Are|Will|Would|Have|Has|Right|Qué|Cuál|Cómo"
    r"|Cuándo|Dónde|Por|Quién|Puede|Podría|Me|Le|Está|Tiene|Es)\b"
)


def presentable(sentence: str, language: str, *, continues: bool = False) -> str:
    """A translated sentence with its marks and capital; `continues`: it follows a comma."""
    sentence = " ".join(sentence.split()).strip()
    if language == "en":
        sentence = re.sub(r"\b(on|at|in|for|from|until) \1\b", r"\1", sentence)
    if language == "es":
        sentence = re.sub(r"\b([Dd])e el\b(?! [A-Z])", r"\1el", re.sub(r"\b([Aa]) el\b(?! [A-Z])", r"\1l", sentence))
        sentence = sentence.lstrip("¿¡")
        if sentence.endswith("?"):
            sentence = _ASKED_WITH_ACCENT.sub(lambda found: found[1] + _ACCENTED[found[2].lower()], sentence)
        mark = _SPANISH_MARKS.get(sentence[-1:])
        sentence = (mark or "") + sentence
    if continues:
        return _OPENERS.sub(lambda found: found.group().lower(), sentence)
    return re.sub(r"^([¿¡\"']*)(\w)", lambda found: found.group(1) + found.group(2).upper(), sentence)
