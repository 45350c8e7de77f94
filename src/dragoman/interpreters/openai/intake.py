"""The party's side of a session over `/v1/realtime`: their audio on its way to the server, held until it is ready; what
the server writes down of it, and what that costs. Pure.

What the two machines of that protocol have in common beside their `Standing`: each owns one `Intake`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Captioned, Side, Spent
from dragoman.interpreters.openai.held import Held
from dragoman.interpreters.openai.prices import Prices
from dragoman.interpreters.openai.standing import Asked
from dragoman.interpreters.realtime.wire import conversation as wire

FLUSH_MS: Final = 1000
"""Held audio goes out in pieces of this length."""
FALLBACK_TRANSCRIPTION: Final = "gpt-4o-mini-transcribe"
"""Taken when the server does not know the transcription model that we asked for."""


def wire_side(fmt: AudioFormat) -> AudioFormat:
    """The format that the protocol carries for one of ours: mu-law as it is, all else as 24 kHz PCM."""
    return AudioFormat.PCMU_8K if fmt is AudioFormat.PCMU_8K else AudioFormat.PCM16_24K


def transcriptions(first: str) -> list[str]:
    """Which models are asked for, one after the other, until the server knows one."""
    return [first, FALLBACK_TRANSCRIPTION, ""] if first else [""]


class Intake:
    """One session's. `transcription` "" = nothing is written down; without `prices` nothing is charged."""

    def __init__(
        self,
        fmt: AudioFormat,
        transcription: str,
        prices: Prices | None,
        send: Callable[[bytes], None],
        tell: Callable[[Captioned | Spent], None],
    ) -> None:
        self._format = fmt
        self._prices, self._send, self._tell = prices, send, tell
        self.wire_format = wire_side(fmt)
        self.asked = Asked(transcriptions(transcription))
        self.ready = False
        """The server takes audio."""
        self._convert = Converter(fmt, self.wire_format)
        self._held = Held(fmt)

    def hear(self, audio: bytes) -> None:
        """The hot path: one encoding, one write."""
        if not self.ready:
            self._held.push(audio)
            return
        if not self._convert.passes:
            audio = self._convert.convert(audio)
        if audio:
            self._send(wire.append(audio))

    def flush(self) -> None:
        """It is ready: the server hears what was said meanwhile."""
        held = self._held.take()
        step = self._format.bytes_for(FLUSH_MS)
        for at in range(0, len(held), step):
            self.hear(held[at : at + step])

    @property
    def lost_ms(self) -> int:
        """The server counts what it got; what was dropped before it was ready belongs to the time as well."""
        return int(self._held.dropped_ms)

    def written(self, event: wire.TranscriptionDelta | wire.TranscriptionCompleted) -> None:
        """The server wrote down more of an utterance, or all of it."""
        match event:
            case wire.TranscriptionDelta(item_id=utterance, delta=delta):
                if delta:
                    self._tell(Captioned(Side.SOURCE, delta, utterance))
            case wire.TranscriptionCompleted(item_id=utterance, transcript=text):
                self._tell(Captioned(Side.SOURCE, text.strip(), utterance, whole=True, final=True))

    def charge(self, event: wire.TranscriptionCompleted) -> None:
        """What writing it down cost, where the vendor bills that for itself."""
        if self._prices is None:
            return
        cost = self._prices.of_transcription(self.asked.transcription, event.usage)
        if cost is not None:
            self._tell(Spent(cost.usd, cost.estimate))
