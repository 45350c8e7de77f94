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
from dragoman.cli.demo.ears import quiet_for_s, stretches
from dragoman.cli.demo.report import Performance, Played, Tracks
from dragoman.cli.demo.turns import Turn
from dragoman.domain.audio import FRAME_MS
from dragoman.domain.call import Role
from dragoman.errors import SettingsError
from dragoman.relay.record import CallRecord
from dragoman.telephony.twilio.emulator import ACCOUNT_SID, Phone, TwilioEmulator
from dragoman.telephony.twilio.emulator.server import AUTH_TOKEN
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
HEARD_DEADLINE_S = 25.0
SETTLED_S = 1.8
"""A listener has heard all of a turn after so much quiet."""
STEP_S = 30.0


@dataclass(slots=True)
class Stage:
    """An emulated network with both people on the line."""

    twilio: TwilioEmulator
    app: Serving
    caller: Phone
    agent: Phone
    panel_url: str
    answered_s: float
    records: list[CallRecord] = field(default_factory=list)

    @property
    def phones(self) -> dict[Role, Phone]:
        return {Role.CALLER: self.caller, Role.AGENT: self.agent}

    @property
    def clock_s(self) -> float:
        """Where the recordings are now."""
        return self.twilio.ticker.frames * FRAME_MS / 1000


@contextlib.asynccontextmanager
async def opened(env: Mapping[str, str], language: str) -> AsyncIterator[Stage]:
    """Start network and server, let the caller dial and choose `language`, and the agent accept."""
    records: list[CallRecord] = []
    async with contextlib.AsyncExitStack() as stack:
        twilio = await stack.enter_async_context(TwilioEmulator())
        port = _free_port()
        public_url = f"http://127.0.0.1:{port}"
        settings = {**env, **_settings(twilio.base_url, public_url, port)}
        app = await stack.enter_async_context(serving(settings, ended=records.append, drain_s=5.0))
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
        caller = await twilio.phone(CALLER_ADDRESS).call(LINE)
        await caller.connected(STEP_S)
        await asyncio.sleep(MENU_S)
        caller.press(chosen.key)
        reservation = await worker.reservation(STEP_S)
        attributes = reservation.task.attributes
        agent = await reservation.accept()
        await agent.connected(STEP_S)
        yield Stage(
            twilio,
            app,
            caller,
            agent,
            f"{attributes['panel_url']}?token={attributes['panel_token']}",
            twilio.ticker.frames * FRAME_MS / 1000,
            records,
        )


def _settings(twilio_url: str, public_url: str, port: int) -> dict[str, str]:
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
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def perform(stage: Stage, turns: Sequence[Turn], until: asyncio.Event | None = None) -> Performance:
    """Say the turns one after the other, each when the one before was heard; the caller hangs up; what came of it.

    With `until` they are said again and again until it is set.
    """
    await _whisper_heard(stage)
    played: list[Played] = []
    for turn in turns if until is None else itertools.cycle(turns):
        if until is not None and until.is_set():
            break
        played.append(await _play(stage, turn))
    over_s = stage.clock_s
    stage.caller.hang_up()
    await stage.agent.ended(STEP_S)
    record = await _record(stage)
    recordings_began = datetime.datetime.now(datetime.UTC).timestamp() - stage.clock_s
    tracks = Tracks(
        said={role: phone.mouth for role, phone in stage.phones.items()},
        heard={role: phone.ear for role, phone in stage.phones.items()},
        answered_s=stage.answered_s,
        over_s=over_s,
    )
    return Performance(tuple(played), record, tracks, record.began_at - recordings_began)


async def _whisper_heard(stage: Stage) -> None:
    """The agent hears who is calling before speaking, as a person would; without a whisper within 6 s, speaks."""
    deadline_s = stage.clock_s + 6.0
    while stage.clock_s < deadline_s:
        await asyncio.sleep(0.1)
        now_s = stage.clock_s
        if (
            stretches(stage.agent.ear, from_s=stage.answered_s, to_s=now_s)
            and quiet_for_s(stage.agent.ear, now_s) > 0.6
        ):
            return


async def _play(stage: Stage, turn: Turn) -> Played:
    speaker, listener = stage.phones[turn.role], stage.phones[turn.role.other]
    began_s = stage.clock_s
    speaker.say(turn.audio, turn.text)
    await speaker.said()
    ended_s = stage.clock_s
    heard_s = heard_end_s = None
    while stage.clock_s - ended_s < HEARD_DEADLINE_S:
        await asyncio.sleep(0.1)
        now_s = stage.clock_s
        heard = stretches(listener.ear, from_s=began_s, to_s=now_s)
        if heard and now_s - heard[-1].ended_s > SETTLED_S and now_s - ended_s > SETTLED_S:
            heard_s, heard_end_s = heard[0].began_s, heard[-1].ended_s
            break
    return Played(turn, began_s, ended_s, heard_s, heard_end_s)


async def _record(stage: Stage) -> CallRecord:
    for _ in range(int(STEP_S / 0.05)):
        if stage.records:
            break
        await asyncio.sleep(0.05)
    return stage.records[0]
