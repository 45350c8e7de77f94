"""`POST /api/client-secret`: a browser's own session with the speech model, by a key of a minute's life."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dragoman.browser_ports import SessionKeys
from dragoman.domain.language import Language
from dragoman.domain.room import Shut
from dragoman.errors import Refused, RoomRefused, UpstreamError
from dragoman.web import room_operations as table
from dragoman.web.answers import answer
from dragoman.web.budgets import Budget
from dragoman.web.doorstep import turned
from dragoman.web.porch import Porch


class DirectApi:
    """What such a session costs is not counted here and not bounded by spending limits: so few an hour, by address."""

    def __init__(
        self,
        keys: SessionKeys,
        porch: Porch,
        languages: Mapping[str, Language],
        *,
        per_hour: int,
        safety_id: Callable[[str], str],
    ) -> None:
        self._keys, self._porch = keys, porch
        self._languages = {tag.lower(): language for tag, language in languages.items()}
        self._by_address = Budget(per_hour, 3600.0)
        self._safety_id = safety_id

    def routes(self) -> list[BaseRoute]:
        (one,) = table.DIRECT
        return [Route(one.path, self._porch.doorstep.bounded(self._give), methods=[one.method])]

    async def _give(self, request: Request) -> Response:
        self._porch.visitor(request)
        wanted = msgspec.json.decode(await request.body(), type=table.KeyWanted)
        source, target = self._language(wanted.source), self._language(wanted.target)
        address = self._porch.doorstep.address(request)
        self._porch.doorstep.within(self._by_address, address)
        try:
            key = await self._keys.key(wanted.kind, source, target, self._safety_id(address))
        except Refused as refused:
            raise RoomRefused(Shut.LANGUAGE, refused.reason) from None
        except UpstreamError as error:
            return turned(502, "upstream", str(error), "try again; the log of the server says more")
        return answer(table.KeyMade(key.value, key.expires_at, key.url, key.model, key.kind))

    def _language(self, tag: str) -> Language:
        found = self._languages.get(tag.lower())
        if found is None:
            raise RoomRefused(Shut.LANGUAGE, "the language is not offered")
        return found
