"""English made easy for Apertium: questions put in plain order, commands marked, perfects joined. Pure.

Works on the analysed sentence (source words only), before the dictionary. Shallow transfer keeps word order and reads
tags as they are, so "Did you see it?" must arrive as "you saw it ?".
"""

from __future__ import annotations

from dataclasses import replace

from dragoman.interpreters.local.stream import Unit, Word
from dragoman.interpreters.local.tagging_en import COMMANDS, THAT, is_verb, retagged

_WH = {"what", "which", "how", "when", "where", "why", "who", "whom", "whose"}
_MODALS = {"can", "could", "will", "would", "should", "may", "might", "must", "shall"}
_ADVERBS_INSIDE = {
    "already",
    "just",
    "never",
    "ever",
    "always",
    "not",
    "still",
    "also",
    "really",
    "recently",
    "now",
    "then",
}
_LEADS = {"and", "so", "but", "well", "okay", "ok", "sorry", "then", "yes", "no", "now", ","}
_WANTING = {"want", "need", "ask", "tell", "prefer", "like", "expect", "advise", "recommend"}


def simplify(units: list[Unit]) -> list[Unit]:
    """The sentence in the order and with the tags that give good Spanish."""
    units = retagged(units)
    for step in (_question, _perfect, _command, _wanted_of_another):
        units = step(units)
    return units


def told_to(units: list[Unit]) -> list[tuple[str, str, str]]:
    """For each verb with a person as its object: (the object's person, the subject's person, its number), in order.

    Transfer gives such a verb the object's person ("we sent you" becomes "te enviasteis"); `to_spanish` puts it right.
    """
    found: list[tuple[str, str, str]] = []
    for place in range(1, len(units)):
        person = next((tag for tag in ("p1", "p2") if units[place].word.has("prn", "obj", tag)), "")
        if not person or not units[place - 1].word.any("vblex", "vbmod"):
            continue
        subject = next((unit.word for unit in reversed(units[: place - 1]) if _can_rule(unit.word)), None)
        if subject is None:
            continue
        own = next((tag for tag in subject.tags if tag in ("p1", "p2", "p3")), "p3")
        found.append((person, own, "pl" if subject.has("pl") else "sg"))
    return found


def _can_rule(word: Word) -> bool:
    return word.has("prn", "subj") or word.any("n", "np") or (word.has("prn", "tn"))


def is_question(units: list[Unit]) -> bool:
    return any(unit.word.lemma == "?" for unit in units)


def _finite_helper(unit: Unit) -> bool:
    word = unit.word
    if word.any("vbdo", "vaux", "vbhaver", "vbser"):
        return True
    return word.lemma.lower() in ("have", "do") and word.has("vblex") and not word.any("ger", "pp")


def _subject_end(units: list[Unit], start: int) -> int:
    """The place after a subject that begins at `start`; `start` when there is none."""
    if start >= len(units):
        return start
    word = units[start].word
    if (
        word.has("prn", "subj")
        or (word.has("prn", "obj") and word.any("p2", "nt"))
        or (word.any("prn", "adv") and word.lemma.lower() in ("there", "this", "that", "it", "you"))
    ):
        return start + 1
    if word.has("prn") and not word.any("itg", "obj"):  # anyone, somebody; "anyone else"
        return start + 2 if start + 1 < len(units) and units[start + 1].is_a("else") else start + 1
    place = start
    while (
        place < len(units)
        and units[place].word.any("det", "adj", "num", "n", "np", "gen")
        and not is_verb(units[place])
    ):
        place += 1
    named = any(unit.word.any("n", "np") or not unit.word.known for unit in units[start:place])
    return place if named else start


def _clause_start(units: list[Unit]) -> int:
    place = 0
    while place < len(units) and (units[place].is_a(*_LEADS) or units[place].word.any("ij", "cm")):
        place += 1
    return place


