"""schemathesis over the whole HTTP API, in this process: whatever is sent, what comes is what the description says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import pytest
import schemathesis
from httpx2 import ASGITransport, AsyncClient
from hypothesis import given, seed
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.types import ASGIApp

from dragoman.domain.call import Notice, Role
from dragoman.domain.effects import Caption
from dragoman.domain.speech import Side
from dragoman.languages import languages
from dragoman.observe.metrics import Metrics
from dragoman.ports import LanguageBook
from dragoman.tokens import Tokens
from dragoman.web.api import READERS_PER_CALL, Api
from dragoman.web.health import health_routes
from dragoman.web.operations import API, HEALTH, Door, Operation
from dragoman.web.server import web_app
from tests.fakes.paper_switchboard import PaperSwitchboard
from tests.fuzz.effort import effort
from tests.fuzz.mutations import mutated, torn

pytestmark = pytest.mark.unit

API_TOKEN: Final = "a token of good length"
BEARER: Final = {"Authorization": f"Bearer {API_TOKEN}"}
LIVING: Final = "call-1"
SHIPPED: Final = languages()
BOOK: Final = LanguageBook(offered=SHIPPED[:3], agent=SHIPPED[0], left_out={})
OPERATIONS: Final = (*API, *HEALTH)
BODIES: Final[dict[str, list[dict[str, Any]]]] = {
    "startCall": [{"to": "+34911234567", "language": "es", "agent_language": "en", "agent": "sip:a@b.c"}],
    "changeCall": [
        {"caller_language": "es", "original": {"to_caller": "duck", "to_agent": "off"}, "engine": "auto"},
        {"interpreting": "on", "recording": "off", "barge_in": "stop", "say_again": "caller", "original": "off"},
    ],
}
LIMIT: Final = 64 * 1024

GUARDED: Final = tuple(one for one in OPERATIONS if one.door is not Door.OPEN)
TAKING: Final = tuple(one for one in OPERATIONS if one.takes or "{" in one.path)
"""Those that can be asked wrongly."""

Described = Callable[[Operation], APIOperation[Any, Any, Any, Any]]


def name(one: Operation) -> str:
    return one.name


def switchboard(**more: Any) -> PaperSwitchboard:
    """With one living call, whose captions come to an end, so that a reader of them does too."""
    made = PaperSwitchboard(**more)
    made.add(LIVING)
    made.push(LIVING, Caption("u1", Role.CALLER, Side.SOURCE, "es", "hola", True, 1.0))
    made.end(LIVING)
    return made


def app(of: PaperSwitchboard, token: str | None = API_TOKEN, readers: int = 0) -> ASGIApp:
    tokens = Tokens("a secret of good length", lambda: 1_800_000_000.0)
    api = Api(of, tokens, BOOK, Metrics(), token)
    api._readers[LIVING] = readers
    return web_app([*api.routes(), *health_routes(of)])


def read_from(served: ASGIApp) -> Described:
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", served)
    return lambda one: schema[one.path][one.method]


@pytest.fixture(scope="module")
def described() -> Described:
    """The operations of an open API, as its own description tells of them."""
    return read_from(app(switchboard()))


@pytest.fixture(scope="module")
def shut() -> Described:
    """The same where no token is set."""
    return read_from(app(switchboard(), token=None))


def asked(
    one: Operation, draw: st.DataObject, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode
) -> Case[Any]:
    """A request, of the living call half of the time."""
    case: Case[Any] = draw.draw(operation.as_strategy(generation_mode=mode))
    if "call_id" in (case.path_parameters or {}) and draw.draw(st.booleans()):
        case.path_parameters["call_id"] = LIVING
    return case


@pytest.mark.parametrize("one", OPERATIONS, ids=name)
@seed(1)
@effort(0.25)
@given(data=st.data())
def test_good_requests(one: Operation, described: Described, data: st.DataObject) -> None:
    """What the description cannot say (which languages are offered, what can be dialled) is told by a 400."""
    case = asked(one, data, described(one), GenerationMode.POSITIVE)
    case.call_and_validate(headers=BEARER, excluded_checks=[positive_data_acceptance])


@pytest.mark.parametrize("one", TAKING, ids=name)
@seed(1)
@effort(0.25)
@given(data=st.data())
def test_bad_requests(one: Operation, described: Described, data: st.DataObject) -> None:
    asked(one, data, described(one), GenerationMode.NEGATIVE).call_and_validate(headers=BEARER)


@pytest.mark.parametrize("one", GUARDED, ids=name)
@seed(1)
@effort(0.15)
@given(data=st.data(), given_token=st.sampled_from(["", "Bearer", "Bearer x", f"Basic {API_TOKEN}", "Bearer \xe9"]))
def test_nobody_comes_in_without_a_token(
    one: Operation, described: Described, shut: Described, data: st.DataObject, given_token: str
) -> None:
    case = asked(one, data, described(one), GenerationMode.POSITIVE)
    stays_out = 401 if one.door is Door.TOKEN else 403
    assert case.call_and_validate(headers={"Authorization": given_token}).status_code == stays_out
    case = asked(one, data, shut(one), GenerationMode.POSITIVE)
    assert case.call_and_validate(headers=BEARER).status_code == 403


@pytest.mark.parametrize("one", [one for one in API if one.takes], ids=name)
@effort(1)
@given(data=st.data())
async def test_no_broken_body_is_a_500(one: Operation, data: st.DataObject) -> None:
    """Bodies that no schema would lead to: torn, nested, doubled, of numbers that no float holds."""
    good = tuple(json.dumps(body).encode() for body in BODIES[one.name])
    body = data.draw(mutated(good) | st.sampled_from(good).flatmap(torn) | st.binary(max_size=60))
    async with AsyncClient(transport=ASGITransport(app(switchboard())), base_url="http://t", headers=BEARER) as client:
        answer = await client.request(one.method, one.path.replace("{call_id}", LIVING), content=body)
    assert answer.status_code in {says.status for says in one.says} - {401, 403, 404}


# ---- Each answer that is described does come -------------------------------------------------------------------------

GOOD: Final = {"startCall": {"to": "+34911234567", "language": "es"}, "changeCall": {"recording": "off"}}


@pytest.mark.parametrize(
    ("one", "status"),
    [(one, says.status) for one in OPERATIONS for says in one.says],
    ids=lambda value: str(value)[:40],
)
async def test_each_answer_that_is_described_does_come(one: Operation, status: int) -> None:
    full, refuses = status in (429, 503), "no engine does" if status == 409 else ""
    notice = Notice.TOO_MANY if status == 429 else Notice.BUSY
    served = switchboard(full=full, draining=full, refuses=refuses, notice=notice)
    shut = status == 403 and one.door is Door.TOKEN
    headers = {} if status in (401, 403) and not shut else BEARER
    path = one.path.replace("{call_id}", "other" if status == 404 else LIVING)
    body = {400: b"{", 413: b"x" * (LIMIT + 1)}.get(status, json.dumps(GOOD.get(one.name)).encode())
    readers = READERS_PER_CALL if status == 429 else 0
    transport = ASGITransport(app(served, None if shut else API_TOKEN, readers))
    async with AsyncClient(transport=transport, base_url="http://t") as client:
        answer = await client.request(one.method, path, headers=headers, content=body if one.takes else None)
    assert answer.status_code == status
    (says, *_) = [says for says in one.says if says.status == status]
    assert set(says.headers) <= set(answer.headers)
