"""What the doors of browser mode share."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from dragoman.tokens import Tokens
from dragoman.web.askers import Origins
from dragoman.web.doorstep import Doorstep, Turned
from dragoman.web.guard import ApiToken
from dragoman.web.logins import OPERATOR, Logins, Strange
from dragoman.web.porch import Porch

pytestmark = pytest.mark.unit

API = "an api token of length"
PUBLIC, OTHER = "https://a.example", "https://b.example"


def porch() -> Porch:
    tokens, origins = Tokens("s" * 40, lambda: 0.0), Origins([PUBLIC, OTHER])
    return Porch(Doorstep((), 9, lambda: 0.0), Logins(tokens, [API], ApiToken(API), origins), origins, tokens, PUBLIC)


def request(**headers: str) -> Request:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": raw, "path": "/"})


def test_nobody_is_turned_away() -> None:
    with pytest.raises(Turned) as told:
        porch().visitor(request())
    assert told.value.response.status_code == 401


def test_somebody_is_told_by_name() -> None:
    assert porch().visitor(request(authorization=f"Bearer {API}")) == OPERATOR


def test_only_our_own_page() -> None:
    porch().ours_alone(request(origin=OTHER))
    with pytest.raises(Strange):
        porch().ours_alone(request(origin="https://evil.example"))


@pytest.mark.parametrize(("origin", "expected"), [(OTHER, OTHER), ("https://evil.example", PUBLIC), ("", PUBLIC)])
def test_links_lead_to_where_the_asker_is(origin: str, expected: str) -> None:
    assert porch().own_origin(request(origin=origin)) == expected
