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
    """The sentences, each with its end; a question after a statement ("I sent a code, what does it say?") is its own."""
    text = _TITLE_DOT.sub(r"\1", " ".join(text.split()))
    found: list[str] = []
    for sentence in _END.split(text):
        found += _cut_question(sentence.strip(), language)
    return [one for one in found if re.search(r"\w", one)]


def _cut_question(sentence: str, language: str) -> list[str]:
    asking = _ASKING.get(language)
    if asking is None or not sentence.endswith("?") or re.match(_OPENING, sentence, re.I):
        return [sentence]
    cut = re.search(rf",\s+(?=(?:{asking})\b[^,]*\?$)", sentence, re.I)
    if cut is None or len(sentence[: cut.start()].split()) < 3:
        return [sentence]
    return [sentence[: cut.start()] + ",", sentence[cut.end() :]]


_FILLERS = {
    "en": re.compile(r"(?:^|(?<=[,.?!] ))(?:um+|uh+|er+|well|so|you know|i mean)\b[,.]?\s*|,?\s*\b(?:um+|uh+|you know)\b(?=[,.])", re.I),
    "es": re.compile(r"(?:^|(?<=[,.?!] ))(?:eh+|este|pues|bueno|mire|oiga|o sea|a ver)\b(?:,|\.\.\.)\s*|,?\s*\beh+\b(?=[,.])", re.I),
}  # fmt: skip


def without_fillers(sentence: str, language: str) -> str:
    """Without "um", "pues" and their like; the sentence as it was when nothing else is in it."""
    fillers = _FILLERS.get(language)
    if fillers is None:
        return sentence
    bare = fillers.sub("", sentence).strip()
    return bare if re.search(r"\w", bare) else sentence


_SPANISH_MARKS = {"?": "¿", "!": "¡"}
_ASKED_WITH_ACCENT = re.compile(
    r"^(¿?(?:(?:por|a|de|con|para|desde|hasta|y) )?)(que|cual|cuales|cuando|donde|como|quien|cuanto|cuantos|cuanta|cuantas)\b",
    re.I,
)
_ACCENTED = {
    "que": "qué", "cual": "cuál", "cuales": "cuáles", "cuando": "cuándo", "donde": "dónde", "como": "cómo", "quien": "quién",
    "cuanto": "cuánto", "cuantos": "cuántos", "cuanta": "cuánta", "cuantas": "cuántas",
}  # fmt: skip


def presentable(sentence: str, language: str, *, continues: bool = False) -> str:
    """A translated sentence with its marks and capital; `continues`: it follows a comma."""
    sentence = " ".join(sentence.split()).strip()
    if language == "es":
        sentence = re.sub(r"\b([Dd])e el\b(?! [A-Z])", r"\1el", re.sub(r"\b([Aa]) el\b(?! [A-Z])", r"\1l", sentence))
        sentence = sentence.lstrip("¿¡")
        if sentence.endswith("?"):
            sentence = _ASKED_WITH_ACCENT.sub(lambda found: found[1] + _ACCENTED[found[2].lower()], sentence)
        mark = _SPANISH_MARKS.get(sentence[-1:])
        sentence = (mark or "") + sentence
    if continues:
        return sentence
    return re.sub(r"^([¿¡\"']*)(\w)", lambda found: found.group(1) + found.group(2).upper(), sentence)


_LOST_ACCENTS = {
    "olvide": "olvidé", "compre": "compré", "pague": "pagué", "llame": "llamé", "recibi": "recibí", "perdi": "perdí",
    "envie": "envié", "numero": "número", "telefono": "teléfono", "direccion": "dirección", "dias": "días", "dia": "día",
    "codigo": "código", "tambien": "también", "aqui": "aquí", "asi": "así", "ingles": "inglés", "espanol": "español",
    "ultimo": "último", "ultima": "última", "credito": "crédito", "manana": "mañana", "electronico": "electrónico", "medico": "médico",
    "facturacion": "facturación", "atencion": "atención", "adios": "adiós", "todavia": "todavía", "despues": "después",
    "correccion": "corrección", "informacion": "información", "habitacion": "habitación", "contrasena": "contraseña", "ano": "año",
    "anos": "años", "senor": "señor", "senora": "señora", "miercoles": "miércoles", "sabado": "sábado", "dolares": "dólares",
    "ingrese": "ingresé", "deje": "dejé", "intente": "intenté", "hable": "hablé", "mande": "mandé",
}  # fmt: skip
_ONLY_FIRST_PERSON = frozenset(
    {"olvide", "compre", "pague", "llame", "envie", "ingrese", "deje", "intente", "hable", "mande"}
)
_LOST = re.compile(rf"\b({'|'.join(_LOST_ACCENTS)})\b", re.I)


def with_accents(sentence: str) -> str:
    """Spanish accents that recognition lost ("olvide mi clave"). A verb form that is a word without its accent too is
    changed only where "yo" or an object of mine follows it ("compre una": a command stays)."""

    def put(found: re.Match[str]) -> str:
        bare = found.group().lower()
        mine = re.match(r"\s+(?:mi|mis)\b", sentence[found.end() :]) or re.search(
            r"\byo\s+$", sentence[: found.start()]
        )
        if bare in _ONLY_FIRST_PERSON and not mine:
            return found.group()
        accented = _LOST_ACCENTS[bare]
        return accented.capitalize() if found.group()[0].isupper() else accented

    return _LOST.sub(put, sentence)
