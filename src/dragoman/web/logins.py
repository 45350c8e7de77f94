"""Who may open rooms: the operator by a token or a cookie, a guest by an invite. Cookies count from our page only."""

from __future__ import annotations

import enum
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from dragoman.errors import Refused
from dragoman.tokens import LOGIN_TTL_S, Tokens
from dragoman.web.askers import Origins
from dragoman.web.guard import ApiToken

COOKIE: Final = "dragoman_login"
SAFE_COOKIE: Final = "__Host-" + COOKIE
"""Over HTTPS: no other host of the same domain can set it."""

READ_ONLY: Final = frozenset({"GET", "HEAD"})


class Kind(enum.Enum):
    OPERATOR = "operator"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class Visitor:
    """`invite` tells a guest's invite from others; `rooms` is how many it is good for."""

    kind: Kind
    invite: str = ""
    rooms: int = 0


OPERATOR: Final = Visitor(Kind.OPERATOR)


class Strange(Refused):
    """A cookie came with a request that our own page did not send."""


class Logins:
    """Tells visitors apart. `passwords` are the tokens of the operator's people; the first makes their cookies void
    when it changes.
    """

    def __init__(self, tokens: Tokens, passwords: Sequence[str], api: ApiToken, origins: Origins) -> None:
        self._tokens, self._api, self._origins = tokens, api, origins
        self._passwords = [one.encode() for one in passwords]
        self._mark = hashlib.sha256(b"\0".join(self._passwords)).hexdigest()[:16]

    def admit(self, given: str) -> tuple[Visitor, str] | None:
        """Who shows this token, and the cookie's value for them; None: nobody."""
        shown = given.strip().encode("utf-8", "replace")
        fits = [hmac.compare_digest(shown, one) for one in self._passwords]  # all, so that time tells nothing
        if any(fits):
            return OPERATOR, self._tokens.login(Kind.OPERATOR.value, self._mark)
        try:
            invite = self._tokens.open_invite(given.strip())
        except Refused:
            return None
        guest = Visitor(Kind.GUEST, invite.nonce, invite.rooms)
        mark = f"{invite.rooms}~{invite.nonce}"
        return guest, self._tokens.login(Kind.GUEST.value, mark, min(LOGIN_TTL_S, self._tokens.left_s(invite.until)))

    def visitor(self, request: Request) -> Visitor | None:
        """Who asks; None: nobody whom we know. Raise Strange."""
        if self._api.opens(request):
            return OPERATOR
        cookie = request.cookies.get(SAFE_COOKIE) or request.cookies.get(COOKIE)
        found = self._of(cookie) if cookie else None
        if found is not None and request.method not in READ_ONLY and not self._origins.ours(request.headers):
            raise Strange("the request does not come from our own page")
        return found

    def _of(self, cookie: str) -> Visitor | None:
        try:
            login = self._tokens.open_login(cookie)
        except Refused:
            return None
        if login.who == Kind.GUEST.value:
            rooms, _, nonce = login.mark.partition("~")
            return Visitor(Kind.GUEST, nonce, int(rooms))
        return OPERATOR if hmac.compare_digest(login.mark, self._mark) else None


def set_cookie(response: Response, value: str, origin: str) -> None:
    """For our own page alone: no script reads it, no other site's request bears it."""
    safe = origin.startswith("https://")
    name = SAFE_COOKIE if safe else COOKIE
    response.set_cookie(name, value, max_age=int(LOGIN_TTL_S), path="/", secure=safe, httponly=True, samesite="strict")


def drop_cookies(response: Response) -> None:
    """Both names: who logs out does not care by which they came in."""
    response.delete_cookie(SAFE_COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
