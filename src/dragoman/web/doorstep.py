"""What comes before every door of browser mode: how often an address may ask, and mistakes as problems of one form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from dragoman.domain.room import Shut
from dragoman.errors import Refused, RoomRefused
from dragoman.ports import Clock, MediaRequest
from dragoman.web.answers import answer
from dragoman.web.askers import Network, address_of
from dragoman.web.budgets import Budget
from dragoman.web.logins import Strange
from dragoman.web.room_operations import RoomProblem

_log = structlog.get_logger()

Answering = Callable[[Request], Awaitable[Response]]

_STATUS: Final = {
    Shut.NO_ROOM: 404,
    Shut.OVER: 404,
    Shut.NO_SEAT: 404,
    Shut.FULL: 409,
    Shut.SEAT_TAKEN: 409,
    Shut.NOT_HERE: 409,
    Shut.TOO_MANY: 503,
    Shut.SPENT: 503,
    Shut.STOPPING: 503,
    Shut.LANGUAGE: 400,
    Shut.NOT_HOST: 403,
}
_FIXES: Final = {
    404: "ask for a new link",
    409: "wait until somebody leaves",
    503: "try again in some minutes",
    400: "GET /api/browser lists the languages",
    403: "ask who opened the room",
}
_LATER_S: Final = "60"


class Turned(Exception):
    """The request is answered with this."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__(response.status_code)


def turned(status: int, code: str, error: str, fix: str, retry_after_s: float = 0.0) -> Response:
    """A problem as browser mode tells it."""
    headers = {"retry-after": str(max(1, round(retry_after_s)))} if retry_after_s else {}
    return answer(RoomProblem(error, fix, code), status, headers)


class Doorstep:
    """Shared by all doors of browser mode, so that they count together."""

    def __init__(self, proxies: Sequence[Network], requests_per_minute: int, clock: Clock) -> None:
        self._proxies, self._clock = proxies, clock
        self._requests = Budget(requests_per_minute, 60.0)

    def address(self, request: Request) -> str:
        """Whose request it is: personal data."""
        peer = request.client.host if request.client is not None else ""
        return address_of(peer, ",".join(request.headers.getlist("x-forwarded-for")), self._proxies)

    def within(self, budget: Budget, key: str) -> None:
        """Spend one; raise Turned when there is none left."""
        if wait_s := budget.spend(key, self._clock()):
            raise Turned(turned(429, "too-often", "that is asked too often from here", "wait, then try again", wait_s))

    def admit(self, request: MediaRequest) -> None:
        """For a socket: raise Refused when its address asks too often."""
        address = address_of(request.peer, request.headers.get("x-forwarded-for", ""), self._proxies)
        if self._requests.spend(address, self._clock()):
            raise Refused("too many requests from this address")

    def bounded(self, route: Answering) -> Answering:
        """The route behind the count of requests, its mistakes told as problems."""

        async def served(request: Request) -> Response:
            try:
                self.within(self._requests, self.address(request))
                return await route(request)
            except Turned as told:
                return told.response
            except RoomRefused as refused:
                return _refusal(refused)
            except Strange as refused:
                return turned(403, "origin", refused.reason, "open our own page, or see DRAGOMAN_BROWSER_ORIGINS")
            except msgspec.MsgspecError as broken:
                return turned(400, "broken-message", str(broken)[:300], "GET /api/openapi.json says what is taken")
            except (UnicodeDecodeError, RecursionError):
                return turned(400, "broken-message", "the body is not JSON in UTF-8", "send JSON")

        return served


def _refusal(refused: RoomRefused) -> Response:
    status = _STATUS[refused.why]
    made = turned(status, refused.why.value, refused.reason, _FIXES[status])
    if status == 503:
        made.headers["retry-after"] = _LATER_S
    return made


def bearer(request: Request) -> str:
    """The token of the Authorization header; "" when there is none."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""
