"""One world of the lab: a server with one engine, the networks around it, and calls between people who say words."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx2

from bench.chaos import codes
from bench.chaos.script import CodeScript
from bench.chaos.server import Server
from dragoman.domain.call import Role
from dragoman.interpreters.openai.emulator import OpenAIEmulator
from dragoman.telephony.twilio.addresses import (
    FALLBACK,
    INCOMING,
    OUTBOUND,
    RESERVATION,
    VOICE,
    VOICE_FALLBACK,
    VOICE_STATUS,
)
from dragoman.telephony.twilio.emulator import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    Leg,
    Pace,
    Phone,
    Reservation,
    TwilioEmulator,
    Worker,
)
from dragoman.telephony.twilio.emulator.line import Hairpin

LINE: Final = "+15555550100"
DESK: Final = "+15555550101"
"""An assistant answers there."""
SIP_DOMAIN: Final = "agents"
WORKFLOW_SID: Final = "WW" + "0123456789abcdef" * 2
EVENTS: Final = ("reservation.accepted", "reservation.rejected", "task.canceled", "workflow.timeout")
SPANISH: Final = "2"
"""The key of the menu."""

TURN_S: Final = 2.5
"""Somebody begins to speak this often: the parties take turns."""
WORD_MS: Final = 800
LONG_TURN: Final = 2
"""The caller's second."""
WORDS_EACH: Final = 6
MOST_CALLS: Final = codes.CODES // (2 * WORDS_EACH)
STEP_S: Final = 25.0
POLL_S: Final = 0.04
WHISPER_S: Final = 8.0
QUIET_BEATS: Final = 20
"""So long nothing is heard where a whisper is over."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a world's talk runs, in seconds since it began: when the fault strikes, the last word begins, and the end.

    `long_ms`: how long the word is that is said in the turn `LONG_TURN`.
    """

    fault_s: float = 6.0
    talk_s: float = 14.5
    end_s: float = 18.0
    long_ms: int = WORD_MS


USUAL: Final = Shape()


@dataclass(slots=True)
class Line:
    """One call. `legs` by role: what carries each party's stream at Twilio. `words` by the role that says them.

    Who talks with an assistant has the caller's role and both phones: what answers is heard where it was asked.
    """

    number: int
    caller: Phone
    agent: Phone
    legs: dict[Role, Leg]
    phase_s: float
    words: dict[Role, tuple[int, ...]]

    def phone(self, role: Role) -> Phone:
        return self.caller if role is Role.CALLER else self.agent

    @property
    def lives(self) -> bool:
        """Whether both parties, and the leg that we placed, are still in the same calls."""
        legs = (self.caller.leg, self.agent.leg, *self.legs.values())
        return all(leg is not None and leg.live for leg in legs)


