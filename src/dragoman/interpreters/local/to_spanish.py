"""Spanish as one speaks to a customer: "usted", commands, subjunctive after wishes, "estar" where it belongs. Pure.

Works on the translated sentence after transfer, before its words get their forms.
"""

from __future__ import annotations

from dataclasses import replace

from dragoman.interpreters.local.stream import Unit, Word

_VERB = ("vblex", "vbser", "vbhaver", "vbmod")
_STATES = frozenset(
    [
        "disponible",
        "listo",
        "ocupado",
        "roto",
        "abierto",
        "cerrado",
        "seguro",
        "enfermo",
        "contento",
        "molesto",
        "preocupado",
        "vacío",
        "lleno",
        "encendido",
        "apagado",
        "pendiente",
        "dañado",
        "bloqueado",
        "caducado",
        "vencido",
        "embarazado",
        "casado",
        "solo",
        "perdido",
        "activo",
        "inactivo",
        "agotado",
    ]
)
_WISHES = frozenset(
    [
        "querer",
        "necesitar",
        "pedir",
        "preferir",
        "esperar",
        "aconsejar",
        "recomendar",
        "desear",
        "dejar",
        "sugerir",
        "exigir",
    ]
)
_REFLEXIVE_COMMANDS = frozenset(["preocupar", "olvidar", "sentar", "quedar", "asegurar", "mover", "acercar", "quejar"])
_LEAD_TAGS = ("cm", "lquest", "ij")


def address_formally(units: list[Unit], told: list[tuple[str, str, str]]) -> list[Unit]:
    """The sentence to "usted", with its commands and moods right. Questions ask nobody to do anything."""
    question = any(unit.word.lemma == "?" for unit in units)
    units = [replace(unit, word=_formal(unit.word)) for unit in _own_person(units, told)]
    units = _some(_person(_two_verbs(units)), question=question)
    if not question:
        units = _commands(units)
    return [_agreed(unit) for unit in _se_lo(_passives(_states(_wishes(units))))]


def _own_person(units: list[Unit], told: list[tuple[str, str, str]]) -> list[Unit]:
    """Verbs that took their object's person get their subject's (`from_english.told_to`)."""
    done, left = list(units), list(told)
    for place in range(1, len(done)):
        pronoun, verb = done[place - 1].word, done[place].word
        person = next((tag for tag in ("p1", "p2") if pronoun.has("prn", "pro", tag)), "")
        match = next((one for one in left if one[0] == person), None)
        if not person or match is None or not verb.any(*_VERB) or not _finite(verb):
            continue
        left.remove(match)
        if verb.has(person) and match[1] != person:
            number = {"sg": match[2], "pl": match[2]}
            done[place] = replace(done[place], word=verb.retag(**{person: match[1], **number}))
    return done


def _formal(word: Word) -> Word:
    """Second person to third; "vuestro", "tu" to "su"."""
    joined = tuple(_formal(one) for one in word.joined)
    word = replace(word, joined=joined)
    if word.lemma.lower() == "aquel" and word.has("dem"):
        return replace(word, lemma=_cased("ese", word.lemma))
    if word.lemma.lower() in ("vuestro", "tuyo") and word.has("pos"):
        number = "pl" if word.has("pl") else "sg"
        if not word.has("det"):
            return replace(word, lemma=_cased("suyo", word.lemma))
        return replace(word, lemma=_cased("suyo", word.lemma), tags=("det", "pos", "mf", number))
    if "p2" not in word.tags:
        return word
    if word.has("prn", "tn") or word.lemma.lower() in ("ti", "tú"):
        return Word(_cased("prpers", word.lemma), ("prn", "tn", "p3", "mf", "sg"))
    if word.has("prn"):
        return replace(word, tags=tuple({"p2": "p3", "pl": "sg", "sp": "sg"}.get(tag, tag) for tag in word.tags))
    return word.retag(p2="p3", pl="sg") if word.any(*_VERB) else word


def _agreed(unit: Unit) -> Unit:
    """Gender and number that transfer left open: masculine, singular."""
    return replace(unit, word=unit.word.retag(GD="m", ND="sg")) if unit.word.any("GD", "ND") else unit


def _cased(lemma: str, like: str) -> str:
    return lemma.capitalize() if like[:1].isupper() else lemma


def _finite(word: Word) -> bool:
    return word.any(*_VERB) and word.any("p1", "p2", "p3") and not word.has("imp")


def _two_verbs(units: list[Unit]) -> list[Unit]:
    """After "puede", "tiene que" and their like stands an infinitive."""
    done = list(units)
    for place in range(1, len(done)):
        before, now = done[place - 1].word, done[place].word
        if before.has("vbmod") and _finite(now):
            done[place] = replace(done[place], word=replace(now, tags=(now.tags[0], "inf")))
        elif place >= 2 and done[place - 2].word.has("vbmod") and before.has("prn", "pro") and _finite(now):
            act = replace(done[place], word=replace(now, tags=(now.tags[0], "inf")))
            modal = done[place - 2].word
            modal = replace(modal, lemma=modal.lemma[:1].lower() + modal.lemma[1:])
            done[place - 2 : place + 1] = [done[place - 1], replace(done[place - 2], blank=" ", word=modal), act]
    return done


