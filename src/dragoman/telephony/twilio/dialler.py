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
from dragoman.telephony.twilio.rest import Rest
from dragoman.telephony.twilio.settings import TwilioSettings

EVENTS: Final = ("initiated", "ringing", "answered", "completed")

SIP_HEADER: Final = "X-Dragoman-Call"

_PAUSE: Final = "ww"
"""A second after the answer, for the other end's <Gather> to listen before the digits come."""

_GONE: Final = (20404, 21220)
"""Twilio's codes for a call that is over already."""

Form = list[tuple[str, str]]


class _Created(msgspec.Struct):
    sid: str


class Dialler:
    """Places legs at the account's pace, and ends them."""

    def __init__(
        self,
        settings: TwilioSettings,
        addresses: Addresses,
        rest: Rest,
        pairings: Pairings,
        *,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._addresses = addresses
        self._rest = rest
        self._pairings = pairings
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
            return msgspec.json.decode(answer, type=_Created).sid
        except UpstreamError as refused:
            self._pairings.forget(word)
            # 4xx is a word of Twilio's about this call; anything else is about Twilio.
            failure = DialFailure.REJECTED if 400 <= refused.status < 500 else DialFailure.FAILED
            raise DialError(failure, f"the {role.value}'s leg could not be placed: {refused}") from refused
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            raise DialError(DialFailure.FAILED, "Twilio answered something that is not a call") from broken

    async def hang_up(self, carrier_call: str, account: str = "") -> None:
        """End a leg; one that is over already is not an error. Raises UpstreamError when Twilio does not obey."""
        try:
            await self._rest.update(account, carrier_call, [("Status", "completed")])
        except UpstreamError as refused:
            if refused.code not in _GONE and refused.status != 404:
                raise

    def keepsake(self, call_id: CallId) -> str:
        """The words by which legs on their way will be known."""
        return self._pairings.keepsake(call_id, self._clock())

    def remember(self, call_id: CallId, keepsake: str) -> None:
        """See `ports.Telephony.remember`."""
        self._pairings.remember(call_id, keepsake, self._clock())

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
            case AgentVia.DIRECT:
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
        if role is Role.CALLER and self._settings.machine_detection:
            orders.append(("MachineDetection", "Enable"))
        return orders
