"""Whether a caller who makes a sound over the assistant wants it to stop. Pure; lengths are counted in audio.

Speech of some length does; a "hm" or "yes" does not, nor do clicks, tones, and a din that never pauses. Until that is
known the assistant is given silence in its place, since its own detection would answer to the "hm". Nothing meant is
lost: what cut in is given from its begin, and so is what was said so late that the assistant fell silent by itself just
after it: the answer to a question. It stands behind the echo gate.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from dragoman.audio.level import quiet_codes, voiced
from dragoman.audio.tone import is_tone
from dragoman.domain.audio import PCMU_SILENCE
from dragoman.domain.frame_value import frame_value
from dragoman.domain.persona import Interrupt
from dragoman.relay.din import Din, Sound

GRACE_MS: Final = 80.0
"""A gap as short as this is inside a word..."""
LEAK: Final = 2.0
"""...and each millisecond of a longer one takes away so many of the voice before it: many a "hm" make no sentence."""
LEAD_MS: Final = 200.0
"""So much from before the voice goes with it: its soft begin."""
ANSWER_MS: Final = 1000.0
"""What was said so shortly before the assistant fell silent is meant for it, be it short."""
KEPT_MS: Final = 10_000.0

_BYTES_PER_MS: Final = 8
_SILENT_SAMPLE: Final = bytes([PCMU_SILENCE])


@frame_value
class Judged:
    """What became of a piece of sound: what the assistant hears, whether it is speech, and whether it shall stop."""

    audio: bytes
    speech: bool
    stops: bool = False


class CuttingIn:
    """One caller's mouth. mu-law, 8 kHz."""

    def __init__(self, wanted: Interrupt) -> None:
        self._wanted = wanted
        self._quiet = quiet_codes(wanted.min_dbfs)
        self._din = Din()
        self._voice_ms = 0.0
        self._gap_ms = 0.0
        self._held: deque[tuple[bytes, bool]] = deque()
        self._held_ms = 0.0
        self._ago_ms = float("inf")
        """How long ago the last voice in what is held ended."""

    def heard(self, audio: bytes, *, audible: bool, answering: bool, may: bool = True) -> Judged:
        """A frame. `audible`: the caller hears the assistant; `answering`: it works on what it will say; `may`: what it
        says just now may be stopped."""
        length_ms = len(audio) / _BYTES_PER_MS
        over = audible or answering
        speech = self._is_speech(audio, closely=over)
        if not over:
            self._voice_ms = self._gap_ms = 0.0
        else:
            self._weigh(length_ms, speech=speech)
        may = may and self._wanted.allowed
        stops = over and may and self._voice_ms >= self._wanted.min_ms
        if stops:
            self._voice_ms = self._gap_ms = 0.0
        if audible:
            self._hold(audio, length_ms, speech=speech, may=may)
            given = self._released() if stops else _SILENT_SAMPLE * len(audio)
        else:
            given = self._released() + audio
        return Judged(given, speech, stops)

    def _is_speech(self, audio: bytes, *, closely: bool) -> bool:
        loud = voiced(audio, self._quiet)
        speech = self._din.heard(audio, loud=loud) is Sound.SPEECH
        return speech and not (closely and is_tone(audio))

    def _weigh(self, length_ms: float, *, speech: bool) -> None:
        if speech:
            self._voice_ms += length_ms
            self._gap_ms = 0.0
            return
        self._gap_ms += length_ms
        if self._gap_ms > GRACE_MS:
            self._voice_ms = max(self._voice_ms - LEAK * length_ms, 0.0)

    def _hold(self, audio: bytes, length_ms: float, *, speech: bool, may: bool) -> None:
        self._held.append((audio, speech))
        self._held_ms += length_ms
        self._ago_ms = 0.0 if speech else self._ago_ms + length_ms
        forgotten = may and self._ago_ms > ANSWER_MS
        most_ms = LEAD_MS if forgotten or self._ago_ms > KEPT_MS else KEPT_MS
        while self._held_ms > most_ms:
            self._held_ms -= len(self._held.popleft()[0]) / _BYTES_PER_MS

    def _released(self) -> bytes:
        """What was held, from a little before its first voice; b"" where there was none."""
        if not self._held:
            return b""
        pieces = list(self._held)
        self._held.clear()
        self._held_ms, self._ago_ms = 0.0, float("inf")
        first = next((at for at, (_, speech) in enumerate(pieces) if speech), None)
        if first is None:
            return b""
        before_ms = 0.0
        while first > 0 and before_ms < LEAD_MS:
            first -= 1
            before_ms += len(pieces[first][0]) / _BYTES_PER_MS
        return b"".join(piece for piece, _ in pieces[first:])
