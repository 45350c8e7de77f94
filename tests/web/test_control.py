"""The one door through which a living call is changed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator

import msgspec
import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.call import Role
from dragoman.domain.control import Change
from dragoman.domain.ear import OriginalMode
from dragoman.domain.manner import BargeIn, Interpreting
from dragoman.errors import Refused
from dragoman.languages import languages
from dragoman.observe.metrics import Metrics
from dragoman.ports import LanguageBook
from dragoman.tokens import Tokens
from dragoman.web.api import Api
from dragoman.web.control import read_change, view
from dragoman.web.server import web_app
from tests.fakes import paper_switchboard
from tests.fakes.paper_switchboard import PaperSwitchboard

pytestmark = pytest.mark.unit

API_TOKEN = "a token of good length"
TOKENS = Tokens("a secret of good length", lambda: 1_800_000_000.0)
SHIPPED = languages()
BOOK = LanguageBook(offered=SHIPPED[:2], agent=SHIPPED[0], left_out={})
ENGLISH, SPANISH = SHIPPED[:2]


@contextlib.asynccontextmanager
async def client(switchboard: PaperSwitchboard, token: str = API_TOKEN) -> AsyncIterator[AsyncClient]:
    app = web_app(Api(switchboard, TOKENS, BOOK, Metrics(), API_TOKEN).routes())
    headers = {"authorization": f"Bearer {token}"}
    async with AsyncClient(transport=ASGITransport(app), base_url="http://t", headers=headers) as made:
        yield made


async def patch(switchboard: PaperSwitchboard, body: bytes, call_id: str = "call-1") -> Response:
    switchboard.add("call-1")
    async with client(switchboard) as api:
        return await api.patch(f"/api/calls/{call_id}", content=body)


def read(**wanted: object) -> Change:
    return read_change(json.dumps(wanted).encode(), BOOK)


@pytest.mark.parametrize(
    ("wanted", "change"),
    [
        ({"caller_language": "es"}, Change(caller_language=SPANISH)),
        ({"agent_language": "Spanish"}, Change(agent_language=SPANISH)),
        (
            {"original": "duck"},
            Change(original_to_caller=OriginalMode.DUCK, original_to_agent=OriginalMode.DUCK),
        ),
        ({"original": {"to_caller": "full"}}, Change(original_to_caller=OriginalMode.FULL)),
        ({"original": {"to_agent": "off"}}, Change(original_to_agent=OriginalMode.OFF)),
        ({"engine": "conversation"}, Change(engine="conversation")),
        ({"engine": "auto"}, Change(engine="")),
        ({"interpreting": "captions-only"}, Change(interpreting=Interpreting.CAPTIONS_ONLY)),
        ({"interpreting": "to_agent"}, Change(interpreting=Interpreting.TO_AGENT)),
        ({"recording": "on"}, Change(recording=True)),
        ({"recording": "off"}, Change(recording=False)),
        ({"barge_in": "let-finish"}, Change(barge_in=BargeIn.LET_FINISH)),
        ({"say_again": "agent"}, Change(say_again=Role.AGENT)),
        (
            {"caller_language": "en", "recording": "off", "barge_in": "duck"},
            Change(caller_language=ENGLISH, recording=False, barge_in=BargeIn.DUCK),
        ),
    ],
)
def test_what_can_be_asked_for(wanted: dict[str, object], change: Change) -> None:
    assert read(**wanted) == change


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "truncated"),
        (b"{}", "nothing is asked for"),
        (b'{"original": {}}', "nothing is asked for"),
        (b"[]", "Expected `object`"),
        (b"null", "Expected `object`"),
        (b'{"barge_in": "stop"', "truncated"),
        (b'{"barge-in": "stop"}', "unknown field `barge-in`"),
        (b'{"original": {"to_the_caller": "off"}}', "unknown field `to_the_caller`"),
        (b'{"barge_in": "cut"}', "`$.barge_in`"),
        (b'{"barge_in": null}', "`$.barge_in`"),
        (b'{"original": 1}', "`$.original`"),
        (b'{"original": {"to_caller": "loud"}}', "`$.original.to_caller`"),
        (b'{"recording": true}', "`$.recording`"),
        (b'{"interpreting": "one-way"}', "`$.interpreting`"),
        (b'{"say_again": "assistant"}', "`$.say_again`"),
        (b'{"engine": ""}', "`$.engine`"),
        (b'{"engine": "My Engine"}', "`$.engine`"),
        (b'{"caller_language": ""}', "`$.caller_language`"),
        (b'{"caller_language": "fr"}', "`caller_language` is not a language offered here"),
        (b'{"caller_language": "es", "agent_language": "xx"}', "`agent_language` is not a language offered here"),
        (b'{"barge_in": "stop", "caller_language": "\xff"}', "UTF-8"),
    ],
)
async def test_a_broken_wish_is_explained_and_changes_nothing(body: bytes, said: str) -> None:
    switchboard = PaperSwitchboard()
    answer = await patch(switchboard, body)
    assert answer.status_code == 400
    assert said.lower() in answer.json()["error"].lower()
    assert "let-finish" in answer.json()["fix"]
    assert "languages offered are en, es" in answer.json()["fix"]
    assert switchboard.changed == []


async def test_the_answer_is_the_call_as_it_now_is() -> None:
    switchboard = PaperSwitchboard()
    answer = await patch(switchboard, b'{"barge_in": "stop"}')
    assert answer.status_code == 200
    assert switchboard.changed == [("call-1", Change(barge_in=BargeIn.STOP))]
    assert answer.json()["barge_in"] == "stop"
    async with client(switchboard) as api:
        assert (await api.get("/api/calls/call-1")).json() == answer.json()


async def test_a_refusal_by_the_call_is_a_conflict() -> None:
    answer = await patch(PaperSwitchboard(refuses="the call is over"), b'{"barge_in": "stop"}')
    assert answer.status_code == 409
    assert answer.json()["error"] == "the call is over"
    assert "nothing was changed" in answer.json()["fix"]


async def test_no_such_call() -> None:
    answer = await patch(PaperSwitchboard(), b"", call_id="another")
    assert answer.status_code == 404


async def test_nobody_changes_a_call_without_the_token() -> None:
    switchboard = PaperSwitchboard()
    switchboard.add("call-1")
    async with client(switchboard, token="another token") as api:
        answer = await api.patch("/api/calls/call-1", content=b'{"recording": "off"}')
    assert answer.status_code == 401
    assert switchboard.changed == []


def test_what_a_view_shows_can_be_sent_back() -> None:
    shown = msgspec.to_builtins(view(paper_switchboard.view("call-1")))
    wanted = {key: shown[key] for key in ("original", "engine", "interpreting", "recording", "barge_in")}
    assert read(**wanted) == Change(
        original_to_caller=OriginalMode.OFF,
        original_to_agent=OriginalMode.OFF,
        engine="",
        interpreting=Interpreting.ON,
        barge_in=BargeIn.LET_FINISH,
        recording=True,
    )


WORDS = st.sampled_from(["on", "off", "duck", "full", "auto", "stop", "es", "caller", "to_caller", ""]) | st.text()
FIELDS = st.sampled_from(
    ["caller_language", "original", "engine", "interpreting", "recording", "barge_in", "say_again"]
)


@given(st.binary(max_size=200) | st.dictionaries(FIELDS, WORDS).map(lambda wish: json.dumps(wish).encode()))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(Refused):
        assert read_change(body, BOOK)
