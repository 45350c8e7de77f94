"""Browser mode put together: the page, its doors, and the socket over one node's rooms.

Part of the composition root.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from starlette.routing import BaseRoute

from dragoman.app_settings import AppSettings
from dragoman.browser.agent_call import Calls
from dragoman.browser.agent_desk import AgentDesk
from dragoman.browser.stream_door import PATH, StreamDoor
from dragoman.browser.wire import SUBPROTOCOL
from dragoman.browser_ports import SessionKeys
from dragoman.browser_settings import BrowserSettings
from dragoman.domain.call import AgentVia
from dragoman.domain.language import Language
from dragoman.errors import SettingsError
from dragoman.interpreters.openai import OpenAISettings
from dragoman.interpreters.openai.client_secret import ClientSecrets
from dragoman.languages import choose
from dragoman.ports import Clock, Engine, Switchboard
from dragoman.providers import Environment
from dragoman.relay.entrance import Entrance as NodeEntrance
from dragoman.relay.live_rooms import LiveRooms
from dragoman.relay.parts import Parts
from dragoman.relay.room_limits import RoomLimits
from dragoman.relay.room_record import RoomRecord
from dragoman.room_ports import Rooms
from dragoman.sections import Settings
from dragoman.settings import load
from dragoman.tokens import Tokens
from dragoman.web.agent_api import AgentApi
from dragoman.web.agent_operations import AGENTS
from dragoman.web.askers import Origins
from dragoman.web.direct_api import DirectApi
from dragoman.web.doorstep import Doorstep
from dragoman.web.guard import ApiToken
from dragoman.web.login_api import LoginApi
from dragoman.web.logins import Logins
from dragoman.web.operations import Operation
from dragoman.web.page_files import PageFiles
from dragoman.web.page_socket import Entrance
from dragoman.web.porch import Porch
from dragoman.web.room_api import RoomApi
from dragoman.web.room_operations import DIRECT, ROOMS, LanguagePaired

_PAIR: Final = 2


@dataclass(frozen=True, slots=True)
class BrowserDoors:
    """What the web server serves besides: nothing of it while browser mode is off."""

    routes: tuple[BaseRoute, ...] = ()
    entrances: Mapping[str, Entrance] = field(default_factory=dict)
    operations: tuple[Operation, ...] = ()
    notes: tuple[str, ...] = ()
    spoken: str = "none"
    """Which languages go together, for a person."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The languages that rooms may use, by tag, and each one's partners: those that it is interpreted from and into."""

    languages: Mapping[str, Language]
    partners: Mapping[str, tuple[str, ...]]

    @classmethod
    def by(cls, configured: Sequence[Language], engines: Sequence[Engine]) -> Spoken:
        """Languages of one primary subtag need no engine, but are no reason to offer either."""
        partners: dict[str, tuple[str, ...]] = {
            one.tag: tuple(
                other.tag
                for other in configured
                if other.primary != one.primary and choose(engines, one, other) and choose(engines, other, one)
            )
            for one in configured
        }
        languages: dict[str, Language] = {one.tag: one for one in configured if partners[one.tag]}
        return cls(languages, partners)

    def told(self) -> str:
        """For a person: which languages there are, and which go together."""
        if not self.languages:
            return "none"
        primaries = {one.primary for one in self.languages.values()}
        if all(
            {self.languages[other].primary for other in self.partners[tag]} == primaries - {one.primary}
            for tag, one in self.languages.items()
        ):
            names = [one.english for one in self.languages.values()]
            return " and ".join(names) if len(names) <= _PAIR else f"{', '.join(names)}, each with each other"
        order = list(self.languages)
        pairs = ((one, other) for one in order for other in self.partners[one] if order.index(one) < order.index(other))
        return ", ".join(f"{self.languages[one].english} with {self.languages[other].english}" for one, other in pairs)

    def paired(self) -> list[LanguagePaired]:
        return [
            LanguagePaired(one.tag, one.name, one.english, list(self.partners[one.tag]))
            for one in self.languages.values()
        ]


@dataclass(frozen=True, slots=True)
class BrowserDesk:
    """Browser mode of a running server; without `rooms` it is off."""

    rooms: LiveRooms | None = None
    agents: AgentDesk | None = None
    doors: BrowserDoors = field(default_factory=BrowserDoors)
    tokens: Tokens | None = None

    async def run(self) -> None:
        """Serve rooms, and agents who answer calls, until `stop`."""
        async with asyncio.TaskGroup() as tasks:
            for each in (self.rooms, self.agents):
                if each is not None:
                    tasks.create_task(each.run())

    async def drain(self, deadline_s: float) -> None:
        """Open no more; wait so long for those that there are."""
        if self.rooms is not None:
            await self.rooms.drain(deadline_s)

    def invitation(self, rooms: int, ttl_s: float) -> str:
        """What follows our origin in a link whose holder may open so many rooms; "" when browser mode is off."""
        return f"/#invite={self.tokens.invite(rooms, ttl_s)}" if self.tokens is not None else ""

    def stop(self) -> None:
        for each in (self.rooms, self.agents):
            if each is not None:
                each.stop()


def agent_desk(every: Settings) -> AgentDesk | None:
    """Where calls ring for agents in browsers; None where agents answer by phone, or there are none. Raises
    SettingsError.
    """
    route = None if every.carrier is None else every.carrier.agent_route()
    if route is None or route.via is not AgentVia.BROWSER:
        return None
    if not every.browser.on:
        raise SettingsError(["DRAGOMAN_AGENT: is browser, but there are no pages. Set DRAGOMAN_BROWSER to true."])
    return AgentDesk(every.browser.agent_ring_s, shows_numbers=every.browser.agents_see_numbers)


