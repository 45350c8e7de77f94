"""All webhooks of Twilio's, wired: path to door, each behind the signature check."""

from __future__ import annotations

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


def routes(parts: Parts, signatures: Signatures) -> list[Route]:
    """The webhooks, by POST and by GET."""
    gate = Gate(parts.addresses, signatures, parts.switchboard.recall)
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
    return [Route(path, gate.guard(door), methods=["POST", "GET"]) for path, door in doors.items()]
