"""Frames that say whose they are: 20 ms of mu-law with a stamp in its first bytes, which all who pass it on keep."""

from __future__ import annotations

import enum
import random
import struct
from dataclasses import dataclass
from typing import Final

from dragoman.domain.audio import PCMU_FRAME_BYTES, PCMU_SILENCE

MAGIC: Final = b"\x2a\x91\x5c\x13"
STAMP: Final = struct.Struct(">4sHBBI")
"""Magic, call, side (whose mouth), kind, number of the frame."""


class Side(enum.IntEnum):
    """Whose mouth a frame comes from."""

    CALLER = 0
    AGENT = 1

    @property
    def other(self) -> Side:
        return Side.AGENT if self is Side.CALLER else Side.CALLER


class Kind(enum.IntEnum):
    SPEECH = 1
    """Loud: the model's stand-in says it back."""
    PAUSE = 2
    """Quiet: heard and not said back, it ends an utterance."""


@dataclass(frozen=True, slots=True)
class Script:
    """When a party speaks: so many frames of speech, so many of pause, from `offset` on, again and again."""

    speech: int = 160
    pause: int = 40
    offset: int = 0

    def kind(self, number: int) -> Kind:
        return Kind.SPEECH if (number + self.offset) % (self.speech + self.pause) < self.speech else Kind.PAUSE

    @property
    def frames(self) -> int:
        return self.speech + self.pause


_TAIL_BYTES: Final = PCMU_FRAME_BYTES - STAMP.size
_LOUD: Final = random.Random(1).randbytes(_TAIL_BYTES)
_QUIET: Final = bytes([PCMU_SILENCE]) * _TAIL_BYTES


def frame(call: int, side: Side, kind: Kind, number: int) -> bytes:
    """One frame (160 bytes). Noise is speech to whoever measures loudness; the stamp alone is not."""
    return STAMP.pack(MAGIC, call, side, kind, number) + (_LOUD if kind is Kind.SPEECH else _QUIET)
