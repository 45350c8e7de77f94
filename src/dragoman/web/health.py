"""Whether this process lives, and whether it wants calls: for load balancers and orchestrators."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dragoman.ports import Switchboard
from dragoman.web.answers import answer
from dragoman.web.operations import Ready

Check = Callable[[], str]
"""Why a part is not ready; "" when it is. Must not block."""


def health_routes(
    switchboard: Switchboard, checks: Sequence[Check] = (), *, without: Sequence[str] = ()
) -> list[BaseRoute]:
    """`GET /live`: 200 while the process answers. `GET /ready`: 503 with the reasons while it wants no calls.

    `without`: what this server is not there for.
    """

    async def live(_request: Request) -> Response:
        return answer({"live": True})

    async def ready(_request: Request) -> Response:
        reasons = ["draining: no new calls are taken"] if switchboard.draining else []
        reasons += [reason for check in checks if (reason := check())]
        return answer(Ready(not reasons, reasons, list(without)), 503 if reasons else 200)

    return [Route("/live", live, methods=["GET"]), Route("/ready", ready, methods=["GET"])]
