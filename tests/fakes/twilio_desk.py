"""Twilio's side of our webhooks, in memory: signs requests and hands them to the routes."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, fromstring

import httpx2
from starlette.applications import Starlette

from dragoman.domain.language import LanguageTag
from dragoman.notices import Notices
from dragoman.ports import LanguageBook
from dragoman.telephony.twilio import Twilio, build
from dragoman.telephony.twilio.settings import TwilioSettings
from dragoman.telephony.twilio.signature import sign
from dragoman.tokens import Tokens
from tests.fakes.scripted_reception import ScriptedReception
from tests.fakes.scripted_switchboard import ENGLISH, MANDARIN, RUSSIAN, SPANISH, VIETNAMESE, ScriptedSwitchboard

PUBLIC_URL = "https://calls.example.com"
ACCOUNT = "AC" + "0123456789abcdef" * 2
SUBACCOUNT = "AC" + "5" * 32
TOKEN = "auth-token"
SUBTOKEN = "sub-token"
WORKFLOW = "WW" + "b" * 32
BOOK = LanguageBook((ENGLISH, SPANISH, MANDARIN, RUSSIAN, VIETNAMESE), ENGLISH, {LanguageTag("hi"): "no engine"})
EVERYDAY = {"CallSid": "CA1", "AccountSid": ACCOUNT, "From": "+34600000001", "To": "+12025550100"}


def twilio_settings(**more: object) -> TwilioSettings:
    """Settings as a test wants them."""
    fields: dict[str, object] = {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "caller_number": "+12025550123",
        "flex_number": "+12025550124",
        "flex_workflow_sid": WORKFLOW,
        "subaccounts": f"{SUBACCOUNT}:{SUBTOKEN}",
        "calls_per_second": 1000.0,
    }
    return TwilioSettings.model_validate(fields | more)


@dataclass
class VirtualTime:
    """A clock that stands until somebody sleeps."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Desk:
    """The routes with everything behind them, and a client that signs like Twilio."""

    def __init__(self, **settings: object) -> None:
        self.time = VirtualTime(1000.0)
        self.settings = twilio_settings(**settings)
        self.switchboard = ScriptedSwitchboard()
        self.tokens = Tokens("a secret of some length", self.time)
        self.notices = Notices.load()
        self.created: list[httpx2.Request] = []
        rest = httpx2.AsyncClient(transport=httpx2.MockTransport(self._create))
        self.twilio: Twilio = build(self.settings, PUBLIC_URL, rest, clock=self.time, sleep=self.time.sleep)
        self.routes = self.twilio.routes(self.switchboard, self.tokens, self.notices, BOOK)
        self.door = self.twilio.media_doors(self.switchboard, self.tokens)["/intercept"]
        self.reception = ScriptedReception()
        self.assistant_routes = self.twilio.assistant_routes(
            self.reception, self.switchboard, self.tokens, self.notices, BOOK
        )
        self.assistant_door = self.twilio.assistant_doors(self.reception, self.tokens)["/twilio/stream"]
        self.every_route = [*self.routes, *self.assistant_routes]
        app = Starlette(routes=self.every_route)
        self._http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://testserver")

    def _create(self, request: httpx2.Request) -> httpx2.Response:
        self.created.append(request)
        return httpx2.Response(201, json={"sid": f"CAdialled{len(self.created)}"})

    async def post(
        self, target: str, form: dict[str, str] | None = None, *, token: str = TOKEN, signature: str | None = None
    ) -> httpx2.Response:
        """POST `form` over EVERYDAY's fields to `target` (path and query), signed with `token`, or as given."""
        fields = EVERYDAY | (form or {})
        return await self.raw(target, fields, signature or sign(token, PUBLIC_URL + target, fields.items()))

    async def raw(self, target: str, fields: dict[str, str], signature: str) -> httpx2.Response:
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        return await self._http.post(target, content=urlencode(fields).encode(), headers=headers)

    async def get(self, target: str, form: dict[str, str] | None = None) -> httpx2.Response:
        """GET with everything in the query, signed."""
        joined = target + ("&" if "?" in target else "?") + urlencode(EVERYDAY | (form or {}))
        return await self._http.get(joined, headers={"X-Twilio-Signature": sign(TOKEN, PUBLIC_URL + joined)})

    async def send(self, request: httpx2.Request) -> httpx2.Response:
        return await self._http.send(request)


def document(answer: httpx2.Response) -> Element:
    """The TwiML of an answer."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/xml")
    root: Element = fromstring(answer.content)  # noqa: S314 - our own document
    assert root.tag == "Response"
    return root


def verbs(root: Element) -> list[str]:
    return [child.tag for child in root]


def target_of(url: str) -> str:
    """A URL of ours as path and query."""
    assert url.startswith(PUBLIC_URL), url
    return url.removeprefix(PUBLIC_URL)
