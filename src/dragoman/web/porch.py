"""What all doors of browser mode stand on: who asks, how often they may, and under what address they know us."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from dragoman.tokens import Tokens
from dragoman.web.askers import Origins
from dragoman.web.doorstep import Doorstep, Turned, turned
from dragoman.web.logins import Logins, Strange, Visitor


@dataclass(frozen=True, slots=True)
class Porch:
    """Shared by all of them."""

    doorstep: Doorstep
    logins: Logins
    origins: Origins
    tokens: Tokens
    public_url: str

    def visitor(self, request: Request) -> Visitor:
        """Who asks; raise Turned for nobody, Strange for a cookie from elsewhere."""
        visitor = self.logins.visitor(request)
        if visitor is None:
            fix = "POST /api/login, or send the API token as bearer"
            raise Turned(turned(401, "login", "nobody is logged in", fix))
        return visitor

    def ours_alone(self, request: Request) -> None:
        """Raise Strange unless our own page asks."""
        if not self.origins.ours(request.headers):
            raise Strange("the request does not come from our own page")

    def own_origin(self, request: Request) -> str:
        """Under what address the asker knows us, for links."""
        return request.headers["origin"] if self.origins.ours(request.headers) else self.public_url
