"""The demo's call: a caller and an agent on an emulated telephone network, and this server between them."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import itertools
import secrets
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from dragoman.app import Serving, serving
from dragoman.cli.demo.ears import Stretch, longest_pause_s, stretches
from dragoman.cli.demo.opening import Opening
from dragoman.cli.demo.pending import Pending
from dragoman.cli.demo.report import Performance, Played, Tracks
from dragoman.cli.demo.turns import Turn
from dragoman.cli.demo.unmixed import Unmixed
from dragoman.domain.audio import FRAME_MS
from dragoman.domain.call import Role
from dragoman.domain.control import original_heard_by
from dragoman.domain.ear import OriginalMode
from dragoman.errors import SettingsError, UpstreamError
from dragoman.ports import Engine
from dragoman.relay.record import CallRecord
from dragoman.telephony.twilio.emulator import ACCOUNT_SID, Line, Pace, Phone, PhoneState, TwilioEmulator, Worker
from dragoman.telephony.twilio.emulator.server import AUTH_TOKEN
from dragoman.telephony.twilio.emulator.tasks import Attributes
from dragoman.telephony.twilio.studio import flow

LINE = "+15555550100"
"""The firm's number that the caller dials: it runs the Studio flow."""
CALLER_NUMBER = "+15555550101"
FLEX_NUMBER = "+15555550102"
CALLER_ADDRESS = "+34600000001"
WORKFLOW_SID = "WW" + "0123456789abcdef" * 2

TASK_EVENTS = ("reservation.accepted", "task.canceled", "workflow.timeout")

MENU_S = 1.0
"""The caller listens to the menu for so long before pressing a key."""
PATIENCE_S = 25.0
"""After so long without a sound or a caption, the conversation goes on."""
SETTLED_S = 1.8
"""A listener has heard all of a turn after so much quiet, when no caption says that more is coming."""
STEP_S = 30.0


@dataclass(slots=True)
class Stage:
    """An emulated network with both people on the line."""

    twilio: TwilioEmulator
    app: Serving
    caller: Phone
    agent: Phone
    call_id: str
    panel_url: str
    answered_s: float
    records: list[CallRecord] = field(default_factory=list)
    pending: Pending = field(default_factory=Pending)

    @property
    def phones(self) -> dict[Role, Phone]:
        return {Role.CALLER: self.caller, Role.AGENT: self.agent}

    @property
    def clock_s(self) -> float:
        """Where the recordings are now."""
        return self.twilio.ticker.frames * FRAME_MS / 1000

    @property
    def carrier_said(self) -> list[str]:
        """Every sentence that the emulated carrier has spoken."""
        legs = self.twilio.exchange.calls.values()
        return [line.text for leg in legs for line in leg.log if line.kind is Line.SAY]

    @property
    def mixed(self) -> frozenset[Role]:
        """Whose ears have the other's own voice beside the interpreter's."""
        call = self.app.calls.find(self.call_id)
        if call is None:
            return frozenset()
        return frozenset(role for role in Role if original_heard_by(role, call.manner) is not OriginalMode.OFF)

    @property
    def over(self) -> bool:
        """Somebody hung up, or the server ended the call."""
        return PhoneState.ENDED in (self.caller.state, self.agent.state)


@contextlib.asynccontextmanager
async def opened(
    env: Mapping[str, str], language: str, pace: Pace | None = None, engines: Sequence[Engine] = ()
) -> AsyncIterator[Stage]:
    """Start network and server, let the caller dial and choose `language`, and the agent accept.

    `engines`, when given, interpret in place of those that the settings name (measurements).
    Raises SettingsError when the language is not in the menu, UpstreamError when the call does not come about.
    """
    records: list[CallRecord] = []
    async with contextlib.AsyncExitStack() as stack:
        twilio = await stack.enter_async_context(TwilioEmulator(pace=pace))
        port = free_port()
        public_url = f"http://127.0.0.1:{port}"
        settings = without_carrier(env) | network_settings(twilio.base_url, public_url, port)
        app = await stack.enter_async_context(
            serving(settings, ended=records.append, drain_s=5.0, extra_engines=engines)
        )
        chosen = app.book.find(language)
        if chosen is None or not chosen.key:
            raise SettingsError(
                [f"the demo's caller speaks {language!r}, which is not in the menu: {'; '.join(app.notes)}"]
            )
        twilio.number(CALLER_NUMBER, f"{public_url}/incoming-call", f"{public_url}/fallback")
        twilio.number(FLEX_NUMBER, f"{public_url}/outbound-call", f"{public_url}/fallback")
        twilio.studio_flow(LINE, flow(app.book, public_url, app.notices))
        twilio.workspace(f"{public_url}/reservation-accepted", TASK_EVENTS, beep=True)
        twilio.workflow(WORKFLOW_SID)
        worker = twilio.worker("Alice")
        caller, agent, attributes = await _both_on_the_line(twilio, worker, chosen.key)
        yield Stage(
            twilio,
            app,
            caller,
            agent,
            str(attributes["dragoman_call"]),
            f"{attributes['panel_url']}?token={attributes['panel_token']}",
            twilio.ticker.frames * FRAME_MS / 1000,
            records,
        )


