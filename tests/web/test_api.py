"""The API: who may, what is taken, what is answered."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from hypothesis import given
from hypothesis import strategies as st

from dragoman.assistant_ports import Answered
from dragoman.domain.call import AgentRoute, AgentVia, EndAsked, Notice, Role
from dragoman.domain.effects import Caption
from dragoman.domain.language import LanguageTag
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.speech import Side
from dragoman.languages import languages
from dragoman.observe.metrics import Metrics
from dragoman.ports import LanguageBook
from dragoman.tokens import Tokens
from dragoman.web.api import READERS_PER_CALL, Api
from dragoman.web.server import WebServer, web_app
from tests.fakes.paper_answered import PaperAnswered
from tests.fakes.paper_switchboard import PaperSwitchboard

pytestmark = pytest.mark.unit

API_TOKEN = "a token of good length"
BEARER = {"authorization": f"Bearer {API_TOKEN}"}
TOKENS = Tokens("a secret of good length", lambda: 1_800_000_000.0)
SHIPPED = languages()
BOOK = LanguageBook(offered=SHIPPED[:2], agent=SHIPPED[0], left_out={})


@contextlib.asynccontextmanager
async def client(
    switchboard: PaperSwitchboard, token: str | None = API_TOKEN, answered: Answered | None = None
) -> AsyncIterator[AsyncClient]:
    app = web_app(Api(switchboard, TOKENS, BOOK, Metrics(), token, answered=answered).routes())
    async with AsyncClient(transport=ASGITransport(app), base_url="http://t", headers=BEARER) as made:
        yield made


async def post(switchboard: PaperSwitchboard, body: object) -> Response:
    async with client(switchboard) as api:
        return await api.post("/api/calls", json=body)


async def test_starts_a_call() -> None:
    switchboard = PaperSwitchboard()
    answer = await post(switchboard, {"to": "+34 911 23 45 67", "language": "es", "agent": "sip:ann@example.com"})
    assert answer.status_code == 201
    assert answer.headers["location"] == "/api/calls/call-1"
    (wanted,) = switchboard.originated
    assert (wanted.to, wanted.language.tag, wanted.agent_language) == ("+34911234567", "es", None)
    assert wanted.route == AgentRoute(AgentVia.DIRECT, "sip:ann@example.com")
    token = answer.json()["captions"].partition("token=")[2]
    TOKENS.open_panel(token, "call-1")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"language": "es"}, "missing required field `to`"),
        ({"to": "+34911234567"}, "missing required field `language`"),
        ({"to": "+34911234567", "language": "es", "langauge": "x"}, "unknown field `langauge`"),
        ({"to": "+34911234567", "language": "xx"}, "the language is not offered"),
        ({"to": "+34911234567", "language": "fr"}, "the language is not offered"),
        ({"to": "+34911234567", "language": "es", "agent_language": "ja"}, "the language is not offered"),
        ({"to": "911234567", "language": "es"}, "`to` is not a number that can be dialled"),
        ({"to": "+1", "language": "es"}, "`to` is not a number that can be dialled"),
        ({"to": "", "language": "es"}, "length >= 1"),
        ({"to": "sip:a b", "language": "es"}, "`to` is not a number that can be dialled"),
        ({"to": 'client:"><Play>', "language": "es"}, "`to` is not a number that can be dialled"),
        ({"to": "client:a/b", "language": "es"}, "`to` is not a number that can be dialled"),
        ({"to": "+34911234567", "language": "es", "agent": "sip:no-host"}, "`agent` is not a number"),
        ({"to": "+34911234567", "language": "es", "agent": "nobody"}, "`agent` is not a number"),
        ({"to": 34911234567, "language": "es"}, "Expected `str`"),
        ([], "Expected `object`"),
    ],
)
async def test_bad_wishes_are_explained_and_start_nothing(body: object, error: str) -> None:
    switchboard = PaperSwitchboard()
    answer = await post(switchboard, body)
    assert answer.status_code == 400
    assert error in answer.json()["error"]
    assert answer.json()["fix"]
    assert switchboard.originated == []


async def test_when_full_it_says_when_to_come_back() -> None:
    answer = await post(PaperSwitchboard(full=True), {"to": "+34911234567", "language": "es"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert answer.json()["error"] == "all lines are busy"
    answer = await post(PaperSwitchboard(full=True, notice=None), {"to": "+34911234567", "language": "es"})
    assert (answer.status_code, "retry-after" in answer.headers) == (400, False), "it would be refused for ever"
    switchboard = PaperSwitchboard(full=True, notice=Notice.TOO_MANY)
    answer = await post(switchboard, {"to": "+34911234567", "language": "es"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


async def test_shows_calls() -> None:
    switchboard = PaperSwitchboard()
    switchboard.add("call-1")
    async with client(switchboard) as api:
        listed = (await api.get("/api/calls")).json()["calls"]
        assert listed == [(await api.get("/api/calls/call-1")).json()]
        assert listed[0] == {
            "call_id": "call-1",
            "kind": "interpreted",
            "state": "talking",
            "caller_language": "es",
            "agent_language": "en",
            "engines": ["echo", "echo"],
            "engine": "auto",
            "original": {"to_caller": "off", "to_agent": "off"},
            "interpreting": "on",
            "recording": "on",
            "barge_in": "let-finish",
            "age_s": 12.346,
            "outcome": None,
        }
        assert (await api.get("/api/calls/other")).status_code == 404


async def test_calls_that_an_assistant_answers_are_calls() -> None:
    switchboard, answered = PaperSwitchboard(), PaperAnswered()
    switchboard.add("call-1")
    answered.add("call-2")
    answered.said["call-2"] = [Caption("a1", Role.CALLER, Side.TARGET, LanguageTag("ja"), "はい。", True, 0.3)]
    async with client(switchboard, answered=answered) as api:
        listed = (await api.get("/api/calls")).json()["calls"]
        assert [(one["call_id"], one["kind"]) for one in listed] == [("call-1", "interpreted"), ("call-2", "assistant")]
        assert (await api.get("/api/calls/call-2")).json() == listed[1]
        told = (await api.get("/api/calls/call-2/captions")).text
        assert "はい。" in told
        assert told.endswith("event: end\ndata: {}\n\n")
        changed = await api.patch("/api/calls/call-2", json={"barge_in": "clear"})
        assert (changed.status_code, changed.json()["error"][:12]) == (409, "an assistant")
        assert (await api.post("/api/calls/call-2/hangup")).status_code == 202
        assert (await api.get("/api/calls/call-2")).status_code == 404
    assert answered.ended == [("call-2", Outcome(Result.US, "ended by the api"))]


async def test_hangs_up() -> None:
    switchboard = PaperSwitchboard()
    switchboard.add("call-1")
    async with client(switchboard) as api:
        assert (await api.post("/api/calls/call-1/hangup")).status_code == 202
        assert (await api.post("/api/calls/other/hangup")).status_code == 404
    assert switchboard.told[0] == ("call-1", EndAsked(Outcome(Result.US, "ended by the api")))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/calls"),
        ("GET", "/api/calls"),
        ("GET", "/api/calls/call-1"),
        ("PATCH", "/api/calls/call-1"),
        ("POST", "/api/calls/call-1/hangup"),
        ("GET", "/metrics"),
    ],
)
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {API_TOKEN}", API_TOKEN, "Bearer é"])
async def test_nothing_opens_without_the_token(method: str, path: str, header: str) -> None:
    switchboard = PaperSwitchboard()
    switchboard.add("call-1")
    body = {"to": "+34911234567", "language": "es"}
    async with client(switchboard) as api:
        headers = {b"authorization": header.encode("latin-1")}
        answer = await api.request(method, path, headers=headers, json=body if method == "POST" else None)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert switchboard.originated == []
    assert switchboard.told == []


async def test_without_a_token_set_the_api_is_shut() -> None:
    async with client(PaperSwitchboard(), token=None) as api:
        answer = await api.get("/api/calls")
    assert answer.status_code == 403
    assert "DRAGOMAN_API_TOKEN" in answer.json()["fix"]


async def test_metrics_are_the_prometheus_text() -> None:
    async with client(PaperSwitchboard()) as api:
        answer = await api.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "dragoman_calls_living 0.0" in answer.text


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
async def test_no_body_is_a_500(body: bytes) -> None:
    async with client(PaperSwitchboard()) as api:
        assert (await api.post("/api/calls", content=body)).status_code == 400


@given(st.fixed_dictionaries({"to": st.text(max_size=300), "language": st.text(max_size=20)}))
async def test_no_wish_is_a_500(wish: dict[str, str]) -> None:
    assert (await post(PaperSwitchboard(), wish)).status_code in (201, 400)


@given(st.text(max_size=50), st.text(max_size=50))
async def test_no_address_is_a_500(call_id: str, token: str) -> None:
    path = f"/api/calls/{quote(call_id, safe='', errors='replace')}/captions"
    async with client(PaperSwitchboard(), token=None) as api:
        answer = await api.get(path, params={"token": token})
        assert answer.status_code in (403, 404)


async def test_a_call_s_captions_may_be_framed_by_flex_only_and_have_so_many_readers() -> None:
    switchboard = PaperSwitchboard()
    switchboard.add("call-1")
    routes = Api(switchboard, TOKENS, BOOK, Metrics(), API_TOKEN, frame_ancestors="https://flex.example").routes()
    server = WebServer(routes, {})
    path = f"http://127.0.0.1:{server.port}/api/calls/call-1/captions?token={TOKENS.panel('call-1')}"
    async with server.listening(), asyncio.timeout(15), AsyncClient(trust_env=False) as http:
        async with contextlib.AsyncExitStack() as stack:
            readers = [await stack.enter_async_context(http.stream("GET", path)) for _ in range(READERS_PER_CALL)]
            assert {reader.status_code for reader in readers} == {200}
            answer = readers[0]
            policy = answer.headers["content-security-policy"]
            assert policy == "default-src 'none'; frame-ancestors https://flex.example"
            assert "x-frame-options" not in answer.headers
            one_more = await http.get(path)
            assert (one_more.status_code, one_more.json()["error"]) == (429, "too many readers of this call")
            assert "frame-ancestors 'none'" in one_more.headers["content-security-policy"]
        await switchboard.left.wait()
        async with http.stream("GET", path) as answer:
            assert answer.status_code == 200
