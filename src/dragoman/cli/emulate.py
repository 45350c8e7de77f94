"""`dragoman emulate`: the emulated Twilio and OpenAI by themselves, for trying the server out without an account.

Standard output is the environment that points Dragoman there, one NAME=value a line; all else goes to standard error.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, TypeVar
from urllib.parse import urlsplit

import httpx2
from cyclopts import App, Parameter
from rich.console import Console

from dragoman.app_settings import origin
from dragoman.audio.wav import WavError, read
from dragoman.cli.demo.turns import on_the_line
from dragoman.errors import SettingsError
from dragoman.interpreters.openai import emulator as openai_emulator
from dragoman.interpreters.openai.emulator import EchoScript, MarkerScript, OpenAIEmulator, Script
from dragoman.telephony.twilio import emulator as twilio_emulator
from dragoman.telephony.twilio.addresses import FALLBACK, INCOMING, OUTBOUND, RESERVATION, Addresses
from dragoman.telephony.twilio.emulator import Account, PhoneState, TwilioEmulator

LINE: Final = "+15555550100"
"""The number that callers dial."""
CALLER_NUMBER: Final = "+15555550101"
FLEX_NUMBER: Final = "+15555550102"
CALLER: Final = "+34600000001"
WORKFLOW_SID: Final = "WW" + "0123456789abcdef" * 2
POLL_S: Final = 0.3
MENU_S: Final = 1.0
PAUSE_S: Final = 3.0

EmulatorT = TypeVar("EmulatorT")

emulate_app = App(name="emulate", help="Run the emulated Twilio or OpenAI, to try the server out without an account.")


class Says(enum.Enum):
    """What the emulated model does with what it hears."""

    ECHO = "echo"
    """Say the very audio back."""
    MARKERS = "markers"
    """Answer a pure tone with a higher one, and nothing else."""


SCRIPTS: Final[Mapping[Says, Callable[[], Script]]] = {Says.ECHO: EchoScript, Says.MARKERS: MarkerScript}


@emulate_app.command
def twilio(
    *,
    port: Annotated[int, Parameter(help="the port of the REST API")] = 4010,
    app: Annotated[str, Parameter(help="where your Dragoman listens")] = "http://127.0.0.1:5050",
    worker: Annotated[Sequence[str], Parameter(help="agents, who accept every task")] = ("Alice",),
    dial: Annotated[str, Parameter(help="let a caller dial once the app is up, and press this key")] = "",
    wav: Annotated[Path | None, Parameter(help="what that caller says, again and again")] = None,
) -> int:
    """Play Twilio with a number for callers, a Flex number, a workflow, and agents who accept.

    The numbers lead to --app; start `dragoman serve` there with the environment that is printed. Ctrl-C ends it.
    """
    try:
        addresses = Addresses(origin(app))
    except ValueError as wrong:
        raise SettingsError([f"--app {app}: {wrong}."]) from None
    speech = _speech(wav) if wav is not None else b""
    return asyncio.run(_emulate_twilio(port, addresses, tuple(worker), dial, speech))


@emulate_app.command
def openai(
    *,
    port: Annotated[int, Parameter(help="the port to listen on")] = 4011,
    says: Annotated[Says, Parameter(help="echo: the audio back; markers: tones for tones")] = Says.ECHO,
) -> int:
    """Play OpenAI's realtime API, both protocols, and its speech endpoint. Every key is accepted. Ctrl-C ends it."""
    return asyncio.run(_emulate_openai(port, SCRIPTS[says]()))


