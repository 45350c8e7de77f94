"""Spanish made easy for Apertium: subjects written out, questions in plain order, "usted" commands marked. Pure.

Works on the analysed sentence (source words only), before the dictionary.
"""

from __future__ import annotations

from dataclasses import replace

from dragoman.interpreters.local.stream import Unit, Word

_VERB = ("vblex", "vbser", "vbhaver", "vbmod", "vaux")
_INTRANSITIVE = frozenset(
    [
        "llegar",
        "salir",
        "estar",
        "ser",
        "costar",
        "tardar",
        "funcionar",
        "empezar",
        "comenzar",
        "terminar",
        "cerrar",
        "abrir",
        "venir",
        "valer",
        "significar",
        "quedar",
        "pasar",
        "subir",
        "bajar",
        "aumentar",
        "vencer",
        "caducar",
        "durar",
        "ocurrir",
        "llamar",
        "existir",
        "incluir",
    ]
)
_OF_THINGS = frozenset(
    [
        "costar",
        "tardar",
        "llegar",
        "funcionar",
        "salir",
        "ser",
        "estar",
        "haber",
        "valer",
        "durar",
        "pasar",
        "subir",
        "bajar",
        "aumentar",
        "ocurrir",
        "incluir",
        "caducar",
        "vencer",
        "significar",
        "hacer",
        "aparecer",
        "parecer",
        "llover",
        "doler",
        "gustar",
        "faltar",
        "quedar",
        "sonar",
        "encender",
        "apagar",
        "averiar",
        "romper",
        "subir",
        "bajar",
    ]
)
"""Verbs whose unspoken third-person subject is a thing; that of the others is the listener, "usted"."""
_WH = {"qué", "cuál", "cuándo", "dónde", "cómo", "cuánto", "quién", "por qué", "cuánto tiempo", "a dónde", "adónde"}
_PERSONS = {
    ("p1", "sg"): Word("prpers", ("prn", "tn", "p1", "mf", "sg")),
    ("p1", "pl"): Word("prpers", ("prn", "tn", "p1", "m", "pl")),
    ("p3", "pl"): Word("prpers", ("prn", "tn", "p3", "m", "pl")),
    ("p2", "sg"): Word("prpers", ("prn", "tn", "p2", "mf", "sg")),
}
_USTED = Word("prpers", ("prn", "tn", "p3", "mf", "sg"))
_FIRST_PERSONS = {
    "vivo": "vivir",
    "llamo": "llamar",
    "espero": "esperar",
    "pago": "pagar",
    "trabajo": "trabajar",
    "compro": "comprar",
}
_HOMONYMS = {
    "llame": "llamar",
    "hable": "hablar",
    "firme": "firmar",
    "mire": "mirar",
    "espere": "esperar",
    "mande": "mandar",
}


def simplify(units: list[Unit]) -> list[Unit]:
    """The sentence in the order and with the subjects that give good English."""
    units = [_mend(units, place) for place in range(len(units))]
    if any(unit.word.lemma == "?" for unit in units):
        units = _question(units)
    return _subjects(units, question=any(unit.word.lemma == "?" for unit in units))


def _mend(units: list[Unit], place: int) -> Unit:
    """What the tagger gets wrong: first persons read as nouns or adjectives, "usted" commands as anything else."""
    unit = units[place]
    word = unit.word
    opens = place == 0 or units[place - 1].word.any("cm", "cnjcoo", "sent", "lquest")
    surface = word.lemma.lower()
    following = units[place + 1].word if place + 1 < len(units) else Word("", ("sent",))
    if (
        opens
        and word.any("n", "adj")
        and surface in _FIRST_PERSONS
        and following.any("pr", "cnjadv", "det", "adv", "adj")
    ):
        return replace(unit, word=Word(_FIRST_PERSONS[surface], ("vblex", "pri", "p1", "sg")))
    if opens and word.any("n", "adj") and surface in _HOMONYMS and following.any("pr", "det", "adv", "n"):
        return replace(unit, word=Word(_HOMONYMS[surface], ("vblex", "imp", "p3", "sg")))
    if opens and surface == "falta" and following.any("det", "prn", "num", "np"):
        return replace(unit, word=Word("faltar", ("vblex", "pri", "p3", "sg")))
    mine = word.any("prs", "imp") and word.has("p3", "sg") and word.lemma.endswith("ar")
    if mine and place > 0 and units[place - 1].word.has("rel"):  # "lo que pague": recognition lost the accent
        return replace(unit, word=Word(word.lemma, (word.tags[0], "ifi", "p1", "sg")))
    if opens and word.any("prs") and word.has("p3", "sg"):
        return replace(unit, word=word.retag(prs="imp"))
    return unit


def _finite(word: Word) -> bool:
    return word.any(*_VERB) and word.any("p1", "p2", "p3") and not word.has("imp")


