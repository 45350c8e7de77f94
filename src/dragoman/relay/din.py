"""Whether what is loud on a line may be speech, or is a din: traffic, wind, music. Pure.

Whoever speaks makes short pauses: the longest stretch without one in our recordings is 2.5 s, at 12 dB above their
usual level. What is loud for longer without a pause is no speech, and from then on only what stands out of it counts.
"""

from __future__ import annotations

import enum
from typing import Final

from dragoman.audio.arithmetic import arithmetic
from dragoman.audio.level import SPEECH_DBFS
from dragoman.domain.audio import AudioFormat

UNBROKEN_S: Final = 4.0
"""So long nobody speaks without a pause..."""
PAUSE_S: Final = 0.04
"""...which may be as short as this."""
OVER_S: Final = 10.0
"""A din of which nothing was heard for so long is over."""
STEP_DB: Final = 6.0
STEPS: Final = 4


class Sound(enum.Enum):
    """What a piece of audio is."""

    QUIET = "quiet"
    SPEECH = "speech"
    """For all we know."""
    DIN = "din"
    """What was taken for speech until now was none."""


class Din:
    """One line's. Lengths are counted in audio, not by when it came.

    The din is as loud as the step on which something pauses; what counts in it as speech is a step louder.
    """

    def __init__(self, fmt: AudioFormat = AudioFormat.PCMU_8K) -> None:
        self._bytes_per_s = fmt.bytes_for(1000)
        above = arithmetic(fmt).voiced_above
        self._louder = [above(SPEECH_DBFS + STEP_DB * step) for step in range(STEPS + 2)]
        self._step = 0
        self._loud_s = 0.0
        self._quiet_s = 0.0

    def heard(self, audio: bytes, *, loud: bool) -> Sound:
        """A piece, usually a frame; `loud`: whether it is `voiced`."""
        step, length_s = self._step, len(audio) / self._bytes_per_s
        if not loud or (step and not self._louder[step](audio)):
            self._pauses(length_s)
            return Sound.QUIET
        self._quiet_s = 0.0
        self._loud_s += length_s
        if self._loud_s < UNBROKEN_S:
            return Sound.SPEECH if not step or self._louder[step + 1](audio) else Sound.QUIET
        self._loud_s = 0.0
        self._step = min(self._step + 1, STEPS)
        return Sound.DIN

    def _pauses(self, length_s: float) -> None:
        self._quiet_s += length_s
        if self._quiet_s >= PAUSE_S:
            self._loud_s = 0.0
        if self._quiet_s >= OVER_S:
            self._quiet_s = 0.0
            self._step = max(self._step - 1, 0)
