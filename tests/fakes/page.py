"""A browser's page on paper: a leg with a screen, in PCM16 at 24 kHz."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from dragoman.audio import g711
from dragoman.domain.audio import AudioFormat
from dragoman.domain.room import Ended, PageEvent, RoomCaption, Stands
from tests.fakes.leg import FakeLeg

Shown = TypeVar("Shown")

WIDE = AudioFormat.PCM16_24K
FRAME = WIDE.frame_bytes
SILENT = bytes(FRAME)


def wide_frame(marker: int) -> bytes:
    """20 ms that tell whose they are: as loud as a voice, and no tone."""
    noise = hashlib.shake_128(b"wide" + marker.to_bytes(4, "big")).digest(FRAME)
    return (np.frombuffer(noise, "<i2") // 4).astype("<i2").tobytes()


def as_wide(audio: bytes) -> bytes:
    """Mu-law as the same sound at 24 kHz, each sample thrice."""
    return np.repeat(g711.decode(audio), 3).astype("<i2").tobytes()


@dataclass
class FakePage(FakeLeg):
    """Implements ports.Leg and room_ports.Page. `shown`: all that its screen was told, in order."""

    leg_id: str = "page-1"
    format: AudioFormat = WIDE
    shown: list[PageEvent] = field(default_factory=list)
    called_back: bool = False

    def show(self, event: PageEvent) -> None:
        assert not self.over, "nothing is shown on a page that is gone"
        assert not any(isinstance(one, Ended) for one in self.shown), "Ended is the last word"
        self.shown.append(event)

    def call_back(self) -> None:
        self.called_back = True
        self.end(clean=False, reason="come back")

    def of(self, kind: type[Shown]) -> list[Shown]:
        return [one for one in self.shown if isinstance(one, kind)]

    @property
    def captions(self) -> dict[tuple[str, str], str]:
        """As they stand: by utterance and side."""
        return {(one.utterance, one.side.value): one.text for one in self.shown if isinstance(one, RoomCaption)}

    def doings(self, party: str) -> list[str]:
        """What it was told of a party, in order."""
        return [one.doing.value for one in self.shown if isinstance(one, Stands) and one.party == party]

    def heard(self, *markers: int) -> list[bool]:
        """Whether each of these frames was played, whole."""
        ear = self.ear
        return [wide_frame(marker) in ear for marker in markers]
