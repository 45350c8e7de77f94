"""The source's own voice in the sink's ear, and the speaker's translation in the speaker's own.

The own voice and the interpreter's are mixed frame by frame before the playout: one stream out, so that neither queues
behind the other.
"""

from __future__ import annotations

from typing import Final

from dragoman.audio import mixer
from dragoman.audio.arithmetic import arithmetic
from dragoman.domain.audio import FRAME_MS, AudioFormat
from dragoman.domain.ear import OriginalMode

DUCK_DB: Final = -18.0
FADE_MS: Final = 60
HOLD_MS: Final = 300
"""The interpreter's pauses shorter than this lie inside an utterance: the original stays down, lest it pump."""

QUIETLY_DB: Final = -24.0
"""How much below the interpreter's level a speaker hears the own translation."""


class Original:
    """One direction's mixer of the source's own voice with the interpreter's. 5 to 9 us a frame, 0.5 when off.

    `frame` is called for every 20 ms, so that it also keeps the time of the fades.
    """

    def __init__(
        self,
        mode: OriginalMode,
        duck_db: float = DUCK_DB,
        fade_ms: int = FADE_MS,
        fmt: AudioFormat = AudioFormat.PCMU_8K,
    ) -> None:
        if duck_db > 0:
            raise ValueError(f"ducking makes the original quieter: {duck_db:g} dB is not below 0")
        if fade_ms < FRAME_MS:
            raise ValueError(f"a fade takes one frame ({FRAME_MS} ms) at least, not {fade_ms} ms")
        self._arithmetic = arithmetic(fmt)
        self._mode = mode
        self._ducked = mixer.gain_of(duck_db)
        self._fade_frames = -(-fade_ms // FRAME_MS)
        self._quiet_frames = HOLD_MS // FRAME_MS
        self._target = self._gain = self._wanted()
        self._left = 0

    @property
    def mode(self) -> OriginalMode:
        return self._mode

    def switch(self, mode: OriginalMode) -> None:
        """Another mode from the next frame on; the level gets there by a fade."""
        self._mode = mode

    @property
    def needed(self) -> bool:
        """Whether anything of the original is (still) heard: without, the interpreter's audio needs no mixer."""
        return self._mode is not OriginalMode.OFF or self._gain > 0.0

    def frame(self, own: bytes, interpreted: bytes | None) -> bytes:
        """20 ms for the ear: what the source said and what the interpreter says meanwhile (None: nothing).

        `own` may be empty (the source's stream has stopped), and either may be shorter than a frame.
        """
        speaks = interpreted is not None and self._arithmetic.voiced(interpreted)
        return self._arithmetic.mix_at(own, interpreted or b"", *self._step(speaks))

    def alone(self, own: bytes, *, speaks: bool) -> bytes:
        """The own voice at its level, for who mixes elsewhere; `speaks`: whether the interpreter does meanwhile."""
        return self._arithmetic.mix_at(own, b"", *self._step(speaks))

    def lower(self, duck_db: float) -> None:
        """How much quieter the original is under the interpreter, from the next frame on."""
        self._ducked = mixer.gain_of(min(duck_db, 0.0))

    def _step(self, speaks: bool) -> tuple[float, float]:
        """The gain before this frame and at its end."""
        if speaks:
            self._quiet_frames = 0
        elif self._quiet_frames * FRAME_MS < HOLD_MS:
            self._quiet_frames += 1
        return self._gain, self._next_gain()

    def _wanted(self) -> float:
        match self._mode:
            case OriginalMode.OFF:
                return 0.0
            case OriginalMode.FULL:
                return 1.0
            case OriginalMode.DUCK:
                return self._ducked if self._quiet_frames * FRAME_MS < HOLD_MS else 1.0

    def _next_gain(self) -> float:
        """The gain at the end of this frame."""
        wanted = self._wanted()
        if wanted != self._target:
            self._target, self._left = wanted, self._fade_frames
        if self._left:
            self._gain += (self._target - self._gain) / self._left
            self._left -= 1
            if not self._left:
                self._gain = self._target
        return self._gain
