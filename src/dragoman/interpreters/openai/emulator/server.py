"""The emulator as a whole: a real server on loopback that plays OpenAI's realtime API.

    async with OpenAIEmulator(script=MarkerScript()) as emulator:
        client = AsyncOpenAI(api_key="sk-test", base_url=emulator.base_url)

Every knob is a field. `sessions` says what each session was sent and what became of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Self

from dragoman.interpreters.openai.emulator import plain_http as http
from dragoman.interpreters.openai.emulator.auth import ClientSecret, Doorkeeper, shown_key, speaks_beta
from dragoman.interpreters.openai.emulator.client_secrets import conversation_secret, translation_secret
from dragoman.interpreters.openai.emulator.connection import Connection, Session
from dragoman.interpreters.openai.emulator.conversation import ConversationSession
from dragoman.interpreters.openai.emulator.faults import NO_FAULTS, Faults, Pace, Refusal
from dragoman.interpreters.openai.emulator.life import CLOSE_POLICY, Life
from dragoman.interpreters.openai.emulator.record import Admission, Kind, Record
from dragoman.interpreters.openai.emulator.script import EchoScript, Script
from dragoman.interpreters.openai.emulator.speech import speech
from dragoman.interpreters.openai.emulator.stage import complaint
from dragoman.interpreters.openai.emulator.translation import TranslationSession
from dragoman.interpreters.realtime.wire.envelope import ErrorDetail, Stamp

ROOTS = ("/openai/v1", "/v1")
REALTIME = "/realtime"
TRANSLATIONS = "/realtime/translations"
TRANSLATION_MODEL = "gpt-realtime-translate"
CLOSING_S = 5.0


def _time_of_day() -> float:
    return datetime.now(UTC).timestamp()


@dataclass(slots=True)
class OpenAIEmulator:
    """A server that plays OpenAI. Use it as an asynchronous context; `base_url` is known inside.

    `faults` holds for every session, `faults_by_number` for single ones instead (by the number of the upgrade, from 0).
    Both may be changed while it runs: they count for the sessions to come. `seed` shuffles what has no promised order.
    `keys` empty accepts every key.
    """

    script: Script = field(default_factory=EchoScript)
    pace: Pace = field(default_factory=Pace)
    faults: Faults = NO_FAULTS
    faults_by_number: Mapping[int, Faults] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    seed: int = 1
    host: str = "127.0.0.1"
    port: int = 0
    unix_s: Callable[[], float] = _time_of_day

    sessions: list[Record] = field(default_factory=list, init=False)
    """One for each session that was let in, in order."""
    lives: list[Life] = field(default_factory=list, init=False)
    """The same sessions, to be cut off by hand: `emulator.lives[0].end(Ending.DROP)`."""
    refused: list[Refusal] = field(default_factory=list, init=False)
    """Upgrades and requests that were not."""
    spoken: list[bytes] = field(default_factory=list, init=False)
    """The bodies of the requests to `/audio/speech`."""
    upgrades: int = field(default=0, init=False)
    _connections: set[Connection] = field(default_factory=set, init=False)
    _server: asyncio.Server | None = field(default=None, init=False)
    _doorkeeper: Doorkeeper = field(init=False)

    def __post_init__(self) -> None:
        self._doorkeeper = Doorkeeper(lambda: self.unix_s(), self.keys)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        remaining = list(self._connections)
        for connection in remaining:
            connection.drop()
        async with asyncio.timeout(CLOSING_S):
            for connection in remaining:
                await connection.lost.wait()

    @property
    def base_url(self) -> str:
        """What a client calls its base URL."""
        return f"http://{self.host}:{self.port}/v1"

    @property
    def open_lives(self) -> list[Life]:
        """The sessions that go on."""
        return [life for life in self.lives if not life.over]

    @property
    def errors(self) -> list[ErrorDetail]:
        """Every error that any session was told: empty when no client made a mistake and no fault was played."""
        return [error for record in self.sessions for error in record.errors]

    # ---- Connections (`Door`) ----------------------------------------------------------------------------------------

    def connected(self, connection: Connection) -> None:
        self._connections.add(connection)

    def disconnected(self, connection: Connection) -> None:
        self._connections.discard(connection)

    def answer(self, request: http.Request) -> http.Answer:
        refusal = self._doorkeeper.check(shown_key(request.headers))
        if refusal is not None:
            self.refused.append(refusal)
            return http.refused(refusal)
        match request.method, _within(request.path):
            case "POST", "/realtime/client_secrets":
                return conversation_secret(request.body, self._doorkeeper)
            case "POST", "/realtime/translations/client_secrets":
                return translation_secret(request.body, self._doorkeeper)
            case "POST", "/audio/speech":
                self.spoken.append(request.body)
                return speech(request.body)
            case "GET", "/realtime" | "/realtime/translations":
                return http.problem(426, "upgrade_required", "This is a WebSocket endpoint.")
            case _:
                return http.problem(404, "unknown_url", f"Unknown request URL: {request.method} {request.path}.")

    def admit(self, request: http.Request) -> tuple[float, http.Answer | Callable[[Connection], Session]]:
        kind = {REALTIME: Kind.CONVERSATION, TRANSLATIONS: Kind.TRANSLATION}.get(_within(request.path))
        if kind is None:
            return 0.0, http.problem(404, "unknown_url", f"Unknown request URL: GET {request.path}.")
        number, self.upgrades = self.upgrades, self.upgrades + 1
        faults = self.faults_by_number.get(number, self.faults)
        allowed = faults.refuse or self._doorkeeper.check_session(shown_key(request.headers), kind)
        if isinstance(allowed, Refusal):
            self.refused.append(allowed)
            return faults.connect_delay_s, http.refused(allowed)
        model, preset = request.query.get("model", ""), None
        if isinstance(allowed, ClientSecret):
            model, preset = allowed.model, allowed.preset
        admission = Admission(kind, number, model, request.headers, faults, preset)
        wrong = _wrong_connection(admission, request)
        open_one = partial(self._turned_away, wrong) if wrong else partial(self._open, admission)
        return faults.connect_delay_s, open_one

    def _open(self, admission: Admission, connection: Connection) -> Session:
        record = Record(admission)
        life = Life(connection, record, self.script, self.pace, self.seed)
        self.sessions.append(record)
        self.lives.append(life)
        return ConversationSession(life) if admission.kind is Kind.CONVERSATION else TranslationSession(life)

    def _turned_away(self, refusal: Refusal, connection: Connection) -> Session:
        self.refused.append(refusal)
        return TurnedAway(connection, refusal)


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """An upgrade that is accepted only to be told why it is not: an `error` event and close 4000."""

    connection: Connection
    refusal: Refusal

    def begin(self) -> None:
        event = complaint(self.refusal.code, self.refusal.message)
        self.connection.send(Stamp("refused")(event))
        self.connection.close(CLOSE_POLICY, f"invalid_request_error.{self.refusal.code}")

    def receive(self, message: bytes) -> None:
        """Nothing is heard any more."""

    def gone(self, code: int) -> None:
        """Nothing was there."""


def _within(path: str) -> str:
    """The path behind the API's root; "" when it lies elsewhere."""
    root = next((one for one in ROOTS if path.startswith(f"{one}/")), None)
    return path.removeprefix(root).rstrip("/") if root else ""


