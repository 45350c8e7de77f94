"""What an ear was told last, kept so that its party can ask for it again."""

from __future__ import annotations

import functools
from collections.abc import Callable

from dragoman.audio.arithmetic import Judge, arithmetic
from dragoman.audio.stretch import Stretch
from dragoman.domain.audio import AudioFormat

KEPT_S = 30.0
"""Of a longer utterance its end is kept."""

SLOWER = 0.85
"""How fast an utterance is said again: 1.0 would be as it was."""

MARGIN_FRAMES = 5
"""So much quiet stays before and behind the voice."""

PAUSE_FRAMES = 10
"""Quiet for so long lies between words: a good place to begin where the first words are lost."""

SEARCHED_FRAMES = 250

Slower = Callable[[bytes], bytes]
"""Takes a whole utterance and gives it back slower, at the same pitch."""


def slowly(audio: bytes, fmt: AudioFormat = AudioFormat.PCMU_8K) -> bytes:
    """`audio` at `SLOWER` of its speed (0.5 ms of work for a second of it)."""
    stretch = Stretch(fmt)
    return stretch.push(audio, SLOWER) + stretch.flush()


class Again:
    """The last utterance of one lane, as the interpreter spoke it.

    Somebody who asks while an utterance is still being spoken means that one, and gets it when it is complete. What is
    given back is not to be told to `spoke`.
    """

    def __init__(self, slower: Slower | None = None, fmt: AudioFormat = AudioFormat.PCMU_8K) -> None:
        self._format = fmt
        self._slower = slower or functools.partial(slowly, fmt=fmt)
        self._kept_bytes = self._format.bytes_for(KEPT_S * 1000)
        self._label = ""
        self._audio = bytearray()
        self._cut = False
        self._growing = False
        self._wanted = False
        self._said_until = float("-inf")

    def spoke(self, audio: bytes, label: str) -> None:
        """The interpreter spoke a piece of the utterance `label`. The hot path."""
        if label != self._label:
            self._label = label
            self._audio.clear()
            self._cut = False
        self._growing = True
        self._audio += audio
        if len(self._audio) > self._kept_bytes:
            del self._audio[: len(self._audio) - self._kept_bytes]
            self._cut = True

    def ended(self, label: str, now: float) -> bytes:
        """The utterance is complete, for now at least; the audio to play if somebody asked for it meanwhile."""
        if label != self._label:
            return b""
        self._growing = False
        return self._taken(now) if self._wanted else b""

    def cut_off(self) -> bool:
        """Nobody goes on with what was being spoken; whether somebody waits for it."""
        self._growing = False
        return self._wanted

    def taken(self, now: float) -> bytes:
        """What somebody waited for, as far as it was spoken."""
        return self._taken(now) if self._wanted else b""

    def drop(self, label: str) -> None:
        """The utterance was caught by the guard: nobody shall hear it again."""
        if label == self._label:
            self._audio.clear()
            self._growing = self._wanted = False

    def asked(self, now: float) -> bytes:
        """The ear's party wants it again: the audio to play now, b"" when there is none, or not yet.

        While it is being said again the wish is not taken twice.
        """
        if now < self._said_until:
            return b""
        if self._growing:
            self._wanted = True
            return b""
        return self._taken(now)

    def _taken(self, now: float) -> bytes:
        self._wanted = False
        audio = _spoken(bytes(self._audio), self._format.frame_bytes, arithmetic(self._format).voiced, cut=self._cut)
        if not audio:
            return b""
        audio = self._slower(audio)
        self._said_until = now + self._format.ms(len(audio)) / 1000
        return audio


def _spoken(audio: bytes, frame_bytes: int, voiced: Judge, *, cut: bool) -> bytes:
    """Without the quiet around the voice; what was `cut` begins behind its first pause, if one is near."""
    frames = [voiced(audio[at : at + frame_bytes]) for at in range(0, len(audio), frame_bytes)]
    if True not in frames:
        return b""
    start = _behind_first_pause(frames) if cut else 0
    first = frames.index(True, start)
    last = len(frames) - 1 - frames[::-1].index(True)
    return audio[max(first - MARGIN_FRAMES, 0) * frame_bytes : (last + 1 + MARGIN_FRAMES) * frame_bytes]


def _behind_first_pause(frames: list[bool]) -> int:
    """The index behind the first pause that has voice behind it; 0 when there is none near the beginning."""
    quiet = 0
    for index, loud in enumerate(frames[:SEARCHED_FRAMES]):
        if loud and quiet >= PAUSE_FRAMES:
            return index
        quiet = 0 if loud else quiet + 1
    return 0
