"""What a phone's person hears: kept only while it matters, unlike the emulator's own recordings."""

from __future__ import annotations

from dragoman.audio.level import voiced
from dragoman.domain.audio import FRAME_MS
from dragoman.interpreters.openai.emulator.markers import HIGHEST_HZ, LOWEST_HZ, SHIFT_HZ, markers_heard
from dragoman.telephony.twilio.emulator import CallStatus, Leg
from dragoman.telephony.twilio.emulator.line import Far


class Ear:
    """Listens to a leg from now on, between the network and its far end. Implements the emulator's `Far`."""

    def __init__(self, leg: Leg) -> None:
        if leg.far is None:
            raise ConnectionError("the phone is gone")
        self._far: Far = leg.far
        self._sound = bytearray()
        self._quiet = 0
        leg.far = self

    def paused(self, ms: int) -> bool:
        """Something was heard, and since then nothing for so long."""
        return bool(self._sound) and self._quiet * FRAME_MS >= ms

    def answers(self) -> set[int]:
        """The markers (Hz) whose answers were heard; markers themselves (somebody's own voice) are none."""
        heard = {hz - SHIFT_HZ for hz in markers_heard(bytes(self._sound))}
        return {hz for hz in heard if LOWEST_HZ <= hz <= HIGHEST_HZ}

    def forget(self) -> None:
        """Listen anew."""
        self._sound.clear()
        self._quiet = 0

    def voice(self) -> bytes:
        return self._far.voice()

    def hear(self, frame: bytes) -> None:
        self._far.hear(frame)
        loud = voiced(frame)
        self._quiet = 0 if loud else self._quiet + 1
        if loud or (self._sound and self._quiet < 3):
            self._sound += frame

    def keyed(self, digit: str) -> None:
        self._far.keyed(digit)

    def answered(self) -> None:
        self._far.answered()

    def gone(self, status: CallStatus) -> None:
        self._far.gone(status)
