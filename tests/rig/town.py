"""A whole town over loopback: our server, the emulated telephone network, the emulated speech models, and people."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from dragoman.app import Serving, serving
from dragoman.domain.call import CallSetup, EndAsked
from dragoman.domain.outcome import Outcome, Result
from dragoman.interpreters.openai.emulator import Faults as ModelFaults
from dragoman.interpreters.openai.emulator import MarkerScript, OpenAIEmulator, Pace, Record, Script
from dragoman.ports import Engine
from dragoman.relay.record import CallRecord
from dragoman.telephony.twilio.emulator import ACCOUNT_SID, Faults, Line, Phone, Reservation, TwilioEmulator
from dragoman.telephony.twilio.emulator import Pace as CarrierPace
from dragoman.telephony.twilio.emulator.server import AUTH_TOKEN
from dragoman.telephony.twilio.signature import HEADER, sign
from dragoman.tokens import Tokens
from tests.rig.people import SPEECH_MS, Ear, voice

LINE = "+15555550101"
FLEX_NUMBER = "+15555550102"
SIP_DOMAIN = "agents"
AGENTS_PHONE = "+15555550110"
CALLER = "+34600000001"
WORKFLOW_SID = "WW" + "0123456789abcdef" * 2
SECRET = "s" * 43
API_TOKEN = "an-api-token-for-the-rig-only"
EVENTS = ("reservation.accepted", "reservation.rejected", "task.canceled", "workflow.timeout")
STEP_S = 20.0
POLL_S = 0.04

Settings = dict[str, str]


def quick(**how: Any) -> CarrierPace:
    """A network in which nobody waits for what is not being tested; audio is in real time all the same."""
    pace: dict[str, Any] = {
        "ring_s": 0.02,
        "no_answer_s": 0.2,
        "detect_s": 0.1,
        "gather_timeout_s": 2.5,
        "say_ms_per_character": 1.0,
        "calls_per_second": 1000.0,
    }
    return CarrierPace(**(pace | how))


@dataclass(slots=True)
class Talk:
    """Two people on one interpreted call, each with an ear that listens from the moment both were on the line."""

    caller: Phone
    agent: Phone
    setup: CallSetup
    caller_ear: Ear
    agent_ear: Ear

    @property
    def call_id(self) -> str:
        return self.setup.call_id


@dataclass(slots=True)
class Town:
    """Everything is reachable: `twilio`, `models`, `app`; `records` of the calls that ended."""

    twilio: TwilioEmulator
    models: OpenAIEmulator
    app: Serving
    public_url: str
    settings: Settings
    http: httpx2.AsyncClient
    records: list[CallRecord] = field(default_factory=list)

    # ---- People ------------------------------------------------------------------------------------------------------

    async def call(self, number: str = CALLER) -> Phone:
        """A caller dials our line, and is in the menu (or wherever the line leads) when this returns."""
        phone = await self.twilio.phone(number).call(LINE)
        await phone.connected(STEP_S)
        await self.asked(phone)
        return phone

    async def dial(self, number: str = CALLER, key: str = "2") -> Phone:
        """A caller dials our line and chooses a language by key."""
        phone = await self.call(number)
        phone.press(key)
        return phone

    async def asked(self, phone: Phone) -> None:
        """Until somebody listens to the phone's keys: a menu, or our stream."""
        await self.until(lambda: phone.leg is not None and phone.leg.ear is not None)

    async def streamed(self, phone: Phone) -> None:
        """Until the phone's audio comes to us."""
        await self.until(lambda: phone.leg is not None and phone.leg.tap is not None)

    async def reserved(self, worker: str = "Alice") -> Reservation:
        """The next task that is offered to this agent."""
        return await self.twilio.worker(worker).reservation(STEP_S)

    async def answer(self, worker: str = "Alice") -> Phone:
        """The next task's agent accepts."""
        reservation = await self.reserved(worker)
        phone = await reservation.accept()
        await phone.connected(STEP_S)
        return phone

    async def interpreted(self, number: str = CALLER, key: str = "2", worker: str = "Alice") -> Talk:
        """A call with both people on the line, the agent's whisper over."""
        caller = await self.dial(number, key)
        return await self.accepted(caller, await self.reserved(worker))

    async def accepted(self, caller: Phone, reservation: Reservation) -> Talk:
        """The agent accepts and hears who is calling."""
        agent = await reservation.accept()
        whisper = Ear(agent)
        await agent.connected(STEP_S)
        await self.until(lambda: whisper.heard_all(400))
        return await self.talk(caller, agent, str(reservation.task.attributes["dragoman_call"]))

    async def talk(self, caller: Phone, agent: Phone, call_id: str) -> Talk:
        """Both listen from now on, once the last of the hold sound is over."""
        await self.twilio.ticker.beats(10)
        setup = self.app.calls.setup(call_id)
        assert setup is not None
        return Talk(caller, agent, setup, Ear(caller), Ear(agent))

    async def exchange(self, talk: Talk, caller_hz: int, agent_hz: int) -> None:
        """Both say a marker, and hear the interpretation of the other's and nothing else. Raises TimeoutError."""
        talk.caller.say(voice(caller_hz))
        talk.agent.say(voice(agent_hz))
        await self.until(lambda: talk.agent_ear.heard_answer(caller_hz))
        await self.until(lambda: talk.caller_ear.heard_answer(agent_hz))
        talk.agent_ear.expect_only(caller_hz, SPEECH_MS)
        talk.caller_ear.expect_only(agent_hz, SPEECH_MS)

    # ---- Looking and waiting -----------------------------------------------------------------------------------------

    async def until(self, done: Callable[[], object], timeout_s: float = STEP_S) -> None:
        """Let time pass until `done`; TimeoutError when it does not come true."""
        for _ in range(int(timeout_s / POLL_S)):
            if done():
                return
            await asyncio.sleep(POLL_S)
        raise TimeoutError("what was waited for did not happen")

    async def record(self, number: int = 1) -> CallRecord:
        """The record of the `number`-th call that ended."""
        await self.until(lambda: len(self.records) >= number)
        return self.records[number - 1]

    async def record_of(self, call_id: str) -> CallRecord:
        """The record of that call, once it is over."""
        await self.until(lambda: any(one.call_id == call_id for one in self.records))
        return next(one for one in self.records if one.call_id == call_id)

    @property
    def call_id(self) -> str:
        """The one living call's id."""
        (view,) = self.app.calls.calls()
        return view.call_id

    @property
    def state(self) -> str:
        """The one living call's state; "" when there is none."""
        return next((view.state for view in self.app.calls.calls()), "")

    async def reaches(self, state: str) -> None:
        """Until the one living call is in this state."""
        await self.until(lambda: self.state == state)

    @property
    def open_sessions(self) -> list[Record]:
        """Sessions at the speech models that nobody has closed."""
        return [one for one in self.models.sessions if one.close_code is None]

    @property
    def tasks(self) -> list[str]:
        """What runs in this process, but for the emulators: a call that is over leaves nothing behind."""
        works = (task.get_coro() for task in asyncio.all_tasks())
        codes = [code for work in works if (code := getattr(work, "cr_code", None)) is not None]
        return sorted(code.co_qualname for code in codes if "/emulator/" not in code.co_filename)

    @property
    def tokens(self) -> Tokens:
        """What seals as the server does."""
        return Tokens(SECRET, lambda: datetime.now(UTC).timestamp())

    def address(self, path: str) -> str:
        return self.public_url + path

    # ---- Requests ----------------------------------------------------------------------------------------------------

    async def post(self, path: str, form: Mapping[str, str], *, signature: str | None = None) -> httpx2.Response:
        """A webhook, signed as Twilio does unless a `signature` ("" = none) is given."""
        url = self.address(path)
        given = sign(AUTH_TOKEN, url, list(form.items())) if signature is None else signature
        return await self.http.post(url, data=dict(form), headers={HEADER: given} if given else {})

    async def api(self, method: str, path: str, body: object = None) -> httpx2.Response:
        """A request to the API with its token."""
        headers = {"Authorization": f"Bearer {API_TOKEN}"}
        return await self.http.request(method, self.address(path), json=body, headers=headers)