def _wrong_connection(admission: Admission, request: http.Request) -> Refusal | None:
    """Why a client that may come in is sent away all the same."""
    translating = admission.kind is Kind.TRANSLATION
    if speaks_beta(admission.headers):
        text = "Translation sessions are only" if translating else "The Realtime API is only"
        return Refusal(4000, "beta_api_shape_disabled", f"{text} available on the GA API.")
    if (intent := request.query.get("intent")) is not None:
        return Refusal(4000, "invalid_intent", f"Intent '{intent}' is not served here.")
    if not admission.model:
        return Refusal(4000, "missing_model", "You must provide a model parameter.")
    if translating != (admission.model == TRANSLATION_MODEL) and admission.model.startswith("gpt-"):
        return Refusal(4000, "invalid_model", f"Model '{admission.model}' is not supported on this endpoint.")
    return None


async def serve(
    port: int,
    *,
    host: str = "127.0.0.1",
    script: Script | None = None,
    pace: Pace | None = None,
    faults: Faults = NO_FAULTS,
    ready: Callable[[OpenAIEmulator], None] | None = None,
) -> None:
    """Run an emulator until cancelled; `ready` is called once it listens (port 0 takes a free one)."""
    async with OpenAIEmulator(script or EchoScript(), pace or Pace(), faults, host=host, port=port) as emulator:
        if ready is not None:
            ready(emulator)
        await asyncio.Event().wait()
