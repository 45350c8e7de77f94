"""Callers and agents: what each call is to come to, and whether it did."""

from __future__ import annotations

import asyncio
import enum
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from bench.soak.ears import Ear
from dragoman.interpreters.openai.emulator import Ending, Faults, OpenAIEmulator
from dragoman.interpreters.openai.emulator.faults import BROKEN, TOO_MANY
from dragoman.interpreters.openai.emulator.markers import BREATH, MARKERS, marker_tone
from dragoman.telephony.twilio.emulator import Phone, PhoneState, Reservation, TwilioEmulator, Worker

LINE: Final = "+15555550101"
SPEECH_MS: Final = 320
STEP_S: Final = 10.0
PATIENCE_S: Final = 5.0
"""So long one waits for an answer before saying it again."""
TRIES: Final = 3
SAME_NUMBER: Final = "+34699999999"
"""Whoever is to be refused calls from here: many times a minute."""
PAUSE_MS: Final = 160
SLOWEST_S: Final = 60.0
"""No call takes longer, whatever happens."""


class Fate(enum.Enum):
    """What a call is to come to."""

    TALK = "talked"
    STREAM_DROP = "talked, a stream dropped"
    MENU = "hung up in the menu"
    QUEUE = "hung up while queued"
    REFUSED = "refused"
    FIRST = "hung up while queued, the first of a minute from the number that is else refused"


SHARES: Final = {Fate.TALK: 0.72, Fate.STREAM_DROP: 0.07, Fate.MENU: 0.07, Fate.QUEUE: 0.07, Fate.REFUSED: 0.07}
TROUBLE: Final = 0.06
"""The share of engine sessions that fail."""


