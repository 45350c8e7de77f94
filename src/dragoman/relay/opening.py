"""Keeps what an agent's phone plays before the agent speaks (accept beep, hold music) away from the interpreter.

A delay line holds the last half second; what leaves it before the first voice is replaced by silence. When a voice
begins, all that the line holds goes out at once, so that no word is lost and the length of the audio never changes.
"""

from __future__ import annotations

from collections import deque

from dragoman.audio.level import voiced
from dragoman.audio.tone import is_tone
from dragoman.domain.audio import PCMU_FRAME_BYTES, PCMU_SILENCE

LINE_FRAMES = 25
"""Half a second kept: longer than the onset of a word and the frames it takes to tell it from a beep."""

VOICE_FRAMES = 6
"""So many frames of voice among the last `WINDOW_FRAMES` open the gate."""

WINDOW_FRAMES = 12

_SILENT_FRAME = bytes([PCMU_SILENCE]) * PCMU_FRAME_BYTES


class OpeningGate:
    """Silence until the first voice; then everything. Takes and gives mu-law frames."""

    def __init__(self) -> None:
        self._line: deque[bytes] = deque()
        self._voice: deque[bool] = deque(maxlen=WINDOW_FRAMES)
        self.open = False

    def pass_through(self, audio: bytes) -> bytes:
        """What the interpreter shall hear for `audio` now: as long in the sum, never longer than what came in."""
        if self.open:
            return audio
        if len(audio) != PCMU_FRAME_BYTES:
            return bytes([PCMU_SILENCE]) * len(audio)
        self._line.append(audio)
        self._voice.append(voiced(audio) and not is_tone(audio))
        if sum(self._voice) >= VOICE_FRAMES:
            self.open = True
            held = b"".join(self._line)
            self._line.clear()
            return held
        if len(self._line) <= LINE_FRAMES:
            return b""
        self._line.popleft()
        return _SILENT_FRAME
