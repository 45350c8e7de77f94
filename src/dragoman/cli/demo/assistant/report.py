"""What came of the assistant's demo call, and the files that it leaves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dragoman.audio import wav
from dragoman.cli.demo.assistant.questions import Question
from dragoman.domain.persona import Persona, Phrase
from dragoman.domain.speech import Side
from dragoman.relay.assistant_record import AssistantRecord
from dragoman.relay.talk_lines import TalkLine
from dragoman.relay.turn_times import TurnTimes

EARLY_S: Final = 0.3
"""An engine may put the end of speech a little early."""
NO_ANSWERS: Final = (
    Phrase.CANNOT,
    Phrase.CANNOT_MESSAGE,
    Phrase.CANNOT_TRANSFER,
    Phrase.CANNOT_EITHER,
    Phrase.NOT_UNDERSTOOD,
    Phrase.NO_ANSWER,
    Phrase.TOOL_FAILED,
    Phrase.ENGINE_DOWN,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that the caller said, in seconds of the recordings' clock; `ended_s` is the last sound of it.

    `heard_s`: first and last sound of the answer, None = none came. `played_ms`: how much of the assistant's sound the
    carrier had played when the caller had spoken; `cleared_ms`: when the caller's words made it stop, None = they did
    not.
    """

    question: Question
    began_s: float
    ended_s: float
    heard_s: tuple[float, float] | None
    played_ms: float
    cleared_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Tracks:
    """Two recordings on one clock, 8 kHz mu-law; the call was answered at `answered_s` and over at `over_s`."""

    said: bytes
    heard: bytes
    answered_s: float
    over_s: float


@dataclass(frozen=True, slots=True)
class Cut:
    """The assistant was stopped: how much of what it said had been heard, in ms, by what the engine was told and by
    what the carrier had played.
    """

    told_ms: int
    played_ms: float


@dataclass(frozen=True, slots=True)
class Performance:
    """The call: what the caller said (`asked`; the last of it is the goodbye), the server's own record, the recordings.

    `greeted_s`: the greeting's first sound. `mind`: what thought. `clock_shift_s` is added to the record's times to get
    the recordings' clock.
    """

    asked: tuple[Asked, ...]
    greeted_s: float | None
    record: AssistantRecord
    persona: Persona | None
    mind: str
    tracks: Tracks
    clock_shift_s: float

    @property
    def questions(self) -> tuple[Asked, ...]:
        return self.asked[:-1]

    @property
    def good(self) -> bool:
        """The greeting was heard, and every question answered."""
        return self.greeted_s is not None and all(self.answered(one) for one in self.questions)

    def turn_of(self, asked: Asked) -> TurnTimes | None:
        """The assistant's turn that answers, in the server's record."""
        until_s = next((one.ended_s for one in self.asked if one.ended_s > asked.ended_s), float("inf"))
        return next(
            (turn for turn in self.record.turns if not turn.fixed and self._within(turn.first_delta_s, asked, until_s)),
            None,
        )

    def answer_of(self, asked: Asked) -> str:
        """What the assistant said to it."""
        until_s = next((one.ended_s for one in self.asked if one.ended_s > asked.ended_s), float("inf"))
        said = [one for one in self._lines(Side.TARGET) if self._within(one.began_s, asked, until_s)]
        return " ".join(one.text.strip() for one in said)

    def recognised(self, asked: Asked) -> str:
        """What the engine made of the caller's words."""
        said = [
            one
            for one in self._lines(Side.SOURCE)
            if asked.began_s - 1.0 <= one.began_s + self.clock_shift_s <= asked.ended_s + EARLY_S
        ]
        return " ".join(one.text.strip() for one in said)

    def answered(self, asked: Asked) -> bool:
        """Whether the caller heard an answer, and it was more than that there is none."""
        words = self.answer_of(asked)
        return asked.heard_s is not None and self.turn_of(asked) is not None and words not in self._no_answers()

    def cuts(self) -> list[Cut]:
        """What was heard of each answer that the caller cut off."""
        found: list[Cut] = []
        stops = list(self.record.barge_ins)
        for before, asked in zip(self.asked, self.asked[1:], strict=False):
            if asked.cleared_ms is not None and stops:
                found.append(Cut(sum(stops.pop(0).heard_ms), asked.cleared_ms - before.played_ms))
        return found

    def _no_answers(self) -> frozenset[str]:
        if self.persona is None:
            return frozenset()
        return frozenset(self.persona.say(phrase, self.record.language) for phrase in NO_ANSWERS)

    def _lines(self, side: Side) -> list[TalkLine]:
        return [line for line in self.record.lines if line.side is side and line.text.strip()]

    def _within(self, at_s: float, asked: Asked, until_s: float) -> bool:
        return asked.ended_s - EARLY_S <= at_s + self.clock_shift_s < until_s


def write(folder: Path, performance: Performance) -> list[Path]:
    """Write two WAVs and the transcript; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    tracks = performance.tracks
    written: list[Path] = []
    for name, audio in (("caller-heard.wav", tracks.heard), ("caller-said.wav", tracks.said)):
        path = folder / name
        path.write_bytes(wav.write_mulaw(audio))
        written.append(path)
    transcript = folder / "transcript.json"
    content = json.dumps(_transcript(performance), ensure_ascii=False, indent=2)
    transcript.write_text(content + "\n", encoding="utf-8")
    return [*written, transcript]


def _transcript(performance: Performance) -> dict[str, Any]:
    """The server's record, with its times moved to the clock of the WAVs."""
    content = performance.record.as_json()
    for times in (*content["lines"], *content["turns"], *content["tools"], *content["barge_ins"]):
        for name, value in times.items():
            if name.endswith("_s") and name != "wait_s" and value is not None:
                times[name] = round(value + performance.clock_shift_s, 3)
    content["clock"] = "seconds from the start of the WAV files"
    return content
