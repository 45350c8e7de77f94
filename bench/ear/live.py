"""Calls with real speech in real time: through the whole server over loopback, and through the naive relay."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bench.ear.naive import NaiveRelay
from bench.ear.phone import Phone
from bench.ear.scenes import BYTES_PER_MS
from bench.ear.speech import Talk
from bench.ear.tapped import Tap, TappedEngine
from dragoman.audio import g711
from dragoman.audio.level import voiced
from dragoman.cli.demo.ears import quiet_for_s
from dragoman.cli.demo.stage import Stage, opened
from dragoman.domain.audio import FRAME_MS
from dragoman.domain.call import Role
from dragoman.settings import environment


@dataclass(frozen=True, slots=True)
class Pace:
    """How long people wait: for notices to begin, for quiet after them, for quiet after the last word; at most."""

    notices_s: float = 3.0
    quiet_s: float = 2.0
    settled_s: float = 8.0
    patience_s: float = 90.0


UNHURRIED: Final = Pace()
POLL_S: Final = 0.25
NAIVE_LEAD_FRAMES: Final = 50


@dataclass(frozen=True, slots=True)
class Capture:
    """A talk, what both ears heard of it from its beginning, and the taps of both directions (whose clock is theirs).

    `origin_ms`: when on the taps' clock the talk began.
    """

    talk: Talk
    ears: dict[Role, bytes]
    taps: dict[Role, Tap]
    origin_ms: float
    clears: int = 0


async def ours(talk: Talk, engine: TappedEngine, pace: Pace = UNHURRIED) -> Capture:
    """Emulated telephone network, signed webhooks, streams, lanes: the whole server, as `dragoman demo` has it."""
    async with opened(environment(), "Spanish", engines=(engine,)) as stage:
        ticker, phones = stage.twilio.ticker, stage.phones
        engine.clock = lambda: float(ticker.frames * FRAME_MS)
        await _until_quiet(stage, stage.clock_s + pace.notices_s, pace.quiet_s, stage.clock_s + pace.patience_s)
        begins = ticker.frames
        for role, phone in phones.items():
            phone.say(talk.mouths[role])
        over_s = stage.clock_s + talk.length_ms / 1000
        await _until_quiet(stage, over_s, pace.settled_s, over_s + pace.patience_s)
        if stage.over:
            raise RuntimeError("the call ended before the talk did")
        first = begins * FRAME_MS * BYTES_PER_MS
        ears = {role: phone.ear[first:] for role, phone in phones.items()}
        stage.caller.hang_up()
        await stage.agent.ended()
    return Capture(talk, ears, engine.taps, float(begins * FRAME_MS))


async def _until_quiet(stage: Stage, first_s: float, quiet_s: float, deadline_s: float) -> None:
    """Until both ears have heard nothing for a while (looked at from `first_s` on), or it is too late."""
    while stage.clock_s < deadline_s:
        await asyncio.sleep(POLL_S)
        now_s = stage.clock_s
        if now_s > first_s and all(quiet_for_s(phone.ear, now_s) > quiet_s for phone in stage.phones.values()):
            return


async def naive(talk: Talk, engine: TappedEngine, pace: Pace = UNHURRIED) -> Capture:
    """The same talk and engine, with a relay of a few lines between two phones."""
    rng = random.Random(talk.name)
    phones = {role: Phone(role.value, random.Random(rng.random())) for role in Role}
    relay = NaiveRelay(phones, engine)
    pair = _Pair(phones)
    engine.clock = lambda: float(pair.beats * FRAME_MS)
    async with asyncio.TaskGroup() as tasks:
        for one in relay.interpreters.values():
            tasks.create_task(one.run())
        await pair.beat_until(lambda: pair.beats >= NAIVE_LEAD_FRAMES)
        for role, phone in phones.items():
            phone.speak(g711.decode(talk.mouths[role]))
        over = NAIVE_LEAD_FRAMES + talk.length_ms // FRAME_MS
        await pair.beat_until(lambda: pair.beats >= over)
        await pair.beat_until(lambda: pair.quiet_s > pace.settled_s or pair.beats > over + pace.patience_s * 50)
        for one in relay.interpreters.values():
            one.close()
    ears = {role: b"".join(phone.ear) for role, phone in phones.items()}
    clears = sum(phone.clears for phone in phones.values())
    return Capture(talk, ears, engine.taps, float(NAIVE_LEAD_FRAMES * FRAME_MS), clears)


class _Pair:
    """Two phones that beat together, in real time by absolute deadlines."""

    def __init__(self, phones: dict[Role, Phone]) -> None:
        self._phones = phones
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time()
        self._sounded = 0
        self.beats = 0

    @property
    def quiet_s(self) -> float:
        """How long neither ear has heard anything."""
        return (self.beats - self._sounded) * FRAME_MS / 1000

    async def beat_until(self, done: Callable[[], bool]) -> None:
        while not done():
            for phone in self._phones.values():
                phone.beat()
                if voiced(phone.ear[-1]):
                    self._sounded = self.beats
            self.beats += 1
            self._due += FRAME_MS / 1000
            await asyncio.sleep(max(0.0, self._due - self._loop.time()))
