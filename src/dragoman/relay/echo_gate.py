"""Keeps what is played to a party from being heard as if that party had said it.

A speakerphone hands the interpreter's voice back to us: late, quieter, coloured. The gate learns, for each delay up to
`window_ms` + `tail_ms` and each band of frequency, how much of what was played may come back: the *return*, in dB. It
is a low quantile of microphone less played level. Where there is an echo the microphone never falls below it, however
much the party talks over it; where there is none, the pauses of the party soon push the return down. While microphone
and playback go up and down together it is echo alone, and the return rises to the middle of what is measured. What
returns and noise explain, with a margin, is echo; a frame of which a good part is louder is the party's own voice.

Most lines have no echo, and most frames no voice, so little of this is done for most: what was played is kept as bytes
until its levels are needed; the microphone's frames are learned from in batches; and when for seconds nothing seems to
come back, the gate rests: nothing is judged, and every other batch is only looked at for likeness.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from dragoman.audio.bands import Powers, band_levels, band_powers
from dragoman.audio.level import voiced
from dragoman.domain.audio import FRAME_MS, PCMU_FRAME_BYTES, PCMU_SILENCE
from dragoman.relay.echo_noise import Noise, power
from dragoman.relay.echo_returns import (
    ALIKE,
    BATCH_FRAMES,
    FRAME_S,
    INAUDIBLE_CODES,
    KEPT_SLOTS,
    Played,
    Returns,
)
from dragoman.relay.echo_slots import Slots

WINDOW_MS = 400
"""The longest way of an echo: from our playback clock's ear back into our hands."""

TAIL_MS = 250
"""How long a room goes on sounding."""

MARGIN_DB: Final = 9.0
"""How far a frame's echo may rise above what is expected of it."""
HELD_MARGIN_DB: Final = 6.0
"""The same while the party's own voice is there: words are not chopped."""
OWN_SHARE: Final = 0.5
OWN_DBFS: Final = -48.0
"""The party's own voice: at least this share of a frame's power and this loud, above what is explained."""

HANG_FRAMES: Final = 3
HANG_MOST_FRAMES: Final = 12
"""Each frame of own voice keeps the gate open for 3 more, at most 12: one false frame lets little through."""

RESTS_AFTER_BATCHES: Final = 16
FAINT_DBFS: Final = -40.0
FAINT_IN_NOISE_DB: Final = 16.0
STEADY: Final = 0.3
"""The gate rests after so many batches in which nothing seemed to come back: no echo could be louder than this in any
band, or than this above what the microphone falls to; and nothing was alike for seconds. Two voices that have nothing
to do with each other are less alike than this in the long run; whoever hears an echo above his noise, more."""
WAKES_DB: Final = 4.0
"""It wakes when an echo might be this much louder, or when there is likeness."""
SUSPECT: Final = 0.42
REST_LEARNS_EVERY: Final = 2
"""At rest one batch in so many is looked at, if the last was less alike than this: else each, and learned from."""

_OWN_POWER: Final = 10 ** (OWN_DBFS / 10)
_SILENCE: Final = bytes([PCMU_SILENCE]) * PCMU_FRAME_BYTES


def _silence(audio: bytes) -> bytes:
    return bytes([PCMU_SILENCE]) * len(audio)


