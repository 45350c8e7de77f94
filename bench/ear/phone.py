"""A party's phone, and the carrier's stream to it: what is sent is played at 20 ms for 160 bytes, marks come back."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

import numpy as np

from dragoman.audio import g711
from dragoman.audio.g711 import Samples
from dragoman.domain.audio import FRAME_MS, PCMU_FRAME_BYTES, AudioFormat
from dragoman.domain.speech import Heard, LegClosed, LegEvent, Reached
from dragoman.telephony.twilio.emulator.playback import SILENCE, Playback
from dragoman.telephony.twilio.wire import BUFFER_LIMIT_MS

ECHO_FRAMES: Final = 6
"""120 ms from the ear's sound to its echo."""
ECHO_DB: Final = -12.0
NOISE_DBFS: Final = -64.0
LATE_FRAMES: Final = 2
"""An empty buffer starts up to so much late."""


class Phone:
    """Implements ports.Leg. `beat` is its clock: 20 ms each.

    `ear` is all that the party heard. The microphone brings the party's own voice (`speak`), some noise, and on a
    speakerphone the echo of what the ear was played.
    """

    def __init__(self, name: str, rng: random.Random, *, speakerphone: bool = False) -> None:
        self.leg_id = self.carrier_call = name
        self.format = AudioFormat.PCMU_8K
        self.ear: list[bytes] = []
        self.clears = 0
        self.overflowed = False
        self._rng = rng
        self._gain = 10 ** (ECHO_DB / 20) if speakerphone else 0.0
        self._playback = Playback(BUFFER_LIMIT_MS)
        self._waits = 0
        self._reached: list[str] = []
        self._listen: Callable[[LegEvent], None] | None = None
        self._mouth: Samples = np.zeros(0, np.int16)
        self._spoken = -1
        self._at_ms = 0
        noise = np.random.default_rng(rng.getrandbits(32)).normal(0, 32768 * 10 ** (NOISE_DBFS / 20), 8000)
        self._noise = noise.reshape(-1, PCMU_FRAME_BYTES)
        self._quiet = [g711.encode(np.rint(one).astype(np.int16)) for one in self._noise]
        self._over = False

    # -- The port ------------------------------------------------------------------------------------------------------

    def attach(self, listen: Callable[[LegEvent], None]) -> None:
        self._listen = listen

    def play(self, audio: bytes) -> None:
        if not self._playback.waiting_bytes:
            self._waits = self._rng.randint(0, LATE_FRAMES)
        self.overflowed |= not self._playback.play(audio)

    def mark(self, name: str) -> None:
        self._reached += self._playback.mark(name)

    def clear(self) -> None:
        self.clears += 1
        self._reached += self._playback.clear()

    def close(self) -> None:
        if not self._over:
            self._over = True
            self._emit(LegClosed(clean=True))

    # -- The party -----------------------------------------------------------------------------------------------------

    def speak(self, mouth: Samples) -> None:
        """From now on the party says this; the recording of the ear begins anew."""
        self._mouth, self._spoken = mouth, -1
        self.ear = []

    def beat(self) -> None:
        """20 ms are over: the microphone's frame goes out, marks come back, and the ear hears the next frame."""
        if self._over:
            return
        self._emit(Heard(self._microphone(), self._at_ms))
        self._at_ms += FRAME_MS
        reached, self._reached = self._reached, []
        frame = SILENCE
        if self._waits and self._playback.waiting_bytes:
            self._waits -= 1
        else:
            frame, played = self._playback.pull()
            reached += played
        self.ear.append(frame)
        for name in reached:
            self._emit(Reached(name))

    def _microphone(self) -> bytes:
        """The frame that was just said, with the echo of what was heard 120 ms before."""
        at = self._spoken * PCMU_FRAME_BYTES
        own = self._mouth[at : at + PCMU_FRAME_BYTES] if at >= 0 else self._mouth[:0]
        self._spoken += 1
        echo = self.ear[-1 - ECHO_FRAMES] if self._gain and len(self.ear) > ECHO_FRAMES else SILENCE
        number = self._rng.randrange(len(self._quiet))
        if not own.any() and echo == SILENCE:
            return self._quiet[number]
        sound = self._noise[number] + self._gain * g711.decode(echo)
        sound[: own.size] += own
        return g711.encode(np.clip(np.rint(sound), -32768, 32767).astype(np.int16))

    def _emit(self, event: LegEvent) -> None:
        if self._listen is not None:
            self._listen(event)
