"""Twilio: calls, webhooks, Media Streams, TaskRouter.

    async with twilio.opened(settings, public_url) as carrier:
        telephony = carrier.telephony                                    # ports.Telephony, for the calls
        routes = carrier.routes(switchboard, tokens, notices, book)      # webhooks
        doors = carrier.media_doors(switchboard, tokens)                 # media WebSockets, by path
        sweeper = carrier.sweeper(switchboard, counter)                  # to be run beside all that
    # Where assistants answer: carrier.assistant_routes(reception, ...), carrier.assistant_doors(reception, tokens)

In two steps, because the switchboard needs the telephony and the doors need the switchboard.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sized

import httpx2
from prometheus_client import Counter
from starlette.routing import Route

from dragoman.assistant_ports import Reception
from dragoman.notices import Notices
from dragoman.outgoing import client_of
from dragoman.ports import Clock, LanguageBook, MediaDoor, Switchboard, Telephony
from dragoman.telephony.twilio.addresses import STREAM, VOICE_STREAM, Addresses
from dragoman.telephony.twilio.dialler import Dialler
from dragoman.telephony.twilio.pairing import Pairings
from dragoman.telephony.twilio.parts import Parts, account_at_reception, account_of
from dragoman.telephony.twilio.placed import PlacedLegs
from dragoman.telephony.twilio.rest import TIMEOUT, Rest
from dragoman.telephony.twilio.routes import assistant_routes, routes
from dragoman.telephony.twilio.settings import TwilioSettings
from dragoman.telephony.twilio.signature import Signatures
from dragoman.telephony.twilio.stream_door import StreamDoor, to_reception, to_switchboard
from dragoman.telephony.twilio.sweeper import Sweeper
from dragoman.telephony.twilio.whispers import Whispers
from dragoman.tokens import Tokens

__all__ = ["Twilio", "TwilioSettings", "build", "opened"]

ANSWER_S = 60.0
"""How long after its dial timeout a leg may still come to our doors with its one-time word."""


class Twilio:
    """The carrier, as `app` wires it. Made by `build`."""

    def __init__(
        self,
        settings: TwilioSettings,
        public_url: str,
        http: httpx2.AsyncClient,
        clock: Clock,
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._addresses = Addresses(public_url)
        self._pairings = Pairings(ttl_s=settings.dial_timeout_s + ANSWER_S)
        self._placed = PlacedLegs()
        self._whispers = Whispers()
        self._rest = Rest(settings, http, sleep=sleep)
        self._dialler = Dialler(
            settings, self._addresses, self._rest, self._pairings, self._placed, clock=clock, sleep=sleep
        )
        self._signatures = Signatures(settings.auth_tokens)

    def kept(self) -> dict[str, Callable[[], int]]:
        """What is remembered of calls, by its name: how much it is, for the metrics."""
        kept: dict[str, Sized] = {
            "pairing words": self._pairings,
            "placed legs": self._placed,
            "whispers": self._whispers,
        }
        return {name: what.__len__ for name, what in kept.items()}

    @property
    def telephony(self) -> Telephony:
        """The control side, for the calls."""
        return self._dialler

    def sweeper(self, switchboard: Switchboard, swept: Counter) -> Sweeper:
        """Ends what lives on at the carrier after its call; `swept` counts it."""
        return Sweeper(self._placed, self._rest, self._dialler, switchboard, swept, sleep=self._sleep)

    def routes(self, switchboard: Switchboard, tokens: Tokens, notices: Notices, book: LanguageBook) -> list[Route]:
        """The webhooks, for the web server."""
        return routes(self._parts(switchboard, tokens, notices, book), self._signatures)

    def media_doors(self, switchboard: Switchboard, tokens: Tokens) -> dict[str, MediaDoor]:
        """The media WebSockets, for the web server: path to door."""
        whose = functools.partial(account_of, self._settings, switchboard)
        admit = to_switchboard(tokens, switchboard, whose)
        return {STREAM: StreamDoor(self._addresses.stream, self._signatures, admit)}

    def assistant_routes(
        self, reception: Reception, switchboard: Switchboard, tokens: Tokens, notices: Notices, book: LanguageBook
    ) -> list[Route]:
        """The webhooks of calls that an assistant answers; `switchboard` has those that it hands over."""
        parts = self._parts(switchboard, tokens, notices, book)
        return assistant_routes(parts, self._signatures, reception, self._whispers)

    def assistant_doors(self, reception: Reception, tokens: Tokens) -> dict[str, MediaDoor]:
        """Their media WebSocket: path to door."""
        whose = functools.partial(account_at_reception, self._settings, reception)
        admit = to_reception(tokens, reception, whose)
        return {VOICE_STREAM: StreamDoor(self._addresses.assistant_stream, self._signatures, admit)}

    def _parts(self, switchboard: Switchboard, tokens: Tokens, notices: Notices, book: LanguageBook) -> Parts:
        return Parts(
            self._settings,
            self._addresses,
            self._pairings,
            self._placed,
            switchboard,
            tokens,
            notices,
            book,
            self._clock,
        )


def build(
    settings: TwilioSettings,
    public_url: str,
    http: httpx2.AsyncClient,
    *,
    clock: Clock = time.monotonic,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> Twilio:
    """Wire the carrier; `public_url` is the origin under which Twilio reaches us. `http` stays the giver's to close."""
    return Twilio(settings, public_url, http, clock, sleep)


@contextlib.asynccontextmanager
async def opened(settings: TwilioSettings, public_url: str) -> AsyncIterator[Twilio]:
    """`build` with an HTTP client of its own, closed at the end."""
    # An address of the operator's own is reached directly; Twilio through a proxy where the environment names one.
    async with client_of(settings.api_url, timeout=TIMEOUT, trust_env=settings.base_url is None) as http:
        yield build(settings, public_url, http)
