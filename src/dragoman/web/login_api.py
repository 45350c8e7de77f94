"""Logging in and out, invites, and what a page must know before anything else."""

from __future__ import annotations

from typing import Final

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dragoman.domain.room import RESUME_S
from dragoman.ports import Clock
from dragoman.web import room_operations as table
from dragoman.web.answers import answer
from dragoman.web.budgets import Budget
from dragoman.web.doorstep import Answering, turned
from dragoman.web.logins import Kind, drop_cookies, set_cookie
from dragoman.web.porch import Porch
from dragoman.web.room_operations import LanguagePaired

NOBODY: Final = "none"
_HOUR_S: Final = 3600.0

_log = structlog.get_logger()


class LoginApi:
    """Serves those operations of `room_operations` that are about who somebody is."""

    def __init__(
        self,
        porch: Porch,
        languages: list[LanguagePaired],
        *,
        logins_per_minute: int,
        max_parties: int,
        direct: bool,
        agents: bool,
        epoch: Clock,
    ) -> None:
        """`epoch` gives Unix seconds: of invites."""
        self._porch, self._epoch = porch, epoch
        self._languages, self._max_parties, self._direct, self._agents = languages, max_parties, direct, agents
        self._tries = Budget(logins_per_minute, 60.0)

    def routes(self) -> list[BaseRoute]:
        doors: dict[str, Answering] = {
            table.WELCOME: self._welcome,
            table.LOG_IN: self._log_in,
            table.LOG_OUT: self._log_out,
            table.INVITE: self._invite,
        }
        return [
            Route(one.path, self._porch.doorstep.bounded(doors[one.name]), methods=[one.method])
            for one in table.ROOMS
            if one.name in doors
        ]

    async def _welcome(self, request: Request) -> Response:
        visitor = self._porch.logins.visitor(request)
        return answer(
            table.Welcome(
                login=visitor.kind.value if visitor is not None else NOBODY,
                languages=self._languages,
                max_parties=self._max_parties,
                resume_s=RESUME_S,
                direct=self._direct,
                agents=self._agents,
            )
        )

    async def _log_in(self, request: Request) -> Response:
        self._porch.ours_alone(request)
        self._porch.doorstep.within(self._tries, self._porch.doorstep.address(request))
        wanted = msgspec.json.decode(await request.body(), type=table.LoginWanted)
        found = self._porch.logins.admit(wanted.token)
        if found is None:
            _log.warning("a login was refused")
            return turned(401, "login", "the token is wrong or too old", "ask who runs this server for one")
        visitor, cookie = found
        response = answer(table.LoginMade(visitor.kind.value))
        set_cookie(response, cookie, request.headers["origin"])
        return response

    async def _log_out(self, request: Request) -> Response:
        self._porch.ours_alone(request)
        response = answer(table.LoginMade(NOBODY))
        drop_cookies(response)
        return response

    async def _invite(self, request: Request) -> Response:
        if self._porch.visitor(request).kind is not Kind.OPERATOR:
            return turned(403, "login", "a guest invites nobody", "ask who runs this server")
        wanted = msgspec.json.decode(await request.body(), type=table.InviteWanted)
        life_s = wanted.hours * _HOUR_S
        invite = self._porch.tokens.invite(wanted.rooms, life_s)
        link = f"{self._porch.own_origin(request)}/#invite={invite}"
        return answer(table.InviteMade(invite, link, self._epoch() + life_s), 201)
