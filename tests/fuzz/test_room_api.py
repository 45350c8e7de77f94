"""schemathesis over browser mode's HTTP API, in this process: whatever is sent, what comes is what is described."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import given, seed
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance, unsupported_method
from starlette.types import ASGIApp

from dragoman.domain.room import RoomWanted
from dragoman.languages import languages
from dragoman.observe.metrics import Metrics
from dragoman.ports import LanguageBook
from dragoman.tokens import Tokens
from dragoman.web.api import Api
from dragoman.web.operations import Door, Operation
from dragoman.web.room_operations import DIRECT, ROOMS
from dragoman.web.server import web_app
from tests.fakes.paper_rooms import ENGLISH
from tests.fakes.paper_switchboard import PaperSwitchboard
from tests.fakes.room_desk import API_TOKEN, BEARER, OURS, SECRET, PaperKeys, RoomDesk
from tests.fuzz.effort import effort

pytestmark = pytest.mark.unit

OPERATIONS: Final = (*ROOMS, *DIRECT)
TAKING: Final = tuple(one for one in OPERATIONS if one.takes or "{" in one.path)
SHIPPED: Final = languages()
MANY: Final = {
    "requests_per_minute": 10_000,
    "logins_per_minute": 1000,
    "rooms_per_address": 1000,
    "client_secrets_per_hour": 1000,
    "room_parties": 50,
}
ROOM: Final = "room1"
UNASKED: Final = (ignored_auth, unsupported_method)
"""The first takes one way in away and leaves the other; the second asks a path that two operations share. Both are
tried in tests/doors/test_rooms.py and tests/web."""


def desk() -> RoomDesk:
    """With one room, in which one sits."""
    made = RoomDesk(settings=MANY, keys=PaperKeys())
    made.rooms.open(RoomWanted())
    made.rooms.seat(ROOM, "Ana", ENGLISH)
    return made


def app(of: RoomDesk) -> ASGIApp:
    book = LanguageBook(offered=SHIPPED[:2], agent=SHIPPED[0], left_out={})
    tokens = Tokens(SECRET, lambda: 0.0)
    api = Api(PaperSwitchboard(), tokens, book, Metrics(), API_TOKEN, described_too=of.desk.operations)
    return web_app([*api.routes(), *of.desk.routes])


Described = Callable[[Operation], APIOperation[Any, Any, Any, Any]]


@pytest.fixture(scope="module")
def described() -> Described:
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app(desk()))
    return lambda one: schema[one.path][one.method]


def shown(one: Operation) -> dict[str, str]:
    """What opens this door."""
    tokens = RoomDesk().tokens
    match one.door:
        case Door.KEY:
            return {"authorization": f"Bearer {tokens.room_key(ROOM)}"}
        case Door.SEAT:
            return {"authorization": f"Bearer {tokens.seat(ROOM, 'seat1', 600.0)}"}
        case _:
            return BEARER | OURS


def asked(draw: st.DataObject, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode) -> Any:
    """A request, of the living room half of the time."""
    case: Any = draw.draw(operation.as_strategy(generation_mode=mode))
    if "room" in (case.path_parameters or {}) and draw.draw(st.booleans()):
        case.path_parameters["room"] = ROOM
    return case


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.name)
@seed(1)
@effort(0.1)
@given(data=st.data())
def test_good_requests(one: Operation, described: Described, data: st.DataObject) -> None:
    """What the description cannot say (languages, keys, tokens) is told by a 400, 401 or 403."""
    case = asked(data, described(one), GenerationMode.POSITIVE)
    case.call_and_validate(headers=shown(one), excluded_checks=[positive_data_acceptance, *UNASKED])


@pytest.mark.parametrize("one", TAKING, ids=lambda one: one.name)
@seed(1)
@effort(0.1)
@given(data=st.data())
def test_bad_requests(one: Operation, described: Described, data: st.DataObject) -> None:
    case = asked(data, described(one), GenerationMode.NEGATIVE)
    case.call_and_validate(headers=shown(one), excluded_checks=[*UNASKED])
