"""The doors of the embedded engine's server: who may come in, and to what."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from dragoman.interpreters.local.capabilities import ASSISTANT_MODEL
from dragoman.interpreters.local.endpointing import EndpointRules
from dragoman.interpreters.local.jobs import Jobs
from dragoman.interpreters.local.mind.minds import Minds
from dragoman.interpreters.local.mind.rehearsal import Rehearsal
from dragoman.interpreters.local.parts import Parts
from dragoman.interpreters.local.server.answers import AssistantParts
from dragoman.interpreters.local.server.conversation import ConversationSession
from dragoman.interpreters.local.server.outlet import Outlet
from dragoman.interpreters.local.server.speech import problem, speech
from dragoman.interpreters.local.server.translation import TranslationSession
from dragoman.interpreters.local.voices import TONGUES
from dragoman.interpreters.realtime.wire import session as conversation_wire
from dragoman.interpreters.realtime.wire import translation as translation_wire
from dragoman.interpreters.realtime.wire.envelope import Stamp

SESSION_S: Final = 24 * 3600
"""What `expires_at` promises. Nothing here wears out."""
OVERLOADED_S: Final = 4.0
"""New sessions are refused while work stands in the queue longer than this."""
_BODY_BYTES: Final = 64 * 1024
_KEY_PROTOCOL: Final = "openai-insecure-api-key."

_log = structlog.get_logger()


class Doors:
    """The routes and what they share."""

    def __init__(self, parts: Parts, jobs: Jobs, token: str, endpoint_ms: int, minds: Minds | None = None) -> None:
        """Without `minds` it interprets only: every model is then the interpreter."""
        self._parts, self._jobs, self._token, self._minds = parts, jobs, token, minds
        self._rules = EndpointRules(silence_ms=endpoint_ms)
        self._sessions = 0
        self._rehearsal = Rehearsal(parts.voice, jobs)

    async def rehearse(self) -> None:
        """Speak beforehand what assistants will surely say, until cancelled."""
        await self._rehearsal.run()

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/healthz", self.health),
                Route("/v1/audio/speech", self.speech, methods=["POST"]),
                WebSocketRoute("/v1/realtime", self.conversation),
                WebSocketRoute("/v1/realtime/translations", self.translation),
            ]
        )

    async def health(self, request: Request) -> Response:
        """How it does; needs no token."""
        spoken = sorted(one for one in TONGUES if self._parts.voice.speaks(one))
        state = {
            "status": "ok",
            "sessions": self._sessions,
            "delay_s": round(self._jobs.delay_s, 3),
            "spoken": spoken,
            "mind": self._minds.name if self._minds is not None else None,
            "to_rehearse": self._rehearsal.left,
        }
        return JSONResponse(state)

    async def speech(self, request: Request) -> Response:
        if not self._known(request.headers.get("authorization", "")):
            return problem(401, "invalid_api_key", "Incorrect API key provided.")
        body = await _body(request)
        if body is None:
            return problem(413, "invalid_value", "The request is too large.")
        return speech(body, self._parts, self._jobs)

    async def conversation(self, socket: WebSocket) -> None:
        """`/v1/realtime`."""
        outlet = await self._open(socket)
        if outlet is None:
            return
        session = conversation_wire.Session(
            id=_session_id(), model=socket.query_params.get("model") or "local", expires_at=_expiry()
        )
        source, target = socket.query_params.get("source"), socket.query_params.get("target")
        desk = None
        if self._minds is not None and session.model == ASSISTANT_MODEL:
            desk = AssistantParts(self._minds, self._rehearsal)
        served = ConversationSession(socket, outlet, session, self._parts, self._jobs, (source, target), desk)
        self._sessions += 1
        try:
            await served.run()
        finally:
            self._sessions -= 1

    async def translation(self, socket: WebSocket) -> None:
        """`/v1/realtime/translations`."""
        outlet = await self._open(socket)
        if outlet is None:
            return
        session = translation_wire.Session(
            id=_session_id(), model=socket.query_params.get("model") or "local", expires_at=_expiry()
        )
        source = socket.query_params.get("source") or None
        served = TranslationSession(socket, outlet, session, self._parts, self._jobs, source)
        self._sessions += 1
        try:
            await served.run(self._rules)
        finally:
            self._sessions -= 1

    async def _open(self, socket: WebSocket) -> Outlet | None:
        """Let a client in, or send it away."""
        offered = socket.scope.get("subprotocols", [])
        key = next((one.removeprefix(_KEY_PROTOCOL) for one in offered if one.startswith(_KEY_PROTOCOL)), "")
        if not self._known(socket.headers.get("authorization") or f"Bearer {key}"):
            await socket.send_denial_response(problem(401, "invalid_api_key", "Incorrect API key provided."))
            return None
        if self._jobs.delay_s > OVERLOADED_S:
            _log.warning("local.overloaded", delay_s=round(self._jobs.delay_s, 1), sessions=self._sessions)
            refusal = problem(429, "rate_limit_exceeded", "The engine is busy with other calls.")
            refusal.headers["Retry-After"] = "5"
            await socket.send_denial_response(refusal)
            return None
        await socket.accept("realtime" if "realtime" in offered else None)
        outlet = Outlet(socket, Stamp(secrets.token_hex(6)))
        if "openai-beta" in socket.headers:
            outlet.error("beta_api_shape_disabled", "The Realtime Beta API is not supported. Use the GA API.")
            outlet.close(4000, "invalid_request_error.beta_api_shape_disabled")
            await outlet.pump()
            return None
        return outlet

    def _known(self, authorization: str) -> bool:
        return hmac.compare_digest(authorization.encode(), f"Bearer {self._token}".encode())


async def _body(request: Request) -> bytes | None:
    """The whole body, whether its length was announced or not; None when it is too large."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _BODY_BYTES:
            return None
    return bytes(body)


def _session_id() -> str:
    return f"sess_{secrets.token_hex(8)}"


def _expiry() -> int:
    return int(datetime.now(UTC).timestamp()) + SESSION_S
