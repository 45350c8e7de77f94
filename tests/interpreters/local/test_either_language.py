"""Two people at one microphone, heard by the real ears: which of their languages each utterance is in.

The interpreter's path from the stream on: the voice activity's cuts, then the decision. Voices are not its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.endpointing import EndpointRules
from dragoman.interpreters.local.listening import Listener, SpeechOver
from dragoman.interpreters.local.recognise import Misheard, bare
from dragoman.interpreters.local.rendered import Recognised
from dragoman.interpreters.local.vad import SpeechDetector, SpeechModel, silero_path
from tests.fakes.weights import ears, telephone, voice

pytestmark = [pytest.mark.models, pytest.mark.timeout(120)]

WIDE, NARROW = AudioFormat.PCM16_24K, AudioFormat.PCMU_8K
WHO = {"es": "em_santa", "en": "af_bella"}
TALK = (
    ("es", "Necesito hablar con alguien del departamento técnico."),
    ("en", "When will the technician arrive at my house?"),
    ("es", "Espere un momento, por favor."),
    ("en", "My name is Maria Lopez."),
    ("es", "Tengo una cita a las nueve."),
    ("en", "Can you help me?"),
    ("es", "Mi teléfono está roto."),
    ("en", "I need two tickets to Madrid."),
)


@cache
def said(language: str, text: str) -> bytes:
    """24 kHz PCM16."""
    return b"".join(voice().say(text, language, WHO[language]))


@dataclass
class OneMicrophone:
    """A stream that two people speak into. `last` and `other`: the language that was spoken last, and the other one."""

    fmt: AudioFormat
    last: str = "es"
    other: str = "en"

    def __post_init__(self) -> None:
        self.listener = Listener(self.fmt, SpeechDetector(SpeechModel(silero_path())), EndpointRules())

    def hear(self, talk: Sequence[tuple[str, str]]) -> Iterator[Recognised | Misheard]:
        """Everything that is said, with pauses; each utterance as it ends."""
        for language, text in talk:
            sound = said(language, text)
            sound = telephone(sound) if self.fmt is NARROW else sound
            for event in self.listener.hear(self.fmt.silence(300) + sound + self.fmt.silence(900)):
                if isinstance(event, SpeechOver):
                    yield self._recognised(event)

    def _recognised(self, over: SpeechOver) -> Recognised | Misheard:
        heard = ears().recognise(over.samples, self.last, (), self.other)
        if isinstance(heard, Recognised) and heard.language == self.other:
            self.last, self.other = self.other, self.last
        return heard


@pytest.mark.parametrize("fmt", [WIDE, NARROW])
def test_sentences_go_from_the_language_that_they_are_in(
    fmt: AudioFormat, record_property: Callable[[str, object], None]
) -> None:
    heard = list(OneMicrophone(fmt).hear(TALK))
    sides = [one.language if isinstance(one, Recognised) else "unclear" for one in heard]
    right = sum(side == language for side, (language, _) in zip(sides, TALK, strict=True))
    record_property(f"sides of alternating sentences, {fmt.rate_hz} Hz", f"{right} of {len(TALK)} right")
    assert sides == [language for language, _ in TALK]


SHORT = (("es", "Gracias."), ("en", "Yes."), ("es", "Sí, por favor."), ("en", "Thank you."))
AMBIGUOUS = (("es", "Sí."), ("es", "No."), ("es", "OK."))
MAY_BE = {"Sí.": "sí", "No.": "no", "OK.": "ok(ay)?"}


def test_short_words_go_right_or_are_not_guessed() -> None:
    heard = list(OneMicrophone(NARROW).hear(SHORT))
    assert [(one.language, bare(one.text)) for one in heard if isinstance(one, Recognised)] == [
        (language, bare(text)) for language, text in SHORT
    ]
    for (_, text), one in zip(AMBIGUOUS, OneMicrophone(NARROW).hear(AMBIGUOUS), strict=True):
        assert isinstance(one, Misheard) or re.fullmatch(MAY_BE[text], bare(one.text)), "never a word that was not said"
