"""Which of two languages an utterance is in, where one microphone hears two people. Pure.

Whisper's own opinion is right for sentences, and leans to English for a Spanish word or two ("sí", "claro"), as the
quality bench shows. So a short or doubtful utterance is written down in both languages, and the better reading counts:
what was said reads like speech in its own language only. What stays open goes to who spoke last.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SURE: Final = 2.2
"""Log odds (9 to 1) from which a sentence needs no second reading."""
OPEN: Final = 1.0
"""Below this, evidence is none."""
PER_SCORE: Final = 10.0
"""A reading that is better by 0.1 (mean log-probability per token) counts as much as odds of e to 1."""
SHORT_WORDS: Final = 2
THIRD: Final = 0.8
"""So likely is another language than both, to say that it is that one..."""
UNLIKELY: Final = 0.05
"""...with both as unlikely as this."""
_LEAST: Final = 1e-6

COUSINS: Final[Mapping[str, frozenset[str]]] = {
    "es": frozenset({"gl", "ca", "pt", "it", "eu", "la"}),
    "pt": frozenset({"gl", "es", "it"}),
    "it": frozenset({"es", "la", "pt"}),
    "fr": frozenset({"oc", "br", "ca"}),
    "en": frozenset({"cy", "nn", "jw"}),
}
"""Languages that the detector takes for each other."""


class Trust(enum.IntEnum):
    """How far a reading is vouched for."""

    NONE = 0
    """It is nothing that was said."""
    SHORT = 1
    """Only because it is one of the frequent short answers."""
    WHOLE = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """An utterance written down in one language. `bare`: its words, lower case, without punctuation."""

    language: str
    bare: str
    score: float
    trust: Trust

    @property
    def short(self) -> bool:
        return len(self.bare.split()) <= SHORT_WORDS


def likelihood(chances: Mapping[str, float], language: str, other: str) -> float:
    """How likely it is `language`, or one that is taken for it and not for `other`."""
    kin = COUSINS.get(language, frozenset()) - COUSINS.get(other, frozenset()) - {other}
    return sum(chances.get(one, 0.0) for one in {language, *kin})


def lean(chances: Mapping[str, float], one: str, other: str) -> float:
    """Log odds of `one` against `other`, of the detector's probabilities."""
    likely, unlikely = likelihood(chances, one, other), likelihood(chances, other, one)
    return math.log(max(likely, _LEAST) / max(unlikely, _LEAST))


def third(chances: Mapping[str, float], one: str, other: str) -> str | None:
    """A language that is neither and plainly spoken; None where there is none."""
    best = max(chances, key=lambda language: chances[language], default=one)
    ours = max(likelihood(chances, one, other), likelihood(chances, other, one))
    return best if chances.get(best, 0.0) >= THIRD and ours < UNLIKELY else None


def suffices(reading: Reading, odds: float) -> bool:
    """Whether no second reading is needed; `odds` (log) are for the reading's language. A whole sentence that is surely
    in one language reads well in the other one too: the model translates it.
    """
    return odds >= SURE and not reading.short


def better(last: Reading, new: Reading, odds: float) -> Reading | None:
    """The reading that counts, of both languages; None where neither can be vouched for. `last` is in the language that
    was spoken last, and `odds` (log) are for it.
    """
    if last.bare == new.bare:  # "no", "doctor": how well the same words read says nothing
        first, second = (last, new) if odds > -OPEN else (new, last)
        return first if first.trust else second if second.trust else None
    evidence = odds + PER_SCORE * (last.score - new.score)
    chosen, for_it = (last, odds) if evidence > -OPEN else (new, -odds)
    match chosen.trust:
        case Trust.WHOLE:
            return chosen
        case Trust.SHORT:  # a mumbled "sí" reads like "thank you": nobody is told what may not have been said
            both = last.trust is new.trust
            return chosen if for_it >= OPEN and not both else None
        case _:
            return None