def _question(units: list[Unit]) -> list[Unit]:
    """ "Did you see" to "you saw", "what can I do" to "what I can do", "who am I speaking with" to "with whom I am
    ...".
    """
    start = _clause_start(units)
    helper = start
    units = _that_asked(units, start)
    asks = helper < len(units) and units[helper].word.lemma.lower().split(" ")[0] in _WH
    if asks:
        helper += 1
        while helper < len(units) and not is_verb(units[helper]) and helper < start + 4:
            helper += 1
    if helper >= len(units) or not _finite_helper(units[helper]):
        return units
    end = _subject_end(units, helper + 1)
    if end == helper + 1:
        return units
    word = units[helper].word
    pronoun = end == helper + 2 and units[helper + 1].word.has("prn")
    if word.has("vbser") and asks and not pronoun:
        return units
    units = _stranded(units, start) if asks else units
    shift = 1 if asks and units[start].word.has("pr") else 0
    return _straight(units, helper + shift, end + shift)


def _that_asked(units: list[Unit], start: int) -> list[Unit]:
    """ "Is that ...": a pronoun, which the tagger takes for "that" of a clause."""
    that = start + 1
    if that < len(units) and units[start].word.has("vbser") and units[that].is_a("that", "this"):
        return [
            *units[:that],
            replace(units[that], word=replace(THAT, lemma=units[that].word.lemma)),
            *units[that + 1 :],
        ]
    return units


def _stranded(units: list[Unit], start: int) -> list[Unit]:
    """A preposition left at the end goes before its question word."""
    last = len(units) - 1
    while last > start and units[last].word.has("sent"):
        last -= 1
    if last > start + 2 and units[last].is_a("with", "to", "for", "from", "about"):
        moved = replace(units[last], word=replace(units[last].word, tags=("pr",)), blank=units[start].blank)
        return [*units[:start], moved, replace(units[start], blank=" "), *units[start + 1 : last], *units[last + 1 :]]
    return units


def _straight(units: list[Unit], helper: int, end: int) -> list[Unit]:
    """The helper after its subject, or gone and its tense on the verb."""
    before, moved, subject, rest = units[:helper], units[helper], units[helper + 1 : end], units[end:]
    subject = [replace(subject[0], blank=moved.blank, word=subject[0].word.retag(obj="subj")), *subject[1:]]
    if not moved.is_a("do"):
        moved = replace(moved, blank=" ", word=replace(moved.word.retag(inf="pres"), lemma=moved.word.lemma.lower()))
        return [*before, *subject, moved, *rest]
    negated = any(unit.is_a("not") for unit in rest[:2])
    if negated:
        act = next((place for place, unit in enumerate(rest[:4]) if unit.word.has("vblex")), None)
        if act is not None:
            rest[act] = replace(rest[act], word=replace(rest[act].word, tags=("vblex", "inf")))
        return [*before, *subject, replace(moved, blank=" "), *rest]
    tense = _tense(moved.word, subject)
    for place, unit in enumerate(rest[:4]):
        if is_verb(unit):
            verb = replace(unit, word=replace(unit.word, tags=(unit.word.tags[0], *tense)))
            return [*before, *subject, *rest[:place], verb, *rest[place + 1 :]]
        if unit.word.lemma.lower() in COMMANDS and unit.word.has("n"):
            verb = replace(unit, word=Word(unit.word.lemma, ("vblex", *tense)))
            return [*before, *subject, *rest[:place], verb, *rest[place + 1 :]]
    if len(subject) > 2 and subject[-1].word.has("n"):  # "did the problem start": the verb was taken for a noun
        verb = replace(subject[-1], word=Word(subject[-1].word.lemma, ("vblex", *_tense(moved.word, subject[:-1]))))
        return [*before, *subject[:-1], verb, *rest]
    return [*before, *subject, *rest]


def _tense(helper: Word, subject: list[Unit]) -> tuple[str, ...]:
    if helper.has("past"):
        return ("past",)
    third = helper.has("p3") or not any(unit.word.any("p1", "p2", "pl") for unit in subject)
    return ("pri", "p3", "sg") if third else ("pres",)


