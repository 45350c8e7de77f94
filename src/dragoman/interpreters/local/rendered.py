"""What passes between the ears, the text side and the voice of the embedded engine."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recognised:
    """One utterance as the ears have it.

    `language` is a primary subtag ("es"). `confidence` is the mean log-probability per token of the transcription
    (0 = certain; natural speech -0.07 to -0.35). `english` runs Whisper's translate task over the same audio: it costs
    a decode (0.3 s) and is called at most once, from the thread that called `Translator.translate`, and only when it
    can help. It gives "" when it has nothing. None where there is no such task (text input, or the speech is English).
    """

    text: str
    language: str
    confidence: float = 0.0
    english: Callable[[], str] | None = None


class How(enum.Enum):
    """What made the translation (of the most words, where sentences went different ways)."""

    PHRASES = "phrases"
    APERTIUM = "apertium"
    WHISPER = "whisper"
    MODEL = "model"
    SAME = "same"
    """Source and target are one language: nothing was done."""


class Flag(enum.Enum):
    """What the caption may say beside a translation."""

    PARTLY_PHRASES = "partly-phrases"
    NUMBER_REPAIRED = "number-repaired"
    SECOND_CHOICE = "second-choice"
    """The usual way lost something (a number, a name, most of the words); another one was taken."""
    UNKNOWN_WORDS = "unknown-words"
    """Some words were not translated and stand as they were."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A translation we vouch for.

    `text` is for the eye (caption, transcript: "472916", "$62.50", "7:15"). `spoken` is for the voice: the same with
    numbers written so that they are understood by ear (digits one by one, amounts with their currency's name, dates in
    the target's order). Give `spoken` to synthesis.
    """

    text: str
    spoken: str
    how: How
    flags: frozenset[Flag] = frozenset()


class RefusalReason(enum.Enum):
    NUMBER = "number"
    """A number did not survive translation by any way."""
    EMPTY = "empty"
    """Nothing translatable was recognised, or nothing came out."""
    UNTRANSLATED = "untranslated"
    """Most words came out as they went in."""
    NO_PAIR = "no-pair"
    """This engine cannot translate between these languages."""
    ENGINE = "engine"
    """The translator failed or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """No translation: the speaker is to be asked to repeat."""

    reason: RefusalReason


Translation = Rendered | Refusal