async def together(*works: Coroutine[Any, Any, object]) -> None:
    """Several towns at once: most of the time of a call is waiting for people to speak."""
    async with asyncio.TaskGroup() as tasks:
        for work in works:
            tasks.create_task(work)


def said(phone: Phone) -> list[str]:
    """The texts that Twilio spoke on a phone's leg."""
    return [line.text for line in phone.log if line.kind is Line.SAY]


def fetched(phone: Phone) -> list[str]:
    """The addresses that Twilio asked for on a phone's leg."""
    return [line.text for line in phone.log if line.kind is Line.FETCH]


@contextlib.asynccontextmanager
async def town(
    engine: str = "conversation",
    *,
    script: Script | None = None,
    pace: Pace | None = None,
    model_faults: ModelFaults | None = None,
    carrier_pace: CarrierPace | None = None,
    faults: Faults | None = None,
    env: Mapping[str, str | None] | None = None,
    record: bool = True,
    beep: bool = False,
    hold_music: bool = False,
    by_digits: bool = False,
    engines: Sequence[Engine] = (),
) -> AsyncIterator[Town]:
    """Build it; everything ends with the block. `env` adds to the server's settings, None takes one away.

    Agents are behind a SIP domain, or (`by_digits`, two seconds slower for each call) behind a number.
    `engines`, when given, are used instead of the one that is named.
    """
    records: list[CallRecord] = []
    failure: Exception | None = None
    async with contextlib.AsyncExitStack() as stack:
        models = await stack.enter_async_context(
            OpenAIEmulator(
                script=script if script is not None else MarkerScript(),
                pace=pace if pace is not None else Pace(),
                faults=model_faults if model_faults is not None else ModelFaults(),
            )
        )
        twilio = await stack.enter_async_context(
            TwilioEmulator(pace=carrier_pace or quick(), faults=faults, record=record)
        )
        port = free_port()
        public_url = f"http://127.0.0.1:{port}"
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        cache = {"DRAGOMAN_CACHE": folder, "DRAGOMAN_DATABASE": f"{folder}/calls.sqlite"}
        cache["DRAGOMAN_MESSAGES"] = f"{folder}/messages.jsonl"
        of_this_town = cache | ({} if by_digits else BY_SIP) | dict(env or {})
        settings = settings_of(engine, models, twilio, public_url, of_this_town)
        app = await stack.enter_async_context(
            serving(settings, ended=records.append, drain_s=2.0, extra_engines=engines)
        )
        http = await stack.enter_async_context(httpx2.AsyncClient(trust_env=False, timeout=STEP_S))
        twilio.number(LINE, f"{public_url}/incoming-call", f"{public_url}/fallback")
        twilio.number(FLEX_NUMBER, f"{public_url}/outbound-call", f"{public_url}/fallback")
        twilio.sip_domain(SIP_DOMAIN, f"{public_url}/outbound-call", f"{public_url}/fallback")
        twilio.workspace(f"{public_url}/reservation-accepted", EVENTS, beep=beep, hold_music=hold_music)
        twilio.workflow(WORKFLOW_SID)
        try:
            yield Town(twilio, models, app, public_url, settings, http, records)
        except Exception as error:  # noqa: BLE001 - raised below, outside of the task groups, which would wrap it
            failure = error
        await twilio.exchange.hang_up_all()
        for view in app.calls.calls():
            app.calls.tell(view.call_id, EndAsked(Outcome(Result.US, "the town closes")))
    if failure is not None:
        raise failure


