"""English made easy for Apertium: questions put in plain order, commands marked, perfects joined. Pure.

Works on the analysed sentence (source words only), before the dictionary. Shallow transfer keeps word order and reads
tags as they are, so "Did you see it?" must arrive as "you saw it ?".
"""

from __future__ import annotations

import re
from dataclasses import replace

from dragoman.interpreters.local.stream import Unit, Word

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
_COMMANDS = frozenset(
    [
        "add",
        "allow",
        "answer",
        "ask",
        "be",
        "bring",
        "buy",
        "call",
        "cancel",
        "change",
        "charge",
        "check",
        "choose",
        "close",
        "complete",
        "confirm",
        "connect",
        "contact",
        "copy",
        "describe",
        "dial",
        "disconnect",
        "do",
        "download",
        "enter",
        "explain",
        "fill",
        "find",
        "follow",
        "give",
        "go",
        "hang",
        "have",
        "hold",
        "insert",
        "keep",
        "leave",
        "let",
        "listen",
        "log",
        "look",
        "make",
        "open",
        "order",
        "pay",
        "pick",
        "plug",
        "press",
        "print",
        "push",
        "put",
        "read",
        "remove",
        "repeat",
        "reply",
        "reset",
        "restart",
        "return",
        "say",
        "scan",
        "see",
        "select",
        "send",
        "show",
        "sign",
        "sit",
        "speak",
        "spell",
        "stay",
        "stop",
        "take",
        "talk",
        "tell",
        "try",
        "turn",
        "type",
        "unplug",
        "update",
        "use",
        "visit",
        "wait",
        "watch",
        "write",
    ]
)
_WANTING = {"want", "need", "ask", "tell", "prefer", "like", "expect", "advise", "recommend"}
_SUBJECT_I = Word("prpers", ("prn", "subj", "p1", "mf", "sg"))


def simplify(units: list[Unit]) -> list[Unit]:
    """The sentence in the order and with the tags that give good Spanish."""
    units = _objects([_mend(unit) for unit in units])
    for step in (_question, _perfect, _command, _wanted_of_another):
        units = step(units)
    return units


def is_question(units: list[Unit]) -> bool:
    return any(unit.word.lemma == "?" for unit in units)


def _mend(unit: Unit) -> Unit:
    """What the tagger gets wrong everywhere."""
    if unit.word.lemma == "I" and not unit.word.has("prn"):
        return replace(unit, word=_SUBJECT_I)
    return unit


def _objects(units: list[Unit]) -> list[Unit]:
    """ "sent you yesterday": "you" after a full verb is its object, unless a verb of its own follows."""
    done = list(units)
    for place in range(1, len(done) - 1):
        you, before, after = done[place], done[place - 1], done[place + 1]
        full = before.word.has("vblex") and not before.is_a("have", "do")
        if (you.word.has("prn", "subj", "p2") and full and not _verb(after) and not after.word.has("adv")) or (
            you.word.has("prn", "subj", "p2")
            and full
            and place + 2 < len(done)
            and not _verb(done[place + 2])
            and not _verb(after)
        ):
            done[place] = replace(you, word=you.word.retag(subj="obj"))
    return done


def _verb(unit: Unit) -> bool:
    return unit.word.any("vblex", "vbser", "vbhaver", "vaux", "vbdo", "vbmod")


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
        place < len(units) and units[place].word.any("det", "adj", "num", "n", "np", "gen") and not _verb(units[place])
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
    """ "Did you see" to "you saw", "what can I do" to "what I can do", "who am I speaking with" to "with whom I am ..."."""
    start = _clause_start(units)
    helper = start
    asks = helper < len(units) and units[helper].word.lemma.lower().split(" ")[0] in _WH
    if asks:
        helper += 1
        while helper < len(units) and not _verb(units[helper]) and helper < start + 4:
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
        return [*before, *subject, replace(moved, blank=" "), *rest]
    tense = _tense(moved.word, subject)
    for place, unit in enumerate(rest[:4]):
        if _verb(unit):
            verb = replace(unit, word=replace(unit.word, tags=(unit.word.tags[0], *tense)))
            return [*before, *subject, *rest[:place], verb, *rest[place + 1 :]]
        if unit.word.lemma.lower() in _COMMANDS and unit.word.has("n"):
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
        unit, word=Word(unit.word.lemma, (unit.word.tags[0] if _verb(unit) else "vblex", "inf"), unit.word.queue)
    )


def _opens_with_condition(units: list[Unit]) -> bool:
    return bool(units) and units[0].is_a("if", "when", "once", "before", "after")


def _negative(units: list[Unit], place: int) -> bool:
    return (
        units[place].word.has("vbdo")
        and place + 2 < len(units)
        and units[place + 1].is_a("not")
        and _verb(units[place + 2])
    )


def _commands(units: list[Unit], place: int) -> bool:
    """Whether the word is a verb that tells the listener to do something."""
    word = units[place].word
    if word.lemma.lower() not in _COMMANDS or word.has("ger"):
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


_PREPARE = tuple(
    (re.compile(pattern, re.I), put)
    for pattern, put in (
        (r"\bbefore(?=\s*[.,;?!]|$)", "zqante"),
        (r"\bbefore (?=(?:the |your |my |our )?(?:zq\w+|\w+)(?:\s*[.,;?!]|$))", "zqantede "),
        (r"\bafter (?=(?:the |your |my |our )?(?:zq\w+|\w+)(?:\s*[.,;?!]|$))", "zqdesde "),
        (r"\bgonna\b", "going to"),
        (r"\bwanna\b", "want to"),
        (r"\bgotta\b", "have to"),
        (r"\b(?:could|can|would|will) you please\b", "can you please"),
        (r"\bi'm afraid(?: that)?\b,?", "zqlament"),
        (r"\bwhat time\b", "zqhora"),
        (r"\bhow (?:much|many) time\b", "how long"),
        (r"\bthis is (?=[A-Z])", "zqsoy "),
    )
)


def prepare(sentence: str) -> str:
    """Turns of phrase that are easier to change while they are text; "zq..." stand in the lexicon."""
    for pattern, put in _PREPARE:
        sentence = pattern.sub(put, sentence)
    return sentence
