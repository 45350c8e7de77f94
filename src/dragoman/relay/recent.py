"""What a party said in the last seconds before interpreting was turned on, so that its first sentence is not lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from dragoman.audio.arithmetic import arithmetic
from dragoman.domain.audio import AudioFormat

KEPT_S = 5.0
PAUSE_S = 0.8
"""A longer silence divides two stretches of speech."""

LEAD_IN_S = 0.2
"""So much is given before the first voiced frame: soft consonants are not loud."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """The last stretch of speech and what followed it; `began` is when its first sample came out of the mouth."""

    audio: bytes
    began: float


@dataclass(frozen=True, slots=True)
class _Piece:
    audio: bytes
    voiced: bool


class Recent:
    """The last seconds of one mouth, in pieces of any length, usually a frame. For a lane that is closed.

    Lengths are counted in audio, not by when it came: a late burst is as long as what it brings. A stream that was away
    for longer than what is kept starts anew.
    """

    def __init__(self, kept_s: float = KEPT_S, fmt: AudioFormat = AudioFormat.PCMU_8K) -> None:
        self._format = fmt
        self._voiced = arithmetic(fmt).voiced
        self._kept_s = kept_s
        self._kept_bytes = fmt.bytes_for(kept_s * 1000)
        self._pieces: deque[_Piece] = deque()
        self._size_bytes = 0
        self._heard_at = 0.0

    def heard(self, audio: bytes, now: float) -> None:
        """A piece came; its last sample was said about `now`."""
        if not audio:
            return
        self._forget_stale(now)
        self._heard_at = now
        self._pieces.append(_Piece(audio, self._voiced(audio)))
        self._size_bytes += len(audio)
        while self._size_bytes > self._kept_bytes and len(self._pieces) > 1:
            self._size_bytes -= len(self._pieces.popleft().audio)

    def take(self, now: float) -> Recalled | None:
        """From the start of the last stretch of speech until now, and forget all; None when nobody spoke."""
        self._forget_stale(now)
        start = _last_stretch(self._pieces, self._format)
        audio = b"" if start is None else b"".join([piece.audio for piece in self._pieces][start:])
        self.forget()
        return Recalled(audio, self._heard_at - self._format.ms(len(audio)) / 1000) if audio else None

    def forget(self) -> None:
        """What was heard is not to be interpreted: the party's stream is a new one, or the call was handed on."""
        self._pieces.clear()
        self._size_bytes = 0

    def _forget_stale(self, now: float) -> None:
        if now - self._heard_at > self._kept_s:
            self.forget()


def _last_stretch(pieces: Sequence[_Piece], fmt: AudioFormat) -> int | None:
    """The index of the piece where the last stretch of speech begins, with its lead-in; None without speech."""
    start: int | None = None
    quiet_s = 0.0
    for index in range(len(pieces) - 1, -1, -1):
        if pieces[index].voiced:
            start, quiet_s = index, 0.0
            continue
        quiet_s += fmt.ms(len(pieces[index].audio)) / 1000
        if start is not None and quiet_s > PAUSE_S:
            break
    if start is None:
        return None
    lead_bytes = fmt.bytes_for(LEAD_IN_S * 1000)
    while start > 0 and lead_bytes >= len(pieces[start - 1].audio):
        start -= 1
        lead_bytes -= len(pieces[start].audio)
    return start
