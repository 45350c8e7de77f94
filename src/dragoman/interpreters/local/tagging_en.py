"""What the tagger gets wrong in English as it is spoken on the phone, put right on the analysed sentence. Pure."""

from __future__ import annotations

from dataclasses import replace

from dragoman.interpreters.local.stream import Unit, Word

COMMANDS = frozenset(
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
_SUBJECT_I = Word("prpers", ("prn", "subj", "p1", "mf", "sg"))
_ADJECTIVES = frozenset({"frustrate", "confuse", "annoy", "interest", "disappoint"})
THAT = Word("that", ("prn", "tn", "mf", "sg"))
_VERBS_TOO = COMMANDS | frozenset(
    [
        "access",
        "book",
        "charge",
        "claim",
        "close",
        "cost",
        "cover",
        "credit",
        "depend",
        "deposit",
        "email",
        "end",
        "file",
        "finish",
        "fix",
        "include",
        "leave",
        "need",
        "note",
        "process",
        "refund",
        "rent",
        "reply",
        "report",
        "review",
        "schedule",
        "ship",
        "text",
        "transfer",
        "work",
    ]
)
"""Words that are noun and verb."""


def retagged(units: list[Unit]) -> list[Unit]:
    """The sentence with the tags that its words have in it."""
    return _people_work(_owned(_pronouns(_objects(_verbs([_mend(unit) for unit in units])))))


def is_verb(unit: Unit) -> bool:
    return unit.word.any("vblex", "vbser", "vbhaver", "vaux", "vbdo", "vbmod")


def _mend(unit: Unit) -> Unit:
    """What the tagger gets wrong everywhere."""
    if unit.word.lemma == "I" and not unit.word.has("prn"):
        return replace(unit, word=_SUBJECT_I)
    if not unit.word.known:
        return replace(unit, word=_known_verb(unit.word))
    if unit.word.has("ger") and unit.word.lemma.lower() in _ADJECTIVES:
        return replace(unit, word=Word(unit.word.lemma.removesuffix("e") + "ing", ("adj",)))
    return unit


def _known_verb(word: Word) -> Word:
    """A form of one of our verbs that the analyser does not know ("refunded")."""
    surface = word.lemma[1:].lower()
    for ending, tags in (("ed", ("past",)), ("d", ("past",)), ("ing", ("ger",)), ("s", ("pri", "p3", "sg"))):
        if surface.endswith(ending) and surface.removesuffix(ending) in _VERBS_TOO:
            return Word(surface.removesuffix(ending), ("vblex", *tags))
    return word


def _verbs(units: list[Unit]) -> list[Unit]:
    """ "will refund", "to reset your", "the part costs 9 euros": verbs that the tagger takes for nouns."""
    done = list(units)
    for place in range(1, len(done)):
        word, before = done[place].word, done[place - 1].word
        after = done[place + 1].word if place + 1 < len(done) else Word("", ("sent",))
        lemma = "leave" if word.lemma.lower() == "leaf" else word.lemma.lower()
        if not word.has("n") or lemma not in _VERBS_TOO:
            continue
        acts = before.has("n", "sg") and word.has("pl") and place > 1 and units[place - 2].word.has("det")
        if acts and (after.any("pr", "adv", "det", "prn") or after.lemma.startswith("zq")):
            done[place] = replace(done[place], word=Word(lemma, ("vblex", "pri", "p3", "sg")))
            continue
        commanded = before.has("vaux") or (before.lemma.lower() == "to" and after.any("det", "prn"))
        if commanded:
            done[place] = replace(done[place], word=Word(word.lemma, ("vblex", "inf")))
        elif word.lemma.lower() == "cost" and after.lemma.lower().startswith(("zqm", "zqn")) and before.any("n", "np"):
            done[place] = replace(done[place], word=Word("cost", ("vblex", "pri", "p3", "sg")))
    return done


def _objects(units: list[Unit]) -> list[Unit]:
    """ "sent you yesterday": "you" after a full verb is its object, unless a verb of its own follows."""
    done = list(units)
    for place in range(1, len(done) - 1):
        you, before, after = done[place], done[place - 1], done[place + 1]
        full = before.word.has("vblex") and not before.is_a("have", "do")
        if (you.word.has("prn", "subj", "p2") and full and not is_verb(after) and not after.word.has("adv")) or (
            you.word.has("prn", "subj", "p2")
            and full
            and place + 2 < len(done)
            and not is_verb(done[place + 2])
            and not is_verb(after)
        ):
            done[place] = replace(you, word=you.word.retag(subj="obj"))
    return done


def _pronouns(units: list[Unit]) -> list[Unit]:
    """ "that this is": "this" before "is" is what it is about, whatever the tagger thinks."""
    done = list(units)
    for place in range(len(done) - 1):
        verb = done[place + 1].word
        if done[place].is_a("this", "it") and verb.has("vbser") and verb.any("pri", "past", "pres"):
            if done[place].is_a("this"):
                done[place] = replace(done[place], word=replace(THAT, lemma=done[place].word.lemma))
            if verb.has("pres"):
                done[place + 1] = replace(done[place + 1], word=replace(verb, tags=("vbser", "pri", "p3", "sg")))
    return done


def _owned(units: list[Unit]) -> list[Unit]:
    """ "must have a receipt": to own, not the auxiliary of a perfect."""
    done = list(units)
    for place in range(1, len(done) - 1):
        after = place + 1
        while after < len(done) - 1 and done[after].word.has("adv"):
            after += 1
        owns = (
            done[place].word.has("vbhaver")
            and done[place].word.has("inf")
            and done[place - 1].word.any("vaux", "vbdo", "pr")
        )
        if owns and not done[after].word.any("pp", "past"):
            done[place] = replace(done[place], word=Word(done[place].word.lemma, ("vblex", "inf")))
    return done


def _people_work(units: list[Unit]) -> list[Unit]:
    """People "trabajan", things "funcionan": the lexicon knows the first by a name of ours."""
    done = list(units)
    for place, unit in enumerate(units):
        if not unit.is_a("work") or not is_verb(unit):
            continue
        subject = next((one.word for one in reversed(units[:place]) if one.word.has("prn", "subj")), None)
        if subject is not None and (subject.any("p1", "p2") or subject.any("m", "f")):
            done[place] = replace(unit, word=replace(unit.word, lemma="zqwork"))
    return done
