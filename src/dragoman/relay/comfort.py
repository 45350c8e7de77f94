"""When the comfort sound plays: speech was heard and its translation has not begun."""

from __future__ import annotations

from typing import Final

from dragoman.audio.arithmetic import arithmetic
from dragoman.audio.comfort import comfort_sound
from dragoman.domain.audio import AudioFormat

LEAST_VOICE_S: Final = 0.3
"""Less voice than this is a cough: nothing will come of it."""
VOICE_GAP_S: Final = 1.0
"""Bits of voice further apart than this are not added up."""
GIVE_UP_S: Final = 8.0
"""So long after the last voice no translation will come any more."""


class ComfortSound:
    """For the sink's ear, while nothing else plays there. Times are seconds of the caller's clock."""

    def __init__(self, fmt: AudioFormat = AudioFormat.PCMU_8K) -> None:
        self._format = fmt
        self._arithmetic = arithmetic(fmt)
        self._voice_s = 0.0
        self._last_voice = float("-inf")
        self._awaited = False
        self._number = 0

    def heard(self, audio: bytes, now: float) -> None:
        """Audio from the source's mouth; `now` is the time of its end."""
        if not self._arithmetic.voiced(audio):
            return
        if now - self._last_voice > VOICE_GAP_S:
            self._voice_s = 0.0
        self._last_voice = now
        self._voice_s += self._format.ms(len(audio)) / 1000
        if self._voice_s >= LEAST_VOICE_S:
            self._awaited = True

    def spoke(self) -> None:
        """The interpreter said something: what was heard until now is on its way to the ear."""
        self._awaited = False
        self._voice_s = 0.0

    def frame(self, now: float) -> bytes | None:
        """The next 20 ms of the sound; None when it is not due. It ends with one frame that fades out."""
        if self._awaited and now - self._last_voice > GIVE_UP_S:
            self.spoke()
        if not self._awaited and not self._number:
            return None
        sound = comfort_sound(self._number, self._format)
        if self._awaited:
            self._number += 1
            return sound
        self._number = 0
        return self._arithmetic.fade(sound, 1.0, 0.0)
