"""Keys of one party on their way to the other's ear: tones that go before all else, with nothing under them. Pure."""

from __future__ import annotations

from typing import Final

from dragoman.audio.dtmf import key_sound
from dragoman.domain.audio import AudioFormat

MOST_WAITING_MS: Final = 6000
"""Some thirty keys. Nobody's fingers are so far ahead: what comes beyond is a page that has lost its mind."""


class KeyTones:
    """The tones that one ear is still to be given, in whole frames; `waiting` is true while there are any."""

    def __init__(self, fmt: AudioFormat) -> None:
        self._format = fmt
        self._most_bytes = fmt.bytes_for(MOST_WAITING_MS)
        self.waiting = bytearray()
        """Asked for with every frame: an attribute, and no method."""

    def press(self, key: str) -> bool:
        """One more key of `0-9*#ABCD`, behind those that wait. False: too many do, and nothing changes."""
        sound = key_sound(key, self._format)
        if len(self.waiting) + len(sound) > self._most_bytes:
            return False
        self.waiting += sound
        return True

    def take(self, most_bytes: int) -> bytes:
        """What goes out next; `most_bytes` are whole frames, or below 0 where there is no room."""
        most_bytes = max(most_bytes, 0)
        taken = bytes(self.waiting[:most_bytes])
        del self.waiting[:most_bytes]
        return taken

    def forget(self) -> None:
        """Nobody is there to hear them."""
        self.waiting.clear()
