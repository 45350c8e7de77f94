"""The emulator as one thing: a real server that plays Twilio, with phones and people around it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from dragoman.telephony.twilio.emulator.alerts import Alerts
from dragoman.telephony.twilio.emulator.courier import Courier, Delivery
from dragoman.telephony.twilio.emulator.dial import Dial
from dragoman.telephony.twilio.emulator.enqueue import Enqueue
from dragoman.telephony.twilio.emulator.exchange import ANSWERS, Exchange, Number, Rule
from dragoman.telephony.twilio.emulator.faults import Faults, Pace
from dragoman.telephony.twilio.emulator.gather import gather
from dragoman.telephony.twilio.emulator.http import Http, listen
from dragoman.telephony.twilio.emulator.line import Fetch, Leg
from dragoman.telephony.twilio.emulator.phone import Phone
from dragoman.telephony.twilio.emulator.plant import Plant, Say, Voice
from dragoman.telephony.twilio.emulator.record import Record, Recordings
from dragoman.telephony.twilio.emulator.rest import Gate, missing
from dragoman.telephony.twilio.emulator.rest_calls import CallsApi
from dragoman.telephony.twilio.emulator.rest_studio import StudioApi
from dragoman.telephony.twilio.emulator.rest_tasks import TasksApi
from dragoman.telephony.twilio.emulator.run import Broken, Finish, Goto, Interpreter, Performer
from dragoman.telephony.twilio.emulator.studio import Flow, Studio
from dragoman.telephony.twilio.emulator.taskrouter import TaskRouter
from dragoman.telephony.twilio.emulator.tasks import Attributes, Worker, Workflow, Workspace
from dragoman.telephony.twilio.emulator.ticker import Ticker
from dragoman.telephony.twilio.emulator.verbs import SIMPLE
from dragoman.telephony.twilio.emulator.whisper import Whisper

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
"""The account when none is given."""
_LEAVE_S = 3.0
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

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            listening = listen(*self._address)
            stack.callback(listening.close)
            limits = httpx2.Limits(max_connections=200)
            client = await stack.enter_async_context(
                httpx2.AsyncClient(trust_env=False, follow_redirects=True, limits=limits)
            )
            outer = await stack.enter_async_context(asyncio.TaskGroup())
            ready = asyncio.Event()
            self._world = outer.create_task(self._live(client, listening, ready))
            await ready.wait()
            self._stack = stack.pop_all()
        return self

    async def _live(self, client: httpx2.AsyncClient, listening: socket.socket, ready: asyncio.Event) -> None:
        """The emulated world: all its tasks belong to this one and end with it."""
        async with asyncio.TaskGroup() as group:
            self._build(client, listening, group)
            group.create_task(self.ticker.run())
            self._serving = group.create_task(self._http.run())
            ready.set()
            await asyncio.Event().wait()

    def _build(self, client: httpx2.AsyncClient, listening: socket.socket, group: asyncio.TaskGroup) -> None:
        """Put the parts together; nothing runs yet."""
        sid, token = self.account_sid, self.auth_token
        self._courier = Courier(sid, token, group, client, self.alerts, self.faults, self.pace)
        voice = Voice(self.pace, self._say)
        plant = Plant(sid, token, self.ticker, self._courier, self.alerts, self.faults, self.pace, voice, group)
        self.recordings = Recordings(lambda: self.base_url)
        simple: dict[str, Performer] = {**SIMPLE, "Gather": gather}
        verbs = dict(simple)
        interpreter = Interpreter(plant, verbs, self._flow)
        self.exchange = Exchange(plant, interpreter, record=self._record)
        self.router = TaskRouter(self.exchange)
        self.studio = Studio(plant, interpreter.page)
        dial = Dial(self.exchange, Whisper(plant, simple))
        verbs |= {"Dial": dial, "Enqueue": Enqueue(self.router, simple), "Record": Record(self.recordings)}
        gate = Gate(sid, {sid: token} | self._api_keys, self.faults)
        apis = (CallsApi(self.exchange, gate), StudioApi(self.studio, gate), TasksApi(self.router, gate, group))
        routes = [route for api in (*apis, self.recordings) for route in api.routes()]
        self._http = Http(Starlette(routes=routes, exception_handlers={404: _not_found}), listening)
        self.ticker.drive(self.exchange.beat)

    async def _flow(self, leg: Leg, fetch: Fetch) -> Goto | Finish | Broken:
        return await self.studio.run(leg, fetch)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        if not self._world.done():  # else something in it failed, which the stack tells
            await self.exchange.hang_up_all()
            await self._courier.settle()
            self._http.stop()
            await asyncio.wait({self._serving}, timeout=_LEAVE_S)
            self._world.cancel()
        return await self._stack.__aexit__(kind, error, trace)

    # ---- The account -------------------------------------------------------------------------------------------------

    @property
    def base_url(self) -> str:
        """Where the REST API is."""
        return f"http://{self._address[0]}:{self._http.port}"

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

    def studio_flow(self, number: Number | str, definition: dict[str, Any] | str) -> Flow:
        """Put a flow file behind a number. Raises ValueError that lists what is wrong with the file."""
        flow = self.studio.add(definition)
        owned = number if isinstance(number, Number) else self.exchange.numbers.get(number)
        if owned is None:
            owned = self.number(str(number), "")
        owned.voice_url = self.studio.webhook_url(flow)
        return flow

    @property
    def delivered(self) -> list[Delivery]:
        """Every webhook that was sent, oldest first."""
        return self._courier.delivered

    def workspace(
        self, event_callback_url: str, events_filter: Iterable[str], *, beep: bool = False, hold_music: bool = False
    ) -> Workspace:
        """Set up the workspace: where its events go, and what Flex adds to what a waiting call hears."""
        workspace = self.router.workspace
        workspace.event_callback_url = event_callback_url
        workspace.events_filter = frozenset(events_filter)
        workspace.beep, workspace.hold_music = beep, hold_music
        return workspace

    def workflow(self, sid: str, reservation_timeout_s: float = 120.0, task_timeout_s: float = 86400.0) -> Workflow:
        """A workflow that <Enqueue workflowSid> can name."""
        workflow = Workflow(sid, reservation_timeout_s=reservation_timeout_s, task_timeout_s=task_timeout_s)
        self.router.workflows[sid] = workflow
        return workflow

    def worker(self, name: str, attributes: Attributes | None = None) -> Worker:
        """The worker of that name, available at once."""
        return self.router.worker(name, attributes)

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

    def slow_stream(self, call_sid: str, dwell_s: float) -> bool:
        """Have the stream of this call read slowly (a host that is overloaded); False when it has none."""
        slow = self.exchange.calls[call_sid].slow_stream
        if slow is not None:
            slow(dwell_s)
        return slow is not None


async def _not_found(request: Request, _: Exception) -> Response:
    """An address that Twilio does not have, or that this emulator does not play."""
    return missing(request).answer()
