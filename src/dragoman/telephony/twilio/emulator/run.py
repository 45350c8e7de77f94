"""Running TwiML on a leg: fetch a document, perform its verbs, go where they lead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from dragoman.telephony.twilio.emulator import twiml
from dragoman.telephony.twilio.emulator.alerts import AlertCode
from dragoman.telephony.twilio.emulator.courier import Reply, bare
from dragoman.telephony.twilio.emulator.line import CallStatus, Clip, Fetch, Inline, Leg, Line, Script
from dragoman.telephony.twilio.emulator.plant import Plant, call_form

APPLICATION_ERROR: Final = "We are sorry, an application error has occurred. Goodbye."
_FLOW_HOSTS: Final = "webhooks.twilio.com"
_SILENT_VERBS: Final = frozenset({"Reject", "Redirect", "Hangup", "Pause"})
"""Verbs that do not take an incoming call by themselves."""
MOST_PAGES: Final = 2000
"""Documents in one call after which something is taken to run in circles."""


@dataclass(frozen=True, slots=True)
class Goto:
    """Go on with another document."""

    script: Script


@dataclass(frozen=True, slots=True)
class Finish:
    """The leg ends."""

    status: CallStatus = CallStatus.COMPLETED


@dataclass(frozen=True, slots=True)
class Broken:
    """A document could not be had or read."""

    url: str
    code: AlertCode


Step = Goto | Finish | None
"""What a verb leads to; None = the next verb."""


@dataclass(slots=True)
class Run:
    """One document that is being run on a leg. `url` is "" for TwiML that came with a REST request."""

    leg: Leg
    plant: Plant
    url: str

    def goto(self, target: str, method: str, form: Mapping[str, str] | None = None) -> Goto | Finish:
        """To the URL that a verb names (relative to this document), or to hang-up when there can be none."""
        address = urljoin(self.url, target) if self.url else target
        if urlsplit(address).scheme not in ("http", "https"):
            self.leg.note(Line.ERROR, f"{AlertCode.RETRIEVAL.value} no absolute URL: {target[:80]}")
            self.plant.alerts.note(AlertCode.RETRIEVAL, self.leg.sid, "a URL that is not absolute in inline TwiML")
            return Finish()
        return Goto(Fetch(address, method or "POST", tuple((form or {}).items())))

    async def play(self, clip: Clip) -> None:
        """Play to the end."""
        self.leg.source = clip
        try:
            await clip.done.wait()
        finally:
            if self.leg.source is clip:
                self.leg.source = None


Performer = Callable[[Run, twiml.Verb], Awaitable[Step]]


class Interpreter:
    """Runs documents with the given verbs. `flow` runs a Studio flow when a leg is sent to one."""

    def __init__(
        self,
        plant: Plant,
        verbs: Mapping[str, Performer],
        flow: Callable[[Leg, Fetch], Awaitable[Goto | Finish | Broken]],
    ) -> None:
        self._plant = plant
        self._verbs = verbs
        self._flow = flow

    async def __call__(self, leg: Leg, script: Script) -> CallStatus:
        """Run from `script` to the end of the call; what breaks goes to the fallback URL, unless that broke itself."""
        step: Goto | Finish | Broken = Goto(script)
        for _ in range(MOST_PAGES):
            match step:
                case Finish(status=status):
                    return status
                case Goto(script=Fetch() as fetch) if is_flow(fetch.url):
                    step = await self._flow(leg, fetch)
                case Goto(script=following):
                    step = await self.page(leg, following)
                case Broken():
                    step = await self._fall_back(leg, step)
        leg.note(Line.ERROR, "too many documents: the call runs in circles")
        return CallStatus.COMPLETED

    async def page(self, leg: Leg, script: Script) -> Goto | Finish | Broken:
        """Run one document to its end."""
        page = await self._load(leg, script)
        if isinstance(page, Broken):
            return page
        run = Run(leg, self._plant, bare(script.url) if isinstance(script, Fetch) else "")
        for verb in page.verbs:
            if verb.name not in _SILENT_VERBS:
                leg.answer()
            leg.note(Line.VERB, verb.name)
            performer = self._verbs.get(verb.name)
            step = None if performer is None else await performer(run, verb)
            if step is not None:
                return step
        return Finish()

    async def _load(self, leg: Leg, script: Script) -> twiml.Page | Broken:
        match script:
            case Inline(text=text):
                return self._read(leg, "", text.encode(), None)
            case Fetch(url=url, method=method, form=form):
                leg.note(Line.FETCH, bare(url))
                answer = await self._plant.courier.fetch(url, call_form(leg) | dict(form), method)
                if not isinstance(answer, Reply):
                    return self._broken(leg, url, answer.code, answer.reason)
                if answer.status >= 400:
                    return self._broken(leg, url, AlertCode.STATUS, f"answered {answer.status}")
                return self._read(leg, url, answer.body, answer.content_type)

    def _read(self, leg: Leg, url: str, body: bytes, content_type: str | None) -> twiml.Page | Broken:
        page = twiml.read(body, content_type)
        if isinstance(page, twiml.Unreadable):
            return self._broken(leg, url, page.code, page.reason)
        for warning in page.warnings:
            leg.note(Line.ERROR, f"{AlertCode.SCHEMA.value} {warning}")
            self._plant.alerts.note(AlertCode.SCHEMA, leg.sid, warning)
        return page

    def _broken(self, leg: Leg, url: str, code: AlertCode, reason: str) -> Broken:
        leg.note(Line.ERROR, f"{code.value} {reason}")
        self._plant.alerts.note(code, leg.sid, reason)
        return Broken(bare(url), code)

    async def _fall_back(self, leg: Leg, broken: Broken) -> Goto | Finish:
        fallback = leg.fallback
        if fallback is not None and broken.url != bare(fallback.url):
            form = (("ErrorCode", str(broken.code.value)), ("ErrorUrl", broken.url))
            return Goto(Fetch(fallback.url, fallback.method, form))
        leg.answer()
        leg.note(Line.SAY, APPLICATION_ERROR)
        audio = await self._plant.voice.speak(APPLICATION_ERROR, "en-US")
        await Run(leg, self._plant, "").play(Clip(audio))
        return Finish()


def is_flow(url: str) -> bool:
    """Whether this is a Studio flow's webhook URL (`.../v1/Accounts/{AC}/Flows/{FW}`)."""
    parts = urlsplit(url)
    places = parts.path.strip("/").split("/")
    match places:
        case ["v1", "Accounts", _, "Flows", flow]:
            return flow.startswith("FW") and (parts.hostname == _FLOW_HOSTS or _local(parts.hostname))
        case _:
            return False


def _local(host: str | None) -> bool:
    return host in ("127.0.0.1", "localhost", "::1")
