"""Forms of regular words that Apertium's generators do not know ("reembolsar", "last name"). Pure.

Only what our own lexicon brings in needs it: Spanish regular verbs, nouns and adjectives; English regular ones.
"""

from __future__ import annotations

from dragoman.interpreters.local.stream import Word

_PERSONS = ("p1sg", "p2sg", "p3sg", "p1pl", "p2pl", "p3pl")
_ENDINGS = {
    "ar": {
        "pri": "o as a amos áis an", "ifi": "é aste ó amos asteis aron", "pii": "aba abas aba ábamos abais aban",
        "prs": "e es e emos éis en", "imp": "e a e emos ad en",
    },
    "er": {
        "pri": "o es e emos éis en", "ifi": "í iste ió imos isteis ieron", "pii": "ía ías ía íamos íais ían",
        "prs": "a as a amos áis an", "imp": "a e a amos ed an",
    },
    "ir": {
        "pri": "o es e imos ís en", "ifi": "í iste ió imos isteis ieron", "pii": "ía ías ía íamos íais ían",
        "prs": "a as a amos áis an", "imp": "a e a amos id an",
    },
}  # fmt: skip
_LONG = {"fti": "é ás á emos éis án", "cni": "ía ías ía íamos íais ían"}
_SOFTENED = (("c", "qu"), ("g", "gu"), ("z", "c"))
"""Before e: -car, -gar, -zar."""
_ENCLITICS = {"p1sg": "me", "p1pl": "nos", "p3sg": "lo", "p3pl": "los"}


def form(word: Word, language: str) -> str:
    """The word in the form that its tags ask for; the lemma where no rule is known."""
    lemma = word.lemma.lstrip("#")
    written = _spanish(lemma, word) if language == "es" else _english(lemma, word)
    written += "".join(_enclitic(one) for one in word.joined) if language == "es" else ""
    return written + word.queue.replace("_", " ")


def _spanish(lemma: str, word: Word) -> str:
    if word.any("vblex", "vbmod", "vbser"):
        return _spanish_verb(lemma, word)
    if word.has("adj") and word.has("f") and lemma.endswith("o"):
        lemma = lemma[:-1] + "a"
    if word.has("pl") and word.any("n", "adj"):
        return lemma + ("s" if lemma[-1] in "aeiouáéó" else "" if lemma.endswith("s") else "es")
    return lemma


def _spanish_verb(lemma: str, word: Word) -> str:
    stem, group = lemma[:-2], lemma[-2:]
    if group not in _ENDINGS or word.has("inf"):
        return lemma
    if word.has("ger"):
        return stem + ("ando" if group == "ar" else "iendo")
    if word.has("pp"):
        ending = ("ad" if group == "ar" else "id") + ("a" if word.has("f") else "o")
        return stem + ending + ("s" if word.has("pl") else "")
    person = _person(word)
    for tense, endings in _LONG.items():
        if word.has(tense):
            return lemma + endings.split()[_PERSONS.index(person)]
    tense = next((tag for tag in word.tags if tag in _ENDINGS[group]), "")
    if not tense:
        return lemma
    ending = _ENDINGS[group][tense].split()[_PERSONS.index(person)]
    if group == "ar" and ending[0] in "eé":
        for hard, soft in _SOFTENED:
            if stem.endswith(hard):
                stem = stem[: -len(hard)] + soft
                break
    return stem + ending


def _person(word: Word) -> str:
    person = next((tag for tag in word.tags if tag in ("p1", "p2", "p3")), "p3")
    return person + ("pl" if word.has("pl") else "sg")


def _enclitic(word: Word) -> str:
    if word.has("ref") and word.has("p3"):
        return "se"
    if word.has("p3") and word.has("mf"):
        return "les" if word.has("pl") else "le"
    form = _ENCLITICS.get(_person(word), "")
    return form.replace("o", "a") if word.has("p3", "f") else form


def _english(lemma: str, word: Word) -> str:
    if word.has("n") and word.has("pl"):
        return _with_s(lemma)
    if word.any("pp", "past"):
        return lemma + ("d" if lemma.endswith("e") else "ed") if word.any("vblex", "vbmod") else lemma
    if word.has("ger"):
        return (lemma[:-1] if lemma.endswith("e") else lemma) + "ing"
    if word.any("vblex", "vbmod") and word.has("pri", "p3", "sg"):
        return _with_s(lemma)
    return lemma


def _with_s(lemma: str) -> str:
    if lemma.endswith(("s", "x", "z", "ch", "sh")):
        return lemma + "es"
    if lemma.endswith("y") and lemma[-2:-1] not in "aeiou":
        return lemma[:-1] + "ies"
    return lemma + "s"
