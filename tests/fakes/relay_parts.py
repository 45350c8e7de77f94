"""What a call is made of, with everything outside it on paper."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

from dragoman.domain.call import AgentRoute, AgentVia, CallId, CallSetup, Party, Role
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.manner import AS_USUAL, Manner
from dragoman.keys import NO_KEYS, KeyMap
from dragoman.notices import Notices
from dragoman.observe.metrics import Metrics
from dragoman.ports import Announcer, Clock, Engine, LanguageBook, Rank, Telephony
from dragoman.relay.announcements import Announcements
from dragoman.relay.ear_plan import USUAL_EAR, EarPlan
from dragoman.relay.ladder import ROTATE_S
from dragoman.relay.parts import Parts
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.engine import FakeEngine
from tests.fakes.telephony import FakeTelephony

SPANISH = Language(LanguageTag("es"), "Español", "Spanish", "es-MX", key="2")
FRENCH = Language(LanguageTag("fr"), "Français", "French", "fr-FR", key="3")
ENGLISH = Language(LanguageTag("en"), "English", "English", "en-US", key="1")
FLEX = AgentRoute(AgentVia.FLEX_NUMBER, "+15550100002")
DIRECT = AgentRoute(AgentVia.DIRECT, "+15550100003")
BOOK = LanguageBook(offered=(ENGLISH, SPANISH, FRENCH), agent=ENGLISH, left_out={})

SILENT = b"\xff" * 160


def frame(marker: int) -> bytes:
    """A frame that tells whose it is: as loud as a voice, and no tone."""
    return hashlib.shake_128(marker.to_bytes(4, "big")).digest(160)


def setup(
    *,
    first: Role = Role.CALLER,
    route: AgentRoute = FLEX,
    caller: Language = SPANISH,
    agent: Language = ENGLISH,
    call_id: str = "call-1",
) -> CallSetup:
    return CallSetup(
        CallId(call_id),
        Party(Role.CALLER, caller, "+34600000001"),
        Party(Role.AGENT, agent, route.address),
        route,
        first=first,
        carrier_call="CA-incoming" if first is Role.CALLER else "",
    )


def loop_clock() -> float:
    return asyncio.get_running_loop().time()


def parts(
    *,
    telephony: Telephony | None = None,
    engines: Sequence[Engine] | None = None,
    announcer: Announcer | None = None,
    clock: Clock = loop_clock,
    manner: Manner = AS_USUAL,
    keys: KeyMap = NO_KEYS,
    ear: EarPlan = USUAL_EAR,
    echo_gate: bool = False,
    rank: Rank | None = None,
    max_usd: float = 0.0,
    max_call_s: float = 0.0,
    dial_tries: int = 1,
    silent_leg_s: float = float("inf"),
    spare_engines: Sequence[Engine] = (),
    falls_to_original: bool = True,
    person_after_s: float = 30.0,
    rotate_s: float = ROTATE_S,
) -> Parts:
    return Parts(
        telephony=telephony if telephony is not None else FakeTelephony(),
        engines=engines if engines is not None else [FakeEngine()],
        announcements=Announcements(Notices.load(), announcer if announcer is not None else FakeAnnouncer()),
        metrics=Metrics(),
        clock=clock,
        manner=manner,
        keys=keys,
        ear=ear,
        echo_gate=echo_gate,
        rank=rank,
        max_usd=max_usd,
        max_call_s=max_call_s,
        dial_tries=dial_tries,
        silent_leg_s=silent_leg_s,
        spare_engines=spare_engines,
        falls_to_original=falls_to_original,
        person_after_s=person_after_s,
        rotate_s=rotate_s,
    )