async def _emulate_twilio(port: int, addresses: Addresses, workers: tuple[str, ...], key: str, speech: bytes) -> int:
    account = Account(
        workflow_sid=WORKFLOW_SID,
        event_callback_url=addresses.of(RESERVATION),
        workers=workers,
    )
    told = Console(stderr=True, highlight=False, soft_wrap=True)

    def serve(started: Callable[[TwilioEmulator], None]) -> Coroutine[object, object, None]:
        return twilio_emulator.serve(port, account, started=started)

    async with _running(port, serve) as (emulator, stopped):
        for number, path in ((LINE, INCOMING), (CALLER_NUMBER, INCOMING), (FLEX_NUMBER, OUTBOUND)):
            emulator.number(number, addresses.of(path), addresses.of(FALLBACK))
        public_url = addresses.of("")
        parts = urlsplit(public_url)
        _print_environment(
            {
                "TWILIO_BASE_URL": emulator.base_url,
                "TWILIO_ACCOUNT_SID": emulator.account_sid,
                "TWILIO_AUTH_TOKEN": emulator.auth_token,
                "TWILIO_CALLER_NUMBER": CALLER_NUMBER,
                "TWILIO_FLEX_NUMBER": FLEX_NUMBER,
                "TWILIO_FLEX_WORKFLOW_SID": WORKFLOW_SID,
                "PUBLIC_URL": public_url,
                "API_PORT": str(parts.port or 80),
                "DRAGOMAN_SECRET": secrets.token_urlsafe(32),
            }
        )
        told.print(f"Twilio is emulated at {emulator.base_url}; callers dial {LINE}. Ctrl-C ends it.")
        async with asyncio.TaskGroup() as tasks:
            calling = tasks.create_task(_call(emulator, public_url, key, speech, told)) if key else None
            await stopped.wait()
            if calling is not None:
                calling.cancel()
    return 0


async def _emulate_openai(port: int, script: Script) -> int:
    def serve(started: Callable[[OpenAIEmulator], None]) -> Coroutine[object, object, None]:
        return openai_emulator.serve(port, script=script, ready=started)

    async with _running(port, serve) as (emulator, stopped):
        _print_environment({"OPENAI_BASE_URL": emulator.base_url, "OPENAI_API_KEY": "sk-emulated"})
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"OpenAI is emulated at {emulator.base_url}. Ctrl-C ends it."
        )
        await stopped.wait()
    return 0


@contextlib.asynccontextmanager
async def _running(
    port: int, serve: Callable[[Callable[[EmulatorT], None]], Coroutine[object, object, None]]
) -> AsyncIterator[tuple[EmulatorT, asyncio.Event]]:
    """An emulator that listens, and what SIGINT and SIGTERM set; raise SettingsError when the port cannot be had."""
    loop = asyncio.get_running_loop()
    listening: asyncio.Future[EmulatorT] = loop.create_future()
    stopped = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stopped.set)
    try:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(serve(listening.set_result))
            yield await listening, stopped
            serving.cancel()
    except* OSError as failed:
        reason = failed.exceptions[0]
        raise SettingsError([f"--port {port}: cannot be listened on ({reason}). Take another one."]) from None


def _print_environment(variables: Mapping[str, str]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for name, value in variables.items():
        console.print(f"{name}={value}", markup=False)


async def _call(emulator: TwilioEmulator, public_url: str, key: str, speech: bytes, told: Console) -> None:
    """A caller who waits until the app is up, dials, presses a key, and says the same again and again."""
    await _until_live(public_url)
    phone = emulator.phone(CALLER)
    await phone.call(LINE)
    await phone.connected()
    told.print(f"{CALLER} dialled {LINE}")
    await asyncio.sleep(MENU_S)
    phone.press(key)
    told.print(f"{CALLER} pressed {key}")
    while speech and phone.state is not PhoneState.ENDED:
        await asyncio.sleep(PAUSE_S)
        phone.say(speech)
        await phone.said()
    await phone.ended(timeout_s=24 * 3600)
    told.print(f"{CALLER}'s call is over")


async def _until_live(public_url: str) -> None:
    async with httpx2.AsyncClient(trust_env=False, timeout=5.0) as http:
        while True:
            with contextlib.suppress(httpx2.TransportError):
                if (await http.get(f"{public_url}/live")).status_code == httpx2.codes.OK:
                    return
            await asyncio.sleep(POLL_S)


def _speech(path: Path) -> bytes:
    """A recording as the telephone carries it."""
    try:
        recording = read(path.expanduser().read_bytes())
    except OSError as error:
        raise SettingsError([f"--wav {path}: {error.strerror}. Name a WAV file that can be read."]) from None
    except WavError as error:
        raise SettingsError([f"--wav {path}: {error}"]) from None
    return on_the_line(recording.samples, recording.rate_hz)
