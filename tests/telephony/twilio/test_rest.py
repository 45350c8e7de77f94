"""Requests to Twilio's REST API: what is repeated, what is not, and what is said about it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import parse_qsl

import httpx2
import pytest

from dragoman.errors import UpstreamError
from dragoman.telephony.twilio.rest import ATTEMPTS, MEANINGS, Rest
from dragoman.telephony.twilio.taskrouter import Task
from tests.fakes.twilio_desk import ACCOUNT, SUBACCOUNT, VirtualTime, twilio_settings

pytestmark = pytest.mark.unit

Answers = Callable[[httpx2.Request], httpx2.Response]


class Api:
    """Answers one after the other; the last one stays."""

    def __init__(self, *answers: httpx2.Response | Exception, **settings: object) -> None:
        self.answers = list(answers)
        self.requests: list[httpx2.Request] = []
        self.time = VirtualTime()
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(self._answer))
        self.rest = Rest(twilio_settings(**settings), http, sleep=self.time.sleep)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def error(status: int, code: int = 0, **headers: str) -> httpx2.Response:
    body = {"code": code, "message": "The number +34600000001 is bad", "status": status} if code else None
    return httpx2.Response(status, json=body, headers=headers) if body else httpx2.Response(status, headers=headers)


CREATED = httpx2.Response(201, json={"sid": "CA1"})


async def test_a_call_is_created_by_a_form_with_basic_auth() -> None:
    api = Api(CREATED)
    assert b"CA1" in await api.rest.create(
        "", [("To", "+1"), ("StatusCallbackEvent", "a"), ("StatusCallbackEvent", "b")]
    )
    request = api.requests[0]
    assert str(request.url) == f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    assert parse_qsl(request.content.decode()) == [
        ("To", "+1"),
        ("StatusCallbackEvent", "a"),
        ("StatusCallbackEvent", "b"),
    ]
    assert request.headers["authorization"] == "Basic " + base64.b64encode(f"{ACCOUNT}:auth-token".encode()).decode()


async def test_an_api_key_is_used_where_there_is_one() -> None:
    key = "SK" + "a" * 32
    api = Api(CREATED, api_key=key, api_secret="hush")
    await api.rest.create("", [])
    assert api.requests[0].headers["authorization"] == "Basic " + base64.b64encode(f"{key}:hush".encode()).decode()
    assert f"/Accounts/{ACCOUNT}/" in str(api.requests[0].url)


async def test_a_subaccount_s_calls_are_made_with_its_own_credentials() -> None:
    api = Api(CREATED)
    await api.rest.create(SUBACCOUNT, [])
    assert f"/Accounts/{SUBACCOUNT}/" in str(api.requests[0].url)
    assert base64.b64decode(api.requests[0].headers["authorization"].removeprefix("Basic ")).decode() == (
        f"{SUBACCOUNT}:sub-token"
    )


async def test_a_region_and_an_emulator_have_their_own_hosts() -> None:
    api = Api(CREATED, region="ie1", edge="dublin")
    await api.rest.create("", [])
    assert api.requests[0].url.host == "api.dublin.ie1.twilio.com"
    api = Api(CREATED, base_url="http://127.0.0.1:9000")
    await api.rest.create("", [])
    assert str(api.requests[0].url).startswith("http://127.0.0.1:9000/2010-04-01/")


@pytest.mark.parametrize(
    "refusal",
    [error(429, 20429), error(503), error(500, 20500), httpx2.ConnectError("x"), httpx2.ConnectTimeout("x")],
    ids=["429", "503", "500-with-a-code", "connect-error", "connect-timeout"],
)
async def test_what_was_certainly_not_done_is_tried_again(refusal: httpx2.Response | Exception) -> None:
    api = Api(refusal, refusal, CREATED)
    assert b"CA1" in await api.rest.create("", [])
    assert len(api.requests) == 3
    first, second = api.time.slept
    assert 0.09 <= first <= 0.11
    assert 0.18 <= second <= 0.22


@pytest.mark.parametrize(
    "lost",
    [
        error(500),
        error(502),
        error(504),
        httpx2.ReadTimeout("x"),
        httpx2.RemoteProtocolError("x"),
        httpx2.ReadError("x"),
        httpx2.DecodingError("x"),
    ],
    ids=["500-of-a-gateway", "502", "504", "read-timeout", "broken-off", "read-error", "garbled"],
)
async def test_a_call_whose_outcome_is_unknown_is_not_placed_twice(lost: httpx2.Response | Exception) -> None:
    api = Api(lost, CREATED)
    with pytest.raises(UpstreamError):
        await api.rest.create("", [])
    assert len(api.requests) == 1


async def test_a_hang_up_may_be_repeated_whatever_happened() -> None:
    api = Api(httpx2.ReadTimeout("x"), error(502), CREATED)
    await api.rest.update("", "CA1", [("Status", "completed")])
    assert len(api.requests) == 3


async def test_patience_ends() -> None:
    api = Api(error(429, 20429))
    with pytest.raises(UpstreamError) as refused:
        await api.rest.create("", [])
    assert (refused.value.status, refused.value.code) == (429, 20429)
    assert len(api.requests) == ATTEMPTS


async def test_retry_after_is_honoured() -> None:
    api = Api(error(429, 20429, **{"Retry-After": "7"}), CREATED)
    await api.rest.create("", [])
    assert api.time.slept == [7.0]


async def test_a_retry_after_beyond_our_deadline_is_not_waited_for() -> None:
    api = Api(error(429, 20429, **{"Retry-After": "3600"}), CREATED)
    with pytest.raises(UpstreamError) as refused:
        await api.rest.create("", [])
    assert refused.value.retry_after_s == 3600
    assert api.time.slept == []


async def test_a_strange_retry_after_is_passed_over() -> None:
    api = Api(error(503, 0, **{"Retry-After": "Sun, 22 Nov 2026 10:00:00 GMT"}), CREATED)
    await api.rest.create("", [])
    assert api.time.slept[0] < 1


@pytest.mark.parametrize("code", sorted(MEANINGS))
async def test_errors_are_explained_and_name_no_numbers(code: int) -> None:
    api = Api(error(400, code))
    with pytest.raises(UpstreamError) as refused:
        await api.rest.create("", [])
    assert MEANINGS[code] in str(refused.value)
    assert "+34" not in str(refused.value)
    assert refused.value.code == code
    assert len(api.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"code":"x"}', b"\xff", b"[" * 100_000])
async def test_a_broken_error_body_is_no_further_error(body: bytes) -> None:
    api = Api(httpx2.Response(400, content=body))
    with pytest.raises(UpstreamError, match="status 400"):
        await api.rest.create("", [])


async def test_a_call_s_id_cannot_change_the_path() -> None:
    api = Api(CREATED)
    await api.rest.update("", "CA1/../../x?y", [])
    assert api.requests[0].url.raw_path.decode().endswith("/Calls/CA1%2F..%2F..%2Fx%3Fy.json")


async def test_a_call_is_asked_about_without_a_form() -> None:
    api = Api(httpx2.ReadError("lost"), CREATED)
    assert b"CA1" in await api.rest.fetch(SUBACCOUNT, "CA1"), "asked again: it does no harm"
    request = api.requests[-1]
    assert (request.method, request.content) == ("GET", b"")
    assert str(request.url) == f"https://api.twilio.com/2010-04-01/Accounts/{SUBACCOUNT}/Calls/CA1.json"


async def test_a_task_is_updated_at_its_own_host_as_its_own_account_until_it_is_taken() -> None:
    task = Task(SUBACCOUNT, "WS" + "1" * 32, "WT" + "2" * 32)
    api = Api(error(500), error(429, 20429), CREATED, region="ie1")
    await api.rest.update_task(task, [("AssignmentStatus", "canceled")])
    request = api.requests[-1]
    assert len(api.requests) == 3
    assert str(request.url) == f"https://taskrouter.twilio.com/v1/Workspaces/{task.workspace}/Tasks/{task.task}"
    assert parse_qsl(request.content.decode()) == [("AssignmentStatus", "canceled")]
    assert request.headers["authorization"] == "Basic " + base64.b64encode(f"{SUBACCOUNT}:sub-token".encode()).decode()
