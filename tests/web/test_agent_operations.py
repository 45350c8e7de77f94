"""The table of agents' operations: what is served is what is in it, and the description and the page tell it."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.routing import Route

from dragoman.web import agent_api
from dragoman.web.agent_operations import AGENTS
from dragoman.web.openapi import described
from dragoman.web.operations import API, HEALTH, Door, Operation
from dragoman.web.room_operations import DIRECT, ROOMS
from tests.fakes.room_desk import RoomDesk
from tests.web.test_agent_api import PaperCalls
from tests.web.test_room_operations import given_out

pytestmark = pytest.mark.unit

PAGE = Path(__file__).parents[2] / "docs" / "browser-protocol.md"
DOCUMENT = described((*API, *HEALTH, *ROOMS, *AGENTS))


def test_what_is_served_is_in_the_table() -> None:
    desk = RoomDesk(agents=PaperCalls()).desk
    served = {
        (method, route.path)
        for route in desk.routes
        if isinstance(route, Route) and route.path.startswith("/api/agent/")
        for method in (route.methods or ())
        if method != "HEAD"
    }
    assert served == {(one.method, one.path) for one in AGENTS}
    assert desk.operations == (*ROOMS, *AGENTS)


def test_names_are_unique() -> None:
    names = [one.name for one in (*API, *HEALTH, *ROOMS, *DIRECT, *AGENTS)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("one", AGENTS, ids=lambda one: one.name)
def test_each_is_described_with_each_of_its_answers(one: Operation) -> None:
    told = DOCUMENT["paths"][one.path][one.method.lower()]
    assert set(told["responses"]) == {str(says.status) for says in one.says}
    assert one.door is Door.LOGIN
    assert "429" in told["responses"]


def test_no_status_is_given_that_no_operation_has() -> None:
    assert given_out(agent_api) <= {says.status for one in AGENTS for says in one.says}


def test_the_page_of_the_protocol_names_each() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [one.path for one in AGENTS if one.path not in page] == []
