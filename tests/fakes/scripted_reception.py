"""A reception that keeps what it is told and says what a test wants."""

from __future__ import annotations

from dataclasses import dataclass, field

from dragoman.domain.call import CallId, Notice
from dragoman.domain.language import Language
from dragoman.domain.reception import LeaveCall, Next, ReceptionEvent
from dragoman.domain.speech import LegEvent
from dragoman.errors import Refused
from dragoman.ports import Leg, Ringing
from tests.fakes.scripted_switchboard import ENGLISH, MANDARIN, RUSSIAN, SPANISH, VIETNAMESE

LANGUAGES = (SPANISH, ENGLISH, MANDARIN, RUSSIAN, VIETNAMESE)
"""What its assistants speak; they begin in the first."""


@dataclass
class ScriptedReception:
    """Implements assistant_ports.Reception. `says` is what comes next, by call; `refuses` why nobody answers."""

    accounts: dict[str, str] = field(default_factory=dict)
    says: dict[str, Next] = field(default_factory=dict)
    rung: list[tuple[Ringing, str]] = field(default_factory=list)
    told: list[tuple[str, ReceptionEvent]] = field(default_factory=list)
    legs: dict[str, Leg] = field(default_factory=dict)
    heard: list[LegEvent] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)
    recalled: list[str] = field(default_factory=list)
    refuses: str = ""
    refusal: Notice | None = None
    """What a refused caller is to hear."""

    def greeting_language(self, called: str, persona: str = "", wish: str = "") -> Language:
        return next((one for one in LANGUAGES if one.tag == wish), LANGUAGES[0])

    def ring(self, ringing: Ringing, persona: str = "") -> CallId:
        if self.refuses:
            raise Refused(self.refuses, self.refusal)
        call_id = CallId(f"call-{ringing.carrier_call}")
        self.rung.append((ringing, persona))
        self.accounts[call_id] = ringing.account
        return call_id

    async def recall(self, call_id: str) -> None:
        self.recalled.append(call_id)

    def account_of(self, call_id: str) -> str | None:
        return self.accounts.get(call_id)

    def call_of(self, carrier_call: str) -> CallId | None:
        call_id = f"call-{carrier_call}"
        return CallId(call_id) if call_id in self.accounts else None

    def next(self, call_id: str) -> Next:
        return self.says.get(call_id, LeaveCall())

    def join(self, call_id: str, leg: Leg, nonce: str) -> None:
        if call_id not in self.accounts:
            raise Refused("no such call")
        if nonce in self.nonces:
            raise Refused("token was used before")
        self.nonces.add(nonce)
        self.legs[call_id] = leg
        leg.attach(self.heard.append)

    def tell(self, call_id: str, event: ReceptionEvent) -> bool:
        self.told.append((call_id, event))
        return call_id in self.accounts
