"""Phone calls for agents in browsers over HTTP: what rings, as server-sent events; accept, decline."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dragoman.browser.shown import shown_languages
from dragoman.browser_ports import AgentCalls, Duty
from dragoman.web import agent_operations as table
from dragoman.web.answers import answer
from dragoman.web.doorstep import Answering, Turned, turned
from dragoman.web.event_stream import EventStream
from dragoman.web.logins import Kind
from dragoman.web.porch import Porch
from dragoman.web.room_operations import SeatMade

RETRY_S: Final = 2.0
"""So soon a page whose line broke is back."""


class AgentApi:
    """Serves the operations of `agent_operations`, to the operator's people only."""

    def __init__(self, calls: AgentCalls, porch: Porch) -> None:
        self._calls, self._porch = calls, porch

    def routes(self) -> list[BaseRoute]:
        doors: dict[str, Answering] = {
            table.DUTY: self._on_duty,
            table.ACCEPT: self._accept,
            table.DECLINE: self._decline,
        }
        bounded = self._porch.doorstep.bounded
        return [Route(one.path, bounded(doors[one.name]), methods=[one.method]) for one in table.AGENTS]

    async def _on_duty(self, request: Request) -> Response:
        self._is_agent(request)
        duty = self._calls.duty()
        if duty is None:
            return turned(503, "stopping", "too many pages are on duty, or the server stops", "try again", 5.0)
        return EventStream(duty, _event, retry_s=RETRY_S)

    async def _accept(self, request: Request) -> Response:
        self._is_agent(request)
        asked = msgspec.json.decode(await request.body(), type=table.Answering)
        call, seat = self._calls.accept(request.path_params["call"], asked.page)
        return answer(SeatMade(self._porch.tokens.call_seat(call, seat)))

    async def _decline(self, request: Request) -> Response:
        self._is_agent(request)
        asked = msgspec.json.decode(await request.body(), type=table.Answering)
        self._calls.decline(request.path_params["call"], asked.page)
        return answer(table.Declined(request.path_params["call"]))

    def _is_agent(self, request: Request) -> None:
        """Raise Turned for guests and for nobody."""
        if self._porch.visitor(request).kind is not Kind.OPERATOR:
            raise Turned(turned(403, "login", "a guest answers no calls", "ask who runs this server"))


def _event(duty: Duty) -> bytes:
    """All that rings, as one event."""
    calls = [
        table.CallWaiting(one.leg, shown_languages([one.language])[0], one.caller, one.waited_s) for one in duty.calls
    ]
    gone = [table.CallGone(one.leg, one.why) for one in duty.gone]
    return b"event: calls\ndata: %s\n\n" % msgspec.json.encode(table.DutyShown(duty.page, calls, gone))
