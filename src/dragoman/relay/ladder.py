"""Which engine serves a lane, when the next one down is taken, and when the way leads up again. Pure.

The rungs are the engines that carry the lane, best first; below the last of them the parties hear each other's own
voices. A rung is left when its session does not come back in time, when it is refused, or when it hears and says
nothing. While a lane stands below it, an engine is tried again behind the scenes (`standbys`), and taken when it has
been ready for a while: at once where only the original is heard, in a pause otherwise (`seat` waits for it).
"""

from __future__ import annotations

from dataclasses import dataclass

from dragoman.domain.speech import TroubleKind
from dragoman.relay.retry import FINAL

OPENING_S = 5.0
"""So long the first session of a rung may take to be ready: nothing is lost meanwhile..."""

PATIENCE_S = 1.5
"""...and so long one that takes a lost one's place: somebody waits for what it will say."""

TRIES = 2
"""One more session in a row than this that fails is enough to take the next rung..."""

HELD_S = 10.0
"""...unless it had held for so long."""

STEADY_S = 3.0
"""An engine that has been ready for so long is taken back."""

BACK_S = 0.5
"""...and so long where there is no interpreter at all."""

REST_S = 20.0
"""An engine that heard and said nothing connects well enough: it is not tried again before so long, then twice..."""

FALL_REST_S = 5.0
"""...and one that failed again soon after it was taken back, not before so long; then twice as long, too..."""

LONGEST_REST_S = 300.0

ROTATE_S = 3300.0
"""A session that lived for so long is replaced: the vendor's limit is sixty minutes."""

PROVEN_S = 60.0
"""Who has served for so long since is forgiven."""


@dataclass(slots=True)
class _Rung:
    """What is known of one engine."""

    stalls: int = 0
    falls: int = 0
    """How often in a row it failed soon after it was taken back..."""
    back_at: float = float("-inf")
    """...and when that was last."""
    rests_until: float = float("-inf")
    ready_since: float | None = None


class Ladder:
    """One lane's. `rungs` engines, 0 the best; `bottom` is no engine at all. Standing changes in `tick` only."""

    def __init__(self, rungs: int) -> None:
        self._rungs = [_Rung() for _ in range(rungs)]
        self.standing = 0
        self.why = TroubleKind.NETWORK
        """What the last rung was left for, or is about to be."""
        self._waits_since: float | None = None
        self._patience_s = OPENING_S
        self._failed = 0
        self._hopeless = False
        self._seated_at = float("-inf")
        self._ready_at: float | None = None

    @property
    def bottom(self) -> int:
        return len(self._rungs)

    @property
    def on_original(self) -> bool:
        return self.standing == self.bottom

    @property
    def standbys(self) -> range:
        """The rungs above: better engines than the one that serves."""
        return range(self.standing)

    def may_try(self, rung: int, now: float) -> bool:
        """Whether a better engine is to be tried behind the scenes just now."""
        return now >= self._rungs[rung].rests_until

    # -- The engine that serves ----------------------------------------------------------------------------------------

    def seated(self, now: float, *, ready: bool) -> None:
        """An interpreter of the engine that stands now sits down; `ready`: its session is open already."""
        self._waits_since = None if ready else now
        self._ready_at = now if ready else None
        self._patience_s = OPENING_S if self.standing == 0 and self._seated_at == float("-inf") else PATIENCE_S
        self._seated_at = now
        self._failed = 0
        self._hopeless = False

    def lost(self, why: TroubleKind, now: float) -> None:
        """Its session is over; another one is being tried."""
        self.why = why
        if self._ready_at is not None and now - self._ready_at > HELD_S:
            self._failed = 0
        self._ready_at = None
        self._failed += 1
        self._hopeless = self._hopeless or why in FINAL
        if self._waits_since is None:
            self._waits_since, self._patience_s = now, PATIENCE_S

    def refused(self, rung: int, retry_after_s: float, now: float) -> None:
        """Its server says when it may be asked again."""
        one = self._rungs[rung]
        one.rests_until = max(one.rests_until, now + min(retry_after_s, LONGEST_REST_S))

    def ready(self, now: float) -> None:
        """Its session is open."""
        self._waits_since = None
        self._ready_at = now

    def stalled(self, why: TroubleKind, now: float) -> bool:
        """It hears and says nothing. True: another session of it may do better; False: the engine is given up."""
        self.why = why
        rung = self._rungs[self.standing]
        if now - self._seated_at > PROVEN_S and now > rung.rests_until + PROVEN_S:
            rung.stalls = 0
        rung.stalls += 1
        if rung.stalls == 1:
            self._seated_at = now
            return True
        rung.rests_until = now + min(REST_S * 2.0 ** min(rung.stalls - 2, 8), LONGEST_REST_S)
        self._hopeless = True
        return False

    # -- The better ones -----------------------------------------------------------------------------------------------

    def standby_ready(self, rung: int, now: float) -> None:
        """A better engine's session is open."""
        self._rungs[rung].ready_since = now

    def standby_lost(self, rung: int) -> None:
        """It is over, or not wanted any more."""
        self._rungs[rung].ready_since = None

    # -- Moving --------------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> int | None:
        """The rung to stand on from now on; None: stay."""
        if self.on_original or not self._is_due(now):
            return self._better(now, BACK_S if self.on_original else STEADY_S)
        better = self._better(now, 0.0)
        if better is not None:
            return better
        return self.standing + 1

    def moved(self, rung: int, now: float) -> None:
        """It was done as `tick` said."""
        if rung > self.standing:
            self._fell(self._rungs[self.standing], now)
        else:
            self._rungs[rung].back_at = now
        self.standing = rung
        for one in self._rungs[rung:]:
            one.ready_since = None
        self._waits_since = None
        self._hopeless = False
        self._failed = 0

    @staticmethod
    def _fell(rung: _Rung, now: float) -> None:
        """Nobody is to hear voices change for ever because an engine connects well and fails at its work."""
        rung.falls = rung.falls + 1 if now - rung.back_at < PROVEN_S else 0
        if rung.falls:
            rest_s = min(FALL_REST_S * 2.0 ** min(rung.falls - 1, 8), LONGEST_REST_S)
            rung.rests_until = max(rung.rests_until, now + rest_s)

    def _is_due(self, now: float) -> bool:
        """Whether the engine that stands has had its chance."""
        late = self._waits_since is not None and now - self._waits_since > self._patience_s
        return self._hopeless or self._failed > TRIES or late

    def _better(self, now: float, steady_s: float) -> int | None:
        for rung in self.standbys:
            since = self._rungs[rung].ready_since
            if since is not None and now - since >= steady_s:
                return rung
        return None
