"""What all REST resources share: authentication, errors, forms, pages."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dragoman.errors import Refused
from dragoman.telephony.twilio.emulator.faults import Faults

Json = dict[str, Any]


class Problem(Refused):
    """A request that Twilio answers with an error body."""

    def __init__(self, status: int, code: int, message: str, details: Json | None = None) -> None:
        self.status = status
        self.code = code
        self.details = details
        super().__init__(message)

    def answer(self) -> JSONResponse:
        body: Json = {
            "code": self.code,
            "message": self.reason,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        if self.details is not None:
            body["details"] = self.details
        headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if self.status == 401 else None
        return JSONResponse(body, self.status, headers)


def missing(request: Request) -> Problem:
    return Problem(404, 20404, f"The requested resource {request.url.path} was not found")


@dataclass(frozen=True, slots=True)
class Gate:
    """Who may come in, and the faults at the door. `secrets`: auth token by account sid, secret by API key sid."""

    account_sid: str
    secrets: Mapping[str, str]
    faults: Faults

    def check(self, request: Request) -> None:
        """Raise Problem for what is not let in."""
        if self.faults.take("rest_server_error"):
            raise Problem(500, 20500, "An internal server error has occurred")
        if self.faults.take("rest_too_many"):
            raise Problem(429, 20429, "Too Many Requests")
        user, secret = _credentials(request.headers.get("authorization", ""))
        known = self.secrets.get(user, "")
        if not known or not hmac.compare_digest(known.encode(), secret.encode()):
            raise Problem(401, 20003, "Authenticate")
        account = request.path_params.get("account", self.account_sid)
        if account != self.account_sid:
            raise missing(request)

    def route(self, path: str, **methods: Callable[[Request], Awaitable[Response]]) -> Route:
        """A path whose methods are guarded."""

        async def endpoint(request: Request) -> Response:
            try:
                self.check(request)
                return await methods[request.method.lower()](request)
            except Problem as problem:
                return problem.answer()

        return Route(path, endpoint, methods=[name.upper() for name in methods])


def _credentials(header: str) -> tuple[str, str]:
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        user, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, secret


class Fields:
    """A request's form, read strictly: what no endpoint knows is told to the Debugger by the caller of `unknown`."""

    def __init__(self, form: FormData) -> None:
        self._form = form

    @staticmethod
    async def of(request: Request) -> Fields:
        return Fields(await request.form())

    def text(self, name: str, default: str = "") -> str:
        value = self._form.get(name, default)
        return value if isinstance(value, str) else default

    def texts(self, name: str) -> list[str]:
        return [value for value in self._form.getlist(name) if isinstance(value, str)]

    def has(self, name: str) -> bool:
        return name in self._form

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number in a range; raises Problem (20001)."""
        given = self.text(name)
        if not given:
            return default
        if not given.isdecimal() or not low <= int(given) <= high:
            raise Problem(400, 20001, f"Invalid {name}: a whole number from {low} to {high} is expected")
        return int(given)

    def url(self, name: str, code: int) -> str:
        """An absolute http(s) URL or ""; raises Problem with `code`. Hosts have no underscores."""
        given = self.text(name)
        host = given.partition("://")[2].partition("/")[0]
        if given and (not given.startswith(("http://", "https://")) or not host or "_" in host):
            raise Problem(400, code, f"{name} is not a valid URL: {given[:80]}")
        return given

    def unknown(self, known: frozenset[str]) -> list[str]:
        return sorted(set(self._form) - known)


def classic_page(request: Request, key: str, items: Sequence[Json]) -> JSONResponse:
    """One page of a list of the 2010-04-01 API."""
    size = _whole(request.query_params.get("PageSize", "50")) or 50
    page = _whole(request.query_params.get("Page", "0"))
    first = page * size

    def uri(number: int) -> str:
        query = {**request.query_params, "Page": str(number), "PageSize": str(size)}
        return f"{request.url.path}?{urlencode(query)}"

    body: Json = {
        key: list(items[first : first + size]),
        "page": page,
        "page_size": size,
        "start": first,
        "end": max(first, min(first + size, len(items)) - 1),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if first + size < len(items) else None,
        "previous_page_uri": uri(page - 1) if page else None,
    }
    return JSONResponse(body)


def _whole(given: str) -> int:
    if not given.isdecimal():
        raise Problem(400, 20001, "Page and PageSize are whole numbers")
    return int(given)


def meta_page(request: Request, key: str, items: Sequence[Json]) -> JSONResponse:
    """One page of a list of the newer APIs (all of it: these lists are short here)."""
    url = str(request.url)
    meta: Json = {
        "key": key,
        "page": 0,
        "page_size": max(50, len(items)),
        "url": url,
        "first_page_url": url,
        "next_page_url": None,
        "previous_page_url": None,
    }
    return JSONResponse({key: list(items), "meta": meta})
