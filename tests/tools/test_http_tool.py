"""An operator's endpoint, called for a model: what is sent, what comes back, and whom it never asks."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from dragoman.domain.persona import HttpCall, HttpMethod
from dragoman.domain.tools import ToolResult
from dragoman.tools.http_tool import NO_PARAMETERS, HttpTool, Misfit, endpoint_of
from dragoman.tools.results import RESULT_MAX_BYTES, ToolError
from dragoman.web.server import WebServer
from tests.fakes.personas import facts

pytestmark = pytest.mark.pair

ORDER: Mapping[str, Any] = {
    "type": "object",
    "properties": {"order": {"type": "string"}, "pieces": {"type": "integer"}},
    "required": ["order"],
    "additionalProperties": False,
}
ENV = {"SHOP_TOKEN": "t-1"}


class Shop:
    """The operator's server. `answer` is what it says next; `asked` what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.bodies: list[bytes] = []
        self.answer: Response = PlainTextResponse("Sent yesterday.")
        self.go = asyncio.Event()
        self.go.set()
        self._server = WebServer([Route("/{path:path}", self._take, methods=["GET", "POST"])], {})

    async def _take(self, request: Request) -> Response:
        self.asked.append(request)
        self.bodies.append(await request.body())
        await self.go.wait()
        return self.answer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    async def call(self, arguments: object, path: str = "/orders", timeout_s: float = 5, **call: Any) -> ToolResult:
        endpoint = endpoint_of(HttpCall(self.url + path, **call), ORDER, ENV)
        tool = HttpTool(endpoint, timeout_s)
        try:
            return await tool.call(arguments if isinstance(arguments, str) else json.dumps(arguments), facts("ja"))
        finally:
            await tool.aclose()


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    made = Shop()
    async with made._server.listening():
        yield made


async def test_posts_the_arguments_as_json(shop: Shop) -> None:
    headers = {"Authorization": "Bearer ${SHOP_TOKEN}", "X-Shop": "1"}
    assert await shop.call({"order": "A 7", "pieces": 2}, headers=headers) == ToolResult(*("Sent yesterday.",) * 2)
    (asked,), (body,) = shop.asked, shop.bodies
    assert (asked.method, asked.url.path, json.loads(body)) == ("POST", "/orders", {"order": "A 7", "pieces": 2})
    assert (asked.headers["authorization"], asked.headers["x-shop"]) == ("Bearer t-1", "1")
    assert (asked.headers["accept-language"], asked.headers["dragoman-call"]) == ("ja", "call-1")
    assert "+81" not in str(asked.headers.items())


async def test_gets_with_arguments_in_path_and_query(shop: Shop) -> None:
    await shop.call({"order": "../ä?b", "pieces": 2}, "/orders/{order}/state?v=1", method=HttpMethod.GET)
    (asked,) = shop.asked
    assert asked.scope["raw_path"] == b"/orders/..%2F%C3%A4%3Fb/state"
    assert dict(asked.query_params) == {"v": "1", "pieces": "2"}


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (
            JSONResponse({"state": "sent", "say": "発送済みです"}),
            ToolResult('{"state":"sent","say":"発送済みです"}', "発送済みです"),
        ),
        (JSONResponse("Sent."), ToolResult("Sent.", "Sent.")),
        (Response(b'{"a":1}', media_type="application/problem+json"), ToolResult('{"a":1}')),
        (Response(status_code=204), ToolResult("done")),
    ],
)
async def test_answers_of_all_kinds(shop: Shop, answer: Response, result: ToolResult) -> None:
    shop.answer = answer
    assert await shop.call({"order": "7"}) == result


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 4096
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (PlainTextResponse("no", 404), "answered with status 404"),
        (RedirectResponse("http://127.0.0.1:1/elsewhere"), "answered with status 307"),
        (PlainTextResponse("x" * (RESULT_MAX_BYTES + 1)), "sent more than 65536 bytes"),
        (StreamingResponse(endless()), "sent more than 65536 bytes"),
        (Response(gzip.compress(b"x" * 10_000_000), headers={"content-encoding": "gzip"}), "a compressed answer"),
        (Response(b"{", media_type="application/json"), "sent broken JSON"),
        (Response(b"[" * 60_000, media_type="application/json"), "sent broken JSON"),
        (Response(b"\xff", media_type="text/plain"), "sent what is not text"),
    ],
)
async def test_bad_answers_are_told(shop: Shop, answer: Response, said: str) -> None:
    shop.answer = answer
    with pytest.raises(ToolError, match=said):
        await shop.call({"order": "7"})


