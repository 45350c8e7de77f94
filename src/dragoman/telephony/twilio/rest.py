"""Requests to Twilio's REST API: authentication, retries, and what its errors mean.

A request is repeated only when it certainly was not carried out, or when doing it twice does no harm. Twilio's own
messages are not passed on: they hold phone numbers.
"""

from __future__ import annotations

import asyncio
import enum
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import httpx2
import msgspec
import structlog

from dragoman.errors import UpstreamError
from dragoman.telephony.twilio.settings import TwilioSettings
from dragoman.telephony.twilio.taskrouter import Task

ATTEMPTS: Final = 5
BACKOFF_S: Final = 0.1
BACKOFF_LIMIT_S: Final = 30.0
DEADLINE_S: Final = 30.0
"""All attempts of one request together, waits included."""

TIMEOUT: Final = httpx2.Timeout(15.0, connect=5.0)

MEANINGS: Final[Mapping[int, str]] = {
    10004: "too many calls at once for this account: raise its concurrency limit",
    13227: "calls to that country are not allowed: open it under Voice, Geographic Permissions in the Console",
    20003: "the credentials are wrong: check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or the API key and its secret",
    20404: "no such resource: check TWILIO_ACCOUNT_SID and the region",
    20429: "too many requests at once",
    21205: "Twilio cannot use our address: check PUBLIC_URL",
    21210: "the number to call from is not verified: check TWILIO_CALLER_NUMBER",
    21211: "the number to call is not a valid one",
    21212: "the number to call from is not a valid one: check TWILIO_CALLER_NUMBER",
    21214: "the number to call cannot be reached",
    21215: "calls to that country are not allowed: open it under Voice, Geographic Permissions in the Console",
    21216: "the account may not place calls: it needs an approved Business Primary Customer Profile in the Console",
    21217: "the number to call does not look like a phone number",
    21219: "a trial account may only call verified numbers: verify it in the Console, or upgrade the account",
    21220: "the call is over already",
}
"""Twilio's error codes, as somebody can act on them."""


_ACCEPT: Final = {"Accept": "application/json"}
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


class _ErrorBody(msgspec.Struct):
    code: int = 0


class Rest:
    """What we do by REST for one Twilio account and its subaccounts: calls, and TaskRouter's tasks."""

    def __init__(
        self,
        settings: TwilioSettings,
        http: httpx2.AsyncClient,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._http = http
        self._sleep = sleep
        self._log = structlog.get_logger()

    async def create(self, account: str, form: Sequence[tuple[str, str]]) -> bytes:
        """POST Calls.json; the answer's body. Raise UpstreamError. Not repeated when its outcome is unknown."""
        return await self._answer(_Question(self._calls(account) + ".json", account, form, repeatable=False))

    async def update(self, account: str, call_sid: str, form: Sequence[tuple[str, str]]) -> bytes:
        """POST to one call, which may be done twice; raise UpstreamError."""
        return await self._answer(_Question(self._call(account, call_sid), account, form))

    async def fetch(self, account: str, call_sid: str) -> bytes:
        """GET one call; raise UpstreamError."""
        return await self._answer(_Question(self._call(account, call_sid), account))

    async def update_task(self, task: Task, form: Sequence[tuple[str, str]]) -> bytes:
        """POST to one task, which may be done twice; raise UpstreamError."""
        url = f"{self._settings.taskrouter_url}/v1/Workspaces/{task.workspace}/Tasks/{task.task}"
        return await self._answer(_Question(url, task.account, form))

    def _calls(self, account: str) -> str:
        owner = self._settings.credentials(account).account
        return f"{self._settings.api_url}/2010-04-01/Accounts/{owner}/Calls"

    def _call(self, account: str, call_sid: str) -> str:
        return f"{self._calls(account)}/{quote(call_sid, safe='')}.json"

    async def _answer(self, question: _Question) -> bytes:
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await self._attempts(question)
        except TimeoutError:
            raise UpstreamError("Twilio's REST API did not answer in time", unsure=True) from None

    async def _attempts(self, question: _Question) -> bytes:
        attempt = 0
        while True:
            answer = await self._once(question)
            if not isinstance(answer, _Failed):
                return answer
            attempt += 1
            wait_s = answer.error.retry_after_s
            if wait_s is None:
                wait_s = min(BACKOFF_LIMIT_S, BACKOFF_S * 2 ** (attempt - 1)) * random.uniform(0.9, 1.1)
            may = answer.again is _Repeat.SAFE or (answer.again is _Repeat.UNKNOWN and question.repeatable)
            if not may or attempt == ATTEMPTS or wait_s >= DEADLINE_S:
                raise answer.error
            self._log.info("asking twilio again", status=answer.error.status, wait_s=round(wait_s, 2))
            await self._sleep(wait_s)

    async def _once(self, question: _Question) -> bytes | _Failed:
        user, password, _ = self._settings.credentials(question.account)
        form = question.form
        try:
            answer = await self._http.request(
                "GET" if form is None else "POST",
                question.url,
                content=None if form is None else str(httpx2.QueryParams(list(form))).encode(),
                headers=_ACCEPT if form is None else _ACCEPT | _FORM,
                auth=(user, password),
                timeout=TIMEOUT,
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
            return _Failed(UpstreamError("Twilio's REST API cannot be reached"), _Repeat.SAFE)
        except httpx2.RequestError:  # an answer that cannot be unpacked, too
            broken_off = UpstreamError("Twilio's REST API broke off before it answered", unsure=True)
            return _Failed(broken_off, _Repeat.UNKNOWN)
        return answer.content if answer.is_success else _failed(answer)


@dataclass(frozen=True, slots=True)
class _Question:
    """A request: GET without a form. `repeatable`: twice does no harm."""

    url: str
    account: str
    form: Sequence[tuple[str, str]] | None = None
    repeatable: bool = True


class _Repeat(enum.Enum):
    """Whether a failed request may be sent again."""

    SAFE = enum.auto()
    """It certainly was not carried out."""
    UNKNOWN = enum.auto()
    """Perhaps it was: only if doing it twice does no harm."""
    USELESS = enum.auto()


@dataclass(frozen=True, slots=True)
class _Failed:
    error: UpstreamError
    again: _Repeat


def _failed(answer: httpx2.Response) -> _Failed:
    code, status = _code(answer.content), answer.status_code
    meaning = MEANINGS.get(code, "")
    text = f"Twilio refused the request (status {status}" + (f", error {code})" if code else ")")
    if status in (429, 503):
        again = _Repeat.SAFE
    elif status < 500:
        again = _Repeat.USELESS
    else:
        # With an error body of Twilio's own, its API has answered; without one, some gateway gave up on it.
        again = _Repeat.SAFE if code else _Repeat.UNKNOWN
    error = UpstreamError(
        f"{text}: {meaning}" if meaning else text,
        status=status,
        code=code or None,
        retry_after_s=_retry_after_s(answer.headers.get("Retry-After", "")),
        unsure=again is _Repeat.UNKNOWN,
    )
    return _Failed(error, again)


def _code(body: bytes) -> int:
    try:
        return msgspec.json.decode(body, type=_ErrorBody).code
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0


def _retry_after_s(header: str) -> float | None:
    """Seconds; None for nothing, or for a date (which Twilio does not send)."""
    return float(header) if header.isascii() and header.isdigit() and len(header) < 10 else None
