"""What one ear heard of what the other party said, and what it should have: the lab's judgement of a lane. Pure.

All times are frames of 20 ms on the clock of the emulated telephone network, on which both recordings are laid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bench.chaos.codes import NO_CODE, Reading, runs
from dragoman.domain.audio import FRAME_MS

WHOLE: Final = 0.78
"""An utterance of which so much was heard was heard: at 1.25 times the speed 80 % of its time is all of it."""
CROSSED_FRAMES: Final = 5
"""A stranger's word that sounds for so long is one: 100 ms."""
LATE_FRAMES: Final = 15
"""What is this much (300 ms) behind the engine's own delay is late; less is the engine's own unevenness."""


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance at a mouth."""

    code: int
    begins: int
    frames: int

    @property
    def ends(self) -> int:
        return self.begins + self.frames


@dataclass(frozen=True, slots=True)
class Reached:
    """What became of an utterance at the other ear. `first`: the frame in which its interpretation began, None: never.

    `interpreted` and `original` are frames in which it was heard in the interpreter's and in its speaker's voice.
    """

    said: Said
    first: int | None
    first_original: int | None
    interpreted: int
    original: int

    @property
    def whole(self) -> bool:
        """Whether its interpretation was heard, from end to end."""
        return self.interpreted >= WHOLE * self.said.frames

    @property
    def untranslated(self) -> int:
        """Frames of it whose interpretation was never heard."""
        return 0 if self.whole else self.said.frames - self.interpreted

    @property
    def lost(self) -> int:
        """Frames of it that were heard in no voice at all."""
        best = max(self.interpreted, self.original)
        return 0 if best >= WHOLE * self.said.frames else self.said.frames - best

    @property
    def repeated(self) -> int:
        """Frames that were heard more often than they were said."""
        return max(0, self.interpreted - self.said.frames - LATE_FRAMES)


def utterances(mouth: Reading) -> tuple[Said, ...]:
    """What a mouth said: each word once, from its first frame to its last."""
    found = []
    for code in dict.fromkeys(mouth.originals.tolist()):
        if code != NO_CODE:
            at = np.flatnonzero(mouth.originals == code)
            found.append(Said(code, int(at[0]), int(at[-1]) + 1 - int(at[0])))
    return tuple(found)


def reached(said: Said, ear: Reading) -> Reached:
    """Look for an utterance in the other ear, from when it was said."""
    answers = np.flatnonzero(ear.answers[said.begins :] == said.code) + said.begins
    originals = np.flatnonzero(ear.originals[said.begins :] == said.code) + said.begins
    return Reached(said, _first(answers), _first(originals), int(answers.size), int(originals.size))


def _first(at: npt.NDArray[np.intp]) -> int | None:
    return int(at[0]) if at.size else None


def delays(lane: Sequence[Reached], until: int) -> list[int]:
    """Frames from the end of each utterance to its interpretation, of those that were over before `until`."""
    return [one.first - one.said.ends for one in lane if one.first is not None and one.first + one.interpreted < until]


def crossed(ear: Reading, allowed: frozenset[int]) -> int:
    """Frames in which the ear heard words that nobody in this call says."""
    return sum(
        run.frames
        for voice in (ear.answers, ear.originals)
        for run in runs(voice)
        if run.code != NO_CODE and run.code not in allowed and run.frames >= CROSSED_FRAMES
    )


@dataclass(frozen=True, slots=True)
class Away:
    """While a speaker had no media stream: what they said was heard by nobody, and nobody knows of it."""

    begins: int
    ends: int

    def covers(self, said: Said) -> bool:
        """Whether so much of it was said meanwhile that the rest is not the whole."""
        return min(self.ends, said.ends) - max(self.begins, said.begins) > (1 - WHOLE) * said.frames


def longest_silence(lane: Sequence[Reached], ear: Reading, usual: int, away: Away | None = None) -> int:
    """The most frames in a row in which an ear heard nothing at all, though it was owed something.

    An ear is owed an utterance from its end and the engine's own delay (`usual`) on, until it is heard in either voice.
    What is never heard is owed until something that was said later is, else to the end of the recording; what was said
    while its speaker was `away`, until they are back.
    """
    owed = np.zeros(ear.loud.size, np.bool_)
    for number, one in enumerate(lane):
        later = [at for other in lane[number:] if (at := _heard_at(other)) is not None]
        until = min(later, default=ear.loud.size)
        if away is not None and away.covers(one.said):
            until = min(until, away.ends)
        owed[one.said.ends + usual : until] = True
    silent = owed & ~ear.loud
    return max((run.frames for run in runs(silent.astype(np.int64)) if run.code), default=0)


def _heard_at(one: Reached) -> int | None:
    found = [at for at in (one.first, one.first_original) if at is not None]
    return min(found, default=None)


@dataclass(frozen=True, slots=True)
class Recovery:
    """How long a lane was without its interpreter. `felt`: whether anything was said that came late or not at all."""

    felt: bool
    frames: int | None
    """From the fault to the interpreter's return, None: it did not return."""


def recovery(lane: Sequence[Reached], fault: int, usual: int) -> Recovery:
    """When the interpreter was back: told by what was owed at the fault or said after it.

    The first utterance that began after the fault and was heard whole tells it exactly when it came late: the engine
    was back so long after the fault as its first sound was, less the engine's own delay and the utterance's length.
    Where it came in time, but earlier ones were lost, the engine was away at least until the last of these ended;
    with many lanes at all phases the largest of such figures is close to the truth.
    """
    after = [one for one in lane if one.said.begins >= fault]
    back = next((one for one in after if one.whole), None)
    if back is None or back.first is None:
        return Recovery(bool(after), None)
    late = back.first - usual - back.said.ends
    if late > LATE_FRAMES:
        return Recovery(True, max(0, back.first - usual - back.said.frames - fault))
    owed = [
        one
        for one in lane
        if one.said.begins < back.said.begins and not one.whole and one.said.ends + usual + LATE_FRAMES > fault
    ]
    if not owed:
        return Recovery(False, 0)
    return Recovery(True, max(0, max(one.said.ends for one in owed) - fault))


def ms(frames: int) -> int:
    return frames * FRAME_MS
