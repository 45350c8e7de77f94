"""Spanish as recognition writes it, mended: lost accents and question marks, words cut in two, commas of mere
pauses. Pure.

Only what cannot be right as it stands is changed, or what a caller can hardly have meant ("olvide mi clave" as a
command).
"""

from __future__ import annotations

import re

_LOST_ACCENTS = {
    "numero": "número", "numeros": "números", "telefono": "teléfono", "direccion": "dirección", "dias": "días",
    "dia": "día", "codigo": "código", "tambien": "también", "aqui": "aquí", "asi": "así", "ingles": "inglés",
    "espanol": "español", "ultimo": "último", "ultima": "última", "ultimas": "últimas", "ultimos": "últimos",
    "credito": "crédito", "debito": "débito", "electronico": "electrónico", "medico": "médico",
    "facturacion": "facturación", "atencion": "atención", "adios": "adiós", "todavia": "todavía", "despues": "después",
    "informacion": "información", "habitacion": "habitación", "contrasena": "contraseña", "ano": "año", "anos": "años",
    "senor": "señor", "senora": "señora", "miercoles": "miércoles", "sabado": "sábado", "dolares": "dólares",
    "devolucion": "devolución", "suscripcion": "suscripción", "reclamacion": "reclamación", "modem": "módem",
    "tecnico": "técnico", "recibi": "recibí", "perdi": "perdí", "pedi": "pedí", "podria": "podría", "queria": "quería",
    "tenia": "tenía", "habia": "había", "segun": "según", "ningun": "ningún", "algun": "algún",
    "numerico": "numérico", "publico": "público", "rapido": "rápido", "unico": "único", "proximo": "próximo",
    "proxima": "próxima", "minimo": "mínimo", "maximo": "máximo", "movil": "móvil", "facil": "fácil", "dificil":
    "difícil",
}  # fmt: skip
_LOST = re.compile(rf"\b(?:{'|'.join(_LOST_ACCENTS)})\b", re.I)
_PARTICIPLES = "sido|estado|tenido|hecho|dicho|visto|puesto|llegado|venido|pasado|recibido|pagado|llamado|enviado"
_REPAIRS = tuple(
    (re.compile(pattern, re.I), put)
    for pattern, put in (
        (r"\ba noche\b", "anoche"),
        (r"\bde espacio\b", "despacio"),
        (r"\bola,", "hola,"),
        (r"^able con\b", "Hable con"),
        (r"\bescalle\b", "es calle"),
        (rf"\ba (?=(?:{_PARTICIPLES})\b)", "ha "),
        (r",(?= (?:porque|desde|que|si|por|en|de|del|al?)\b)", ""),
        (r"^no (?=todavía\b|aún\b|gracias\b)", "no, "),
        (r"^sí (?=está|es|tengo|puedo|quiero|claro|gracias)", "sí, "),
        (r"(?<=\w),? que (?=(?:tenga|pase) (?:un|una|muy)\b)", ". Que "),
        (r", (?=(?:me |nos )?(?:puede|podría) (?:repetir|ayudar|decir|dar|hablar|confirmar|enviar)\w*\b)", ", ¿"),
        (r"\bporqué\b(?=.*\?)", "por qué"),
    )
)  # fmt: skip
_MINE = re.compile(
    r"(?:^|(?<=\bya )|(?<=\byo )|(?<=\bno )|(?<=\by ))([a-zñ]{2,}(?:[gq]u|[^aeiou\W]))e(?= (?:mi|mis)\b)", re.I
)
"""A verb in -e before something of mine: "olvide mi clave" is "olvidé"."""
_ALREADY = re.compile(r"(?<=\bya )([a-zñ]{2,}(?:[gq]u|[^aeou\W]))e\b(?! usted)", re.I)
_LEADS = r"(?:hola,? |perdone?,? |disculpe,? |por favor,? |y |pero |entonces,? )*"
_QUESTION_WORDS = r"qué|cuál(?:es)?|cuándo|dónde|adónde|cómo|cuánt[oa]s?|quién(?:es)?|por qué"
_AFTER_PREPOSITION = r"(?:a|de|con|para|desde|hasta|en) (?:qué|cuál|quién|dónde|cuándo|cuánt[oa]s?)"
_REQUESTS = (
    r"(?:me |nos |le )?(?:podría|podrían)|(?:me|nos) (?:puede|pueden|permite|ayuda|dice|da)|puedo|podemos|es usted"
    r"|está usted|usted es .* o |tienen? (?:algún|alguna|otro|otra)"
)
_REQUESTED = (
    r"repetir|ayudar|decir|dar|explicar|hablar|confirmar|enviar|mandar|cambiar|comprobar|revisar|esperar|deletrear"
)
_ASKING = re.compile(
    rf"^{_LEADS}(?:{_QUESTION_WORDS}|{_AFTER_PREPOSITION}|{_REQUESTS}|puede (?:{_REQUESTED})\w*)\b", re.I
)


def mended(sentence: str) -> str:
    """One sentence or more, as it was most likely said."""
    for pattern, put in _REPAIRS:
        sentence = pattern.sub(put, sentence)
    sentence = _LOST.sub(_with_accent, sentence)
    return _ALREADY.sub(r"\1é", _MINE.sub(r"\1é", sentence))


def as_question(sentence: str) -> str:
    """One sentence with the question mark that recognition lost, where its words can only ask."""
    if sentence.endswith("?") or not _ASKING.search(sentence.lstrip("¿¡")):
        return sentence
    return sentence.rstrip(".,; ") + "?"


def _with_accent(found: re.Match[str]) -> str:
    accented = _LOST_ACCENTS[found.group().lower()]
    return accented.capitalize() if found.group()[0].isupper() else accented
