"""Keeps what an agent's phone plays before the agent speaks (an accept beep) away from the interpreter.

A delay line holds the last half second; what leaves it before the first voice is replaced by silence. When a voice
begins, all that the line holds goes out at once (a beep in it as silence), so that no word is lost and the length of
the audio never changes. Pure tones are told from voices; music is not: the agent's leg waits in a queue without any.
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

STEADY_FRAMES = 12
"""So many frames of pure tone in a row are a beep: a high vowel may look like one for 9 (measured)."""

_SILENT_FRAME = bytes([PCMU_SILENCE]) * PCMU_FRAME_BYTES


class OpeningGate:
    """Silence until the first voice; then everything. Takes and gives mu-law audio, in pieces of any length."""

    def __init__(self) -> None:
        self._line: deque[bytes] = deque()
        self._tone_frames = 0
        self._beep_ended = 0
        self._voice: deque[bool] = deque(maxlen=WINDOW_FRAMES)
        self._rest = b""
        self.open = False

    @property
    def held_bytes(self) -> int:
        """How much was heard and has not been given out, as itself or as silence."""
        return len(self._line) * PCMU_FRAME_BYTES + len(self._rest)

    @property
    def recent(self) -> list[bool]:
        """Whether each of the last frames held voice, oldest first."""
        return list(self._voice)

    def pass_through(self, audio: bytes) -> bytes:
        """What the interpreter shall hear for `audio` now: as long in the sum, never longer than what came in."""
        if self.open:
            return audio
        if len(audio) == PCMU_FRAME_BYTES and not self._rest:
            return self._frame(audio)
        pieces = self._rest + audio
        self._rest = b""
        out = bytearray()
        at = 0
        while len(pieces) - at >= PCMU_FRAME_BYTES:
            out += self._frame(pieces[at : at + PCMU_FRAME_BYTES])
            at += PCMU_FRAME_BYTES
        if self.open:
            out += pieces[at:]
        else:
            self._rest = pieces[at:]
        return bytes(out)

    def _frame(self, frame: bytes) -> bytes:
        if self.open:
            return frame
        self._line.append(frame)
        self._voice.append(self._is_voice(frame))
        if sum(self._voice) >= VOICE_FRAMES:
            return self._opened()
        if len(self._line) <= LINE_FRAMES:
            return b""
        self._line.popleft()
        self._beep_ended = max(self._beep_ended - 1, 0)
        return _SILENT_FRAME

    def _is_voice(self, frame: bytes) -> bool:
        loud = voiced(frame)
        self._tone_frames = self._tone_frames + 1 if loud and is_tone(frame) else 0
        if self._tone_frames >= STEADY_FRAMES:
            self._beep_ended = len(self._line)
        return loud and not self._tone_frames

    def _opened(self) -> bytes:
        self.open = True
        held = list(self._line)
        self._line.clear()
        return b"".join([_SILENT_FRAME] * self._beep_ended + held[self._beep_ended :])
