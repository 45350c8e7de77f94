"""Text that Whisper is told stood before: it makes short answers and spoken numbers likely. Never spoken."""

from __future__ import annotations

from typing import Final

BEFORE: Final[dict[str, str]] = {
    "en": " Yes. No. Thank you. Okay, all right. Pardon? One moment.",
    "es": " Sí. No. Gracias. Vale, de acuerdo. ¿Cómo? Un momento.",
    "fr": " Oui. Non. Merci. D'accord, très bien. Pardon ? Un instant.",
    "it": " Sì. No. Grazie. Va bene, d'accordo. Come? Un momento.",
    "pt": " Sim. Não. Obrigado. Está bem, de acordo. Como? Um momento.",
    "ja": "はい。いいえ。ありがとうございます。わかりました。少々お待ちください。",
    "zh": "是的。不是。谢谢。好的。请稍等。",
    "de": " Ja. Nein. Danke. In Ordnung. Wie bitte? Einen Moment.",
}

BEFORE_NUMBERS: Final[dict[str, str]] = {
    "en": " Yes. No. My number is zero, one, two, twenty. Three hundred and forty dollars and ten cents. Pardon?",
    "es": " Sí. No. Mi número es el cero uno dos veintitrés. Son trescientos cuarenta euros con diez. ¿Cómo?",
    "fr": " Oui. Non. Mon numéro est le zéro un deux vingt-trois. Trois cent quarante euros et dix centimes. Pardon ?",
    "it": " Sì. No. Il mio numero è zero uno due ventitré. Sono trecentoquaranta euro e dieci centesimi. Come?",
    "pt": " Sim. Não. O meu número é zero um dois vinte e três. São trezentos e quarenta euros e dez centavos. Como?",
}

SHORT_ANSWERS: Final[dict[str, frozenset[str]]] = {
    "en": frozenset(
        [
            "yes",
            "no",
            "yeah",
            "okay",
            "ok",
            "thanks",
            "hello",
            "goodbye",
            "right",
            "sure",
            "exactly",
            "correct",
            "please",
            "pardon",
            "sorry",
            "true",
            "perfect",
        ]
    )
    | {"thank you", "all right", "of course", "good morning", "one moment", "yes please", "no thanks", "that is right"},
    "es": frozenset(
        [
            "sí",
            "si",
            "no",
            "vale",
            "gracias",
            "hola",
            "adiós",
            "exacto",
            "correcto",
            "claro",
            "perfecto",
            "bueno",
            "cómo",
            "perdón",
            "diga",
            "ok",
            "listo",
            "dígame",
        ]
    )
    | {
        "sí claro",
        "no gracias",
        "muy bien",
        "de acuerdo",
        "un momento",
        "buenos días",
        "por favor",
        "así es",
        "sí por favor",
    },
    "fr": frozenset(["oui", "non", "merci", "bonjour", "d'accord", "exact", "pardon", "parfait", "bien", "allô"])
    | {"très bien", "bien sûr"},
    "it": frozenset(["sì", "no", "grazie", "pronto", "esatto", "certo", "va", "bene", "perfetto", "scusi"])
    | {"va bene", "buongiorno"},
    "pt": frozenset(["sim", "não", "obrigado", "obrigada", "olá", "certo", "exato", "claro", "perfeito"])
    | {"está bem", "bom dia"},
}
"""Whole utterances, so frequent that a low score does not speak against them (no punctuation, lower case)."""
