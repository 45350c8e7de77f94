"""How an ear that fell behind catches up: pauses are shortened first, then speech is played faster, then the speaker is
asked to pause. What is voiced is never left out.

Sits between a playout's queue and the carrier: frames go in in play order, and what is to be sent comes out. Time is
counted in audio sent, which is the time that the ear lives in.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from dragoman.audio.arithmetic import arithmetic
from dragoman.audio.stretch import FASTEST, Stretch
from dragoman.domain.audio import AudioFormat

TARGET_MS: Final = 1500
"""How far behind the ear may be."""

CALM_SHARE: Final = 2 / 3
"""Below this share of the target the ear has caught up; between the two, haste grows less."""

CUE_AFTER_MS: Final = 4000
"""So much beyond the target, haste alone is not enough: the speaker should pause."""

CUE_GAP_MS: Final = 15_000

QUIET_DBFS: Final = -50.0
"""A frame without voice is silence below this; weak consonants and the ends of words lie above."""

KEPT_FRAMES: Final = 5
"""What stays of a pause after a word (100 ms)."""

AHEAD_FRAMES: Final = 2
"""What stays of a pause before a word (40 ms), and so is held while a pause is shortened."""

RATIO_STEP: Final = 0.05
PATIENCE_MS: Final = 1000
"""Shorter pauses have so long to do it; then speech becomes faster."""

STEP_MS: Final = 300
"""Between one step of the ratio and the next."""

GENTLE: Final = 1.06
GENTLE_AFTER_MS: Final = 2000
"""A delay that stands: so long pauses are to do it, then speech is faster by what nobody hears."""


class Haste:
    """One ear's haste. While the ear is not behind, a frame comes out as the object that went in."""

    def __init__(
        self,
        target_ms: float = TARGET_MS,
        *,
        cue_after_ms: float = CUE_AFTER_MS,
        fastest: float = FASTEST,
        fmt: AudioFormat = AudioFormat.PCMU_8K,
    ) -> None:
        if not (target_ms > 0 and cue_after_ms >= 0 and 1.0 <= fastest <= FASTEST):
            raise ValueError(
                f"target_ms must be above 0, cue_after_ms not below, and fastest 1.0 to {FASTEST}: "
                f"they are {target_ms}, {cue_after_ms} and {fastest}"
            )
        self._arithmetic = arithmetic(fmt)
        self._bytes_per_ms = fmt.bytes_for(1)
        self._target_ms = target_ms
        self._calm_ms = target_ms * CALM_SHARE
        self._cue_ms = target_ms + cue_after_ms
        self._fastest = fastest
        self._trims = False
        self._trims_from = 0
        self._hurries = False
        self._ratio = 1.0
        self._stretch = Stretch(fmt)
        self._quiet_frames = 0
        self._ahead: deque[bytes] = deque()
        self._left_out = b""  # the first frame dropped since the last one that was sent
        self._sent_bytes = 0
        self._dropped_bytes = 0
        self._step_at = 0
        self._cue_at = 0
        self._wants_cue = False

    # -- Sending -------------------------------------------------------------------------------------------------------

    def take(self, frame: bytes, behind_ms: float) -> bytes:
        """The next 20 ms frame in play order, while the ear is `behind_ms` behind; what is sent for it.

        That may be nothing, or more than came when held audio is let go, and is no whole number of frames.
        """
        if self.idle and behind_ms <= self._target_ms:
            self._sent_bytes += len(frame)
            return frame
        self._judge(behind_ms)
        out = self._shortened(frame) if self._hurries or self._trims else self._let_go() + frame
        out = self._stretch.push(out, self._ratio)
        self._sent_bytes += len(out)
        return out

    def flush(self) -> bytes:
        """All that is held: at the end of an utterance, or when the queue has run dry. It may go on afterwards."""
        out = self._stretch.push(self._let_go(), self._ratio) + self._stretch.flush()
        self._sent_bytes += len(out)
        return out

    def reset(self) -> None:
        """The queue was dropped: forget what is held, and be calm."""
        self._stretch.reset()
        self._ahead.clear()
        self._left_out = b""
        self._calm_down()

    # -- Asking --------------------------------------------------------------------------------------------------------

    @property
    def target_ms(self) -> float:
        """How far behind the ear may be."""
        return self._target_ms

    @property
    def held_bytes(self) -> int:
        """What was taken and is not yet sent or dropped: at most 40 ms of silence and 30 ms of speech."""
        return sum(map(len, self._ahead)) + self._stretch.held_bytes

    @property
    def holds(self) -> bool:
        """Whether anything is held."""
        return bool(self._ahead) or self._stretch.held_bytes > 0

    @property
    def held_ms(self) -> float:
        return self.held_bytes / self._bytes_per_ms

    @property
    def dropped_ms(self) -> float:
        """Silence left out since the start."""
        return self._dropped_bytes / self._bytes_per_ms

    @property
    def gained_ms(self) -> float:
        """Time won by faster speech since the start."""
        return self._stretch.gained_bytes / self._bytes_per_ms

    @property
    def ratio(self) -> float:
        """How fast speech is played now: 1.0 to 1.25."""
        return self._ratio

    @property
    def idle(self) -> bool:
        """What comes goes out as it is, while the ear is not behind."""
        return not (self._hurries or self._trims or self._ahead or self._stretch.held_bytes)

    def trim(self, on: bool) -> None:
        """What is queued has been there for too long, or no longer: pauses are shortened although the ear is not far
        behind; where that does not help, speech is played a little faster.
        """
        if on and not self._trims:
            self._trims_from = self._sent_bytes
        if self._trims and not on and not self._hurries:
            self._ratio = 1.0
        self._trims = on

    @property
    def wants_cue(self) -> bool:
        """The last `take` found that the speaker should be asked to pause. Once in 15 s, and gone with the next."""
        return self._wants_cue

    # -- How much haste ------------------------------------------------------------------------------------------------

    def _judge(self, behind_ms: float) -> None:
        self._wants_cue = False
        if behind_ms < self._calm_ms:
            self._calm_down()
            self._ratio = self._gently
        elif behind_ms > self._target_ms:
            self._hurry()
            if behind_ms > self._cue_ms and self._sent_bytes >= self._cue_at:
                self._wants_cue = True
                self._cue_at = self._sent_bytes + CUE_GAP_MS * self._bytes_per_ms
        elif self._hurries:
            self._step(-RATIO_STEP)
        else:
            self._ratio = self._gently

    @property
    def _gently(self) -> float:
        """The ratio that wears a standing delay down."""
        long = self._sent_bytes - self._trims_from >= GENTLE_AFTER_MS * self._bytes_per_ms
        return min(GENTLE, self._fastest) if self._trims and long else 1.0

    def _hurry(self) -> None:
        if not self._hurries:
            self._hurries = True
            self._quiet_frames = 0
            self._step_at = self._sent_bytes + PATIENCE_MS * self._bytes_per_ms
        self._step(RATIO_STEP)

    def _step(self, change: float) -> None:
        if self._sent_bytes < self._step_at:
            return
        self._step_at = self._sent_bytes + STEP_MS * self._bytes_per_ms
        self._ratio = min(max(round(self._ratio + change, 2), 1.0), self._fastest)

    def _calm_down(self) -> None:
        self._hurries = False
        self._ratio = 1.0
        self._wants_cue = False
        if not self._trims:
            self._quiet_frames = 0

    # -- Shorter pauses ------------------------------------------------------------------------------------------------

    def _shortened(self, frame: bytes) -> bytes:
        """A pause keeps its first 100 ms and its last 40 ms; what of it lies between is left out."""
        if self._arithmetic.voiced(frame) or self._arithmetic.dbfs(frame) >= QUIET_DBFS:
            self._quiet_frames = 0
            return self._let_go() + frame
        self._quiet_frames += 1
        if self._quiet_frames <= KEPT_FRAMES:
            return frame
        self._ahead.append(frame)
        if len(self._ahead) > AHEAD_FRAMES:
            dropped = self._ahead.popleft()
            self._dropped_bytes += len(dropped)
            self._left_out = self._left_out or dropped
        return b""

    def _let_go(self) -> bytes:
        """The held end of a pause. After a gap it begins as the gap began, and fades into itself: no click."""
        if not self._ahead:
            return b""
        if self._left_out:
            first = self._ahead[0]
            fade = self._arithmetic.fade
            before = fade(self._left_out[: len(first)], 1.0, 0.0)
            self._ahead[0] = self._arithmetic.mix(before, fade(first, 0.0, 1.0))
            self._left_out = b""
        out = b"".join(self._ahead)
        self._ahead.clear()
        return out
