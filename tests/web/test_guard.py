"""What stands before every route."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from httpx2 import ASGITransport, AsyncClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message

from dragoman.web.guard import BODY_MAX_BYTES, NO_DOOR, SECURITY_HEADERS, content_policy
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


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/page", 200), ("GET", "/absent", 404), ("PUT", "/count", 405), ("GET", "/broken", 500)],
)
async def test_errors_carry_them_too(client: AsyncClient, method: str, path: str, status: int) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert SECURITY_HEADERS.keys() <= dict(answer.headers).keys()
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_an_oversized_body_s_answer_does_as_well(client: AsyncClient) -> None:
    answer = await client.post("/count", content=b"", headers={"content-length": "9" * 10})
    assert SECURITY_HEADERS.items() <= dict(answer.headers).items()


async def test_a_header_that_a_route_leaves_empty_is_not_sent() -> None:
    async def framed(_request: Request) -> Response:
        policy = content_policy("https://flex.twilio.com")
        return PlainTextResponse("x", headers={"x-frame-options": "", "content-security-policy": policy})

    app = web_app([Route("/framed", framed)])
    async with AsyncClient(transport=ASGITransport(app), base_url="http://t") as client:
        answer = await client.get("/framed")
    assert "x-frame-options" not in answer.headers
    assert answer.headers["content-security-policy"].endswith("frame-ancestors https://flex.twilio.com")


async def test_refusals_are_counted_by_door_and_no_path_makes_a_new_one() -> None:
    async def no(_request: Request) -> Response:
        return PlainTextResponse("no", 403)

    told: list[str] = []
    app = web_app([Route("/leg", no), Route("/api/calls/{call}", no), Route("/page", _page)], told.append)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://t") as client:
        for path in ("/leg?x=1", "/api/calls/7", "/page", "/absent"):
            await client.get(path)
        await client.post("/evil-1", headers={"content-length": "9" * 10})
    assert told == ["/leg", "/api", NO_DOOR]


async def test_a_body_with_two_lengths_is_refused(client: AsyncClient) -> None:
    headers = {"content-length": "3", "transfer-encoding": "chunked"}
    answer = await client.post("/count", content=b"abc", headers=headers)
    assert (answer.status_code, answer.headers["connection"]) == (400, "close")
    assert answer.json()["error"] == "the body has two lengths"


async def test_who_leaves_before_the_body_is_whole_is_no_fault_of_ours() -> None:
    """Not even a traceback, which anybody could then fill the log with."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/count", "headers": [], "query_string": b""}
    await web_app([Route("/count", _count, methods=["POST"])])(scope, receive, send)
    assert sent[0]["status"] == 400


async def test_a_fault_of_ours_is_a_plain_500(client: AsyncClient) -> None:
    answer = await client.get("/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["error"] == "internal error"


async def test_unknown_paths_and_methods_answer_json(client: AsyncClient) -> None:
    assert (await client.get("/absent")).json()["error"] == "Not Found"
    answer = await client.get("/count")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
