"""The lab's faults: what each does to a world, before its calls or in the midst of them. Seeded by the world's dice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bench.chaos.world import USUAL, Shape, Strike, World
from dragoman.domain.call import Role
from dragoman.interpreters.openai.emulator import Ending, Faults, Refusal
from dragoman.interpreters.openai.emulator.faults import BROKEN, NO_FAULTS, TOO_MANY, UNAUTHORISED
from dragoman.interpreters.openai.emulator.life import NOT_JSON

AWAY_S: Final = 4.0
"""How long an engine refuses."""
JUMP_S: Final = 3.0
DRAIN_S: Final = 1.0
STOP_S: Final = 6.0
"""A server that drains is to be gone by then."""
DWELL_S: Final = 0.06
"""A slow carrier reads a message in this time; 20 ms of sound come in each."""
BURST_MS: Final = 10_000
ALL: Final = 10**9


@dataclass(frozen=True, slots=True)
class Goals:
    """What a fault may cost, None: whatever. Calls survive, and nobody hears a stranger, always.

    `silence_ms` comes on top of the engine's own delay. `lost`: whether words may be heard in no voice at all;
    `untranslated`: whether some may be heard in their speaker's voice only.
    """

    silence_ms: int | None = 2000
    recover_ms: int | None = None
    lost: bool = True
    untranslated: bool = True


async def nothing(_: World) -> None:
    """No fault."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`prepare` is done before the calls ring, `strike` in the midst of the talk. `alone`: not beside another fault.

    `assistant`: an assistant answers the calls.
    """

    about: str
    strike: Strike = nothing
    prepare: Strike = nothing
    goals: Goals = Goals()
    shape: Shape = USUAL
    extra: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False
    assistant: bool = False


# ---- Engines ---------------------------------------------------------------------------------------------------------


def end_sessions(ending: Ending) -> Strike:
    """Every session that is open ends in this way."""

    async def strike(world: World) -> None:
        for life in world.models.open_lives:
            life.end(ending)

    return strike


def refuse(refusal: Refusal) -> Strike:
    """The sessions are cut, and for a while none is let in."""

    async def strike(world: World) -> None:
        world.models.faults = Faults(refuse=refusal)
        await end_sessions(Ending.DROP)(world)
        await asyncio.sleep(AWAY_S)
        world.models.faults = NO_FAULTS

    return strike


async def hold_back(world: World) -> None:
    """Sessions to come keep what they say until ten seconds of it, or all of it, can be sent at once."""
    world.models.faults = Faults(burst_ms=BURST_MS)


GARBAGE: Final = (
    NOT_JSON,
    b"",
    b"null",
    b"[1, 2]",
    b'{"type":17}',
    b'{"no":"type"}',
    b'{"type":"session.aurora.updated","event_id":"e","glow":1}',
    b'{"type":"response.output_audio.delta","response_id":5,"item_id":null,"delta":{"a":1}}',
    b'{"type":"response.output_audio.delta","response_id":"r","item_id":"i","output_index":0,"content_index":0,"delta":"!"}',
    b'{"type":"session.output_audio.delta","delta":[1],"elapsed_ms":"soon"}',
    b'{"type":"session.output_audio.delta","delta":"***","elapsed_ms":200}',
    b'{"type":"response.done","response":[]}',
    b'{"type":"error","error":"oh"}',
    b'{"type":"rate_limits.updated","rate_limits":7}',
    b'{"type":"session.updated","session":"none"}',
    b"\xff\xfe{}".decode("latin-1").encode(),
    b"[" * 5000,
)
"""Messages that no server should send, all of them."""


async def babble(world: World) -> None:
    """Each session sends all the garbage there is, in an order of its own."""
    for life in world.models.open_lives:
        for message in world.rng.sample(GARBAGE, len(GARBAGE)):
            life.send_raw(message)


# ---- The carrier -----------------------------------------------------------------------------------------------------


async def drop_streams(world: World) -> None:
    """One stream of each call dies without a word."""
    for line in world.lines:
        role = world.rng.choice(tuple(Role))
        world.twilio.cut_stream(line.legs[role].sid)


async def drop_both_streams(world: World) -> None:
    for line in world.lines:
        for leg in line.legs.values():
            world.twilio.cut_stream(leg.sid)


async def repeat_webhooks(world: World) -> None:
    """Everything is told twice, callbacks in the wrong order, for the whole call."""
    world.twilio.faults.callbacks_twice = True
    world.twilio.faults.callbacks_reordered = True
    world.twilio.faults.webhooks_twice = ALL


async def too_many_requests(world: World) -> None:
    """As many REST requests are refused as there are calls to dial."""
    world.twilio.faults.rest_too_many = len(world.twilio.router.workers) or 10


async def server_errors(world: World) -> None:
    world.twilio.faults.rest_server_error = len(world.twilio.router.workers) or 10


async def slow_carrier(world: World) -> None:
    """One carrier's socket of the world's reads slowly: 1 of 20 legs, or more than 2 %."""
    line = world.rng.choice(world.lines)
    world.twilio.slow_stream(line.legs[world.rng.choice(tuple(Role))].sid, DWELL_S)


# ---- The process -----------------------------------------------------------------------------------------------------


async def kill_server(world: World) -> None:
    """`kill -9`, and a new process at once, as a supervisor starts it."""
    world.server.kill()
    world.server.start()


async def restart_server(world: World) -> None:
    """SIGTERM, and a new process as soon as the old one is gone."""
    world.server.ask_to_stop()
    with contextlib.suppress(TimeoutError):  # it is killed then, and the calls tell
        await world.server.stopped(STOP_S)
    await kill_server(world)


async def jump(world: World) -> None:
    """The process is not run for a while; when it is, its clock has jumped."""
    world.server.freeze()
    await asyncio.sleep(JUMP_S)
    world.server.thaw()


# ---- Everything ------------------------------------------------------------------------------------------------------

_MIXED: Final[tuple[Strike, ...]] = (
    end_sessions(Ending.DROP),
    end_sessions(Ending.LEAVE),
    end_sessions(Ending.SERVER_ERROR),
    end_sessions(Ending.EXPIRE),
    babble,
    drop_streams,
    slow_carrier,
)


async def everything(world: World) -> None:
    """All of it in an order of the dice, half a second to one between them; webhooks are told twice all the while."""
    await repeat_webhooks(world)
    for strike in world.rng.sample(_MIXED, len(_MIXED)):
        await strike(world)
        await asyncio.sleep(world.rng.uniform(0.5, 1.0))


# ---- The list --------------------------------------------------------------------------------------------------------

SOCKET: Final = Goals(recover_ms=2000, lost=False, untranslated=False)
AWAY: Final = Goals(recover_ms=round(AWAY_S * 3000), lost=False)
"""Who asks ever less often is late by as much again as the engine was away, and by the time that the notice takes."""
UNPAID: Final = Goals(recover_ms=round(AWAY_S * 1000) + 20_000, lost=False)
"""What somebody has to mend is not asked again before ten to twenty seconds are over."""
PROCESS: Final = Goals(silence_ms=5000, recover_ms=5000)
CARRIER: Final = Goals(recover_ms=3000)
LONGER: Final = Shape(talk_s=17.0, end_s=22.0)
LONGEST: Final = Shape(talk_s=29.0, end_s=33.0)

FAULTS: Final[dict[str, Fault]] = {
    "none": Fault("no fault: what the lab itself finds", goals=Goals(silence_ms=500, lost=False, untranslated=False)),
    "kill-1006": Fault("sockets of engine cut without a close", end_sessions(Ending.DROP), goals=SOCKET),
    "kill-1001": Fault("sessions closed with 1001", end_sessions(Ending.LEAVE), goals=SOCKET),
    "kill-1011": Fault("server_error and close 1011", end_sessions(Ending.SERVER_ERROR), goals=SOCKET),
    "expire": Fault("session_expired and close 1001", end_sessions(Ending.EXPIRE), goals=SOCKET),
    "refuse-401": Fault("cut, then 401 for 4 s", refuse(UNAUTHORISED), goals=UNPAID, shape=LONGEST),
    "refuse-429": Fault("cut, then 429 for 4 s", refuse(TOO_MANY), goals=AWAY, shape=LONGER),
    "refuse-500": Fault("cut, then 500 for 4 s", refuse(BROKEN), goals=AWAY, shape=LONGER),
    "stall": Fault("sessions neither read nor speak", end_sessions(Ending.STALL), shape=LONGER),
    "mute": Fault("sessions take audio and say nothing", end_sessions(Ending.MUTE), shape=LONGER),
    "burst": Fault(
        "ten seconds come at once",
        prepare=hold_back,
        goals=Goals(silence_ms=2000, lost=False, untranslated=False),
        shape=Shape(fault_s=5.0, talk_s=20.0, end_s=36.0, long_ms=BURST_MS),
    ),
    "corrupt": Fault("17 messages that are none", babble, goals=SOCKET),
    "drop-stream": Fault("one stream of each call dies", drop_streams, goals=CARRIER),
    "drop-both": Fault("both streams of each call die", drop_both_streams, goals=CARRIER),
    "webhooks": Fault("all told twice, in wrong order; streams die", drop_streams, repeat_webhooks, goals=CARRIER),
    "rest-429": Fault("REST answers 429 at dialling", prepare=too_many_requests),
    "rest-500": Fault("REST answers 500 at dialling", prepare=server_errors),
    "kill-9": Fault("the server is killed and started again", kill_server, goals=PROCESS, shape=LONGEST, alone=True),
    "kill-9-assistant": Fault(
        "killed while assistants talk",
        kill_server,
        goals=PROCESS,
        shape=LONGER,
        alone=True,
        assistant=True,
    ),
    "restart": Fault(
        "SIGTERM, calls handed back",
        restart_server,
        goals=PROCESS,
        shape=LONGEST,
        extra={"DRAGOMAN_DRAIN_S": str(DRAIN_S)},
        alone=True,
    ),
    "clock-jump": Fault("the server stands still for 3 s", jump, goals=Goals(silence_ms=round(JUMP_S * 1000) + 2000)),
    "slow-carrier": Fault("a carrier reads at a third of its pace", slow_carrier),
    "everything": Fault("seven faults within 6 s", everything, goals=Goals(silence_ms=None), shape=LONGER),
}
"""In the order in which they are tried."""
