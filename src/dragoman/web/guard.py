"""What stands before every route: limits on bodies, headers for browsers, a count of refusals, and the API's token."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dragoman.web.answers import problem

BODY_MAX_BYTES = 64 * 1024

REFUSALS = frozenset({400, 401, 403, 413, 429})
"""Answers that count as a door that stayed shut."""

NO_DOOR = "other"


def content_policy(frame_ancestors: str = "'none'") -> str:
    """The Content-Security-Policy of an answer that loads nothing and may be shown inside pages of these origins."""
    return f"default-src 'none'; frame-ancestors {frame_ancestors}"


SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
    "content-security-policy": content_policy(),
}
"""Set unless a route says otherwise. "" in a route's own answer: not sent at all (x-frame-options cannot name Flex)."""


def door_of(path: str) -> str:
    """The first part of a path: by which refusals are counted."""
    return "/" + path.split("/", 2)[1] if path.startswith("/") else NO_DOOR


class SecurityHeaders:
    """Adds SECURITY_HEADERS to each answer that does not carry its own, and tells `shut` of refusals, by door.

    `doors` are those that there are: what is asked for elsewhere is counted together.
    """

    def __init__(
        self, app: ASGIApp, doors: Collection[str] = (), shut: Callable[[str], None] = lambda _door: None
    ) -> None:
        self._app = app
        self._doors = frozenset(doors)
        self._shut = shut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    if not headers.setdefault(name, value):
                        del headers[name]
                if message["status"] in REFUSALS:
                    door = door_of(scope["path"])
                    self._shut(door if door in self._doors else NO_DOOR)
            await send(message)

        await self._app(scope, receive, send_guarded)


class BodyLimit:
    """413 for a body above BODY_MAX_BYTES, whether its length is announced or not; 400 for one with two lengths."""

    def __init__(self, app: ASGIApp, max_bytes: int = BODY_MAX_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        announced = headers.get("content-length", "")
        if announced and "transfer-encoding" in headers:
            # Where a proxy before us took the other one for true, the rest of it would be somebody's next request.
            fix = "send one of content-length and transfer-encoding"
            await problem(400, "the body has two lengths", fix, {"connection": "close"})(scope, receive, send)
            return
        if announced.isdecimal() and (len(announced) > 12 or int(announced) > self._max_bytes):
            await self._too_large()(scope, receive, send)
            return
        taken = 0

        async def receive_bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._max_bytes:
                raise HTTPException(413, "the body is too large")
            return message

        await self._app(scope, receive_bounded, send)

    def _too_large(self) -> Response:
        # The rest of the body is not read, so the connection cannot be used again.
        return problem(413, "the body is too large", f"send at most {self._max_bytes} bytes", {"connection": "close"})


class ApiToken:
    """The bearer token of /api and /metrics. Without one set, they stay shut."""

    def __init__(self, token: str | None) -> None:
        self._token = token.encode() if token else None

    def refuse(self, request: Request) -> Response | None:
        """The answer for who may not come in; None when they may."""
        if self._token is None:
            return problem(403, "the API is shut", "set DRAGOMAN_API_TOKEN and start again")
        if not self.opens(request):
            fix = "send the header 'Authorization: Bearer <DRAGOMAN_API_TOKEN>'"
            return problem(401, "the API token is missing or wrong", fix, {"www-authenticate": "Bearer"})
        return None

    def opens(self, request: Request) -> bool:
        """Whether the request carries the token; compared in constant time."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if self._token is None or scheme.lower() != "bearer":
            return False
        return hmac.compare_digest(given.strip().encode("utf-8", "replace"), self._token)