def _some(units: list[Unit], *, question: bool) -> list[Unit]:
    """ "any": ningún where it is denied, algún where it is asked."""
    done = list(units)
    denied = False
    for place, unit in enumerate(units):
        denied = (denied or unit.word.lemma.lower() == "no") and not unit.word.any("cm", "sent")
        if unit.word.lemma.lower() != "cualquier" or not (denied or question):
            continue
        noun = next((one.word for one in units[place + 1 : place + 4] if one.word.has("n")), Word(""))
        gender, number = "f" if noun.has("f") else "m", "pl" if noun.has("pl") else "sg"
        lemma, kind = ("ninguno", "ind") if denied else ("alguno", "qnt")
        done[place] = replace(unit, word=Word(_cased(lemma, unit.word.lemma), ("det", kind, gender, number)))
    return done


def _person(units: list[Unit]) -> list[Unit]:
    """ "mi compañero me dijo": transfer takes the pronoun for the subject."""
    done = list(units)
    for place in range(1, len(done) - 1):
        before, pronoun, verb = done[place - 1].word, done[place].word, done[place + 1].word
        if before.any("n", "np") and pronoun.has("prn", "pro", "p1", "sg") and verb.has("p1", "sg"):
            done[place + 1] = replace(done[place + 1], word=verb.retag(p1="p3"))
    return done


def _commands(units: list[Unit]) -> list[Unit]:
    """An infinitive that opens its clause is a command: "firme", "no firme"; the same after "y" when the first was
    one.
    """
    done = list(units)
    opens, commanding, negative = True, False, False
    for place, unit in enumerate(units):
        word = unit.word
        if opens and word.any(*_VERB) and word.has("inf"):
            done[place] = replace(unit, word=_command(word, negative=negative))
            commanding = True
        elif opens and word.lemma.lower() == "no" and word.has("adv"):
            negative = True
            continue
        if (
            word.any(*_LEAD_TAGS)
            or (opens and word.lemma.lower().startswith("zqf"))
            or (commanding and word.has("cnjcoo"))
        ):
            opens = True
        else:
            opens, negative = False, False
    return _with_se(done)


def _with_se(units: list[Unit]) -> list[Unit]:
    """ "no se preocupe": the pronoun of a reflexive verb before a forbidding one."""
    done: list[Unit] = []
    for place, unit in enumerate(units):
        forbidding = place > 0 and units[place - 1].word.lemma.lower() == "no" and unit.word.has("prs")
        if forbidding and unit.word.lemma.lower() in _REFLEXIVE_COMMANDS:
            done.append(Unit(Word("se", ("prn", "pro", "ref", "p3", "mf", "sp"))))
        done.append(unit)
    return done


def _command(word: Word, *, negative: bool) -> Word:
    mood = "prs" if negative else "imp"
    joined = word.joined
    plain = word.lemma.lower()
    if plain in _REFLEXIVE_COMMANDS and not joined and not negative:
        joined = (Word("prpers", ("prn", "enc", "ref", "p3", "mf", "sp")),)
    return replace(word, tags=(word.tags[0], mood, "p3", "sg"), joined=joined)


def _wishes(units: list[Unit]) -> list[Unit]:
    """ "quiero que usted firme": the subjunctive after a wish; after "cuando" of what is to come."""
    done = list(units)
    for place in range(len(done) - 2):
        if done[place].word.lemma.lower() not in _WISHES or done[place + 1].word.lemma.lower() != "que":
            continue
        for later in range(place + 2, min(place + 6, len(done))):
            word = done[later].word
            if word.any(*_VERB):
                done[later] = replace(done[later], word=word.retag(pri="prs"))
                break
    return done


def _states(units: list[Unit]) -> list[Unit]:
    """ "ser" to "estar" before a place or a passing state."""
    done = list(units)
    for place, unit in enumerate(units):
        if unit.word.lemma.lower() != "ser" or not unit.word.has("vbser"):
            continue
        after = place + 1
        while after < len(units) and units[after].word.any("adv", "preadv") and not _needs_estar(units[after].word):
            after += 1
        if after < len(units) and _needs_estar(units[after].word):
            tags = tuple("vblex" if tag == "vbser" else tag for tag in unit.word.tags)
            done[place] = replace(unit, word=replace(unit.word, lemma=_cased("estar", unit.word.lemma), tags=tags))
    return done


def _passives(units: list[Unit]) -> list[Unit]:
    """What was done is "fue", not "estuvo"."""
    done = list(units)
    for place, unit in enumerate(units[:-1]):
        after = units[place + 1].word
        if unit.word.lemma.lower() == "estar" and unit.word.any("ifi") and after.has("pp"):
            tags = tuple("vbser" if tag == "vblex" else tag for tag in unit.word.tags)
            done[place] = replace(unit, word=replace(unit.word, lemma=_cased("ser", unit.word.lemma), tags=tags))
    return done


def _needs_estar(word: Word) -> bool:
    lemma = word.lemma.lower()
    if lemma in ("allí", "aquí", "ahí", "allá"):
        return True
    return (lemma == "en" and word.has("pr")) or (lemma in _STATES and word.any("adj", "pp")) or word.has("ger")


def _se_lo(units: list[Unit]) -> list[Unit]:
    """ "le lo" is "se lo", as a word before the verb and at its end."""
    done = list(units)
    for place in range(len(done) - 1):
        if (
            _is_le(done[place].word)
            and done[place + 1].word.has("prn", "pro", "p3")
            and not _is_le(done[place + 1].word)
        ):
            done[place] = replace(done[place], word=Word("se", ("prn", "pro", "ref", "p3", "mf", "sp")))
    return done


def _is_le(word: Word) -> bool:
    return word.lemma.lower() == "prpers" and word.has("prn", "pro", "p3", "mf")
