"""When to try a lost interpreter again, and when to give up. Pure; jitter is an argument."""

from __future__ import annotations

from dataclasses import dataclass

from dragoman.domain.speech import TroubleKind

FINAL = frozenset({TroubleKind.AUTH, TroubleKind.QUOTA, TroubleKind.BAD_REQUEST})
"""Trying again changes nothing."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential backoff: `first_s`, doubled up to `most_s`, at most `tries` times in a row."""

    first_s: float = 0.25
    most_s: float = 4.0
    tries: int = 5

    def delay_s(self, failed: int, why: TroubleKind, jitter: float) -> float | None:
        """How long to wait after the `failed`-th failure in a row (from 1); None = give up. `jitter` is 0 to 1."""
        if failed > self.tries or why in FINAL:
            return None
        wait_s = min(self.first_s * 2.0 ** (failed - 1), self.most_s)
        return float(wait_s * (0.75 + 0.25 * jitter))
