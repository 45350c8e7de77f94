"""What an ear heard without the other party's own voice, which may be mixed with the interpreter's.

Both recordings lie on one clock, and the own voice comes across frame by frame: at full level as the very bytes that
were said, else at some gain, which is found by least squares and taken away.
"""

from __future__ import annotations

import numpy as np

from dragoman.audio import g711
from dragoman.audio.level import voiced
from dragoman.cli.demo.ears import FRAME_S
from dragoman.domain.audio import PCMU_FRAME_BYTES, PCMU_SILENCE

LATEST_FRAMES = 50
"""A voice that goes straight across is not later than a second."""

_SILENCE = bytes([PCMU_SILENCE])
_ONE_ZERO = bytes.maketrans(b"\x7f", _SILENCE)
"""Mu-law has two zeros, and a mixer knows but one."""
_RISING = np.linspace(0.0, 1.0, PCMU_FRAME_BYTES)


class Unmixed:
    """Grows with the recordings. `sound` is on their clock, silent before `from_s`; 8 kHz mu-law.

    With `mixed` false the ear hears nothing of the other's own voice, and all is left as it is: an engine may say back
    the very bytes that it heard.
    """

    def __init__(self, from_s: float = 0.0, *, mixed: bool = True) -> None:
        self.sound = bytearray(_SILENCE * (round(from_s / FRAME_S) * PCMU_FRAME_BYTES))
        self._mixed = mixed
        self._late: int | None = None

    def grow(self, heard: bytes, said: bytes) -> bytes:
        """Take in what was recorded since: an ear from the start, and the other party's mouth; all of `sound`."""
        whole = len(heard) - len(heard) % PCMU_FRAME_BYTES
        if not self._mixed:
            self.sound += heard[len(self.sound) : whole]
            return bytes(self.sound)
        for at in range(len(self.sound), whole, PCMU_FRAME_BYTES):
            self.sound += self._frame(heard, said, at)
        return bytes(self.sound)

    def _frame(self, heard: bytes, said: bytes, at: int) -> bytes:
        frame = heard[at : at + PCMU_FRAME_BYTES]
        if not voiced(frame):
            return frame
        if self._is_own(frame, said, at):
            return _SILENCE * PCMU_FRAME_BYTES
        if self._late is None:
            return frame
        return without(frame, _said(said, at, self._late))

    def _is_own(self, frame: bytes, said: bytes, at: int) -> bool:
        """Whether it is the own voice alone, at full level; how late it comes is remembered."""
        wanted = frame.translate(_ONE_ZERO)
        known = () if self._late is None else (self._late,)
        for late in (*known, *range(LATEST_FRAMES)):
            if _said(said, at, late).translate(_ONE_ZERO) == wanted:
                self._late = late
                return True
        return False


def _said(said: bytes, at: int, late: int) -> bytes:
    first = at - late * PCMU_FRAME_BYTES
    return said[first : first + PCMU_FRAME_BYTES] if first >= 0 else b""


def without(heard: bytes, own: bytes) -> bytes:
    """A frame less as much of another as it holds, at a gain that may rise or fall over the frame."""
    if len(own) != len(heard) or not voiced(own):
        return heard
    mixed, voice = g711.decode(heard).astype(np.float64), g711.decode(own).astype(np.float64)
    parts = np.column_stack((voice, voice * _RISING[: voice.size]))
    gains = np.linalg.lstsq(parts, mixed, rcond=None)[0]
    first, last = np.clip((gains[0], gains[0] + gains[1]), 0.0, 1.0)
    rest = mixed - voice * (first + (last - first) * _RISING[: voice.size])
    return g711.encode(np.clip(np.rint(rest), -32768, 32767).astype(np.int16))
