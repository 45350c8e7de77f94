"""The table of browser mode's operations: what is served is what is in it, and the description tells it."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from types import ModuleType

import pytest
from starlette.routing import Route

from dragoman.web import direct_api, doorstep, login_api, porch, room_api
from dragoman.web.openapi import described
from dragoman.web.operations import API, HEALTH, Door, Operation
from dragoman.web.room_operations import DIRECT, ROOMS
from tests.fakes.room_desk import PaperKeys, RoomDesk

pytestmark = pytest.mark.unit

PAGE = Path(__file__).parents[2] / "docs" / "browser-protocol.md"
EVERY = (*ROOMS, *DIRECT)
DOCUMENT = described((*API, *HEALTH, *EVERY))


def test_what_is_served_is_in_the_table() -> None:
    desk = RoomDesk(settings={"client_secrets_per_hour": 1}, keys=PaperKeys()).desk
    served = {
        (method, route.path)
        for route in desk.routes
        if isinstance(route, Route) and route.path.startswith("/api/")
        for method in (route.methods or ())
        if method != "HEAD"
    }
    assert served == {(one.method, one.path) for one in EVERY}
    assert desk.operations == EVERY


def test_names_are_unique() -> None:
    names = [one.name for one in (*API, *HEALTH, *EVERY)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)
def test_each_is_described_with_each_of_its_answers(one: Operation) -> None:
    told = DOCUMENT["paths"][one.path][one.method.lower()]
    assert set(told["responses"]) == {str(says.status) for says in one.says}
    assert ("requestBody" in told) == (one.takes is not None)
    assert bool(told["security"]) == (one.door is not Door.OPEN)
    assert "429" in told["responses"]


def given_out(module: ModuleType) -> set[int]:
    """The statuses that stand in the code."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Call)]
    named = [one for one in calls if isinstance(one.func, ast.Name) and one.func.id in ("answer", "turned", "problem")]
    args = [arg.value for one in named for arg in one.args if isinstance(arg, ast.Constant)]
    return {value for value in args if isinstance(value, int)}


@pytest.mark.parametrize("module", [direct_api, login_api, room_api, porch, doorstep])
def test_no_status_is_given_that_no_operation_has(module: ModuleType) -> None:
    found = given_out(module)
    assert found or module is doorstep
    assert found <= {says.status for one in EVERY for says in one.says}


def test_the_page_of_the_protocol_names_each() -> None:
    page = PAGE.read_text(encoding="utf-8")
    missing = [one.path for one in EVERY if one.path.replace("{form}", "{txt,json,srt,vtt}") not in page]
    assert missing == []


def test_the_description_can_be_left_as_it_was() -> None:
    assert "/api/rooms" not in described()["paths"]
