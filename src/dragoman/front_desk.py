"""Every door of the house on one port: the API, the carrier's webhooks and streams, the page and its rooms.

Part of the composition root.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.routing import Route

from dragoman.app_settings import AppSettings
from dragoman.assistant_ports import AnsweringNode
from dragoman.browser_alone import NO_TELEPHONE
from dragoman.browser_desk import BrowserDoors
from dragoman.node_settings import NodeSettings
from dragoman.notices import Notices
from dragoman.observe.metrics import Metrics
from dragoman.ports import LanguageBook, MediaDoor, Switchboard
from dragoman.telephony.twilio import Twilio
from dragoman.tokens import Tokens
from dragoman.web.api import Api
from dragoman.web.health import health_routes
from dragoman.web.operations import API, OF_THE_NODE
from dragoman.web.page_socket import Entrance
from dragoman.web.server import WebServer
from dragoman.web.tls import Certificate, certificate_of


@dataclass(frozen=True, slots=True)
class House:
    """What lies behind the doors; without a carrier those of browsers are all. `down` says why the engines are not
    ready, "" when they are.
    """

    carrier: Twilio | None
    calls: Switchboard
    assistants: AnsweringNode
    browser: BrowserDoors
    offered: LanguageBook
    notices: Notices
    down: Callable[[], str]


def web_server(
    house: House,
    settings: AppSettings,
    metrics: Metrics,
    *,
    listener: socket.socket | None,
    certificate: Certificate | None,
) -> WebServer:
    """Takes the port; raises SettingsError when it is not to be had."""
    tokens = Tokens(settings.secret.get_secret_value(), time.time)  # noqa: TID251 - tokens outlive the process
    carrier = house.carrier
    api = Api(
        house.calls,
        tokens,
        house.offered,
        metrics,
        settings.api_token.get_secret_value() if settings.api_token is not None else None,
        answered=house.assistants,
        frame_ancestors=settings.frame_ancestors,
        described_too=house.browser.operations,
        serves=API if carrier is not None else OF_THE_NODE,
    )
    without = () if carrier is not None else (NO_TELEPHONE,)
    routes = [*health_routes(house.calls, [house.down], without=without), *api.routes(), *house.browser.routes]
    doors: dict[str, MediaDoor | Entrance] = {**house.browser.entrances}
    if carrier is not None:
        routes += _webhooks(carrier, house, tokens)
        doors |= carrier.media_doors(house.calls, tokens) | carrier.assistant_doors(house.assistants, tokens)
    return WebServer(
        routes,
        doors,
        host=settings.host,
        port=settings.port,
        listener=listener,
        metrics=metrics,
        freeze=True,
        certificate=certificate,
    )


def _webhooks(carrier: Twilio, house: House, tokens: Tokens) -> list[Route]:
    calls, notices, offered = house.calls, house.notices, house.offered
    return [
        *carrier.routes(calls, tokens, notices, offered),
        *carrier.assistant_routes(house.assistants, calls, tokens, notices, offered),
    ]


def certificate(tls: str, node: NodeSettings, public_url: str) -> Certificate | None:
    """What `--tls` means on this node; None for plain HTTP. Raises SettingsError."""
    return certificate_of(tls, node.state_folder, urlsplit(public_url).hostname or "") if tls else None


def notes(given: Certificate | None) -> tuple[str, ...]:
    """For the operator: who opens the page compares the fingerprint of a certificate that nobody else vouches for."""
    return (f"HTTPS with {given.chain}, SHA-256 {given.fingerprint()}.",) if given is not None else ()
