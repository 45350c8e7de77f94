"""Where a room's lane ends: what its interpreter says goes to all who listen in that language."""

from __future__ import annotations

from collections.abc import Callable

from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import LegEvent
from dragoman.relay.taking_turns import SaidAll, Say, Saying


class Fan:
    """Implements `ports.Leg` for the sink of one lane. `label` tells which utterance the lane gives out just now.

    `shut`: what the lane gives out is not heard: its interpreter is gone, and the ears hear the speaker's own voice.
    """

    def __init__(self, voice: str, fmt: AudioFormat, label: Callable[[], str], say: Callable[[Saying], None]) -> None:
        self.voice = voice
        self.shut = False
        self._format = fmt
        self._label = label
        self._say = say

    @property
    def leg_id(self) -> str:
        return self.voice

    @property
    def carrier_call(self) -> str:
        return ""

    @property
    def format(self) -> AudioFormat:
        return self._format

    def attach(self, listen: Callable[[LegEvent], None]) -> None:
        """Nobody speaks here."""

    def play(self, audio: bytes) -> None:
        if not self.shut:
            self._say(Say(self.voice, self._label(), audio))

    def mark(self, name: str) -> None:
        if not self.shut:
            self._say(SaidAll(self.voice, self._label(), name))

    def clear(self) -> None:
        """No lane of a room drops what it said: nobody cuts in on an interpreter who speaks to several."""

    def close(self) -> None:
        self.shut = True
