"""The telephone exchange: the account's numbers, the phones of the world, and the legs between them."""

from __future__ import annotations

import asyncio
import inspect
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl

from dragoman.telephony.twilio.emulator import ids
from dragoman.telephony.twilio.emulator.line import (
    CallStatus,
    Direction,
    Far,
    Fetch,
    Hairpin,
    Leg,
    Line,
    Script,
)
from dragoman.telephony.twilio.emulator.phone import Phone
from dragoman.telephony.twilio.emulator.plant import Plant, status_form
from dragoman.telephony.twilio.emulator.playback import SILENCE

SIP_SUFFIX = ".sip.twilio.com"

Rule = str | Callable[[Phone], "str | Awaitable[str]"]
"""How a phone meets a call: `human`, `machine`, `busy`, `no-answer`, `failed`, or a function that says which."""

ANSWERS = frozenset({"human", "machine", "busy", "no-answer", "failed"})


@dataclass(slots=True)
class Number:
    """One of the account's numbers, or (with `domain`) a SIP domain."""

    phone_number: str
    voice_url: str
    fallback_url: str = ""
    status_callback: str = ""
    voice_method: str = "POST"
    fallback_method: str = "POST"
    domain: bool = False
    sid: str = field(default_factory=lambda: ids.sid("PN"))


@dataclass(slots=True)
class Reporting:
    """Where a leg's progress is told, and what of it."""

    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """How a leg made by the REST API is to be placed."""

    reporting: Reporting | None = None
    send_digits: str = ""
    timeout_s: float = 60.0
    time_limit_s: float = 14400.0
    detect_machine: bool = False


class Runner(Protocol):
    """Runs a leg's document to its end."""

    async def __call__(self, leg: Leg, script: Script) -> CallStatus: ...


