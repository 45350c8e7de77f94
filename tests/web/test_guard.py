"""What stands before every route."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from httpx2 import ASGITransport, AsyncClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dragoman.web.guard import BODY_MAX_BYTES, SECURITY_HEADERS
from dragoman.web.server import web_app

pytestmark = pytest.mark.unit


async def _count(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def _page(_request: Request) -> Response:
    return PlainTextResponse("page", headers={"cache-control": "max-age=60"})


async def _broken(_request: Request) -> Response:
    raise RuntimeError("a secret of ours")


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    app = web_app([Route("/count", _count, methods=["POST"]), Route("/page", _page), Route("/broken", _broken)])
    async with AsyncClient(transport=ASGITransport(app, raise_app_exceptions=False), base_url="http://t") as client:
        yield client


async def test_bodies_up_to_the_limit_pass(client: AsyncClient) -> None:
    assert (await client.post("/count", content=b"x" * BODY_MAX_BYTES)).text == str(BODY_MAX_BYTES)


@pytest.mark.parametrize("length", [str(BODY_MAX_BYTES + 1), "9" * 30])
async def test_an_announced_body_above_it_is_not_read(client: AsyncClient, length: str) -> None:
    answer = await client.post("/count", content=b"", headers={"content-length": length})
    assert answer.status_code == 413
    assert answer.json()["error"] == "the body is too large"


async def test_an_unannounced_one_is_cut_off(client: AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1024

    answer = await client.post("/count", content=chunks())
    assert answer.status_code == 413
    assert answer.json()["fix"] == "send less"


async def test_answers_carry_security_headers_unless_a_route_has_its_own(client: AsyncClient) -> None:
    answer = await client.post("/count")
    assert SECURITY_HEADERS.items() <= dict(answer.headers).items()
    assert (await client.get("/page")).headers["cache-control"] == "max-age=60"


async def test_a_fault_of_ours_is_a_plain_500(client: AsyncClient) -> None:
    answer = await client.get("/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["error"] == "internal error"


async def test_unknown_paths_and_methods_answer_json(client: AsyncClient) -> None:
    assert (await client.get("/absent")).json()["error"] == "Not Found"
    answer = await client.get("/count")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