async def test_a_server_that_does_not_answer(shop: Shop) -> None:
    shop.go.clear()
    with pytest.raises(ToolError, match="did not answer: ReadTimeout"):
        await shop.call({"order": "7"}, timeout_s=0.05)
    shop.go.set()
    tool = HttpTool(endpoint_of(HttpCall("http://127.0.0.1:1/"), NO_PARAMETERS, {}), 5)
    with pytest.raises(ToolError, match="did not answer: ConnectError"):
        await tool.call("", facts())
    await tool.aclose()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, 'the arguments do not fit: "order" is a required property'),
        ({"order": 7}, "is not of type"),
        ({"order": "7", "pieces": "two"}, "in pieces"),
        ({"order": "7", "x": 1}, "Additional properties"),
        ([], "is not of type"),
        ("{", "the arguments are not JSON"),
        ("[" * 100_000, "the arguments are not JSON"),
    ],
)
async def test_arguments_are_checked_before_anybody_is_asked(shop: Shop, arguments: object, said: str) -> None:
    with pytest.raises(ToolError, match=said):
        await shop.call(arguments)
    assert shop.asked == []


@pytest.mark.parametrize("order", ["", ".", ".."])
async def test_an_argument_does_not_climb_in_the_path(shop: Shop, order: str) -> None:
    with pytest.raises(ToolError, match="order is empty or names a folder"):
        await shop.call({"order": order}, "/orders/{order}/state")
    assert shop.asked == []


@pytest.mark.parametrize(
    ("call", "key", "said"),
    [
        (HttpCall("shop.example"), "url", "is to be like"),
        (HttpCall("ftp://shop.example"), "url", "is to be like"),
        (HttpCall("http://shop.example/x"), "url", "is to begin with https"),
        (HttpCall("https://me:pw@shop.example/x"), "url", "is not to contain a user"),
        (HttpCall("https://{order}.example/x"), "url", "in its path only"),
        (HttpCall("https://shop.example/x?o={order}"), "url", "in its path only"),
        (HttpCall("https://shop.example/x#y"), "url", "no fragment"),
        (HttpCall("https://shop.example/o-{order}"), "url", "as a whole segment"),
        (HttpCall("https://shop.example/{colour}"), "url", "which is none of the parameters"),
        (HttpCall("https://shop.example", headers={"a b": "x"}), "headers", "is not a header's name"),
        (HttpCall("https://shop.example", headers={"X-Api-Key": "k"}), "headers", "take the secret from the env"),
        (HttpCall("https://shop.example", headers={"A": "${NONE}"}), "headers", "NONE is not set"),
        (HttpCall("https://shop.example", headers={"A": "${BAD}"}), "headers", "printable ASCII only"),
    ],
)
def test_plans_that_cannot_be_used(call: HttpCall, key: str, said: str) -> None:
    with pytest.raises(Misfit, match=said) as caught:
        endpoint_of(call, ORDER, {"BAD": "a\nb"})
    assert caught.value.key == key


@pytest.mark.parametrize(
    "schema",
    [{}, {"type": "array"}, {"type": "object", "properties": 3}, {"type": "object", "$ref": "https://x.example/s"}],
)
def test_parameters_that_are_no_schema(schema: dict[str, object]) -> None:
    with pytest.raises(Misfit) as caught:
        endpoint_of(HttpCall("https://shop.example"), schema, {})
    assert caught.value.key == "parameters"