class EngineTrouble(Mapping[int, Faults]):
    """By the number of the session: most have none. The same for the same seed."""

    def __init__(self, seed: int, share: float = TROUBLE) -> None:
        self._seed = seed
        self._share = share

    def __getitem__(self, number: int) -> Faults:
        dice = random.Random(f"{self._seed}/{number}")
        if dice.random() >= self._share:
            raise KeyError(number)
        after_ms = dice.randrange(100, 2_500)
        match dice.randrange(5):
            case 0:
                return Faults(refuse=BROKEN)
            case 1:
                return Faults(refuse=TOO_MANY)
            case 2:
                return Faults(ending=Ending.SERVER_ERROR, ending_after_ms=after_ms)
            case 3:
                return Faults(ending=Ending.EXPIRE, ending_after_ms=after_ms)
            case _:
                return Faults(ending=Ending.DROP, ending_after_ms=after_ms)

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(slots=True)
class Visit:
    """One call. The two markers are nobody else's who calls at the same time."""

    number: int
    fate: Fate
    dice: random.Random
    agent: asyncio.Future[Phone]

    @property
    def address(self) -> str:
        return SAME_NUMBER if self.fate is Fate.REFUSED else f"+346{self.number % 10**8:08d}"

    @property
    def markers(self) -> tuple[int, int]:
        at = 2 * self.number % (len(MARKERS) // 2 * 2)
        return MARKERS[at], MARKERS[at + 1]


@dataclass(slots=True)
class Tally:
    """What came of the calls so far: those that came to what they were to, by fate; and those that did not, by why."""

    begun: int = 0
    over: int = 0
    as_meant: Counter[Fate] = field(default_factory=Counter)
    otherwise: Counter[str] = field(default_factory=Counter)
    crossed: list[str] = field(default_factory=list)
    """Each time that somebody heard what was said in no call of theirs: what it was, in Hz."""
    said_again: int = 0


class Town:
    """Carries out visits. `agents` must run beside."""

    def __init__(self, twilio: TwilioEmulator, seed: int, loop: asyncio.AbstractEventLoop) -> None:
        self._twilio = twilio
        self._seed = seed
        self._loop = loop
        self._waiting: dict[str, Visit] = {}
        self.tally = Tally()

    def visit(self, number: int, fate: Fate | None = None) -> Visit:
        """The call of that number; the same for the same seed. `fate`: what it is to come to, whatever the dice say."""
        dice = random.Random(f"{self._seed}/{number}")
        (cast,) = dice.choices(list(SHARES), list(SHARES.values()))
        return Visit(number, fate or cast, dice, self._loop.create_future())

    async def carry(self, visit: Visit) -> None:
        """The whole call. Never raises: what went wrong is counted."""
        self.tally.begun += 1
        phone = self._twilio.phone(visit.address)
        try:
            await phone.call(LINE)
            self._waiting[visit.address] = visit
            async with asyncio.timeout(SLOWEST_S):
                came = await self._live(visit, phone)
        except (TimeoutError, ConnectionError) as error:
            self.tally.otherwise[f"{visit.fate.value}: {str(error) or 'too slow'}"] += 1
        else:
            self.tally.as_meant[came] += 1
        finally:
            phone.hang_up()
            self._waiting.pop(visit.address, None)
            visit.agent.cancel()
            self.tally.over += 1

    async def _live(self, visit: Visit, phone: Phone) -> Fate:
        """What it came to. Raise TimeoutError or ConnectionError when that is not what it was to."""
        await self._until("no menu", lambda: phone.leg is not None and phone.leg.ear is not None)
        if visit.fate is Fate.MENU:
            return visit.fate
        phone.press("2")
        gone = PhoneState.ENDED
        await self._until("no stream", lambda: phone.state is gone or (phone.leg is not None and phone.leg.tap))
        if visit.fate is Fate.REFUSED:
            return visit.fate if phone.state is gone else Fate.FIRST
        if visit.fate is Fate.QUEUE:
            await asyncio.sleep(visit.dice.random() * 0.6)
            return visit.fate
        async with asyncio.timeout(STEP_S):
            agent = await visit.agent
        try:
            await self._talk(visit, phone, agent)
            one, other = visit.dice.sample((phone, agent), 2)
            one.hang_up()
            await self._until("the other stayed", lambda: other.state is gone)
        finally:
            agent.hang_up()
        return visit.fate

    async def _talk(self, visit: Visit, caller: Phone, agent: Phone) -> None:
        await agent.connected(STEP_S)
        if caller.leg is None or agent.leg is None:
            raise ConnectionError("a phone is gone")
        heard_by_agent, heard_by_caller = Ear(agent.leg), Ear(caller.leg)
        await self._until("no whisper", lambda: heard_by_agent.paused(2 * PAUSE_MS))
        if visit.fate is Fate.STREAM_DROP:
            await self._drop(caller)
        async with asyncio.TaskGroup() as both:
            ways = (
                both.create_task(self._told(caller, agent, heard_by_agent, visit.markers[0])),
                both.create_task(self._told(agent, caller, heard_by_caller, visit.markers[1])),
            )
        if wrong := next((way.result() for way in ways if way.result()), ""):
            raise ConnectionError(wrong)

    async def _drop(self, phone: Phone) -> None:
        """The caller's stream dies; another one comes."""
        leg = phone.leg
        assert leg is not None
        before = leg.cut_stream
        self._twilio.cut_stream(leg.sid)
        await self._until("no stream again", lambda: leg.cut_stream not in (None, before))

    async def _told(self, speaker: Phone, listener: Phone, ear: Ear, hz: int) -> str:
        """Say a marker until the other has heard its interpretation; why that did not come, "" when it did."""
        ear.forget()
        for again in range(TRIES):
            self.tally.said_again += again > 0
            speaker.say(marker_tone(hz, SPEECH_MS, breath=BREATH))
            for _ in range(int(PATIENCE_S * 1000 / PAUSE_MS)):
                await self._twilio.ticker.beats(PAUSE_MS // 20)
                if PhoneState.ENDED in (speaker.state, listener.state):
                    return "the call ended in the midst of the talk"
                if ear.paused(PAUSE_MS):
                    answers = ear.answers()
                    if strangers := answers - {hz}:
                        self.tally.crossed.append(f"{hz} was awaited, {sorted(strangers)} heard")
                    ear.forget()
                    if hz in answers:
                        return ""
        return "not interpreted"

    async def _until(self, otherwise: str, done: Callable[[], object]) -> None:
        """Wait for it; raise TimeoutError that says `otherwise`."""
        for _ in range(int(STEP_S * 50)):
            if done():
                return
            await self._twilio.ticker.beats(1)
        raise TimeoutError(otherwise)

    # ---- Agents ------------------------------------------------------------------------------------------------------

    async def agents(self, count: int) -> None:
        """They take every task that they are meant to take, for ever."""
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(self._agent(self._twilio.worker(f"Agent{number}")))

    async def _agent(self, worker: Worker) -> None:
        while True:
            try:
                reservation = await worker.reservation(3600)
                await self._offered(reservation)
            except (TimeoutError, ConnectionError, RuntimeError):
                continue  # it was gone before it was taken
            finally:
                worker.reservations[:] = [one for one in worker.reservations if one.status.holds_worker]

    async def _offered(self, reservation: Reservation) -> None:
        visit = self._waiting.get(str(reservation.task.attributes["caller"]))
        if visit is None or visit.fate in (Fate.QUEUE, Fate.REFUSED):
            return  # it will be taken back when the caller hangs up
        phone = await reservation.accept()
        if visit.agent.done():
            phone.hang_up()
        else:
            visit.agent.set_result(phone)


def sweep(twilio: TwilioEmulator, models: OpenAIEmulator) -> None:
    """Let the emulators forget what is over: they keep all for tests to look at, and here nobody looks."""
    exchange, router = twilio.exchange, twilio.router
    for sid in [sid for sid, leg in exchange.calls.items() if leg.over.is_set()]:
        del exchange.calls[sid]
    for sid in [sid for sid, task in router.tasks.items() if task.status.over]:
        del router.tasks[sid]
    for sid in [sid for sid, one in router.reservations.items() if not one.status.holds_worker]:
        del router.reservations[sid]
    router.events.clear()
    twilio.delivered.clear()
    twilio.alerts.clear()
    models.sessions[:] = [one for one in models.sessions if one.close_code is None]
    models.lives[:] = [one for one in models.lives if not one.over]
    models.spoken.clear()
    models.refused.clear()