def _question(units: list[Unit]) -> list[Unit]:
    """ "cuándo llega el técnico" to "cuándo el técnico llega"; "es usted médico" to "usted es médico"."""
    for place, unit in enumerate(units):
        if not _finite(unit.word):
            continue
        end = place + 1
        if unit.word.has("vbmod") and end < len(units) and units[end].word.has("inf"):
            end += 1
        acts = units[end - 1].word.lemma.lower()
        verb_end = first = end
        while first < len(units) and units[first].word.any("adv", "preadv"):
            first += 1
        if end < len(units) and units[end].word.has("prn", "tn"):
            end, first = end + 1, end
        elif acts in _INTRANSITIVE and unit.word.has("p3") and not _has_subject(units, place):
            end = max(_phrase_end(units, first), end) if _phrase_end(units, first) > first else end
        else:
            return units
        clitics = place
        while clitics > 0 and (units[clitics - 1].word.has("prn", "pro") or units[clitics - 1].is_a("no")):
            clitics -= 1
        copula = unit.word.lemma.lower() == "ser" and place > 0 and units[place - 1].is_a("qué", "cuál", "quién")
        if end == verb_end or copula:
            return units
        verb_end = max(verb_end, first if units[first:end] else verb_end)
        subject = [replace(one, blank=" ") for one in units[verb_end:end]]
        verb = [replace(one, blank=" ") for one in units[clitics:verb_end]]
        return [*units[:clitics], *subject, *verb, *units[end:]]
    return units


def _phrase_end(units: list[Unit], start: int) -> int:
    """The place after a noun phrase with a determiner, with its "de" phrase."""
    place = start
    if place >= len(units) or not units[place].word.has("det"):
        return start
    while place < len(units) and units[place].word.any("det", "adj", "num", "n", "np"):
        place += 1
        linked = place + 1 < len(units) and units[place].is_a("de") and units[place + 1].word.any("det", "n", "np")
        place += 1 if linked else 0
    return place


def _has_subject(units: list[Unit], verb: int) -> bool:
    """Whether a noun or pronoun of the same clause before the verb can be its subject."""
    if units[verb].word.any("p1", "p2"):  # only "yo", "tú" and their like can
        before = next((one for one in range(verb - 1, -1, -1) if units[one].word.any("cm", "sent", "cnjsub")), -1)
        return any(units[one].is_a("prpers") and units[one].word.has("tn") for one in range(before + 1, verb))
    place = verb - 1
    while place >= 0 and not units[place].word.any("cm", "sent", "cnjsub", "cnjadv", "rel"):
        word = units[place].word
        if word.any(*_VERB) and not word.any("pp", "inf", "ger"):
            return units[place + 1 : verb] != [] and any(_nominal(units, one) for one in range(place + 1, verb))
        if _nominal(units, place):
            return True
        place -= 1
    return (
        place >= 1 and units[place].word.has("rel") and units[place - 1].word.any("n", "np", "adj", "det", "prn", "num")
    )


def _nominal(units: list[Unit], place: int) -> bool:
    """A noun, name or subject pronoun that no preposition governs."""
    word = units[place].word
    if not (
        word.any("n", "np")
        or word.has("prn", "tn")
        or (word.has("prn") and not word.any("pro", "enc", "itg", "ref"))
        or not word.known
    ):
        return False
    back = place - 1
    while back >= 0 and units[back].word.any("adj", "num", "n", "np"):
        back -= 1
    if back >= 0 and units[back].word.has("det") and not units[back].word.has("itg"):
        back -= 1
    return (
        back < 0
        or not units[back].word.any("pr", "itg")
        or any(unit.word.any("n", "np") for unit in units[: max(back, 0)])
    )


def _subjects(units: list[Unit], *, question: bool) -> list[Unit]:
    """Verbs without a subject get their pronoun."""
    done: list[Unit] = []
    for place, unit in enumerate(units):
        word = unit.word
        joined = place > 0 and units[place - 1].word.has("cnjcoo")
        after_verb = place > 0 and _finite(units[place - 1].word) and not units[place - 1].word.queue
        if (
            not _finite(word)
            or after_verb
            or _has_subject(units, place)
            or (word.lemma.lower() in ("haber", "hay", "hacer") and word.has("p3"))
        ):
            done.append(unit)
            continue
        pronoun = _pronoun(
            word, _act(units, place), question=question and not any(_finite(one.word) for one in units[:place])
        )
        if pronoun is None or (joined and _same_person(units[:place], word)):
            done.append(unit)
            continue
        at = len(done)
        while at > 0 and (
            done[at - 1].word.has("prn", "pro") or done[at - 1].is_a("no", "ya", "también", "todavía", "aún")
        ):
            at -= 1
        clitics, done = done[at:], done[:at]
        first, *rest = [*clitics, unit]
        done += [Unit(pronoun, blank=first.blank), replace(first, blank=" "), *rest]
    return done


def _same_person(before: list[Unit], word: Word) -> bool:
    """ "compré y pagué": the second verb leans on the first one's subject."""
    verb = next((unit.word for unit in reversed(before) if _finite(unit.word)), None)
    return verb is not None and verb.any("p1") == word.any("p1") and verb.any("sg") == word.any("sg")


def _act(units: list[Unit], place: int) -> str:
    """The verb that says what is done: "costar" in "va a costar", "puede costar"."""
    for unit in units[place + 1 : place + 3]:
        if unit.word.has("inf"):
            return unit.word.lemma.lower()
        if not unit.is_a("a", "que"):
            break
    return units[place].word.lemma.lower()


def _pronoun(word: Word, act: str, *, question: bool) -> Word | None:
    person = next((tag for tag in word.tags if tag in ("p1", "p2", "p3")), "")
    number = "pl" if word.has("pl") else "sg"
    if (person, number) == ("p3", "pl") and question and act not in _OF_THINGS:
        return _USTED  # "¿tienen ...?" asks the company
    if (person, number) == ("p3", "sg"):
        listener = question or word.has("vbmod")
        return _USTED if listener and act not in _OF_THINGS else None
    return _PERSONS.get((person, number))
