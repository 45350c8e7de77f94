"""A switchboard that keeps what it is told and says what a test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from dragoman.domain.call import (
    AgentRoute,
    AgentVia,
    CallEvent,
    CallId,
    CallSetup,
    CallView,
    HangUpLeg,
    Instruction,
    Notice,
    Party,
    Role,
)
from dragoman.domain.control import Change
from dragoman.domain.effects import Caption
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.speech import LegEvent
from dragoman.errors import Refused
from dragoman.ports import Leg, Origination, Ringing

ENGLISH = Language(LanguageTag("en"), "English", "English", "en-US", key="1")
SPANISH = Language(LanguageTag("es"), "Español", "Spanish", "es-MX", key="2")
MANDARIN = Language(LanguageTag("zh"), "中文", "Mandarin", "zh-CN", key="4")
RUSSIAN = Language(LanguageTag("ru"), "Русский", "Russian", "ru-RU")
VIETNAMESE = Language(LanguageTag("vi"), "Tiếng Việt", "Vietnamese", "vi-VN", say_voice="Google.vi-VN-Standard-A")

FLEX = AgentRoute(AgentVia.FLEX_NUMBER, "+12025550124")


def setup_of(
    call_id: str,
    *,
    caller: str = "+34600000001",
    language: Language = SPANISH,
    route: AgentRoute = FLEX,
    first: Role = Role.CALLER,
    account: str = "",
) -> CallSetup:
    """A call between a caller and an English-speaking agent."""
    return CallSetup(
        CallId(call_id),
        Party(Role.CALLER, language, caller),
        Party(Role.AGENT, ENGLISH, route.address),
        route,
        first,
        account=account,
    )


@dataclass
class ScriptedSwitchboard:
    """Implements ports.Switchboard. `says` is what the next instructions are; `full` refuses new calls."""

    setups: dict[str, CallSetup] = field(default_factory=dict)
    says: dict[tuple[str, Role], Instruction] = field(default_factory=dict)
    rung: list[Ringing] = field(default_factory=list)
    told: list[tuple[str, CallEvent]] = field(default_factory=list)
    views: dict[str, CallView] = field(default_factory=dict)
    recalled: list[str] = field(default_factory=list)
    callers: dict[str, CallId] = field(default_factory=dict)
    heirs: dict[str, CallId] = field(default_factory=dict)
    legs: dict[tuple[str, Role], Leg] = field(default_factory=dict)
    heard: list[LegEvent] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)
    full: bool = False
    refusal: Notice | None = None
    """What a refused caller is to hear."""
    draining: bool = False

    def ring(self, ringing: Ringing) -> CallId:
        if self.full:
            raise Refused("too many calls at once", self.refusal)
        call_id = f"call-{ringing.carrier_call}"
        self.rung.append(ringing)
        self.setups.setdefault(call_id, setup_of(call_id, caller=ringing.caller_address, language=ringing.language))
        return CallId(call_id)

    def originate(self, wanted: Origination) -> CallId:
        raise Refused("not in this test")

    async def recall(self, call_id: str) -> None:
        self.recalled.append(call_id)

    def call_of(self, carrier_call: str) -> CallId | None:
        return self.callers.get(carrier_call)

    def heir_of(self, call_id: str) -> CallId | None:
        return self.heirs.get(call_id)

    def find(self, call_id: str) -> CallView | None:
        return self.views.get(call_id)

    def setup(self, call_id: str) -> CallSetup | None:
        return self.setups.get(call_id)

    def tell(self, call_id: str, event: CallEvent) -> bool:
        self.told.append((call_id, event))
        return call_id in self.setups

    def change(self, call_id: str, change: Change) -> CallView:
        raise Refused("not in this test")

    def instruct(self, call_id: str, role: Role, carrier_call: str = "") -> Instruction:
        return self.says.get((call_id, role), HangUpLeg())

    def join(self, call_id: str, role: Role, leg: Leg, nonce: str) -> None:
        if call_id not in self.setups:
            raise Refused("no such call")
        if nonce in self.nonces:
            raise Refused("token was used before")
        self.nonces.add(nonce)
        self.legs[call_id, role] = leg
        leg.attach(self.heard.append)

    def captions(self, call_id: str) -> AsyncIterator[Caption] | None:
        return None

    def calls(self) -> list[CallView]:
        return []
