"""The table of operations: what is served is what is in it."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.routing import BaseRoute, Route

from dragoman.languages import languages
from dragoman.observe.metrics import Metrics
from dragoman.ports import LanguageBook
from dragoman.tokens import Tokens
from dragoman.web.api import Api
from dragoman.web.health import health_routes
from dragoman.web.operations import API, HEALTH, Door, Operation
from tests.fakes.paper_switchboard import PaperSwitchboard

pytestmark = pytest.mark.unit

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
SHIPPED = languages()
BOOK = LanguageBook(offered=SHIPPED[:2], agent=SHIPPED[0], left_out={})


def the_api() -> Api:
    return Api(PaperSwitchboard(), Tokens("x" * 16, lambda: 0.0), BOOK, Metrics(), "a token of good length")


def served(routes: list[BaseRoute]) -> set[tuple[str, str]]:
    assert all(isinstance(route, Route) for route in routes)
    return {
        (method, route.path)
        for route in routes
        if isinstance(route, Route)
        for method in (route.methods or ())
        if method != "HEAD"
    }


def listed(operations: tuple[Operation, ...]) -> set[tuple[str, str]]:
    return {(one.method, one.path) for one in operations}


def test_what_is_served_is_in_the_table() -> None:
    assert served(the_api().routes()) == listed(API)
    assert served(list(health_routes(PaperSwitchboard()))) == listed(HEALTH)


def said_by(endpoint: Callable[..., object]) -> set[int]:
    """The statuses that stand in the code of a door: numbers given to `answer` and `problem`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(endpoint)))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    given = [one for call in calls if ast.unparse(call.func) in ("answer", "problem") for one in call.args]
    return {one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, int)}


@pytest.mark.parametrize("one", API, ids=lambda one: one.name)
def test_no_door_answers_what_is_not_in_the_table(one: Operation) -> None:
    (endpoint,) = [
        route.endpoint
        for route in the_api().routes()
        if isinstance(route, Route) and route.path == one.path and one.method in (route.methods or ())
    ]
    assert said_by(endpoint) <= {says.status for says in one.says}


def test_statuses_are_found_in_the_code() -> None:
    assert said_by(the_api()._start) == {201, 400, 429, 503}


def test_names_are_unique() -> None:
    names = [one.name for one in (*API, *HEALTH)]
    assert len(set(names)) == len(names)


def test_whoever_has_a_door_says_who_stays_outside() -> None:
    for one in (*API, *HEALTH):
        statuses = {says.status for says in one.says}
        assert ({401, 403} <= statuses) == (one.door is Door.TOKEN)
        assert (403 in statuses) == (one.door is not Door.OPEN)
        assert ("{call_id}" in one.path) <= (404 in statuses)
        assert (one.takes is not None) == ({400, 413} <= statuses)


@pytest.mark.parametrize("one", [*API, *HEALTH], ids=lambda one: one.name)
def test_each_is_in_the_documentation_with_what_it_answers(one: Operation) -> None:
    path = one.path.replace("{call_id}", "{id}")
    rows = [row for row in PAGE.read_text(encoding="utf-8").splitlines() if row.startswith("|")]
    (row,) = [row for row in rows if re.search(rf"`{one.method} {re.escape(path)}(\?|`)", row)]
    own = {str(says.status) for says in one.answers} - {"200"}
    assert [status for status in own if status not in row] == []
