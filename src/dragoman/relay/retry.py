"""When to try a lost interpreter again. Pure; jitter is an argument."""

from __future__ import annotations

from dataclasses import dataclass

from dragoman.domain.speech import TroubleKind

FINAL = frozenset({TroubleKind.AUTH, TroubleKind.QUOTA, TroubleKind.BAD_REQUEST})
"""Trying again soon changes nothing: somebody has to mend a setting or pay a bill."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The first time nearly at once: most losses are a connection that broke. Then exponential backoff by `factor`,
    from `first_s` up to `most_s`: somebody waits. For what somebody has to mend, from `mended_s` up to `seldom_s`.
    """

    at_once_s: float = 0.1
    first_s: float = 0.5
    factor: float = 1.6
    most_s: float = 8.0
    mended_s: float = 3.0
    seldom_s: float = 120.0

    def delay_s(self, failed: int, why: TroubleKind, jitter: float, retry_after_s: float | None = None) -> float:
        """How long to wait after the `failed`-th failure in a row (from 1). `jitter` is 0 to 1.

        `retry_after_s` is what the server asked for: never less than that, but no more than `seldom_s`.
        """
        if why in FINAL:
            wait_s = min(self.mended_s * 2.0 ** min(failed - 1, 16), self.seldom_s)
        elif failed == 1:
            wait_s = self.at_once_s
        else:
            wait_s = min(self.first_s * self.factor ** min(failed - 2, 16), self.most_s)
        jittered_s = wait_s * (0.5 + 0.5 * jitter)
        return max(jittered_s, min(retry_after_s or 0.0, self.seldom_s))
