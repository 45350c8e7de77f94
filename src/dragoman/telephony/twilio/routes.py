"""All webhooks of Twilio's, wired: path to door, each behind the signature check."""

from __future__ import annotations

import functools
from typing import Final

from starlette.routing import Route

from dragoman.assistant_ports import Reception
from dragoman.telephony.twilio.addresses import (
    CALL_STATUS,
    FALLBACK,
    INCOMING,
    LEG,
    OUTBOUND,
    QUEUE,
    RESERVATION,
    STREAM_STATUS,
    VOICE,
    VOICE_FALLBACK,
    VOICE_NEXT,
    VOICE_STATUS,
    VOICE_WHISPER,
)
from dragoman.telephony.twilio.agents import AgentDoors
from dragoman.telephony.twilio.assistant_doors import AssistantDoors
from dragoman.telephony.twilio.assistant_render import AssistantRenderer
from dragoman.telephony.twilio.callers import CallerDoors
from dragoman.telephony.twilio.doors import Door, Gate
from dragoman.telephony.twilio.menu import Menu
from dragoman.telephony.twilio.parts import Parts, account_at_reception
from dragoman.telephony.twilio.render import Renderer
from dragoman.telephony.twilio.signature import Signatures
from dragoman.telephony.twilio.statuses import StatusDoors
from dragoman.telephony.twilio.whispers import Whispers

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


def assistant_routes(parts: Parts, signatures: Signatures, reception: Reception, whispers: Whispers) -> list[Route]:
    """The webhooks of calls that an assistant answers, by POST and by GET."""
    whose = functools.partial(account_at_reception, parts.settings, reception)
    gate = Gate(parts.addresses, signatures, reception.recall, whose)
    interpreted = Renderer(parts, Menu(parts.book, parts.notices, parts.addresses))
    renderer = AssistantRenderer(parts, reception, whispers, interpreted)
    doors = AssistantDoors(parts, reception, renderer, whispers, StatusDoors(parts))
    found: dict[str, Door] = {
        VOICE: doors.voice,
        VOICE_NEXT: doors.next,
        VOICE_WHISPER: doors.whisper,
        VOICE_STATUS: doors.status,
        VOICE_FALLBACK: doors.fallback,
    }
    return [Route(path, gate.guard(door), methods=["POST", "GET"]) for path, door in found.items()]
