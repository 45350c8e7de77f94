"""Which 20 ms slot of the clock each frame of a microphone was heard in. Frames come in bursts, so they are counted."""

from __future__ import annotations

from typing import Final

from dragoman.relay.echo_returns import FRAME_S

LATE_SLOTS: Final = 10
LATE_FRAMES: Final = 5
"""The count follows the clock at once where they differ by more than 10, and by the least difference of 5 frames in a
row that came late, or early, by one or more."""


class Slots:
    """Each frame is in the slot after the `last`, unless the clock says otherwise for long enough."""

    def __init__(self) -> None:
        self.last: int | None = None
        self._late_frames = 0
        self._least_late = 0.0

    def forget(self) -> None:
        """The next frame is the first."""
        self.last = None

    def of(self, now: float) -> int:
        """The slot that a frame which ends at `now` was heard in."""
        clock = now / FRAME_S - 1
        slot = round(clock) if self.last is None else self.last + 1
        late = clock - slot
        if self.last is None or abs(late) > LATE_SLOTS:
            self._late_frames, slot = 0, round(clock)
        elif -1 < late < 1:
            self._late_frames = 0
        elif self._is_late_for_long(late):
            slot += int(self._least_late)
        self.last = slot
        return slot

    def _is_late_for_long(self, late: float) -> bool:
        """By a slot or more, in the same direction; early is less than none."""
        if not self._late_frames or late * self._least_late < 0:
            self._late_frames, self._least_late = 0, late
        self._late_frames += 1
        self._least_late = min(self._least_late, late, key=abs)
        if self._late_frames < LATE_FRAMES:
            return False
        self._late_frames = 0
        return True