def settings_of(
    engine: str, models: OpenAIEmulator, twilio: TwilioEmulator, public_url: str, env: Mapping[str, str | None]
) -> Settings:
    """The server's environment."""
    settings: dict[str, str | None] = {
        "DRAGOMAN_ENGINE": engine,
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_BASE_URL": models.base_url,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_BASE_URL": twilio.base_url,
        "TWILIO_CALLER_NUMBER": LINE,
        "TWILIO_FLEX_NUMBER": FLEX_NUMBER,
        "TWILIO_FLEX_WORKFLOW_SID": WORKFLOW_SID,
        "TWILIO_CALLS_PER_SECOND": "1000",
        "PUBLIC_URL": public_url,
        "API_PORT": public_url.rpartition(":")[2],
        "DRAGOMAN_HOST": "127.0.0.1",
        "DRAGOMAN_SECRET": SECRET,
        "DRAGOMAN_API_TOKEN": API_TOKEN,
        "DRAGOMAN_CALLS_PER_NUMBER_MINUTE": "0",  # here the same few people call all the time
        "DRAGOMAN_ANNOUNCE": "off",  # but where it is what a test is about
        "DRAGOMAN_ECHO_GATE": "false",  # people here speak in pure tones, all at once: no gate tells those apart
        "DRAGOMAN_NOTICES": str(Path(__file__).with_name("notices.toml")),
        **env,
    }
    return {name: value for name, value in settings.items() if value is not None}


BY_SIP: dict[str, str | None] = {"TWILIO_FLEX_SIP_DOMAIN": f"{SIP_DOMAIN}.sip.twilio.com"}
"""Settings that dial the contact centre's SIP domain."""

DIRECT: dict[str, str | None] = {
    "TWILIO_FLEX_NUMBER": None,
    "TWILIO_FLEX_SIP_DOMAIN": None,
    "TWILIO_FLEX_WORKFLOW_SID": None,
    "TWILIO_AGENT_ADDRESS": AGENTS_PHONE,
}
"""Settings that dial an agent's own phone."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
