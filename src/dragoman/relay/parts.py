"""What every call of a node shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dragoman.domain.call import NO_OPENING, Opening
from dragoman.domain.language import NO_GLOSSARY, Glossary
from dragoman.domain.manner import AS_USUAL, Manner
from dragoman.keys import NO_KEYS, KeyMap
from dragoman.observe.metrics import Metrics
from dragoman.ports import Clock, Engine, Rank, Telephony
from dragoman.relay.announcements import Announcements
from dragoman.relay.ear_plan import USUAL_EAR, EarPlan


@dataclass(frozen=True, slots=True)
class Parts:
    """Built once by the composition root. `max_usd` 0 = no limit; `safety_id` hashes a party's address for a vendor;
    `person` as in `CallSetup`.
    """

    telephony: Telephony
    engines: Sequence[Engine]
    announcements: Announcements
    metrics: Metrics
    clock: Clock
    glossary: Glossary = NO_GLOSSARY
    manner: Manner = AS_USUAL
    keys: KeyMap = NO_KEYS
    ear: EarPlan = USUAL_EAR
    echo_gate: bool = True
    rank: Rank | None = None
    opening: Opening = NO_OPENING
    person: str = ""
    max_usd: float = 0.0
    safety_id: Callable[[str], str] = lambda _address: ""
