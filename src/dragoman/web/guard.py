"""What stands before every route: a limit on bodies, headers for browsers, and the API's token."""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dragoman.web.answers import problem

BODY_MAX_BYTES = 64 * 1024

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Set unless a route says otherwise (pages do)."""


class SecurityHeaders:
    """Adds SECURITY_HEADERS to each answer that does not carry its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_guarded)


class BodyLimit:
    """413 for a body above BODY_MAX_BYTES, whether its length is announced or not."""

    def __init__(self, app: ASGIApp, max_bytes: int = BODY_MAX_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
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
