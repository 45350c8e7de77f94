"""Captions and audio become utterances with times, for both lanes of a call.

An engine with turns names its utterances; for one without, the text is cut here: an utterance is over when neither
side grew for `SETTLE_S` after a sentence end, or for `SETTLE_LATE_S` in any case. All times are seconds since the
call began.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dragoman.domain.call import Role
from dragoman.domain.effects import Caption
from dragoman.domain.speech import Captioned, Side
from dragoman.ports import Exchange

SETTLE_S = 0.9
SETTLE_LATE_S = 2.5
EXCHANGES = 6
"""So many utterances are enough to know what the talk is about."""

_RETIRED = "retired."
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", "।")


def retired(key: str) -> str:
    """What an utterance is called when its session is no longer the lane's."""
    return _RETIRED + key if key else ""


@dataclass(slots=True)
class Utterance:
    """What one party said, what the other was told, and when. Times are None until they happened.

    `began_s`, `stopped_s`: at the mouth. `first_audio_s`: first interpreted audio arrived here. `sent_s`: went to the
    carrier.
    `heard_s`, `heard_end_s`: first and last of it at the ear. `spoken_s`: how long the interpreter's speech is.
    """

    number: int
    utterance: str
    role: Role
    source_language: str
    target_language: str
    engine: str
    source_text: str = ""
    target_text: str = ""
    began_s: float | None = None
    stopped_s: float | None = None
    first_audio_s: float | None = None
    sent_s: float | None = None
    heard_s: float | None = None
    heard_end_s: float | None = None
    spoken_s: float = 0.0
    flags: list[str] = field(default_factory=list)
    grown_s: float = 0.0
    recorded: bool = True
    finals: set[Side] = field(default_factory=set)
    """The sides whose last caption was published."""

    def text(self, side: Side) -> str:
        return self.source_text if side is Side.SOURCE else self.target_text

    def flag(self, name: str) -> None:
        if name not in self.flags:
            self.flags.append(name)

    @property
    def empty(self) -> bool:
        """Nothing came of it: a noise that the engine took for the beginning of speech."""
        silent = self.first_audio_s is None and not self.flags
        return silent and not self.source_text.strip() and not self.target_text.strip()


def exchanges(utterances: Iterable[Utterance], most: int = EXCHANGES) -> tuple[Exchange, ...]:
    """What both parties said last and the other one was told, oldest first: for an interpreter who comes in later."""
    told = [one for one in utterances if one.recorded and one.source_text.strip() and one.target_text.strip()]
    told.sort(key=lambda one: one.grown_s)
    return tuple(Exchange(one.role, one.source_text.strip(), one.target_text.strip()) for one in told[-most:])


class LaneTranscript:
    """The utterances of one lane, in the order in which they began."""

    def __init__(self, role: Role, source_language: str, target_language: str, engine: str, prefix: str) -> None:
        self._role = role
        self._source_language = source_language
        self._target_language = target_language
        self.engine = engine
        self._prefix = prefix
        self._all: list[Utterance] = []
        self._by_key: dict[str, Utterance] = {}
        self._by_label: dict[str, Utterance] = {}
        self._cut: Utterance | None = None
        self.recording = True
        """Whether what is said from now on goes into the call's record; an utterance that grows while not does not."""

    @property
    def utterances(self) -> list[Utterance]:
        return self._all

    def take_up(self, utterances: list[Utterance]) -> None:
        """What was said before this process; new ones follow it. What was open then is over."""
        self._all = [*utterances, *self._all]
        self._by_label = {one.utterance: one for one in self._all}

    @property
    def cutting(self) -> bool:
        """An utterance without a name is open: `settle` will end it."""
        return self._cut is not None

    def named(self, key: str, at_s: float) -> Utterance:
        """The utterance an engine calls `key`, or the one being cut when the engine names none; made when new."""
        found = self.find(key)
        if found is not None:
            return found
        made = self._new(at_s)
        if key:
            self._by_key[key] = made
        else:
            self._cut = made
        return made

    def find(self, key: str) -> Utterance | None:
        """Like `named`, but makes none."""
        return self._by_key.get(key) if key else self._cut

    def labelled(self, label: str) -> Utterance | None:
        """By our own label, as it is used in the playout."""
        return self._by_label.get(label)

    def retitle(self, source_language: str, target_language: str, engine: str) -> None:
        """From the next utterance on it is these languages and this engine."""
        self._source_language, self._target_language, self.engine = source_language, target_language, engine

    def new_session(self) -> None:
        """Another session takes over: it may use the old one's names for other utterances.

        What the old one has still to say of its own is told under `retired` names.
        """
        self._by_key = {retired(key): one for key, one in self._by_key.items() if not key.startswith(_RETIRED)}

    def _new(self, at_s: float) -> Utterance:
        number = len(self._all) + 1
        label = f"{self._prefix}{number}"
        utterance = Utterance(
            number, label, self._role, self._source_language, self._target_language, self.engine, grown_s=at_s
        )
        utterance.recorded = self.recording
        self._all.append(utterance)
        self._by_label[label] = utterance
        return utterance

    def spoken_in(self, key: str, language: str, at_s: float) -> None:
        """The utterance is in this language (a primary subtag): where that is the other one, it goes the other way."""
        said = self.named(key, at_s)
        if language == said.target_language.split("-")[0].lower():
            said.source_language, said.target_language = said.target_language, said.source_language

    def caption(self, event: Captioned, at_s: float) -> Caption:
        """Take text in; give back the caption to publish."""
        utterance = self.named(event.utterance, at_s)
        utterance.recorded = utterance.recorded and self.recording
        text = event.text if event.whole else utterance.text(event.side) + event.text
        if event.side is Side.SOURCE:
            utterance.source_text = text
        else:
            utterance.target_text = text
        utterance.grown_s = at_s
        return self.published(utterance, event.side, at_s, final=event.final)

    def published(self, utterance: Utterance, side: Side, at_s: float, *, final: bool) -> Caption:
        language = utterance.source_language if side is Side.SOURCE else utterance.target_language
        if final:
            utterance.finals.add(side)
        return Caption(
            utterance.utterance,
            self._role,
            side,
            language,
            utterance.text(side).strip(),
            final,
            round(at_s, 3),
            tuple(utterance.flags),
        )

    def touch(self, at_s: float) -> None:
        """Audio of the utterance being cut arrived: it is not over."""
        if self._cut is not None:
            self._cut.grown_s = at_s

    def settle(self, at_s: float, *, at_once: bool = False) -> list[Caption]:
        """Close the utterance being cut if it is over (or `at_once`); its final captions, one for each side."""
        cut = self._cut
        if cut is None or not (at_once or self._is_over(cut, at_s)):
            return []
        self._cut = None
        return [self.published(cut, side, at_s, final=True) for side in Side if cut.text(side).strip()]

    @staticmethod
    def _is_over(cut: Utterance, at_s: float) -> bool:
        quiet_s = at_s - cut.grown_s
        ended = cut.target_text.rstrip().endswith(_SENTENCE_ENDS)
        return quiet_s >= (SETTLE_S if ended else SETTLE_LATE_S)