class EchoGate:
    """The gate at one leg's microphone: `played` tells what its ear is given, `pass_through` what may be heard.

    mu-law only. While nothing audible was played for window and tail, frames go through at the price of a comparison.
    """

    def __init__(self, *, tail_ms: int = TAIL_MS, window_ms: int = WINDOW_MS) -> None:
        if tail_ms < 0 or window_ms < 0 or tail_ms + window_ms > KEPT_SLOTS // 2 * FRAME_MS:
            raise ValueError(f"window and tail must be 0 to {KEPT_SLOTS // 2 * FRAME_MS} ms together")
        self._played = Played((window_ms + tail_ms) // FRAME_MS + 1)
        self._returns = Returns(window_ms // FRAME_MS + 1, tail_ms // FRAME_MS)
        self._noise = Noise(MARGIN_DB)
        self._linger_s = (window_ms + tail_ms) / 1000 + FRAME_S
        self._silent_from = float("-inf")
        self._slots = Slots()
        self._batch: list[bytes] = []
        self._has_sound = False
        self._unlearned = 0
        self._learns_every = REST_LEARNS_EVERY
        self._rests = False
        self._faint_batches = 0
        self._evidence = 0
        self._hang = 0

    def played(self, audio: bytes, heard_at: float) -> None:
        """`audio` reaches the ear from `heard_at` on, by our playback clock; it may lie ahead by up to 2 s."""
        loud_until = self._played.write(audio, heard_at)
        if loud_until is not None:
            self._silent_from = max(self._silent_from, loud_until + self._linger_s)

    def cleared(self, now: float) -> None:
        """What the ear has not heard by `now` it never will."""
        self._played.clear_from(now)
        self._silent_from = min(self._silent_from, now + self._linger_s)

    def pass_through(self, frame: bytes, now: float) -> bytes:
        """The same bytes, or as much silence. `now` is the time of the end of what was heard (one frame or more)."""
        if now > self._silent_from:
            self._slots.forget()
            self._batch.clear()
            self._has_sound = False
            self._close()
            return frame
        if len(frame) <= PCMU_FRAME_BYTES:
            return frame if not frame or self._passes(frame, now) else _silence(frame)
        pieces = [frame[at : at + PCMU_FRAME_BYTES] for at in range(0, len(frame), PCMU_FRAME_BYTES)]
        began = now - len(pieces) * FRAME_S
        passed = [self._passes(piece, began + (i + 1) * FRAME_S) for i, piece in enumerate(pieces)]
        if all(passed):
            return frame
        return b"".join(piece if ok else _silence(piece) for piece, ok in zip(pieces, passed, strict=True))

    def _passes(self, frame: bytes, now: float) -> bool:
        last = self._slots.last
        slot = self._slots.of(now)
        if self._batch and last is not None and slot != last + 1:
            self._learn(last)
        has_sound = voiced(frame, INAUDIBLE_CODES)
        passes = self._rests or self._is_heard(frame, slot, has_sound=has_sound)
        self._batch.append(frame if len(frame) == PCMU_FRAME_BYTES else frame.ljust(PCMU_FRAME_BYTES, _SILENCE[:1]))
        self._has_sound = self._has_sound or has_sound
        if len(self._batch) == BATCH_FRAMES:
            self._learn(slot)
        return passes

    def _is_heard(self, frame: bytes, slot: int, *, has_sound: bool) -> bool:
        """Whether a frame holds the party's own voice, or lies between frames that do, or nothing returns now."""
        if has_sound and voiced(frame):
            heard = band_powers(frame)[0]
            is_own = self._is_own(heard, slot)
            if is_own and self._batch and not self._evidence:
                self._learn(slot - 1)
                is_own = self._is_own(heard, slot)
            if is_own:
                self._evidence = min(self._evidence + HANG_FRAMES, HANG_MOST_FRAMES)
                self._hang = max(self._hang - 1, self._evidence)
                return True
        if self._hang:
            self._hang -= 1
            return True
        self._close()
        return False

    def _is_own(self, heard: Powers, slot: int) -> bool:
        """Whether a good part of what was heard is explained neither by echo nor by noise."""
        echo = self._returns.explain(self._played.until(slot))
        echo += np.float32(HELD_MARGIN_DB if self._hang else MARGIN_DB)
        explained = np.maximum(power(echo), self._noise.explains)
        own = float(np.add.reduce(np.maximum(heard - explained, 0)))
        return own > _OWN_POWER and own > OWN_SHARE * float(np.add.reduce(heard))

    def _close(self) -> None:
        self._evidence = self._hang = 0

    def _learn(self, last_slot: int) -> None:
        """From the batch, the last frame of which was heard in `last_slot`."""
        batch, has_sound, rests = self._batch, self._has_sound, self._rests
        self._batch, self._has_sound = [], False
        self._unlearned += 1
        if rests and (not has_sound or self._unlearned < self._learns_every):
            return
        self._unlearned = 0
        heard = band_levels(b"".join(batch))
        played = self._played.until(last_slot, len(batch))
        likeness = self._returns.compare(heard, played - self._played.mean)
        self._learns_every = 1 if likeness > SUSPECT else REST_LEARNS_EVERY
        if rests and likeness <= SUSPECT and self._returns.steady <= STEADY:
            return
        self._returns.learn(heard, played)
        self._noise.learn(heard)
        faint = np.maximum(self._noise.levels + np.float32(FAINT_IN_NOISE_DB), np.float32(FAINT_DBFS))
        above_db = float((self._returns.most + self._played.peak(played, len(batch)) - faint).max())
        self._rest(likeness <= ALIKE and self._returns.steady <= STEADY and above_db < (WAKES_DB if rests else 0.0))

    def _rest(self, nothing_returns: bool) -> None:
        """Rest, wake or go on, after one more batch in which nothing seemed to come back, or something did."""
        self._faint_batches = self._faint_batches + 1 if nothing_returns else 0
        if not nothing_returns:
            self._rests = False
        elif self._faint_batches == RESTS_AFTER_BATCHES:
            self._rests = True
            self._close()
