"""What people in a town say and hear: markers, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass

from dragoman.audio import g711
from dragoman.audio.level import voiced
from dragoman.domain.audio import PCMU_FRAME_BYTES
from dragoman.interpreters.openai.emulator.markers import BREATH, answer_hz, marker_tone, markers_heard, spurts
from dragoman.telephony.twilio.emulator import Phone

SPEECH_MS = 500
"""How long a marker is spoken."""
SLACK_MS = 120
"""By which its answer may be longer or shorter: voice activity is cut in frames."""


def voice(hz: int, ms: int = SPEECH_MS) -> bytes:
    """A marker as a party says it: breathy, so that nothing takes it for a beep."""
    return marker_tone(hz, ms, breath=BREATH)


@dataclass(slots=True)
class Ear:
    """What a phone's party heard from now on."""

    phone: Phone
    began: int = -1
    """The byte of the recording from which on; as built: from now on."""

    def __post_init__(self) -> None:
        if self.began < 0:
            self.began = len(self.phone.ear)

    @property
    def audio(self) -> bytes:
        return self.phone.ear[self.began :]

    @property
    def markers(self) -> set[int]:
        return markers_heard(self.audio)

    @property
    def sound_ms(self) -> int:
        """How much of it was sound."""
        return sum(spurt.size for spurt in spurts(g711.decode(self.audio))) // 8

    def heard_all(self, quiet_ms: int) -> bool:
        """Something was heard, and since then nothing for `quiet_ms`."""
        audio = self.audio
        frames = [audio[at : at + PCMU_FRAME_BYTES] for at in range(0, len(audio), PCMU_FRAME_BYTES)]
        loud = [number for number, frame in enumerate(frames) if voiced(frame)]
        return bool(loud) and len(frames) - loud[-1] > quiet_ms // 20

    def heard_answer(self, hz: int) -> bool:
        """The whole interpretation of the marker `hz` was heard."""
        return self.heard_all(200) and answer_hz(hz) in self.markers

    def expect_only(self, hz: int, ms: int) -> None:
        """Nothing was heard but the interpretation of a marker `hz` of `ms`, and that in full."""
        assert self.markers == {answer_hz(hz)}
        assert abs(self.sound_ms - ms) <= SLACK_MS, f"{self.sound_ms} ms of sound were heard, not {ms}"
