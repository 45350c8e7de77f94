"""The emulator as one thing: a real server that plays Twilio, with phones and people around it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import httpx2
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from dragoman.telephony.twilio.emulator.alerts import Alerts
from dragoman.telephony.twilio.emulator.courier import Courier, Delivery
from dragoman.telephony.twilio.emulator.exchange import ANSWERS, Exchange, Number, Rule
from dragoman.telephony.twilio.emulator.faults import Faults, Pace
from dragoman.telephony.twilio.emulator.gather import gather
from dragoman.telephony.twilio.emulator.http import Http
from dragoman.telephony.twilio.emulator.line import Fetch, Leg
from dragoman.telephony.twilio.emulator.phone import Phone
from dragoman.telephony.twilio.emulator.plant import Plant, Say, Voice
from dragoman.telephony.twilio.emulator.rest import Gate
from dragoman.telephony.twilio.emulator.rest_calls import CallsApi
from dragoman.telephony.twilio.emulator.run import Broken, Finish, Goto, Interpreter
from dragoman.telephony.twilio.emulator.ticker import Ticker
from dragoman.telephony.twilio.emulator.verbs import SIMPLE

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
"""The account when none is given."""
AUTH_TOKEN = "emulated-token"  # noqa: S105 - nobody's secret


class TwilioEmulator:
    """`async with TwilioEmulator(...) as twilio`. Everything it starts ends with the block."""

    def __init__(
        self,
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        say: Say | None = None,
        *,
        pace: Pace | None = None,
        faults: Faults | None = None,
        api_keys: dict[str, str] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        record: bool = True,
    ) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.pace = pace or Pace()
        self.faults = faults or Faults()
        self.alerts = Alerts()
        self.ticker = Ticker()
        self._say = say
        self._api_keys = api_keys or {}
        self._address = (host, port)
        self._record = record
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        client = await self._stack.enter_async_context(
            httpx2.AsyncClient(trust_env=False, follow_redirects=True, limits=httpx2.Limits(max_connections=200))
        )
        group = await self._stack.enter_async_context(asyncio.TaskGroup())
        courier = Courier(self.account_sid, self.auth_token, group, client, self.alerts, self.faults, self.pace)
        self._courier = courier
        voice = Voice(self.pace, self._say)
        plant = Plant(
            self.account_sid, self.auth_token, self.ticker, courier, self.alerts, self.faults, self.pace, voice, group
        )
        self._interpreter = Interpreter(plant, SIMPLE | {"Gather": gather}, self._flow)
        self.exchange = Exchange(plant, self._interpreter, record=self._record)
        self._http = Http(Starlette(routes=self._routes()), *self._address)
        self.ticker.drive(self.exchange.beat)
        self._tasks = [group.create_task(self.ticker.run()), group.create_task(self._http.run())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        for leg in self.exchange.calls.values():
            leg.end()
        await self._courier.settle()
        self._http.stop()
        self._tasks[0].cancel()
        return await self._stack.__aexit__(kind, error, trace)

    def _routes(self) -> list[BaseRoute]:
        gate = Gate(self.account_sid, {self.account_sid: self.auth_token} | self._api_keys, self.faults)
        return [*CallsApi(self.exchange, gate).routes()]

    async def _flow(self, leg: Leg, fetch: Fetch) -> Goto | Finish | Broken:
        return Finish()

    # ---- The account -------------------------------------------------------------------------------------------------

    @property
    def base_url(self) -> str:
        """Where the REST API is."""
        return f"http://{self._http.host}:{self._http.port}"

    def number(self, phone_number: str, voice_url: str, fallback_url: str = "", status_callback: str = "") -> Number:
        """Own a number."""
        number = Number(phone_number, voice_url, fallback_url, status_callback)
        self.exchange.numbers[phone_number] = number
        return number

    def sip_domain(self, name: str, voice_url: str, fallback_url: str = "") -> Number:
        """Own `name`.sip.twilio.com: calls to any user there ask `voice_url`."""
        domain = Number(name, voice_url, fallback_url, domain=True)
        self.exchange.numbers["sip:" + name] = domain
        return domain

    @property
    def delivered(self) -> list[Delivery]:
        """Every webhook that was sent, oldest first."""
        return self._courier.delivered

    # ---- The world ---------------------------------------------------------------------------------------------------

    def phone(self, address: str) -> Phone:
        """A new phone that shows this number; also the next one to ring there."""
        return self.exchange.phone(address)

    def answers(self, address: str, rule: Rule) -> None:
        """How phones at `address` (number, `client:` or `sip:`) meet a call."""
        if isinstance(rule, str) and rule not in ANSWERS:
            raise ValueError(f"no such way to answer: {rule} (one of {', '.join(sorted(ANSWERS))})")
        self.exchange.rules[address] = rule

    async def called(self, address: str, timeout_s: float = 10) -> Phone:
        """The next phone that rings at `address`. Raises TimeoutError."""
        return await self.exchange.rung(address, timeout_s)

    def leg(self, call_sid: str) -> Leg:
        """The call resource. Raises KeyError."""
        return self.exchange.calls[call_sid]

    def cut_stream(self, call_sid: str) -> bool:
        """Tear the stream of this call off its network, as a dying host does; False when it has none."""
        cut = self.exchange.calls[call_sid].cut_stream
        if cut is not None:
            cut()
        return cut is not None
