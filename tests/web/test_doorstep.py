"""What comes before every door."""

from __future__ import annotations

import ipaddress

import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dragoman.domain.room import Shut
from dragoman.errors import Refused, RoomRefused
from dragoman.ports import MediaRequest
from dragoman.web.doorstep import _FIXES, _STATUS, Doorstep, Turned, bearer, turned
from dragoman.web.logins import Strange

pytestmark = pytest.mark.unit

PROXIES = (ipaddress.ip_network("127.0.0.1/32"),)


def request(peer: str = "203.0.113.9", *headers: tuple[str, str]) -> Request:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return Request({"type": "http", "method": "GET", "headers": raw, "path": "/", "client": (peer, 1)})


def doorstep(most: int = 100) -> Doorstep:
    return Doorstep(PROXIES, most, lambda: 0.0)


def test_the_address_is_that_behind_the_proxy() -> None:
    headers = (("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "198.51.100.7"))
    assert doorstep().address(request("127.0.0.1", *headers)) == "198.51.100.7"
    assert doorstep().address(request("203.0.113.9", *headers)) == "203.0.113.9"
    assert doorstep().address(Request({"type": "http", "method": "GET", "headers": [], "path": "/"})) == ""


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (Turned(turned(418, "teapot", "no", "tea")), 418, "teapot"),
        (RoomRefused(Shut.FULL, "full"), 409, "room-full"),
        (Strange("strange"), 403, "origin"),
        (msgspec.ValidationError("x" * 5000), 400, "broken-message"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), 400, "broken-message"),
        (RecursionError(), 400, "broken-message"),
    ],
)
async def test_what_is_raised_is_told_in_one_form(raised: Exception, status: int, code: str) -> None:
    async def handler(_request: Request) -> Response:
        raise raised

    answer = await doorstep().bounded(handler)(request())
    told = msgspec.json.decode(answer.body)
    assert (answer.status_code, told["code"]) == (status, code)
    assert told["fix"]
    assert len(told["error"]) <= 300


async def test_requests_and_sockets_count_together() -> None:
    async def handler(_request: Request) -> Response:
        return PlainTextResponse("x")

    step = doorstep(2)
    assert (await step.bounded(handler)(request())).status_code == 200
    step.admit(MediaRequest("/", "", {}, "203.0.113.9"))
    answer = await step.bounded(handler)(request())
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
    with pytest.raises(Refused):
        step.admit(MediaRequest("/", "", {}, "203.0.113.9"))
    step.admit(MediaRequest("/", "", {"x-forwarded-for": "198.51.100.7"}, "127.0.0.1"))


@pytest.mark.parametrize(
    ("header", "token"), [("Bearer x", "x"), ("bearer  x ", "x"), ("Basic x", ""), ("Bearer", ""), ("x", "")]
)
def test_a_bearer_s_token(header: str, token: str) -> None:
    assert bearer(request("1.2.3.4", ("authorization", header))) == token


def test_every_reason_of_a_room_has_its_answer() -> None:
    assert set(_STATUS) == set(Shut)
    assert set(_STATUS.values()) <= set(_FIXES)
