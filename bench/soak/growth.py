"""Whether something grows with the calls that were carried: a line through what was read, and a verdict. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

CALLS: Final = 1000
"""Growth is told per so many calls."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the server held when so many calls were over, `at_s` seconds after the beginning. Values by name."""

    calls: int
    at_s: float
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Bound:
    """How much of `name` is allowed.

    `per_1000` is the growth while calls come and go; `left` is by how much more there may be when all calls are over
    and forgotten than there was before. None: shown, and not judged.
    """

    name: str
    unit: str = ""
    per_1000: float | None = None
    left: float | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """One line of the table. `per_1000` is None with fewer than three readings."""

    bound: Bound
    before: float
    after: float
    per_1000: float | None

    @property
    def met(self) -> bool:
        """Whether nothing is judged, or all is within its bound. What could not be read is not."""
        grown, left = self.bound.per_1000, self.bound.left
        steady = grown is None or (self.per_1000 is not None and self.per_1000 <= grown)
        return steady and (left is None or self.after - self.before <= left)

    @property
    def judged(self) -> bool:
        return self.bound.per_1000 is not None or self.bound.left is not None


def growth(bounds: Iterable[Bound], before: Reading, during: Sequence[Reading], after: Reading) -> list[Growth]:
    """A line for each bound whose value was read; `during` are the readings after the warm-up."""
    found: list[Growth] = []
    for bound in bounds:
        name = bound.name
        if name in before.values and name in after.values:
            points = [(one.calls, one.values[name]) for one in during if name in one.values]
            found.append(Growth(bound, before.values[name], after.values[name], slope(points)))
    return found


def slope(points: Sequence[tuple[float, float]]) -> float | None:
    """How much the value grows per 1,000 calls: least squares. None with fewer than three points or one place."""
    count = len(points)
    if count < 3:
        return None
    calls, value = (sum(point[axis] for point in points) / count for axis in (0, 1))
    spread = sum((one - calls) ** 2 for one, _ in points)
    if not spread:
        return None
    return CALLS * sum((one - calls) * (other - value) for one, other in points) / spread


def warmed(readings: Sequence[Reading], calls: int, seconds: float) -> list[Reading]:
    """Those that were taken when so many calls were over and so much time had passed."""
    return [one for one in readings if one.calls >= calls and one.at_s >= seconds]
