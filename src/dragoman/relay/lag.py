"""How far the sink's ear is behind the source's mouth, at any time.

Where in the source a piece of interpreted speech belongs: the engine's own `elapsed_ms` where it gives one; else the
utterance's (or stretch's) place at the mouth, into which the interpreter advances as fast as it speaks, up to its end.
"""

from __future__ import annotations

from dataclasses import dataclass

GIVE_UP_S = 8.0
"""So long after the last voice nothing will come of it any more: it was a noise."""


@dataclass(frozen=True, slots=True)
class LagFigures:
    """In ms. `mean_ms` and `most_ms` are of all samples while something was on its way to the ear; 0 without any."""

    mean_ms: float = 0.0
    most_ms: float = 0.0
    drift_ms_per_min: float = 0.0
    """How fast it grew, by least squares."""


class LagMeter:
    """One lane's. `spoke` for each piece that arrives, `sample` all the time."""

    def __init__(self) -> None:
        self._newest_said_at: float | None = None
        self._waiting_since: float | None = None
        self._voice_at = 0.0
        self._samples = 0
        self._sum_ms = 0.0
        self._most_ms = 0.0
        self._first_at = 0.0
        self._sum_t = self._sum_tt = self._sum_t_ms = 0.0

    def heard_voice(self, now: float) -> None:
        """The source's mouth spoke; nothing of what it says now can have been heard yet."""
        if self._waiting_since is None or now - self._voice_at > GIVE_UP_S:
            self._waiting_since = now
        self._voice_at = now

    def spoke(self, said_at: float) -> None:
        """Interpreted speech arrived that belongs to what was said at `said_at`."""
        self._newest_said_at = said_at
        self._waiting_since = None

    def lag_ms(self, now: float, unheard_ms: float) -> float:
        """0 when all that was said is heard; what was said and not yet answered counts from its begin."""
        if unheard_ms > 0 and self._newest_said_at is not None:
            return max((now - self._newest_said_at) * 1000 + unheard_ms, 0.0)
        if self._waiting_since is None or now - self._voice_at > GIVE_UP_S:
            return 0.0
        return max(now - self._waiting_since, 0.0) * 1000

    def settled(self) -> None:
        """Nothing more is to come for what was said: a noise, or a refusal."""
        self._waiting_since = None

    def sample(self, now: float, unheard_ms: float) -> float:
        """Take the lag down; give it back."""
        lag_ms = self.lag_ms(now, unheard_ms)
        if lag_ms > 0 and unheard_ms > 0:
            if not self._samples:
                self._first_at = now
            at = now - self._first_at
            self._samples += 1
            self._sum_ms += lag_ms
            self._most_ms = max(self._most_ms, lag_ms)
            self._sum_t += at
            self._sum_tt += at * at
            self._sum_t_ms += at * lag_ms
        return lag_ms

    @property
    def figures(self) -> LagFigures:
        """What the samples say so far."""
        count = self._samples
        if not count:
            return LagFigures()
        spread = count * self._sum_tt - self._sum_t**2
        slope = (count * self._sum_t_ms - self._sum_t * self._sum_ms) / spread if spread > 0 else 0.0
        return LagFigures(self._sum_ms / count, self._most_ms, slope * 60)
