"""What people in a town say and hear: markers, and what came of them."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from dragoman.audio import g711
from dragoman.audio.convert import Converter
from dragoman.audio.level import voiced
from dragoman.domain.audio import PCMU_FRAME_BYTES, AudioFormat
from dragoman.interpreters.openai.emulator.markers import BREATH, answer_hz, marker_tone, markers_heard, spurts
from dragoman.interpreters.openai.emulator.sound import babble, bytes_of
from dragoman.interpreters.realtime.wire.session import Pcm
from dragoman.telephony.twilio.emulator import Phone

SPEECH_MS = 500
"""How long a marker is spoken."""
SLACK_MS = 120
"""By which its answer may be longer or shorter: voice activity is cut in frames."""
_PIECE = 3 * PCMU_FRAME_BYTES


def voice(hz: int, ms: int = SPEECH_MS) -> bytes:
    """A marker as a party says it: breathy, so that nothing takes it for a beep."""
    return marker_tone(hz, ms, breath=BREATH)


def in_voice(text: str) -> bytes:
    """The emulated voice's sound of a text at a phone, in whole frames."""
    converter = Converter(AudioFormat.PCM16_24K, AudioFormat.PCMU_8K)
    sound = converter.convert(bytes_of(babble(text), Pcm())) + converter.flush()
    return sound[: len(sound) // PCMU_FRAME_BYTES * PCMU_FRAME_BYTES]


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

    def times_heard(self, sound: bytes) -> int:
        """How often, by its pieces: a machine that is busy tears a hole into it here and there."""
        audio = self.audio
        return statistics.median_low(audio.count(piece) // sound.count(piece) for piece in _pieces(sound))

    def place_of(self, sound: bytes) -> int:
        """Where the first piece of it stands, in bytes; -1: nowhere."""
        audio = self.audio
        return min((place for piece in _pieces(sound) if (place := audio.find(piece)) >= 0), default=-1)


def _pieces(sound: bytes) -> list[bytes]:
    """Without the first and the last, where there are more: they may be heard in part."""
    pieces = [sound[at : at + _PIECE] for at in range(0, len(sound) - _PIECE + 1, _PIECE)]
    return pieces[1:-1] if len(pieces) > 2 else pieces
