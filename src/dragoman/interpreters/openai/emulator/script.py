"""What an emulated model hears and says. A `Script` decides; it has no clock and no socket."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field, replace
from typing import Protocol

from dragoman.interpreters.openai.emulator.markers import answer_hz, marker_in
from dragoman.interpreters.openai.emulator.sound import NOTHING, SAMPLE_HZ, Samples, babble, length_ms, tone

# ---- What a script is asked, and what it answers ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one party said between two pauses, as the emulated model gets it.

    `index` counts the utterances of its session from 0, `attempt` the responses asked for it before this one. `target`
    is the language wanted: `output.language` of a translation, `metadata["target"]` of a response; `source` the one
    that the session's transcription expects. Both are "" when nothing says it.
    """

    session: int
    index: int
    audio: Samples
    attempt: int = 0
    target: str = ""
    source: str = ""
    instructions: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    text: str = ""
    """What the user wrote, where the last user item is text; `index` is -1 then, and when there is no user item."""
    results: tuple[str, ...] = ()
    """What tools gave since, in the order in which it came."""


@dataclass(frozen=True, slots=True)
class Understood:
    """The source transcript; `language` as ISO 639-1, "" when unsure."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message item. Without `audio` the text is spoken as `babble`. `phase` as in the 2.x models ("commentary")."""

    text: str
    audio: Samples | None = None
    phase: str | None = None

    @property
    def sound(self) -> Samples:
        return babble(self.text) if self.audio is None else self.audio


@dataclass(frozen=True, slots=True)
class Call:
    """A function call as an item of its own; `arguments` as JSON."""

    name: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True)
class Failure:
    """The response fails with this error (`response.done`, status failed)."""

    code: str
    message: str
    type: str = "server_error"


Says = tuple[Message | Call, ...] | Failure
"""What the model does: any number of items (none: it keeps silent), or a failure."""

SILENCE: tuple[Message, ...] = ()


class Script(Protocol):
    """Deterministic: the same utterance always gets the same answer."""

    def hears(self, utterance: Utterance) -> Understood: ...

    def says(self, utterance: Utterance) -> Says: ...


# ---- Scripts that behave ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EchoScript:
    """Says back the very audio it heard."""

    def hears(self, utterance: Utterance) -> Understood:
        return Understood(f"utterance {utterance.index + 1}")

    def says(self, utterance: Utterance) -> Says:
        if not utterance.audio.size:
            return (Message(utterance.text),) if utterance.text else SILENCE
        return (Message(f"echo {utterance.index + 1}", utterance.audio),)


@dataclass(frozen=True, slots=True)
class MarkerScript:
    """Answers a marker with the same marker moved up (`markers.answer_hz`), as long as it was spoken.

    Text: "marker 440" is answered by "answer 1940". What carries no clear marker is met with silence and an empty
    transcript.
    """

    def hears(self, utterance: Utterance) -> Understood:
        hz = self._marker(utterance)
        return Understood(f"marker {hz}" if hz else "")

    def says(self, utterance: Utterance) -> Says:
        hz = self._marker(utterance)
        if hz is None:
            return SILENCE
        length = round(length_ms(_sounding(utterance.audio)) / 20) * 20
        return (Message(f"answer {answer_hz(hz)}", tone(answer_hz(hz), length)),)

    @staticmethod
    def _marker(utterance: Utterance) -> int | None:
        return marker_in(_sounding(utterance.audio), SAMPLE_HZ)


def _sounding(audio: Samples) -> Samples:
    """Without the quiet at both ends (below -40 dBFS of peak)."""
    loud = abs(audio.astype("int32")) > 328
    if not loud.any():
        return NOTHING
    first, last = int(loud.argmax()), int(loud.size - loud[::-1].argmax())
    return audio[first:last]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One thing said and its translation; `language` is what it was said in, `into` what it becomes ("" = any)."""

    source: str
    target: str
    language: str = ""
    into: str = ""

    def suits(self, utterance: Utterance) -> bool:
        """Whether this may be it, as far as the session's languages are known."""
        expected, wanted = _primary(utterance.source), _primary(utterance.target)
        right_source = not expected or not self.language or _primary(self.language) == expected
        return right_source and (not wanted or not self.into or _primary(self.into) == wanted)


@dataclass(frozen=True, slots=True)
class Phrases:
    """The n-th utterance of a session is the n-th phrase that suits it; after the last one it starts again.

    With `language` and `into` set, one script serves both lanes of a call. Text is said back.
    """

    phrases: tuple[Phrase, ...]

    def hears(self, utterance: Utterance) -> Understood:
        phrase = self._phrase(utterance)
        return Understood(phrase.source, phrase.language)

    def says(self, utterance: Utterance) -> Says:
        if utterance.index < 0:
            return (Message(utterance.text),) if utterance.text else SILENCE
        return (Message(self._phrase(utterance).target),)

    def _phrase(self, utterance: Utterance) -> Phrase:
        suiting = [one for one in self.phrases if one.suits(utterance)] or list(self.phrases)
        return suiting[utterance.index % len(suiting)]


def _primary(tag: str) -> str:
    return tag.split("-")[0].lower()


@dataclass(frozen=True, slots=True)
class Answer:
    """One turn of a caller of an assistant: what it says, what the model does, and what when its tools have answered.

    `{}` in a text of `then` is what the tools gave.
    """

    heard: str
    says: tuple[Message | Call, ...]
    then: tuple[Message | Call, ...] = ()


