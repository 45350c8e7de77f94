"""Browser mode's doors over paper rooms, asked in this process."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from httpx2 import ASGITransport, AsyncClient, Response
from pydantic import SecretStr

from dragoman.app_settings import AppSettings
from dragoman.browser_desk import BrowserDoors, Spoken, browser_doors
from dragoman.browser_ports import DirectKind, SessionKey
from dragoman.browser_settings import BrowserSettings
from dragoman.domain.language import Language
from dragoman.errors import Refused, UpstreamError
from dragoman.interpreters.echo import EchoEngine
from dragoman.tokens import Tokens
from dragoman.web.server import web_app
from tests.fakes.paper_rooms import ENGLISH, SPANISH, PaperRooms

API_TOKEN = "an-api-token-for-desks"
BROWSER_TOKEN = "a-browser-token-for-desks"
SECRET = "s" * 40
HOST = "rooms.example.com"
ORIGIN = f"https://{HOST}"
NOW = 1_800_000_000.0
BEARER = {"authorization": f"Bearer {API_TOKEN}"}
OURS = {"origin": ORIGIN}
SPOKEN = Spoken.by((ENGLISH, SPANISH), (EchoEngine(),))


@dataclass
class PaperKeys:
    """Implements ports.SessionKeys."""

    failing: bool = False
    refusing: bool = False
    asked: list[tuple[DirectKind, Language, Language, str]] = field(default_factory=list)
    origin: str = "https://models.example.com"

    async def key(self, kind: DirectKind, source: Language, target: Language, safety_id: str) -> SessionKey:
        if self.failing:
            raise UpstreamError("the speech models gave no key", status=500)
        if self.refusing:
            raise Refused("the session does not speak this language")
        self.asked.append((kind, source, target, safety_id))
        return SessionKey("ek_paper", NOW + 60, f"{self.origin}/v1/realtime/calls", "model-1", kind)


def app_settings(**more: Any) -> AppSettings:
    given: dict[str, Any] = {"public_url": ORIGIN, "secret": SecretStr(SECRET), "api_token": SecretStr(API_TOKEN)}
    return AppSettings(**(given | more))


@dataclass
class RoomDesk:
    """`now` and `epoch` are moved by tests."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    keys: PaperKeys | None = None
    agents: Any = None
    rooms: PaperRooms = field(default_factory=PaperRooms)
    now: float = 0.0
    epoch: float = NOW

    def __post_init__(self) -> None:
        self.tokens = Tokens(SECRET, lambda: self.epoch)
        given: dict[str, Any] = {"on": True, "token": SecretStr(BROWSER_TOKEN)}
        self.desk: BrowserDoors = browser_doors(
            BrowserSettings(**(given | dict(self.settings))),
            app_settings(),
            self.rooms,
            self.tokens,
            SPOKEN,
            keys=self.keys,
            agents=self.agents,
            safety_id=lambda address: f"hash of {address}",
            clock=lambda: self.now,
            epoch=lambda: self.epoch,
        )
        self.shut: list[str] = []
        self.app = web_app(self.desk.routes, self.shut.append)

    @contextlib.asynccontextmanager
    async def client(self, address: str = "203.0.113.9") -> AsyncIterator[AsyncClient]:
        transport = ASGITransport(self.app, client=(address, 40_000))
        async with AsyncClient(transport=transport, base_url=ORIGIN) as client:
            yield client


async def logged_in(client: AsyncClient, token: str = BROWSER_TOKEN) -> Response:
    """The client has the cookie then."""
    answer = await client.post("/api/login", json={"token": token}, headers=OURS)
    assert answer.status_code == 200, answer.text
    return answer


async def opened(client: AsyncClient, **wanted: Any) -> dict[str, Any]:
    """A room, opened by the API's token."""
    answer = await client.post("/api/rooms", json=wanted, headers=BEARER)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def seated(client: AsyncClient, made: Mapping[str, Any], *, host: bool = False) -> str:
    """A seat's token."""
    asked = {"key": made["key"], "name": "Ana", "language": "es"} | ({"host": made["host"]} if host else {})
    answer = await client.post(f"/api/rooms/{made['room']}/seats", json=asked)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["seat"])
