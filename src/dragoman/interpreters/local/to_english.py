"""English as it is asked and told: questions with "do" and in their order, "tell me", "I am going to", "your". Pure.

Works on the translated sentence after transfer, before its words get their forms.
"""

from __future__ import annotations

from dataclasses import replace

from dragoman.interpreters.local.stream import Unit, Word

_HELPERS = ("vaux", "vbhaver", "vbser", "vbdo")
_WH = {"what", "which", "how", "when", "where", "why", "who", "whom", "whose"}
_FUTURE = Word("be", ("vbser", "pres"))


def natural(units: list[Unit], told: list[tuple[str, str, str]]) -> list[Unit]:
    """The sentence as an English speaker would say it to somebody. `told` is for the other direction."""
    del told
    units = [replace(unit, word=_yours(unit.word, to_you=_for_you(units, place))) for place, unit in enumerate(units)]
    units = _agree(_told(_going(units)))
    if any(unit.word.lemma == "?" for unit in units):
        units = _ask(units)
    return units


def _for_you(units: list[Unit], place: int) -> bool:
    """Whether "le" at `place` can be the listener: not where the listener is the one who acts."""
    subject = next((one.word for one in reversed(units[:place]) if one.word.has("prn", "subj")), None)
    return subject is None or not subject.has("p2")


def _yours(word: Word, *, to_you: bool) -> Word:
    """ "su" and "le" speak of the listener."""
    lemma = word.lemma.lower()
    if lemma in ("his", "her", "its") and word.has("pos", "det"):
        return replace(word, lemma="Your" if word.lemma[0].isupper() else "your")
    if to_you and lemma == "prpers" and word.has("obj", "p3", "m", "sg"):
        return replace(word, tags=("prn", "obj", "p2", "mf", "sp"))
    return word


def _told(units: list[Unit]) -> list[Unit]:
    """ "say me" is "tell me"."""
    done = list(units)
    for place in range(len(done) - 1):
        person = done[place + 1].word
        if done[place].is_a("say") and person.has("prn", "obj") and not person.has("nt"):
            done[place] = replace(done[place], word=replace(done[place].word, lemma="tell"))
    return done


def _going(units: list[Unit]) -> list[Unit]:
    """ "I go to look" is "I am going to look"."""
    done: list[Unit] = []
    for place, unit in enumerate(units):
        to = units[place + 1].word if place + 1 < len(units) else Word("")
        act = units[place + 2].word if place + 2 < len(units) else Word("")
        if unit.is_a("go") and unit.word.any("pres", "pri") and to.lemma.lower() == "to" and act.has("inf"):
            done.append(replace(unit, word=replace(unit.word, lemma="be", tags=_be_tags(units[:place], unit.word))))
            done.append(Unit(Word("go", ("vblex", "ger"))))
        else:
            done.append(unit)
    return done


def _subject_of(before: list[Unit]) -> Word | None:
    return next(
        (unit.word for unit in reversed(before) if unit.word.has("prn", "subj") or unit.word.any("n", "np")), None
    )


def _be_tags(before: list[Unit], verb: Word) -> tuple[str, ...]:
    subject = _subject_of(before)
    if subject is not None and subject.has("p1", "sg"):
        return ("vbser", "pri", "p1", "sg")
    if verb.has("p3", "sg") or (subject is not None and subject.has("p3", "sg")):
        return ("vbser", "pri", "p3", "sg")
    return ("vbser", "pres")


def _agree(units: list[Unit]) -> list[Unit]:
    """ "you has" is "you have", "you is" is "you are"."""
    done = list(units)
    for place in range(1, len(done)):
        verb = done[place].word
        back = place - 1
        while back > 0 and done[back].word.has("adv"):
            back -= 1
        if not (done[back].word.has("prn", "subj", "p2") and verb.has("p3", "sg")):
            continue
        if verb.has("past"):
            done[place] = replace(
                done[place], word=replace(verb, tags=tuple(t for t in verb.tags if t not in ("p3", "sg")))
            )
        else:
            tags = tuple("pres" if tag == "pri" else tag for tag in verb.tags if tag not in ("p3", "sg"))
            done[place] = replace(done[place], word=replace(verb, tags=tags))
    return done


def _ask(units: list[Unit]) -> list[Unit]:
    """The order of a question: "can you", "do you need", "when does it arrive"."""
    start = next((place for place, unit in enumerate(units) if not unit.word.any("cm", "ij", "cnjcoo")), 0)
    verb = next((place for place in range(start, len(units)) if _finite(units[place].word)), None)
    if verb is None:
        return units
    subject = verb
    if verb > start and units[verb - 1].is_a("there") and units[verb].word.has("vbser"):
        there = replace(units[verb - 1], blank=" ", word=_lower(units[verb - 1].word))
        return [*units[: verb - 1], replace(units[verb], blank=units[verb - 1].blank), there, *units[verb + 1 :]]
    while (
        subject > start
        and _in_subject(units[subject - 1].word)
        and not (subject < verb and units[subject].word.has("prn", "subj"))
    ):
        subject -= 1
    if subject == verb or not any(_heads(unit.word) for unit in units[subject:verb]):
        return units
    if subject > start and units[subject - 1].word.any("pr"):
        return units
    helper = units[verb]
    before, who, after = units[:subject], units[subject:verb], units[verb + 1 :]
    if subject > start and units[subject - 1].word.has("itg", "det"):  # "which documents arrive": they are the subject
        return units
    adverbs = [unit for unit in who if unit.word.has("adv")]
    who = [unit for unit in who if not unit.word.has("adv")]
    who = [replace(who[0], blank=" ", word=_lower(who[0].word)), *who[1:]]
    if helper.word.any(*_HELPERS):
        return [*before, replace(helper, blank=units[subject].blank or " "), *who, *adverbs, *after]
    do = Unit(Word("do", ("vbdo", *_tense(helper.word))), blank=units[subject].blank or " ")
    plain = replace(helper, word=replace(helper.word, tags=(helper.word.tags[0], "inf")))
    return [*before, do, *who, *adverbs, plain, *after]


def _lower(word: Word) -> Word:
    return word if word.has("np") else replace(word, lemma=word.lemma[:1].lower() + word.lemma[1:])


def _finite(word: Word) -> bool:
    if word.any("vblex", "vbmod"):
        return word.any("pres", "past", "pri") and not word.any("pp")
    return word.any(*_HELPERS) and not word.any("pp", "ger")


def _in_subject(word: Word) -> bool:
    if word.lemma.lower().startswith("zqf"):
        return False
    return (
        word.any("det", "adj", "num", "n", "np", "adv")
        and not word.any("itg")
        and word.lemma.lower().split(" ")[0] not in _WH
    ) or word.has("prn", "subj")


def _heads(word: Word) -> bool:
    return word.has("prn", "subj") or word.any("n", "np")


def _tense(verb: Word) -> tuple[str, ...]:
    if verb.has("past"):
        return ("past",)
    return ("pri", "p3", "sg") if verb.has("p3", "sg") else ("pres",)