@dataclass(slots=True)
class World:
    """Everything is reachable for whoever does harm: `models`, `twilio`, `server`, `lines`."""

    engine: str
    models: OpenAIEmulator
    twilio: TwilioEmulator
    server: Server
    http: httpx2.AsyncClient
    rng: random.Random
    shape: Shape
    lines: list[Line] = field(default_factory=list)
    dialled: int = 0
    began: int = 0
    struck: int = 0
    """The frames of the network's clock at which the talk began and the fault struck."""

    # ---- Setting calls up --------------------------------------------------------------------------------------------

    async def ring(self, calls: int) -> None:
        """Set up so many calls at once. Those that fail are missing from `lines`."""
        workers = [self.twilio.worker(f"Agent{number}") for number in range(calls)]
        async with asyncio.TaskGroup() as tasks:
            dialled = [tasks.create_task(self._dial(number)) for number in range(calls)]
            offered = [tasks.create_task(self._offered(worker)) for worker in workers]
        self.dialled = calls
        callers = {caller.address: caller for task in dialled if (caller := task.result()) is not None}
        meetings = []
        async with asyncio.TaskGroup() as tasks:
            for task in offered:
                reservation = task.result()
                caller = callers.get(str(reservation.task.attributes.get("caller"))) if reservation else None
                if reservation is not None and caller is not None:
                    meetings.append(tasks.create_task(self._meet(caller, reservation)))
        found = [line for meeting in meetings if (line := meeting.result()) is not None]
        self.lines = sorted(found, key=lambda line: line.number)

    async def _dial(self, number: int) -> Phone | None:
        phone = await self.twilio.phone(_address(number)).call(LINE)
        try:
            await phone.connected(STEP_S)
            await until(lambda: phone.leg is not None and phone.leg.ear is not None)
        except (TimeoutError, ConnectionError):
            return None
        phone.press(SPANISH)
        return phone

    @staticmethod
    async def _offered(worker: Worker) -> Reservation | None:
        try:
            return await worker.reservation(STEP_S)
        except TimeoutError:
            return None

    async def _meet(self, caller: Phone, reservation: Reservation) -> Line | None:
        """The agent accepts, and hears who is calling."""
        try:
            agent = await reservation.accept()
            await agent.connected(STEP_S)
            began = len(agent.ear)
            with contextlib.suppress(TimeoutError):
                await until(lambda: _over(agent.ear[began:]), WHISPER_S)
            await until(lambda: caller.leg is not None and caller.leg.tap is not None)
        except (TimeoutError, ConnectionError):
            return None
        queued = reservation.task.leg
        if caller.leg is None or queued is None or not isinstance(queued.far, Hairpin):
            return None
        number = _number(caller.address)
        first = number * 2 * WORDS_EACH
        words = {
            Role.CALLER: tuple(range(first, first + WORDS_EACH)),
            Role.AGENT: tuple(range(first + WORDS_EACH, first + 2 * WORDS_EACH)),
        }
        legs = {Role.CALLER: caller.leg, Role.AGENT: queued.far.other}
        return Line(number, caller, agent, legs, self.rng.uniform(0, TURN_S), words)

    async def ring_assistant(self, calls: int) -> None:
        """Set up so many calls at once, which an assistant answers. Those that fail are missing from `lines`."""
        async with asyncio.TaskGroup() as tasks:
            dialled = [tasks.create_task(self._dial_assistant(number)) for number in range(calls)]
        self.dialled = calls
        self.lines = [line for task in dialled if (line := task.result()) is not None]

    async def _dial_assistant(self, number: int) -> Line | None:
        phone = await self.twilio.phone(_address(number)).call(DESK)
        try:
            await phone.connected(STEP_S)
            await until(lambda: phone.leg is not None and phone.leg.tap is not None)
        except (TimeoutError, ConnectionError):
            return None
        if phone.leg is None:
            return None
        first = number * 2 * WORDS_EACH
        words = {Role.CALLER: tuple(range(first, first + WORDS_EACH))}
        return Line(number, phone, phone, {Role.CALLER: phone.leg}, self.rng.uniform(0, TURN_S), words)

    # ---- The talk ----------------------------------------------------------------------------------------------------

    async def talk(self, strike: Strike) -> None:
        """People talk by turns; the fault strikes in the midst of it; all goes on to the end."""
        await self.twilio.ticker.beats(10)
        self.began = self.twilio.ticker.frames
        self.twilio.ticker.worst_late_ms = 0.0  # what was late while calls were set up is no matter
        async with asyncio.TaskGroup() as tasks:
            for line in self.lines:
                tasks.create_task(self._speak(line))
            tasks.create_task(self._strike(strike))
            await self.at(self.shape.end_s)

    async def at(self, at_s: float) -> None:
        """Until so many seconds of the talk are over, by the network's clock."""
        beats = round(at_s * 50) - (self.twilio.ticker.frames - self.began)
        if beats > 0:
            await self.twilio.ticker.beats(beats)

    async def _strike(self, strike: Strike) -> None:
        await self.at(self.shape.fault_s)
        self.struck = self.twilio.ticker.frames
        await strike(self)

    async def _speak(self, line: Line) -> None:
        turn = 0
        while (at_s := line.phase_s + turn * TURN_S) < self.shape.talk_s:
            role = Role.CALLER if turn % 2 == 0 else Role.AGENT
            said = turn // 2
            if said >= WORDS_EACH:
                return
            await self.at(at_s)
            if role not in line.words:
                turn += 1
                continue
            ms = self.shape.long_ms if turn == LONG_TURN else WORD_MS
            if not line.phone(role).speaking:
                line.phone(role).say(codes.spoken(line.words[role][said], ms))
            turn += 1


