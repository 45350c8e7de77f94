"""What the interpreters of one call cost, and what went wrong with them."""

from __future__ import annotations

from dragoman.domain.speech import Guarded, InterpreterEvent, Spent, SpokeAll, Trouble, Unclear
from dragoman.observe.metrics import Metrics

TROUBLES_KEPT = 100
"""A flapping engine must not fill the record."""


class Ledger:
    """Sums up interpreter events, for the call's record and the node's metrics."""

    def __init__(self, metrics: Metrics, max_usd: float) -> None:
        self._metrics = metrics
        self._max_usd = max_usd
        self.usd = 0.0
        self.is_estimate = False
        self.troubles: list[str] = []

    def take_up(self, usd: float, troubles: list[str], *, is_estimate: bool) -> None:
        """Go on from what the call had cost, and had gone through, in an earlier process."""
        self.usd, self.is_estimate, self.troubles = usd, is_estimate, list(troubles)

    def note(self, event: InterpreterEvent, engine: str) -> bool:
        """Take an event in; True when it makes the call dearer than it may be."""
        match event:
            case Spent(usd, estimate):
                self.usd += usd
                self.is_estimate |= estimate
                self._metrics.spent(engine, usd)
                return 0 < self._max_usd <= self.usd
            case Trouble(kind, message, _):
                if len(self.troubles) < TROUBLES_KEPT:
                    self.troubles.append(f"{kind.value}: {message}")
                self._metrics.engine_trouble.labels(engine, kind.value).inc()
            case SpokeAll():
                self._metrics.utterances.labels(engine).inc()
            case Unclear():
                self._metrics.unclear.labels(engine).inc()
            case Guarded(_, verdict):
                self._metrics.guarded.labels(engine, verdict.value).inc()
            case _:
                pass
        return False
