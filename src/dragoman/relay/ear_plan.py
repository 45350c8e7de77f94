"""How one ear is served: what the operator may set."""

from __future__ import annotations

from dataclasses import dataclass

from dragoman.domain.ear import OriginalMode
from dragoman.relay.haste import TARGET_MS
from dragoman.relay.original import DUCK_DB
from dragoman.relay.playout import LEAD_MS

LONG_TURN_S = 25.0


@dataclass(frozen=True, slots=True)
class EarPlan:
    """`lead_ms`: how much unheard audio may lie at the carrier. `lag_target_ms`: how far the ear may fall behind the
    engine before haste; 0 = however far. `comfort`: a soft sound while a translation is under way. `self_db`: how much
    quieter the speaker hears the own translation; None = not at all. `long_turn_s`: a speaker without a pause for so
    long hears a soft cue; 0 = never. `paced`: audio is given out in the time in which it is heard, and what is waited
    for is covered by sound; otherwise at once and as it is, for who sees to that elsewhere.
    """

    original: OriginalMode = OriginalMode.OFF
    duck_db: float = DUCK_DB
    lead_ms: int = LEAD_MS
    lag_target_ms: float = TARGET_MS
    comfort: bool = False
    self_db: float | None = None
    long_turn_s: float = LONG_TURN_S
    paced: bool = True


USUAL_EAR = EarPlan()