Strike = Callable[[World], Awaitable[None]]
"""What a fault does to a world, from its moment on."""


async def until(done: Callable[[], object], timeout_s: float = STEP_S) -> None:
    """Let time pass until `done`. Raises TimeoutError."""
    async with asyncio.timeout(timeout_s):
        while not done():  # noqa: ASYNC110 - what is waited for happens in objects of the emulators, which tell nobody
            await asyncio.sleep(POLL_S)


def _over(ear: bytes) -> bool:
    """Something was heard, and then nothing for a while."""
    loud = codes.read_mulaw(ear[-3 * 8000 :]).loud
    return bool(loud.any()) and not loud[-QUIET_BEATS:].any()


def _address(number: int) -> str:
    return f"+3460000{number:04d}"


def _number(address: str) -> int:
    return int(address[-4:])


@contextlib.asynccontextmanager
async def opened(
    engine: str, shared: Path, name: str, rng: random.Random, shape: Shape, extra: dict[str, str]
) -> AsyncIterator[World]:
    """A world whose server is ready; everything ends with the block.

    Its log and state lie in the folder `name` of `shared`, where rendered notices are common to all worlds.
    """
    folder = shared / name
    folder.mkdir(parents=True, exist_ok=True)
    for earlier in folder.glob(f"{engine}*"):
        earlier.unlink()
    async with contextlib.AsyncExitStack() as stack:
        models = await stack.enter_async_context(OpenAIEmulator(script=CodeScript(), seed=rng.randrange(10**6)))
        pace = Pace(ring_s=0.05, gather_timeout_s=5.0, say_ms_per_character=1.0, calls_per_second=1000.0)
        twilio = await stack.enter_async_context(TwilioEmulator(pace=pace))
        server = Server(folder / f"{engine}.log")
        stack.callback(server.close)
        public_url = server.url
        settings = settings_of(engine, models, twilio, public_url, folder)
        server.configure(settings | {"DRAGOMAN_CACHE": str(shared / "cache")} | extra)
        server.start()
        http = await stack.enter_async_context(httpx2.AsyncClient(trust_env=False, timeout=STEP_S))
        twilio.number(LINE, public_url + INCOMING, public_url + FALLBACK)
        twilio.number(DESK, public_url + VOICE, public_url + VOICE_FALLBACK, public_url + VOICE_STATUS)
        twilio.sip_domain(SIP_DOMAIN, public_url + OUTBOUND, public_url + FALLBACK)
        twilio.workspace(public_url + RESERVATION, EVENTS)
        twilio.workflow(WORKFLOW_SID)
        await server.ready(http)
        yield World(engine, models, twilio, server, http, rng, shape)
        await twilio.exchange.hang_up_all(1.0)


def settings_of(
    engine: str, models: OpenAIEmulator, twilio: TwilioEmulator, public_url: str, folder: Path
) -> dict[str, str]:
    """The server's environment: as it ships, but for what parties would be told before the talk."""
    return {
        "DRAGOMAN_ENGINE": engine,
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_BASE_URL": models.base_url,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_BASE_URL": twilio.base_url,
        "TWILIO_CALLER_NUMBER": LINE,
        "TWILIO_FLEX_SIP_DOMAIN": f"{SIP_DOMAIN}.sip.twilio.com",
        "TWILIO_FLEX_WORKFLOW_SID": WORKFLOW_SID,
        "TWILIO_CALLS_PER_SECOND": "1000",
        "PUBLIC_URL": public_url,
        "API_PORT": public_url.rpartition(":")[2],
        "DRAGOMAN_HOST": "127.0.0.1",
        "DRAGOMAN_SECRET": secrets.token_hex(32),
        "DRAGOMAN_ANNOUNCE": "off",
        "DRAGOMAN_ECHO_GATE": "false",  # words of pure tones all sound alike to it
        "DRAGOMAN_PERSONAS": str(Path(__file__).parents[1] / "personas"),
        "DRAGOMAN_NOTICES": str(Path(__file__).with_name("notices.toml")),
        "DRAGOMAN_DATABASE": f"sqlite:///{folder / (engine + '.sqlite')}",
        "DRAGOMAN_LOG": "json",
    }