def _perfect(units: list[Unit]) -> list[Unit]:
    """ "have already cancelled": the adverb before, the participle marked."""
    done: list[Unit] = []
    place = 0
    while place < len(units):
        unit = units[place]
        adverbs = place + 1
        while adverbs < len(units) and units[adverbs].is_a(*_ADVERBS_INSIDE):
            adverbs += 1
        follows = units[adverbs] if adverbs < len(units) else None
        perfect = (
            unit.is_a("have")
            and follows is not None
            and follows.word.any("vblex", "vbser")
            and follows.word.any("past", "pp")
        )
        if perfect and follows is not None:
            tags = tuple(tag for tag in unit.word.tags if tag != "vblex" and tag != "vbhaver")
            inside = units[place + 1 : adverbs]
            just = [one for one in inside if one.is_a("just")]
            done += [one for one in inside if one not in just]
            done.append(replace(unit, word=Word("have", ("vbhaver", *tags))))
            done += [
                *just,
                replace(follows, word=Word(follows.word.lemma, (follows.word.tags[0], "pp"), follows.word.queue)),
            ]
            place = adverbs + 1
        else:
            done.append(unit)
            place += 1
    return done


def _command(units: list[Unit]) -> list[Unit]:
    """Commands to the infinitive (the Spanish side makes "usted" commands of them); "please" goes to one place."""
    polite = [place for place, unit in enumerate(units) if unit.is_a("please")]
    starts = {_clause_start(units), *(place + 1 for place in polite)}
    starts |= {place + 1 for place, unit in enumerate(units) if unit.word.has("cm") and _opens_with_condition(units)}
    commanding = False
    done = list(units)
    for place, unit in enumerate(units):
        follows = place in starts or (commanding and place > 0 and units[place - 1].is_a("and", "or", "then"))
        if follows and _negative(units, place):
            done[place] = replace(unit, word=Word("", ("gone",)))
            done[place + 2] = _bare(units[place + 2])
            commanding = True
        elif follows and _commands(units, place):
            done[place] = _bare(unit)
            commanding = True
    return [unit for unit in done if not unit.word.has("gone")]


def _bare(unit: Unit) -> Unit:
    return replace(
        unit, word=Word(unit.word.lemma, (unit.word.tags[0] if is_verb(unit) else "vblex", "inf"), unit.word.queue)
    )


def _opens_with_condition(units: list[Unit]) -> bool:
    return bool(units) and units[0].is_a("if", "when", "once", "before", "after")


def _negative(units: list[Unit], place: int) -> bool:
    return (
        units[place].word.has("vbdo")
        and place + 2 < len(units)
        and units[place + 1].is_a("not")
        and is_verb(units[place + 2])
    )


def _commands(units: list[Unit], place: int) -> bool:
    """Whether the word is a verb that tells the listener to do something."""
    word = units[place].word
    if word.lemma.lower() not in COMMANDS or word.has("ger"):
        return False
    following = units[place + 1].word if place + 1 < len(units) else Word("", ("sent",))
    if following.has("prn", "subj") and not following.has("p3"):
        return False
    if word.any("n", "adj"):
        return following.any("det", "prn", "pr", "sent", "cm", "adv", "num") and not following.any("vbser", "vblex")
    return word.any("vblex", "vbser", "vbhaver", "vaux") and not _is_helper_use(units, place)


def _is_helper_use(units: list[Unit], place: int) -> bool:
    following = units[place + 1].word if place + 1 < len(units) else Word("", ("sent",))
    return units[place].is_a("be", "have", "do") and following.has("prn")


def _wanted_of_another(units: list[Unit]) -> list[Unit]:
    """ "I want you to sign": a clause of its own, "I want that you sign"."""
    for place in range(len(units) - 3):
        verb, who, to, act = units[place : place + 4]
        if verb.is_a(*_WANTING) and verb.word.has("vblex") and who.word.has("prn") and who.word.any("obj", "subj") \
                and to.is_a("to") and act.word.has("inf"):  # fmt: skip
            subject = replace(who, word=who.word.retag(obj="subj"))
            that = Unit(Word("that", ("cnjsub",)))
            finite = replace(act, word=Word(act.word.lemma, (act.word.tags[0], "pres"), act.word.queue))
            return [*units[: place + 1], that, subject, finite, *_wanted_of_another(units[place + 4 :])]
    return units