async def _both_on_the_line(twilio: TwilioEmulator, worker: Worker, key: str) -> tuple[Phone, Phone, Attributes]:
    """The caller dials and presses a key, the agent accepts; raise UpstreamError when it does not come to that."""
    caller = twilio.phone(CALLER_ADDRESS)
    try:
        await caller.call(LINE)
        await caller.connected(STEP_S)
        await asyncio.sleep(MENU_S)
        caller.press(key)
        reservation = await worker.reservation(STEP_S)
        agent = await reservation.accept()
        await agent.connected(STEP_S)
    except (TimeoutError, ConnectionError) as error:
        reason = str(error) or "nobody answered in time"
        raise UpstreamError(f"the demo's call did not come about ({reason})") from error
    return caller, agent, reservation.task.attributes


def without_carrier(env: Mapping[str, str]) -> dict[str, str]:
    """The user's settings but for their real Twilio account, which the demo must not touch."""
    return {name: value for name, value in env.items() if not name.startswith("TWILIO_")}


def network_settings(twilio_url: str, public_url: str, port: int) -> dict[str, str]:
    """What a server needs that stands in the emulated network."""
    return {
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_BASE_URL": twilio_url,
        "TWILIO_CALLER_NUMBER": CALLER_NUMBER,
        "TWILIO_FLEX_NUMBER": FLEX_NUMBER,
        "TWILIO_FLEX_WORKFLOW_SID": WORKFLOW_SID,
        "PUBLIC_URL": public_url,
        "API_PORT": str(port),
        "DRAGOMAN_HOST": "127.0.0.1",
        "DRAGOMAN_SECRET": secrets.token_urlsafe(32),
        "DRAGOMAN_DATABASE": "off",
    }


def free_port() -> int:
    """One on which nobody listens just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def perform(stage: Stage, turns: Sequence[Turn], until: asyncio.Event | None = None) -> Performance:
    """Say the turns one after the other, each when the one before was heard; the caller hangs up; what came of it.

    With `until` they are said again and again; once it is set the caller hangs up, and the turn under way counts not.
    """
    mixed = stage.mixed
    await _opening_heard(stage)
    async with asyncio.TaskGroup() as tasks:
        alongside = [tasks.create_task(_read_captions(stage))]
        if until is not None:
            alongside.append(tasks.create_task(_hang_up_at(stage, until)))
        played = await (_conversation(stage, turns) if until is None else _endless(stage, turns))
        over_s = stage.clock_s
        stage.caller.hang_up()
        await stage.agent.ended(STEP_S)
        for one in alongside:
            one.cancel()
    record = await _record(stage)
    recordings_began = datetime.datetime.now(datetime.UTC).timestamp() - stage.clock_s
    tracks = Tracks(
        said={role: phone.mouth for role, phone in stage.phones.items()},
        heard={role: phone.ear for role, phone in stage.phones.items()},
        answered_s=stage.answered_s,
        over_s=over_s,
        mixed=mixed,
    )
    return Performance(tuple(played), record, tracks, record.began_at - recordings_began)


async def _conversation(stage: Stage, turns: Sequence[Turn]) -> list[Played]:
    """Every turn once; those that a call which ended early left unsaid are among them, as not heard."""
    return [await _play(stage, turn) for turn in turns]


async def _endless(stage: Stage, turns: Sequence[Turn]) -> list[Played]:
    """The turns that were heard to the end before the call was over."""
    played: list[Played] = []
    for turn in itertools.cycle(turns):
        one = await _play(stage, turn)
        if stage.over:
            break
        played.append(one)
    return played


async def _read_captions(stage: Stage) -> None:
    captions = stage.app.calls.captions(stage.call_id)
    if captions is not None:
        async for caption in captions:
            stage.pending.take(caption)


async def _hang_up_at(stage: Stage, until: asyncio.Event) -> None:
    await until.wait()
    stage.caller.hang_up()


async def _opening_heard(stage: Stage) -> None:
    """Both hear out what they are told before the talk."""
    setup = stage.app.calls.setup(stage.call_id)
    if setup is None:
        return
    opening = Opening(setup, stage.app.notices, stage.phones, stage.answered_s, lambda: stage.carrier_said)
    while not stage.over:
        await asyncio.sleep(0.1)
        if opening.over(stage.clock_s):
            return


async def _play(stage: Stage, turn: Turn) -> Played:
    """Say one turn, and wait until the other one has heard all of it, or nothing happens any more."""
    speaker, listener = stage.phones[turn.role], stage.phones[turn.role.other]
    began_s, refused = stage.clock_s, stage.pending.refused(turn.role)
    if not stage.over:
        speaker.say(turn.audio, turn.text)
        await speaker.said()
    ended_s = lately_s = stage.clock_s
    interpreter = Unmixed(began_s, mixed=turn.role.other in stage.mixed)
    heard: list[Stretch] = []
    changes = stage.pending.changes
    while not stage.over and stage.clock_s - lately_s < PATIENCE_S:
        await asyncio.sleep(0.1)
        now_s = stage.clock_s
        heard = stretches(interpreter.grow(listener.ear, speaker.mouth), from_s=began_s, to_s=now_s)
        if stage.pending.changes > changes:
            changes, lately_s = stage.pending.changes, now_s
        if heard:
            lately_s = max(lately_s, heard[-1].ended_s)
        answered = bool(heard) or stage.pending.refused(turn.role) > refused
        if answered and not stage.pending.waiting(turn.role) and now_s - lately_s > SETTLED_S:
            break
    if not heard:
        return Played(turn, began_s, ended_s, None, None)
    return Played(turn, began_s, ended_s, heard[0].began_s, heard[-1].ended_s, longest_pause_s(heard))


async def _record(stage: Stage) -> CallRecord:
    for _ in range(int(STEP_S / 0.05)):
        if stage.records:
            return stage.records[0]
        await asyncio.sleep(0.05)
    raise UpstreamError("the demo's call did not end in time")