@contextlib.asynccontextmanager
async def opened(
    every: Settings,
    languages: Sequence[Language],
    parts: Parts,
    entrance: NodeEntrance,
    env: Environment,
    ended: Callable[[RoomRecord], None],
    switchboard: Switchboard,
    agents: AgentDesk | None = None,
) -> AsyncIterator[BrowserDesk]:
    """What serves browsers. `parts` are those of interpreted calls, which `switchboard` has; `agents` answer them.

    Raises SettingsError when nobody could log in.
    """
    if not every.browser.on:
        yield BrowserDesk()
        return
    spoken = Spoken.by(languages, (*parts.engines, *parts.spare_engines))
    limits = RoomLimits(
        max_parties=every.browser.room_parties,
        max_s=every.browser.room_hours * 3600.0,
        max_usd=every.limits.max_usd_per_call,
        duck_db=every.app.duck_db,
        echo_gate=every.browser.echo_gate,
    )
    if agents is not None and every.carrier is not None:
        _serve(agents, switchboard, parts, spoken, every.carrier.time_limit_s)
    rooms = LiveRooms(parts, tuple(spoken.languages.values()), entrance, limits=limits, ended=ended)
    tokens = Tokens(every.app.secret.get_secret_value(), time.time)  # noqa: TID251 - tokens outlive the process
    async with contextlib.AsyncExitStack() as stack:
        keys: ClientSecrets | None = None
        openai = load(OpenAISettings, env)
        if openai.configured and every.browser.client_secrets_per_hour:
            keys = ClientSecrets(openai, parts.glossary)
            stack.push_async_callback(keys.aclose)
        doors = browser_doors(
            every.browser,
            every.app,
            rooms,
            tokens,
            spoken,
            keys=keys,
            agents=agents,
            safety_id=parts.safety_id,
            clock=parts.clock,
        )
        yield BrowserDesk(rooms, agents, doors, tokens)


def _serve(agents: AgentDesk, switchboard: Switchboard, parts: Parts, spoken: Spoken, longest_s: float) -> None:
    """There are calls to answer, of `longest_s` at most."""
    partners = {tag: [spoken.languages[one].tag for one in others] for tag, others in spoken.partners.items()}
    max_s = min(parts.max_call_s or longest_s, longest_s)
    agents.serve(Calls(switchboard, parts.clock, partners, max_s))
    for what, count in agents.kept().items():
        parts.metrics.keeps(what, count)


def browser_doors(
    browser: BrowserSettings,
    app: AppSettings,
    rooms: Rooms,
    tokens: Tokens,
    spoken: Spoken,
    *,
    keys: SessionKeys | None = None,
    agents: AgentDesk | None = None,
    safety_id: Callable[[str], str] = lambda _address: "",
    clock: Clock = time.monotonic,
    epoch: Clock = time.time,  # noqa: TID251 - invites outlive the process
) -> BrowserDoors:
    """All doors of browser mode; none when it is off. `keys`: who gives out keys for sessions of a browser's own;
    `agents`: where agents answer calls.

    Raises SettingsError when nobody could log in.
    """
    if not browser.on:
        return BrowserDoors()
    porch = _porch(browser, app, tokens, clock)
    given_out = keys if browser.client_secrets_per_hour > 0 else None
    login_api = LoginApi(
        porch,
        spoken.paired(),
        logins_per_minute=browser.logins_per_minute,
        max_parties=browser.room_parties,
        direct=given_out is not None,
        agents=agents is not None,
        epoch=epoch,
    )
    per_address, seats = browser.rooms_per_address, browser.room_parties
    room_api = RoomApi(rooms, porch, spoken.languages, rooms_per_address=per_address, max_parties=seats)
    routes = [*login_api.routes(), *room_api.routes()]
    if given_out is not None:
        per_hour = browser.client_secrets_per_hour
        routes += DirectApi(given_out, porch, spoken.languages, per_hour=per_hour, safety_id=safety_id).routes()
    if agents is not None:
        routes += AgentApi(agents, porch).routes()
    page = PageFiles(connect=(given_out.origin,) if given_out is not None else ())
    known, admit = spoken.languages, porch.doorstep.admit
    door = StreamDoor(rooms, tokens, known, ours=porch.origins.ours, admit=admit, calls=agents)
    return BrowserDoors(
        routes=(*routes, *page.routes()),
        entrances={PATH: Entrance(door, SUBPROTOCOL)},
        operations=(*ROOMS, *(DIRECT if given_out else ()), *(AGENTS if agents else ())),
        notes=_notes(app.public_url, spoken),
        spoken=spoken.told(),
    )


def _porch(browser: BrowserSettings, app: AppSettings, tokens: Tokens, clock: Clock) -> Porch:
    """Raise SettingsError when nobody could log in."""
    api_token = app.api_token.get_secret_value() if app.api_token is not None else None
    passwords = [browser.token.get_secret_value()] if browser.token is not None else []
    passwords += [api_token] if api_token else []
    if not passwords:
        raise SettingsError(
            ["DRAGOMAN_BROWSER_TOKEN: is not set, nor is DRAGOMAN_API_TOKEN: nobody could log in. Set one."]
        )
    origins = Origins((app.public_url, *browser.origins.split()))
    doorstep = Doorstep(browser.proxies(), browser.requests_per_minute, clock)
    return Porch(doorstep, Logins(tokens, passwords, ApiToken(api_token), origins), origins, tokens, app.public_url)


def _notes(public_url: str, spoken: Spoken) -> tuple[str, ...]:
    where = f"Browser mode: {public_url}/"
    if urlsplit(public_url).scheme != "https":
        where += ". Other devices get a microphone over HTTPS only: docs/howto/https.md"
    return (f"{where}.", f"Languages in browsers: {spoken.told()}.")
