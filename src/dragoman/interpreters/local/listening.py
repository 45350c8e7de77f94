"""One stream's ear: bytes of any length in, what the endpointer makes of them out, with the sound to each utterance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.endpointing import (
    FRAME_MS,
    Began,
    Ended,
    Endpointer,
    EndpointEvent,
    EndpointRules,
    Paused,
    Resumed,
)

_RATE_HZ = 16_000
_FRAME_SAMPLES = _RATE_HZ * FRAME_MS // 1000
_PER_MS = _RATE_HZ // 1000

Samples = NDArray[np.float32]
Detector = Callable[[Samples], float]
"""The probability of speech in the next 512 samples."""


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """Positions are milliseconds of audio heard."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class MaybeOver:
    """The speaker is silent: `samples` may be all of it."""

    samples: Samples


@dataclass(frozen=True, slots=True)
class NotOver:
    """They go on."""


@dataclass(frozen=True, slots=True)
class SpeechOver:
    """An utterance, and when its end became known. Its sound equals the last `MaybeOver`'s unless it was `cut`.

    `peak` as in `Ended`.
    """

    samples: Samples
    at_ms: int
    cut: bool
    peak: float = 1.0


Listened = SpeechBegan | MaybeOver | NotOver | SpeechOver


class Listener:
    """Follows one stream of `fmt`. Without `rules` nothing ends by itself: the client commits."""

    def __init__(self, fmt: AudioFormat, detector: Detector, rules: EndpointRules) -> None:
        self._converter = Converter(fmt, AudioFormat.PCM16_16K)
        self._detector = detector
        self._endpointer = Endpointer(rules)
        self._fmt = fmt
        self._heard_bytes = 0
        self._loose: Samples = np.zeros(0, np.float32)
        self._kept: list[Samples] = []
        self._kept_from = 0

    @property
    def heard_ms(self) -> float:
        """How much audio was given to it."""
        return self._fmt.ms(self._heard_bytes)

    def retune(self, rules: EndpointRules) -> None:
        """Other rules from the next frame on."""
        self._endpointer.retune(rules)

    def hear(self, audio: bytes) -> Iterator[Listened]:
        """The next piece of the stream, of any length."""
        self._heard_bytes += len(audio)
        converted = np.frombuffer(self._converter.convert(audio), "<i2").astype(np.float32) / 32768.0
        loose = np.concatenate((self._loose, converted)) if self._loose.size else converted
        whole = len(loose) // _FRAME_SAMPLES * _FRAME_SAMPLES
        self._loose = loose[whole:].copy()
        for start in range(0, whole, _FRAME_SAMPLES):
            frame = loose[start : start + _FRAME_SAMPLES]
            self._kept.append(frame)
            for event in self._endpointer.step(self._detector(frame)):
                yield self._listened(event)
            self._forget()

    def finish(self) -> Iterator[Listened]:
        """End what is running: the stream is over, or the client wants it so."""
        for event in self._endpointer.finish():
            yield self._listened(event)
        self._forget()

    def _listened(self, event: EndpointEvent) -> Listened:
        match event:
            case Began(start_ms=start_ms):
                return SpeechBegan(start_ms)
            case Paused(start_ms=start_ms, end_ms=end_ms):
                return MaybeOver(self._between(start_ms, end_ms))
            case Resumed():
                return NotOver()
            case Ended(start_ms=start_ms, end_ms=end_ms, at_ms=at_ms, cut=cut, peak=peak):
                return SpeechOver(self._between(start_ms, end_ms), at_ms, cut, peak)

    def _between(self, start_ms: int, end_ms: int) -> Samples:
        heard = np.concatenate(self._kept) if self._kept else np.zeros(0, np.float32)
        first = max(0, start_ms * _PER_MS - self._kept_from)
        return heard[first : max(first, end_ms * _PER_MS - self._kept_from)].copy()

    def _forget(self) -> None:
        """Drop frames that no utterance can need any more."""
        earliest = self._endpointer.earliest_ms * _PER_MS
        while self._kept and self._kept_from + _FRAME_SAMPLES <= earliest:
            self._kept.pop(0)
            self._kept_from += _FRAME_SAMPLES
