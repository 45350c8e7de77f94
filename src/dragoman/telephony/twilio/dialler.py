"""Places and ends legs: `ports.Telephony` on Twilio's Calls API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import structlog

from dragoman.dialling import address
from dragoman.domain.call import AgentVia, CallId, CallSetup, Role
from dragoman.domain.outcome import DialFailure
from dragoman.errors import DialError, UpstreamError
from dragoman.ports import Clock
from dragoman.telephony.twilio.addresses import Addresses
from dragoman.telephony.twilio.pace import Pace
from dragoman.telephony.twilio.pairing import Pairings
from dragoman.telephony.twilio.placed import PlacedLegs
from dragoman.telephony.twilio.rest import Rest
from dragoman.telephony.twilio.settings import TwilioSettings
from dragoman.telephony.twilio.taskrouter import Task

EVENTS: Final = ("initiated", "ringing", "answered", "completed")

SIP_HEADER: Final = "X-Dragoman-Call"

_PAUSE: Final = "ww"
"""A second after the answer, for the other end's <Gather> to listen before the digits come."""

_GONE: Final = (20404, 21220)
"""Twilio's codes for a call that is over already."""

Form = list[tuple[str, str]]


class _Created(msgspec.Struct):
    sid: str


class _Keepsake(msgspec.Struct, frozen=True):
    words: str = ""
    legs: list[tuple[str, str]] = []
    """Carrier's id, account."""


class Dialler:
    """Places legs at the account's pace, and ends them."""

    def __init__(
        self,
        settings: TwilioSettings,
        addresses: Addresses,
        rest: Rest,
        pairings: Pairings,
        placed: PlacedLegs,
        *,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._addresses = addresses
        self._rest = rest
        self._pairings = pairings
        self._placed = placed
        self._clock = clock
        self._sleep = sleep
        self._paces: dict[str, Pace] = {}
        self._log = structlog.get_logger()

    async def dial(self, setup: CallSetup, role: Role) -> str:
        """Place the leg of `role`; the carrier's id of it. Raises DialError; the text holds no numbers."""
        address_of_leg = self._address(setup, role)
        await self._turn(setup.account)
        word, where = self._paired(setup, role, address_of_leg)
        try:
            answer = await self._rest.create(setup.account, where + self._orders(setup, role))
            sid = msgspec.json.decode(answer, type=_Created).sid
        except UpstreamError as refused:
            # 4xx is a word of Twilio's about this call; anything else, and too many requests, is about Twilio.
            about_us = 400 <= refused.status < 500 and refused.status != 429
            if about_us:
                self._pairings.forget(word)  # else the leg may have been placed, and come
            failure = DialFailure.REJECTED if about_us else DialFailure.FAILED
            text = f"the {role.value}'s leg could not be placed: {refused}"
            raise DialError(failure, text, unsure=refused.unsure) from refused
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
            raise DialError(DialFailure.FAILED, "Twilio answered something that is not a call", unsure=True) from broken
        self._placed.add(sid, setup.call_id, setup.account)
        return sid

    async def hang_up(self, carrier_call: str, account: str = "") -> None:
        """End a leg; one that is over already is not an error. Raises UpstreamError when Twilio does not obey."""
        try:
            await self._rest.update(account, carrier_call, [("Status", "completed")])
        except UpstreamError as refused:
            if refused.code not in _GONE and refused.status != 404:
                raise

    async def close_task(self, task: str, *, taken: bool) -> None:
        """Cancel a task that nobody took, and leave an agent who did with the after-call work.

        Raises UpstreamError when Twilio cannot be asked; a task that is beyond that state already is not an error.
        """
        where = Task.read(task)
        if where is None:
            return
        orders = [("AssignmentStatus", "wrapping" if taken else "canceled"), ("Reason", "the call is over")]
        try:
            await self._rest.update_task(where, orders)
        except UpstreamError as refused:
            if refused.status not in (400, 404, 409):
                raise

    def keepsake(self, call_id: CallId) -> str:
        """The words by which legs on their way will be known, and which legs there are."""
        words = self._pairings.keepsake(call_id, self._clock())
        legs = [(leg.sid, leg.account) for leg in self._placed.of(call_id)]
        return msgspec.json.encode(_Keepsake(words, legs)).decode() if words or legs else ""

    def remember(self, call_id: CallId, keepsake: str) -> None:
        """See `ports.Telephony.remember`."""
        try:
            kept = msgspec.json.decode(keepsake, type=_Keepsake) if keepsake else _Keepsake()
        except (msgspec.DecodeError, UnicodeError):
            return
        self._pairings.remember(call_id, kept.words, self._clock())
        for sid, account in kept.legs:
            self._placed.add(sid, call_id, account)

    async def _turn(self, account: str) -> None:
        owner = self._settings.credentials(account).account
        pace = self._paces.setdefault(owner, Pace(self._settings.calls_per_second))
        wait_s = pace.wait_s(self._clock())
        if wait_s > 0:
            self._log.info("waiting for the calls-per-second limit", wait_s=round(wait_s, 2))
            await self._sleep(wait_s)

    def _address(self, setup: CallSetup, role: Role) -> str:
        raw = setup.route.address if role is Role.AGENT else setup.caller.address
        if role is Role.AGENT and setup.route.via is AgentVia.FLEX_SIP:
            return f"sip:agent@{raw}"
        try:
            return address(raw)
        except ValueError as wrong:
            raise DialError(DialFailure.REJECTED, f"the {role.value}'s address {wrong}") from None

    def _paired(self, setup: CallSetup, role: Role, to: str) -> tuple[str, Form]:
        """The one-time word ("" where none is needed), and the parameters that say whom to dial and carry it along."""
        via = setup.route.via if role is Role.AGENT else AgentVia.DIRECT
        match via:
            case AgentVia.FLEX_NUMBER:
                digits = self._pairings.digits(setup.call_id, self._clock())
                return digits, [("To", to), ("SendDigits", _PAUSE + digits)]
            case AgentVia.FLEX_SIP:
                word = self._pairings.word(setup.call_id, self._clock())
                return word, [("To", f"{to}?{SIP_HEADER}={word}")]
            case AgentVia.DIRECT | AgentVia.BROWSER:  # `_address` refused the latter
                return "", [("To", to)]

    def _orders(self, setup: CallSetup, role: Role) -> Form:
        """The parameters that every leg of ours has."""
        here = self._addresses
        orders = [
            ("From", self._settings.caller_number),
            ("Url", here.leg(setup.call_id, role)),
            ("Method", "POST"),
            ("FallbackUrl", here.fallback(setup.call_id, role, setup.party(role).language)),
            ("FallbackMethod", "POST"),
            ("StatusCallback", here.call_status(setup.call_id, role)),
            ("StatusCallbackMethod", "POST"),
            *(("StatusCallbackEvent", event) for event in EVENTS),
            ("Timeout", str(self._settings.dial_timeout_s)),
            ("TimeLimit", str(self._settings.time_limit_s)),
        ]
        if self._looks_for_machines(setup, role):
            orders.append(("MachineDetection", "Enable"))
        return orders

    def _looks_for_machines(self, setup: CallSetup, role: Role) -> bool:
        if role is Role.CALLER:
            return self._settings.machine_detection
        own_phone = setup.route.via is AgentVia.DIRECT and setup.route.address.startswith("+")
        return own_phone and self._settings.agent_machine_detection
