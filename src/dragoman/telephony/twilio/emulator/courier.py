"""Twilio's requests to the app: signed, limited, retried, and now and then lost on the way.

Sources: "Security" (signature), "Webhooks: connection overrides" (the `#ct=..&rc=..` fragment, 15 s ceiling,
`I-Twilio-Idempotency-Token`), "HTTP redirects lose the form".
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

from dragoman.telephony.twilio import signature
from dragoman.telephony.twilio.emulator.alerts import AlertCode, Alerts
from dragoman.telephony.twilio.emulator.faults import Faults, Pace

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the app answered."""

    url: str
    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Undelivered:
    """No usable answer: `code` is what the Debugger shows."""

    url: str
    code: AlertCode
    reason: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request that was made, for tests to look at. `status` 0 = no answer."""

    url: str
    form: dict[str, str]
    status: int
    token: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A URL's connection overrides, out of its fragment."""

    connect_s: float = 5.0
    read_s: float = 15.0
    total_s: float = 15.0
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})

    @staticmethod
    def of(url: str) -> Policy:
        """Read `#ct=2000&rt=..&tt=..&rc=2&rp=ct,5xx`; what is wrong or unknown is ignored."""
        asked = dict(parse_qsl(urlsplit(url).fragment))

        def bounded(key: str, default: int, low: int, high: int) -> int:
            given = asked.get(key, "")
            return min(high, max(low, int(given))) if given.isdecimal() else default

        wanted = frozenset(asked.get("rp", "ct").split(",")) & {"4xx", "5xx", "ct", "rt", "all"}
        return Policy(
            bounded("ct", 5000, 100, 10000) / 1000,
            bounded("rt", 15000, 100, 15000) / 1000,
            bounded("tt", 15000, 100, 15000) / 1000,
            bounded("rc", 1, 0, 5),
            wanted or frozenset({"ct"}),
        )

    def again_after(self, answer: Reply | Undelivered) -> bool:
        """Whether this answer is one that is retried."""
        if "all" in self.retry_on and (isinstance(answer, Undelivered) or answer.status >= 400):
            return True
        if isinstance(answer, Undelivered):
            return ("ct" if answer.code is AlertCode.RETRIEVAL else "rt") in self.retry_on
        return answer.status >= 400 and f"{answer.status // 100}xx" in self.retry_on


@dataclass(slots=True)
class Courier:
    """Carries webhooks to the app. `token` signs them."""

    account_sid: str
    token: str
    group: asyncio.TaskGroup
    client: httpx2.AsyncClient
    alerts: Alerts
    faults: Faults
    pace: Pace
    delivered: list[Delivery] = field(default_factory=list)
    _last: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _held: dict[str, tuple[str, str, dict[str, str]]] = field(default_factory=dict)

    async def fetch(self, url: str, form: Form, method: str = "POST") -> Reply | Undelivered:
        """Ask the app, with retries as the URL's policy has it. Never raises."""
        policy = Policy.of(url)
        address = bare(url)
        token = str(uuid.uuid4())
        limit_s = min(policy.total_s, self.pace.webhook_limit_s)
        answer: Reply | Undelivered = Undelivered(address, AlertCode.TIMEOUT, "no answer within the limit")
        try:
            async with asyncio.timeout(limit_s):
                for attempt in range(policy.retries + 1):
                    answer = await self._attempt(address, form, method, token, policy)
                    if attempt == 0 and self.faults.take("webhooks_twice"):
                        answer = await self._attempt(address, form, method, token, policy)
                    if not policy.again_after(answer):
                        break
        except TimeoutError:
            return Undelivered(address, AlertCode.TIMEOUT, f"no answer within {limit_s:g} s")
        return answer

    async def _attempt(self, url: str, form: Form, method: str, token: str, policy: Policy) -> Reply | Undelivered:
        get = method.upper() == "GET"
        if get and form:
            url += ("&" if "?" in url else "?") + urlencode(form)
        headers = {
            signature.HEADER: signature.sign(self.token, url, () if get else list(form.items())),
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        limits = httpx2.Timeout(policy.read_s, connect=min(policy.connect_s, self.pace.connect_limit_s))
        answer = await self._send(url, form, get, headers, limits)
        status = answer.status if isinstance(answer, Reply) else 0
        self.delivered.append(Delivery(url, dict(form), status, token))
        return answer

    async def _send(
        self, url: str, form: Form, get: bool, headers: dict[str, str], limits: httpx2.Timeout
    ) -> Reply | Undelivered:
        try:
            if get:
                got = await self.client.get(url, headers=headers, timeout=limits)
            else:
                got = await self.client.post(url, data=dict(form), headers=headers, timeout=limits)
        except httpx2.ReadTimeout:
            return Undelivered(url, AlertCode.TIMEOUT, "no answer in time")
        except (httpx2.HTTPError, httpx2.InvalidURL) as broken:
            return Undelivered(url, AlertCode.RETRIEVAL, f"not reached: {type(broken).__name__}")
        return Reply(url, got.status_code, got.headers.get("content-type", ""), got.content)

    # ---- Callbacks: nobody waits for the answer ----------------------------------------------------------------------

    def callback(self, url: str, form: dict[str, str], *, method: str = "POST", lane: str = "") -> None:
        """Send a status callback or event. Those of one `lane` (a call, a workspace) follow each other in order."""
        if not url or self.faults.take("callbacks_lost"):
            return
        if self.faults.callbacks_reordered:
            earlier = self._held.pop(lane, None)
            if earlier is None:
                self._held[lane] = (url, method, form)
                self.group.create_task(self._release(lane))
                return
            self._queue(lane, url, method, form)
            url, method, form = earlier
        self._queue(lane, url, method, form)

    async def settle(self, timeout_s: float = 2.0) -> None:
        """Give callbacks that are under way a moment to arrive."""
        if self._last:
            await asyncio.wait(set(self._last.values()), timeout=timeout_s)
        for task in self._last.values():
            task.cancel()

    async def _release(self, lane: str) -> None:
        """A held callback that nothing overtakes goes out late."""
        await asyncio.sleep(0.3)
        held = self._held.pop(lane, None)
        if held is not None:
            self._queue(lane, *held)

    def _queue(self, lane: str, url: str, method: str, form: dict[str, str]) -> None:
        before = self._last.get(lane)
        task = self.group.create_task(self._deliver(before, url, method, form))
        self._last[lane] = task
        task.add_done_callback(lambda done: self._forget(lane, done))

    def _forget(self, lane: str, done: asyncio.Task[None]) -> None:
        if self._last.get(lane) is done:
            del self._last[lane]

    async def _deliver(self, before: asyncio.Task[None] | None, url: str, method: str, form: dict[str, str]) -> None:
        if before is not None:
            await asyncio.wait({before}, timeout=self.pace.webhook_limit_s * 2)
        times = 2 if self.faults.callbacks_twice else 1
        for _ in range(times):
            answer = await self.fetch(url, form, method)
            if isinstance(answer, Undelivered):
                self.alerts.note(answer.code, form.get("CallSid", ""), f"callback: {answer.reason}")
            elif answer.status >= 400:
                self.alerts.note(AlertCode.CALLBACK, form.get("CallSid", ""), f"callback answered {answer.status}")


def bare(url: str) -> str:
    """The URL as it is asked for and signed: without fragment and user info."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
