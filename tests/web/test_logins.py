"""Who somebody is, by what they show."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import Response

from dragoman.tokens import Tokens
from dragoman.web.askers import Origins
from dragoman.web.guard import ApiToken
from dragoman.web.logins import COOKIE, OPERATOR, SAFE_COOKIE, Kind, Logins, Strange, Visitor, drop_cookies, set_cookie

pytestmark = pytest.mark.unit

SECRET, PASSWORD, API = "s" * 40, "a password of length", "an api token of length"
ORIGIN = "https://a.example"


def logins(*passwords: str, now: float = 1000.0) -> Logins:
    tokens = Tokens(SECRET, lambda: now)
    return Logins(tokens, passwords or (PASSWORD, API), ApiToken(API), Origins([ORIGIN]))


def request(method: str = "GET", **headers: str) -> Request:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "headers": raw, "path": "/", "query_string": b""})


@pytest.mark.parametrize("given", [PASSWORD, API, f"  {PASSWORD} "])
def test_a_password_makes_an_operator(given: str) -> None:
    made = logins()
    found = made.admit(given)
    assert found is not None
    visitor, cookie = found
    assert visitor == OPERATOR
    assert made.visitor(request(cookie=f"{COOKIE}={cookie}")) == OPERATOR


@pytest.mark.parametrize("given", ["", " ", PASSWORD[1:], "\ud800", "x" * 5000])
def test_what_is_none_makes_nobody(given: str) -> None:
    assert logins().admit(given) is None


def test_an_invite_makes_a_guest() -> None:
    made = logins()
    found = made.admit(Tokens(SECRET, lambda: 1000.0).invite(3, 60.0))
    assert found is not None
    guest, cookie = found
    assert (guest.kind, guest.rooms) == (Kind.GUEST, 3)
    assert guest.invite
    assert made.visitor(request(cookie=f"{SAFE_COOKIE}={cookie}")) == Visitor(Kind.GUEST, guest.invite, 3)
    assert logins(now=1061.0).visitor(request(cookie=f"{SAFE_COOKIE}={cookie}")) is None


def test_cookies_are_void_when_the_password_changes() -> None:
    found = logins().admit(PASSWORD)
    assert found is not None
    assert logins("another password of length").visitor(request(cookie=f"{COOKIE}={found[1]}")) is None


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH", "PUT"])
def test_what_changes_something_must_come_from_our_own_page(method: str) -> None:
    made = logins()
    found = made.admit(PASSWORD)
    assert found is not None
    cookie = f"{COOKIE}={found[1]}"
    assert made.visitor(request(method, cookie=cookie, origin=ORIGIN)) == OPERATOR
    for headers in ({}, {"origin": "https://evil.example"}, {"origin": "null"}):
        with pytest.raises(Strange):
            made.visitor(request(method, cookie=cookie, **headers))


def test_the_api_token_may_come_from_anywhere() -> None:
    assert logins().visitor(request("POST", authorization=f"Bearer {API}", origin="https://evil.example")) == OPERATOR


def test_a_worthless_cookie_is_as_good_as_none() -> None:
    assert logins().visitor(request("POST", cookie=f"{COOKIE}=x")) is None


def test_the_cookie_is_kept_from_scripts_and_other_sites() -> None:
    for origin, name in ((ORIGIN, SAFE_COOKIE), ("http://localhost:5050", COOKIE)):
        response = Response()
        set_cookie(response, "value", origin)
        told = response.headers["set-cookie"].lower()
        assert told.startswith(f"{name.lower()}=value;")
        assert "httponly" in told
        assert "samesite=strict" in told
        assert ("secure" in told) is (name == SAFE_COOKIE)


def test_both_cookies_are_taken_back() -> None:
    response = Response()
    drop_cookies(response)
    taken = response.headers.getlist("set-cookie")
    assert [one.split("=")[0] for one in taken] == [SAFE_COOKIE, COOKIE]
    assert all("Max-Age=0" in one for one in taken)
