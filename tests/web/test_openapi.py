"""The description of the API: whole, true to the table, and resolvable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from httpx2 import ASGITransport, AsyncClient

from dragoman.languages import languages
from dragoman.observe.metrics import Metrics
from dragoman.ports import LanguageBook
from dragoman.tokens import Tokens
from dragoman.web.api import Api
from dragoman.web.openapi import described
from dragoman.web.operations import API, HEALTH, Door, Operation, Says
from dragoman.web.server import web_app
from tests.fakes.paper_switchboard import PaperSwitchboard

pytestmark = pytest.mark.unit

SHIPPED = languages()
DOCUMENT = described()


def references(value: object) -> Iterator[str]:
    match value:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for inner in value.values():
                yield from references(inner)
        case list():
            for inner in value:
                yield from references(inner)
        case _:
            pass


@pytest.mark.parametrize("one", [*API, *HEALTH], ids=lambda one: one.name)
def test_each_operation_and_each_of_its_answers_is_described(one: Operation) -> None:
    told = DOCUMENT["paths"][one.path][one.method.lower()]
    assert told["operationId"] == one.name
    assert set(told["responses"]) == {str(says.status) for says in one.says}
    assert ("requestBody" in told) == (one.takes is not None)
    assert bool(told["security"]) == (one.door is not Door.OPEN)


def test_nothing_else_is_described() -> None:
    told = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert told == {(one.method, one.path) for one in (*API, *HEALTH)}


def test_whatever_is_referred_to_is_there() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert {reference.removeprefix("#/components/schemas/") for reference in references(DOCUMENT)} <= set(schemas)
    assert {"Wanted", "ChangeBody", "Shown", "Problem", "Caption"} <= set(schemas)
    assert schemas["Wanted"]["required"] == ["to", "language"]
    assert schemas["Wanted"]["additionalProperties"] is False


def test_answers_that_share_a_status_are_told_together() -> None:
    class Body(msgspec.Struct):
        pass

    one = Operation("x", "GET", "/x", "", (Says(200, "this", Body), Says(200, "that", Body)), door=Door.OPEN)
    (answers,) = described([one])["paths"]["/x"].values()
    assert answers["responses"]["200"]["description"] == "this; or that"


def test_the_captions_token_is_told_once() -> None:
    captions: dict[str, Any] = DOCUMENT["paths"]["/api/calls/{call_id}/captions"]["get"]
    assert [one["name"] for one in captions["parameters"]] == ["call_id", "last-event-id"]
    assert captions["security"] == [{"apiToken": []}, {"captionsToken": []}]


@pytest.mark.parametrize("token", ["a token of good length", None])
async def test_it_is_open_even_where_the_api_is_shut(token: str | None) -> None:
    book = LanguageBook(offered=SHIPPED[:2], agent=SHIPPED[0], left_out={})
    app = web_app(Api(PaperSwitchboard(), Tokens("x" * 16, lambda: 0.0), book, Metrics(), token).routes())
    async with AsyncClient(transport=ASGITransport(app), base_url="http://t") as client:
        answer = await client.get("/api/openapi.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == json.loads(json.dumps(DOCUMENT))
