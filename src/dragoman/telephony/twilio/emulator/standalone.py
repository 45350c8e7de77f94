"""The emulator by itself: for `dragoman emulate twilio`, with people who answer without being told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dragoman.telephony.twilio.emulator.faults import Faults, Pace
from dragoman.telephony.twilio.emulator.plant import Say
from dragoman.telephony.twilio.emulator.server import ACCOUNT_SID, AUTH_TOKEN, TwilioEmulator


@dataclass(frozen=True, slots=True)
class Account:
    """What the account owns. `numbers` pairs each with its voice URL; `workers` accept whatever they are offered."""

    account_sid: str = ACCOUNT_SID
    auth_token: str = AUTH_TOKEN
    numbers: tuple[tuple[str, str], ...] = ()
    workflow_sid: str = ""
    event_callback_url: str = ""
    events: tuple[str, ...] = ("reservation.accepted", "task.canceled", "task.completed", "workflow.timeout")
    workers: tuple[str, ...] = ()


async def serve(
    port: int,
    account: Account | None = None,
    *,
    host: str = "127.0.0.1",
    say: Say | None = None,
    pace: Pace | None = None,
    faults: Faults | None = None,
    started: Callable[[TwilioEmulator], None] | None = None,
) -> None:
    """Run until cancelled. `started` gets the running emulator, to dial from or to print its address."""
    owned = account or Account()
    emulator = TwilioEmulator(
        owned.account_sid, owned.auth_token, say, pace=pace, faults=faults, host=host, port=port, record=False
    )
    async with emulator as twilio, asyncio.TaskGroup() as group:
        for number, voice_url in owned.numbers:
            twilio.number(number, voice_url)
        if owned.workflow_sid:
            twilio.workflow(owned.workflow_sid)
        twilio.workspace(owned.event_callback_url, owned.events)
        _staff(twilio, owned.workers, group)
        if started is not None:
            started(twilio)
        await asyncio.Event().wait()


def _staff(twilio: TwilioEmulator, names: Iterable[str], group: asyncio.TaskGroup) -> None:
    for name in names:
        group.create_task(_work(twilio, name))


async def _work(twilio: TwilioEmulator, name: str) -> None:
    """A worker who takes every task, for ever."""
    worker = twilio.worker(name)
    while True:
        try:
            reservation = await worker.reservation(timeout_s=3600)
            await reservation.accept()
        except (TimeoutError, ConnectionError, RuntimeError):
            continue  # nothing came, or it was gone again before it was taken
