"""All webhooks of Twilio's, wired: path to door, each behind the signature check."""

from __future__ import annotations

from typing import Final

from starlette.routing import Route

from dragoman.telephony.twilio.addresses import (
    CALL_STATUS,
    FALLBACK,
    INCOMING,
    LEG,
    OUTBOUND,
    QUEUE,
    RESERVATION,
    STREAM_STATUS,
)
from dragoman.telephony.twilio.agents import AgentDoors
from dragoman.telephony.twilio.callers import CallerDoors
from dragoman.telephony.twilio.doors import Door, Gate
from dragoman.telephony.twilio.menu import Menu
from dragoman.telephony.twilio.parts import Parts
from dragoman.telephony.twilio.render import Renderer
from dragoman.telephony.twilio.signature import Signatures
from dragoman.telephony.twilio.statuses import StatusDoors

_CONTACT_CENTRE: Final = frozenset({OUTBOUND, QUEUE, RESERVATION})
"""Where a contact centre asks: it may have an account of its own."""


def routes(parts: Parts, signatures: Signatures) -> list[Route]:
    """The webhooks, by POST and by GET."""
    gate = Gate(parts.addresses, signatures, parts.switchboard.recall, parts.account_of)
    menu = Menu(parts.book, parts.notices, parts.addresses)
    renderer = Renderer(parts, menu)
    callers = CallerDoors(parts, menu, renderer)
    agents = AgentDoors(parts, renderer)
    statuses = StatusDoors(parts)
    doors: dict[str, Door] = {
        INCOMING: callers.incoming,
        LEG: callers.leg,
        FALLBACK: callers.fallback,
        OUTBOUND: agents.arrived,
        QUEUE: agents.waits,
        RESERVATION: agents.reservation,
        CALL_STATUS: statuses.call,
        STREAM_STATUS: statuses.stream,
    }
    endpoints = {path: gate.guard(door, legs=path not in _CONTACT_CENTRE) for path, door in doors.items()}
    return [Route(path, endpoint, methods=["POST", "GET"]) for path, endpoint in endpoints.items()]
