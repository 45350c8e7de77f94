"""Every door of the house on one port: the API, the carrier's webhooks and streams, the page and its rooms.

Part of the composition root.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from dragoman.app_settings import AppSettings
from dragoman.assistant_ports import AnsweringNode
from dragoman.browser_desk import BrowserDoors
from dragoman.node_settings import NodeSettings
from dragoman.notices import Notices
from dragoman.observe.metrics import Metrics
from dragoman.ports import LanguageBook, MediaDoor, Switchboard
from dragoman.telephony.twilio import Twilio
from dragoman.tokens import Tokens
from dragoman.web.api import Api
from dragoman.web.health import health_routes
from dragoman.web.page_socket import Entrance
from dragoman.web.server import WebServer
from dragoman.web.tls import Certificate, certificate_of


@dataclass(frozen=True, slots=True)
class House:
    """What lies behind the doors. `down` says why the engines are not ready, "" when they are."""

    carrier: Twilio
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
    carrier, calls, assistants = house.carrier, house.calls, house.assistants
    api = Api(
        calls,
        tokens,
        house.offered,
        metrics,
        settings.api_token.get_secret_value() if settings.api_token is not None else None,
        answered=house.assistants,
        frame_ancestors=settings.frame_ancestors,
        described_too=house.browser.operations,
    )
    routes = [
        *health_routes(calls, [house.down]),
        *api.routes(),
        *carrier.routes(calls, tokens, house.notices, house.offered),
        *carrier.assistant_routes(assistants, calls, tokens, house.notices, house.offered),
        *house.browser.routes,
    ]
    doors: dict[str, MediaDoor | Entrance] = {
        **carrier.media_doors(calls, tokens),
        **carrier.assistant_doors(assistants, tokens),
        **house.browser.entrances,
    }
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


def certificate(tls: str, node: NodeSettings, public_url: str) -> Certificate | None:
    """What `--tls` means on this node; None for plain HTTP. Raises SettingsError."""
    return certificate_of(tls, node.state_folder, urlsplit(public_url).hostname or "") if tls else None


def notes(given: Certificate | None) -> tuple[str, ...]:
    """For the operator: who opens the page compares the fingerprint of a certificate that nobody else vouches for."""
    return (f"HTTPS with {given.chain}, SHA-256 {given.fingerprint()}.",) if given is not None else ()