class Exchange:
    """Places, carries and ends legs. `runner` is the TwiML interpreter."""

    def __init__(self, plant: Plant, runner: Runner, *, record: bool = True) -> None:
        self.plant = plant
        self.numbers: dict[str, Number] = {}
        self.rules: dict[str, Rule] = {}
        self.calls: dict[str, Leg] = {}
        """Every leg that ever was, by its sid."""
        self._runner = runner
        self._record = record
        self._live: dict[str, Leg] = {}
        self._idle: dict[str, list[Phone]] = defaultdict(list)
        self._rung: dict[str, asyncio.Queue[Phone]] = defaultdict(asyncio.Queue)
        self._reporting: dict[str, Reporting] = {}
        self._answered_by: dict[str, str] = {}
        self._next_slot_s = 0.0

    # ---- Audio -------------------------------------------------------------------------------------------------------

    def beat(self) -> None:
        """20 ms of the whole network. What one leg plays into a hairpin is heard by the other with the next beat."""
        legs = list(self._live.values())
        for leg in legs:
            if leg.far is not None:
                leg.heard = leg.far.voice()
        for leg in legs:
            source = leg.source
            leg.played = SILENCE if source is None else source.pull()
        for leg in legs:
            if leg.far is not None:
                leg.far.hear(leg.played)
            if leg.tap is not None:
                leg.tap(leg.heard)

    # ---- Phones ------------------------------------------------------------------------------------------------------

    def phone(self, address: str) -> Phone:
        """A new phone at this address; it is the one that rings there next."""
        phone = self._handset(address)
        self._idle[address].append(phone)
        return phone

    async def rung(self, address: str, timeout_s: float) -> Phone:
        """The next phone that rang at this address. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            return await self._rung[address].get()

    def _handset(self, address: str) -> Phone:
        return Phone(address, self.plant.ticker, self._dialled, record=self._record)

    def _dialled(self, phone: Phone, number: str) -> Leg:
        """A phone of the world calls one of our numbers."""
        idle = self._idle.get(phone.address, [])
        if phone in idle:
            idle.remove(phone)
        leg = self.incoming(phone.address, number, phone)
        if leg is None:
            phone.gone(CallStatus.FAILED)
            raise ValueError(f"{number} is none of the account's numbers")
        return leg

    # ---- Incoming ----------------------------------------------------------------------------------------------------

    def incoming(self, from_: str, to: str, far: Far) -> Leg | None:
        """A call arrives at one of our numbers or SIP domains; None when `to` is neither."""
        number = self.find(to)
        if number is None:
            return None
        leg = self._leg(from_, to.partition("?")[0], Direction.INBOUND)
        leg.far = far
        if number.domain:
            leg.extra = {"SipDomain": number.phone_number + SIP_SUFFIX} | _sip_headers(to)
        leg.script = Fetch(number.voice_url, number.voice_method)
        if number.fallback_url:
            leg.fallback = Fetch(number.fallback_url, number.fallback_method)
        if number.status_callback:
            self._reporting[leg.sid] = Reporting(number.status_callback)
        leg.life = self.plant.group.create_task(self._carry(leg))
        return leg

    def find(self, address: str) -> Number | None:
        """The number or SIP domain behind an address, when it is ours."""
        if address.startswith("sip:"):
            host = address.partition("@")[2].partition("?")[0].partition(";")[0].partition(":")[0]
            return self.numbers.get("sip:" + host.removesuffix(SIP_SUFFIX)) if host.endswith(SIP_SUFFIX) else None
        return self.numbers.get(address)

    # ---- Outgoing ----------------------------------------------------------------------------------------------------

    def place(self, leg: Leg, order: Order) -> None:
        """Queue a leg made by the REST API: it starts when the account's calls-per-second limit lets it."""
        if order.reporting is not None:
            self._reporting[leg.sid] = order.reporting
        now_s = asyncio.get_running_loop().time()
        slot_s = max(now_s, self._next_slot_s)
        self._next_slot_s = slot_s + 1 / self.plant.pace.calls_per_second
        leg.life = self.plant.group.create_task(self._outgoing(leg, slot_s - now_s, order))

    async def _outgoing(self, leg: Leg, wait_s: float, order: Order) -> None:
        await asyncio.sleep(wait_s)
        status = await self.ring(leg, order.timeout_s)
        if status is not CallStatus.IN_PROGRESS:
            leg.end(status)
            return
        try:
            async with asyncio.timeout(order.time_limit_s):
                await self._detect(leg, order)
                await send_keys(leg, order.send_digits)
                await self._carry(leg)
        except TimeoutError:
            leg.note(Line.ERROR, f"the call reached its limit of {order.time_limit_s:g} s")
            leg.end(CallStatus.COMPLETED)

    async def _detect(self, leg: Leg, order: Order) -> None:
        """Listen whether a machine answered; the document is asked for only when that is known."""
        if order.detect_machine:
            await asyncio.sleep(self.plant.pace.detect_s)
            leg.answered_by = self._answered_by.pop(leg.sid, "unknown")

    def new_leg(self, from_: str, to: str, direction: Direction, parent: str = "") -> Leg:
        """A leg that leaves Twilio; nothing rings yet."""
        return self._leg(from_, to, direction, parent)

    async def ring(self, leg: Leg, timeout_s: float) -> CallStatus:
        """Ring the far end of an outgoing leg: in-progress when it was taken (the leg's audio flows), else why not."""
        leg.become(CallStatus.INITIATED)
        try:
            async with asyncio.timeout(timeout_s):
                return await self._ring(leg)
        except TimeoutError:
            if leg.far is not None:
                leg.far.gone(CallStatus.NO_ANSWER)
            return CallStatus.NO_ANSWER

    async def _ring(self, leg: Leg) -> CallStatus:
        if self.find(leg.to) is not None:
            return await self._ring_ourselves(leg)
        rule = self.rules.get(leg.to)
        if not self._idle[leg.to] and rule is None:
            return CallStatus.FAILED
        phone = self._idle[leg.to].pop() if self._idle[leg.to] else self._handset(leg.to)
        phone.ring(leg)
        leg.far = phone
        self._rung[leg.to].put_nowait(phone)
        leg.become(CallStatus.RINGING)
        status, self._answered_by[leg.sid] = await self._met(phone, rule or "human")
        if leg.outcome.done() and leg.outcome.result() is not CallStatus.IN_PROGRESS:
            status = leg.outcome.result()
        if status is not CallStatus.IN_PROGRESS:
            return status
        leg.become(CallStatus.IN_PROGRESS)
        phone.answered()
        return status

    async def _met(self, phone: Phone, rule: Rule) -> tuple[CallStatus, str]:
        """What becomes of a call by the phone's rule, and what answered it."""
        if not isinstance(rule, str):
            made = rule(phone)
            rule = await made if inspect.isawaitable(made) else made
        pace = self.plant.pace
        match rule:
            case "human" | "machine":
                await asyncio.sleep(pace.ring_s)
                return CallStatus.IN_PROGRESS, "human" if rule == "human" else "machine_start"
            case "busy":
                return CallStatus.BUSY, ""
            case "no-answer":
                await asyncio.sleep(700 if pace.no_answer_s is None else pace.no_answer_s)
                return CallStatus.NO_ANSWER, ""
            case _:
                return CallStatus.FAILED, ""

    async def _ring_ourselves(self, leg: Leg) -> CallStatus:
        """The hairpin: out and in again at one of our own numbers, as a leg that knows nothing of the first."""
        other = self.incoming(leg.from_, leg.to, Hairpin(leg))
        if other is None:
            return CallStatus.FAILED
        leg.far = Hairpin(other)
        leg.become(CallStatus.RINGING)
        status = await asyncio.shield(leg.outcome)
        if status is CallStatus.IN_PROGRESS:
            if other.over.is_set():
                return CallStatus.COMPLETED
            leg.become(status)
        return status

    # ---- A leg's life ------------------------------------------------------------------------------------------------

    async def _carry(self, leg: Leg) -> None:
        """Run the leg's documents, one after the other as they are replaced, until it is over."""
        status = CallStatus.COMPLETED
        while leg.script is not None:
            script, leg.script = leg.script, None
            async with asyncio.TaskGroup() as group:
                running = group.create_task(self._runner(leg, script))
                leg.program = running
            leg.program = None
            if not running.cancelled():
                status = running.result()
        leg.end(status)

    def _leg(self, from_: str, to: str, direction: Direction, parent: str = "") -> Leg:
        leg = Leg(self.plant.account_sid, from_, to, direction, lambda: self.plant.ticker.now_s, parent)
        leg.on_status = self._on_status
        self.calls[leg.sid] = leg
        return leg

    def _on_status(self, leg: Leg) -> None:
        if leg.status is CallStatus.IN_PROGRESS:
            self._live[leg.sid] = leg
        elif leg.status.over:
            self._live.pop(leg.sid, None)
        reporting = self._reporting.get(leg.sid)
        if reporting is None or _event(leg.status) not in reporting.events:
            return
        form = status_form(leg, reporting.sequence)
        reporting.sequence += 1
        self.plant.courier.callback(reporting.url, form, method=reporting.method, lane=leg.sid)

    def report(self, leg: Leg, reporting: Reporting) -> None:
        """Tell a leg's progress from now on."""
        self._reporting[leg.sid] = reporting

    async def hang_up_all(self, timeout_s: float = 3.0) -> None:
        """End every leg, and let each say its goodbyes (a stream its `stop`)."""
        lives = {leg.life for leg in self.calls.values() if leg.life is not None and not leg.life.done()}
        for leg in list(self.calls.values()):
            leg.end(CallStatus.COMPLETED if leg.live else CallStatus.CANCELED)
        if lives:
            await asyncio.wait(lives, timeout=timeout_s)

    @property
    def living(self) -> list[Leg]:
        """Legs that are connected now."""
        return list(self._live.values())


async def send_keys(leg: Leg, digits: str) -> None:
    """Play key tones to the far end: `w` waits half a second, `W` a second, a key takes a tenth."""
    if digits:
        leg.note(Line.VERB, f"SendDigits {len(digits)}")
    for digit in digits:
        match digit:
            case "w":
                await asyncio.sleep(0.5)
            case "W":
                await asyncio.sleep(1)
            case _:
                if leg.far is not None:
                    leg.far.keyed(digit)
                await asyncio.sleep(0.1)


def _event(status: CallStatus) -> str:
    """The name under which a status is asked for in StatusCallbackEvent."""
    if status.over:
        return "completed"
    return "answered" if status is CallStatus.IN_PROGRESS else status.value


def _sip_headers(address: str) -> dict[str, str]:
    """`?X-Name=value` of a SIP address, as webhook parameters."""
    pairs = parse_qsl(address.partition("?")[2], keep_blank_values=True)
    return {f"SipHeader_{name}": value for name, value in pairs if name.lower().startswith("x-")}