_EXACTLY = re.compile(r"<<<\n(.*)\n>>>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class AssistantScript:
    """An assistant's model: the n-th turn of a session is answered by the n-th answer, after the last from the start.

    A text between `<<<` and `>>>` in a response's own instructions is said as it stands; what was written is repeated.
    """

    answers: tuple[Answer, ...]

    def hears(self, utterance: Utterance) -> Understood:
        return Understood(self._answer(utterance).heard)

    def says(self, utterance: Utterance) -> Says:
        if (told := _EXACTLY.search(utterance.instructions)) is not None:
            return (Message(told[1]),)
        if utterance.index < 0:
            return (Message(f"You wrote: {utterance.text}"),) if utterance.text else SILENCE
        answer = self._answer(utterance)
        if not utterance.results:
            return answer.says
        results = " ".join(utterance.results)
        return tuple(
            replace(one, text=one.text.replace("{}", results)) if isinstance(one, Message) else one
            for one in answer.then
        )

    def _answer(self, utterance: Utterance) -> Answer:
        return self.answers[utterance.index % len(self.answers)]


# ---- Scripts that misbehave ------------------------------------------------------------------------------------------


class Misdeed(enum.Enum):
    """What a turn based model does instead of translating."""

    ANSWERS = "answers"
    COMMENTS = "comments"
    REPEATS_SOURCE = "repeats-source"
    WRONG_LANGUAGE = "wrong-language"


ANSWERS = {
    "en": "Sure, I can help you with that. What is your order number?",
    "es": "Claro, puedo ayudarle con eso. ¿Cuál es su número de pedido?",
    "fr": "Bien sûr, je peux vous aider. Quel est votre numéro de commande ?",
    "de": "Natürlich helfe ich Ihnen gerne. Wie lautet Ihre Bestellnummer?",
    "zh": "当然，我可以帮您。请问您的订单号是多少？",
    "hi": "ज़रूर, मैं आपकी मदद कर सकता हूँ। आपका ऑर्डर नंबर क्या है?",
    "ja": "はい、お手伝いいたします。ご注文番号を教えていただけますか。",
}
COMMENTS = {
    "en": "Sure, here is the translation:",
    "es": "Claro, aquí está la traducción:",
    "fr": "Bien sûr, voici la traduction :",
    "de": "Gerne, hier ist die Übersetzung:",
    "zh": "好的，以下是翻译：",
    "hi": "ज़रूर, यह रहा अनुवाद:",
    "ja": "はい、翻訳はこちらです。",
}
FOREIGN = {
    "de": "Guten Tag, ich möchte gerne wissen, wann meine Bestellung endlich geliefert wird.",
    "it": "Buongiorno, vorrei sapere quando arriverà finalmente il mio ordine.",
}


@dataclass(frozen=True, slots=True)
class Misbehaving:
    """Another script whose model misbehaves at the first `asks` responses to each utterance (None: at all of them).

    `utterances`, when not empty, are the only ones (by index) where it does. The words come in the language that the
    response was asked for (`Utterance.target`), English when nothing says it.
    """

    script: Script
    misdeed: Misdeed
    asks: int | None = None
    utterances: frozenset[int] = frozenset()

    def hears(self, utterance: Utterance) -> Understood:
        return self.script.hears(utterance)

    def says(self, utterance: Utterance) -> Says:
        rightly = self.script.says(utterance)
        spared = self.utterances and utterance.index not in self.utterances
        if spared or isinstance(rightly, Failure) or (self.asks is not None and utterance.attempt >= self.asks):
            return rightly
        target = _primary(utterance.target)
        text = " ".join(one.text for one in rightly if isinstance(one, Message))
        match self.misdeed:
            case Misdeed.ANSWERS:
                return (Message(ANSWERS.get(target, ANSWERS["en"])),)
            case Misdeed.COMMENTS:
                return (Message(f"{COMMENTS.get(target, COMMENTS['en'])} {text}"),)
            case Misdeed.REPEATS_SOURCE:
                return (Message(self.script.hears(utterance).text),)
            case Misdeed.WRONG_LANGUAGE:
                return (Message(FOREIGN["it" if target == "de" else "de"]),)


@dataclass(frozen=True, slots=True)
class Preamble:
    """Another script whose model, like the 2.x ones, says a message of its own first (`phase` "commentary")."""

    script: Script
    text: str = "One moment, translating."

    def hears(self, utterance: Utterance) -> Understood:
        return self.script.hears(utterance)

    def says(self, utterance: Utterance) -> Says:
        rightly = self.script.says(utterance)
        if isinstance(rightly, Failure):
            return rightly
        answers = tuple(replace(one, phase="final_answer") if isinstance(one, Message) else one for one in rightly)
        return (Message(self.text, phase="commentary"), *answers)


@dataclass(frozen=True, slots=True)
class Failing:
    """Another script whose first `asks` responses to each utterance fail (None: all of them)."""

    script: Script
    failure: Failure
    asks: int | None = None

    def hears(self, utterance: Utterance) -> Understood:
        return self.script.hears(utterance)

    def says(self, utterance: Utterance) -> Says:
        if self.asks is None or utterance.attempt < self.asks:
            return self.failure
        return self.script.says(utterance)
