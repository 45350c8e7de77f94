"""What every call of a node shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dragoman.domain.call import NO_OPENING, AgentRoute, Opening
from dragoman.domain.language import NO_GLOSSARY, Glossary
from dragoman.domain.manner import AS_USUAL, Manner
from dragoman.keys import NO_KEYS, KeyMap
from dragoman.observe.metrics import Metrics
from dragoman.ports import Clock, Engine, Rank, Telephony
from dragoman.relay.announcements import Announcements
from dragoman.relay.ear_plan import USUAL_EAR, EarPlan
from dragoman.relay.ladder import ROTATE_S
from dragoman.relay.presence import SILENT_S


@dataclass(frozen=True, slots=True)
class Parts:
    """Built once by the composition root. `max_usd` 0 = no limit; `safety_id` hashes a party's address for a vendor;
    `person` as in `CallSetup`.

    `spare_engines` are tried when those of `engines` fail; then, with `falls_to_original`, the parties hear each
    other's own voices; then, after `person_after_s` of that (0 = never), the caller goes to the person. `rotate_s`: how
    old a session may grow.

    `max_call_s`: how long a call may last (0 = for ever). `dial_tries`: how often a leg is placed that the carrier
    fails. `silent_leg_s`: a stream that brings nothing for so long is dead. `next_route`: where an agent is looked for
    when nobody answers in a browser.
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
    spare_engines: Sequence[Engine] = ()
    falls_to_original: bool = True
    person_after_s: float = 30.0
    rotate_s: float = ROTATE_S
    max_call_s: float = 0.0
    dial_tries: int = 1
    silent_leg_s: float = SILENT_S
    safety_id: Callable[[str], str] = lambda _address: ""
    next_route: AgentRoute | None = None
