"""What lies at the carrier and when the ear hears it: a playback clock that the carrier's marks keep right.

Times are seconds of the caller's clock. A mark that comes back says that all before it was played; by how much later
than we thought, is what the carrier adds (its own buffer, the line), and we allow for that from then on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

PLAYED_LATE_S = 0.04
"""An empty carrier buffer starts a little late, and all that follows with it: what we allow for until marks tell."""

LATEST_S = 1.0
"""A mark that is later than this was held up on its own way back: it tells nothing about the audio."""

LOST_S = 10.0
"""A mark that is later than this will not come any more."""

LEARNING = 0.3
"""How much of a new mark's word is taken over."""


@dataclass(slots=True)
class _Span:
    """Audio at the carrier: when it is played. Label "" is a mixer's own."""

    label: str
    begins: float
    ends: float


class EarClock:
    """The carrier's buffer for one ear, as far as it can be known from here."""

    def __init__(self) -> None:
        self.ends = 0.0
        """When what was sent is played, if the carrier plays it as it comes."""
        self.late_s = PLAYED_LATE_S
        self._flying: deque[_Span] = deque()
        self._generation = 0
        self._count = 0
        self._marks: dict[str, tuple[str, float]] = {}

    def sent(self, label: str, size_s: float, now: float) -> None:
        """More audio went to the carrier."""
        begins = max(self.ends, now)
        self.ends = begins + size_s
        flying = self._flying
        while flying and flying[0].ends + LATEST_S <= now:
            flying.popleft()
        if flying and flying[-1].label == label and flying[-1].ends == begins:
            flying[-1].ends = self.ends
        else:
            flying.append(_Span(label, begins, self.ends))

    @property
    def sent_label(self) -> str:
        """Of what was sent last; "" when nothing was."""
        return self._flying[-1].label if self._flying else ""

    def ahead_s(self, now: float) -> float:
        """How much lies at the carrier unplayed."""
        return max(self.ends - now, 0.0)

    def next_heard_at(self, now: float) -> float:
        """When the ear hears what is sent now."""
        return max(self.ends, now) + self.late_s

    # -- Marks ---------------------------------------------------------------------------------------------------------

    def mark(self, label: str) -> str:
        """Put a mark behind what was sent; its name. Names of an earlier generation never count."""
        self._count += 1
        self._forget_lost()
        name = f"g{self._generation}.{self._count}"
        self._marks[name] = (label, self.ends)
        return name

    def _forget_lost(self) -> None:
        """Marks that a carrier never returns; `overdue` has told of them for long."""
        while self._marks and self.ends - next(iter(self._marks.values()))[1] > 2 * LOST_S:
            del self._marks[next(iter(self._marks))]

    def reached(self, name: str, now: float) -> str | None:
        """A mark came back: its label. None for one that is unknown, came before, or was voided by `restart`."""
        label, expected = self._marks.pop(name, (None, 0.0))
        late_s = now - expected
        if label is not None and 0 <= late_s <= LATEST_S:
            self.late_s += LEARNING * (late_s - self.late_s)
        return label

    @property
    def awaited(self) -> list[str]:
        """The labels of the marks that have not come back."""
        return [label for label, _ in self._marks.values()]

    def overdue(self, now: float) -> set[str]:
        """The labels of the marks that will not come any more."""
        return {label for label, expected in self._marks.values() if now - expected > LOST_S}

    # -- Clearing ------------------------------------------------------------------------------------------------------

    def unheard_of(self, counts: Callable[[str], bool], now: float) -> float:
        """How much in ms the ear has not heard yet of the labels that count."""
        heard_until = now - self.late_s
        unheard_s = 0.0
        for span in self._flying:
            if span.ends > heard_until and span.label and counts(span.label):
                unheard_s += span.ends - max(span.begins, heard_until)
        return unheard_s * 1000

    def unheard_ms(self, now: float) -> dict[str, float]:
        """How much of each label the ear has not heard yet."""
        heard_until = now - self.late_s
        unheard: dict[str, float] = {}
        for span in self._flying:
            left_ms = (span.ends - max(span.begins, heard_until)) * 1000
            if left_ms > 0 and span.label:
                unheard[span.label] = unheard.get(span.label, 0.0) + left_ms
        return unheard

    def restart(self) -> None:
        """The buffer is empty: it was cleared, or the stream is new. Marks on their way back are void."""
        self._marks.clear()
        self._flying.clear()
        self._generation += 1
        self.ends = 0.0
