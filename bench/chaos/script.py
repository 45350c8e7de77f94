"""What the emulated models say in the lab: each word that they heard, in the interpreter's voice, as long as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bench.chaos import codes
from dragoman.domain.audio import FRAME_MS
from dragoman.interpreters.openai.emulator.script import (
    Answer,
    AssistantScript,
    Message,
    Says,
    Understood,
    Utterance,
)
from dragoman.interpreters.openai.emulator.sound import SAMPLE_HZ, Samples, silence

SAY_EXACTLY: Final = "<<<"
"""Begins a text that is to be said as it stands."""
BETWEEN_MS: Final = 100
"""Between two words of one utterance (of what was replayed together)."""
JOINED_FRAMES: Final = 5
"""The same word twice, no further apart than this, is one."""


@dataclass(frozen=True, slots=True)
class CodeScript:
    """Answers words with words. What holds none is met with silence and an empty transcript. What an assistant is to
    say as it stands is babble, which is no word.
    """

    def hears(self, utterance: Utterance) -> Understood:
        return Understood(" ".join(f"marker {run.code}" for run in words(utterance.audio)))

    def says(self, utterance: Utterance) -> Says:
        if SAY_EXACTLY in utterance.instructions:
            return AssistantScript((Answer("", ()),)).says(utterance)
        found = words(utterance.audio)
        if not found:
            return ()
        sounds: list[npt.NDArray[np.int16]] = []
        for run in found:
            sounds += [codes.answer(run.code, run.frames * FRAME_MS, SAMPLE_HZ), silence(BETWEEN_MS)]
        text = " ".join(f"answer {run.code}" for run in found)
        return (Message(text, np.concatenate(sounds[:-1])),)


def words(audio: Samples) -> list[codes.Run]:
    """The words in 24 kHz sound, in order."""
    reading = codes.read(audio[:: SAMPLE_HZ // codes.RATE_HZ])
    found: list[codes.Run] = []
    for run in codes.runs(reading.originals):
        if run.code == codes.NO_CODE:
            continue
        if found and found[-1].code == run.code and run.begins - found[-1].ends <= JOINED_FRAMES:
            found[-1] = codes.Run(run.code, found[-1].begins, run.ends)
        else:
            found.append(run)
    return found
