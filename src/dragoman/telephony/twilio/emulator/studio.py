"""Studio: runs a flow file on a leg, state by state, as the file says."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from dragoman.telephony.twilio.emulator import ids, liquid, verbs
from dragoman.telephony.twilio.emulator.alerts import AlertCode
from dragoman.telephony.twilio.emulator.exchange import send_keys
from dragoman.telephony.twilio.emulator.flow_form import flaws
from dragoman.telephony.twilio.emulator.gather import Answer, Wish, collect
from dragoman.telephony.twilio.emulator.line import Clip, Fetch, Leg, Line, Script
from dragoman.telephony.twilio.emulator.plant import Plant, call_form
from dragoman.telephony.twilio.emulator.run import Broken, Finish, Goto, Run, is_flow

Json = dict[str, Any]
PageRunner = Callable[[Leg, Script], Awaitable[Goto | Finish | Broken]]

MOST_STATES = 1000
"""States in one execution after which Studio stops it."""


@dataclass(slots=True)
class Flow:
    """A flow of the account."""

    definition: Json
    name: str = "Flow"
    status: str = "published"
    revision: int = 1
    sid: str = field(default_factory=lambda: ids.sid("FW"))


class Studio:
    """The account's flows. `page` runs one TwiML document."""

    def __init__(self, plant: Plant, page: PageRunner) -> None:
        self.flows: dict[str, Flow] = {}
        self._plant = plant
        self._page = page

    def add(self, definition: Json | str, name: str = "Flow") -> Flow:
        """Take a flow into the account. Raises ValueError that lists its flaws."""
        read = json.loads(definition) if isinstance(definition, str) else definition
        wrong = flaws(read)
        if wrong:
            raise ValueError("; ".join(f"{flaw.path} {flaw.message}" for flaw in wrong))
        flow = Flow(read, name)
        self.flows[flow.sid] = flow
        return flow

    def webhook_url(self, flow: Flow) -> str:
        """Where a number sends its calls to run this flow."""
        return f"https://webhooks.twilio.com/v1/Accounts/{self._plant.account_sid}/Flows/{flow.sid}"

    async def run(self, leg: Leg, fetch: Fetch) -> Goto | Finish | Broken:
        """Run the flow that the URL names on this leg."""
        flow = self.flows.get(urlsplit(fetch.url).path.rsplit("/", 1)[-1])
        if flow is None:
            leg.note(Line.ERROR, "no such flow")
            self._plant.alerts.note(AlertCode.RETRIEVAL, leg.sid, "no such Studio flow")
            return Broken(fetch.url, AlertCode.RETRIEVAL)
        try:
            return await Execution(self._plant, self._page, flow, leg).run()
        except (ValueError, re.error) as wrong:
            leg.note(Line.ERROR, f"the flow failed: {wrong}")
            self._plant.alerts.note(AlertCode.FLOW, leg.sid, f"the flow failed: {wrong}")
            return Finish()


class Execution:
    """One call going through one flow."""

    def __init__(self, plant: Plant, page: PageRunner, flow: Flow, leg: Leg) -> None:
        self._plant = plant
        self._page = page
        self._leg = leg
        self._flow = flow
        self._states: dict[str, Json] = {state["name"]: state for state in flow.definition["states"]}
        self._widgets: dict[str, Json] = {}
        self._variables: dict[str, str] = {}
        self._sid = ids.sid("FN")

    async def run(self) -> Finish:
        """From the initial state to where no `next` leads on."""
        name: str | None = self._flow.definition["initial_state"]
        for _ in range(MOST_STATES):
            if name is None:
                return Finish()
            state = self._states[name]
            self._leg.note(Line.VERB, f"Studio {name}")
            event = await self._perform(state)
            if isinstance(event, Finish):
                return event
            name = self._next(state, event)
        self._leg.note(Line.ERROR, "the flow runs in circles")
        return Finish()

    async def _perform(self, state: Json) -> str | Finish:
        """Do what the state is for; the event that follows, or the end of the call."""
        properties = state["properties"]
        match state["type"]:
            case "trigger":
                return "incomingCall"
            case "gather-input-on-call":
                return await self._gather(state["name"], properties)
            case "split-based-on":
                return "match"
            case "set-variables":
                for variable in properties["variables"]:
                    self._variables[variable["key"]] = self._text(variable["value"])
                return "next"
            case "say-play":
                self._leg.answer()
                await self._speak(self._line(properties))
                return "audioComplete"
            case "add-twiml-redirect":
                return await self._redirect(state["name"], properties)
            case other:
                self._leg.note(Line.ERROR, f"the emulator does not play the widget {other}")
                return Finish()

    def _next(self, state: Json, event: str) -> str | None:
        if state["type"] == "split-based-on":
            return self._split(state)
        return next((one.get("next") for one in state["transitions"] if one["event"] == event), None)

    # ---- Widgets -----------------------------------------------------------------------------------------------------

    async def _gather(self, name: str, properties: Json) -> str:
        self._leg.answer()
        cap_s = self._plant.pace.gather_timeout_s
        timeout_s = float(properties.get("timeout", 5))
        wish = Wish(
            dtmf=True,
            speech=True,
            timeout_s=timeout_s if cap_s is None else min(cap_s, timeout_s),
            num_digits=int(properties.get("number_of_digits", properties.get("num_digits")) or 0),
            finish_key=properties.get("finish_on_key", ""),
        )
        line = self._line(properties)
        answer: Answer = await collect(self._leg, wish, lambda: self._speak(line))
        if not answer:
            return "timeout"
        self._widgets[name] = call_form(self._leg) | answer.form()
        return "speech" if answer.speech else "keypress"

    def _line(self, properties: Json) -> Json:
        """The properties with what is to be heard filled in."""
        return properties | {key: self._text(properties[key]) for key in ("say", "play") if properties.get(key)}

    async def _speak(self, properties: Json) -> None:
        run = Run(self._leg, self._plant, "")
        loop = properties.get("loop", 1)
        if properties.get("say"):
            self._leg.note(Line.SAY, properties["say"])
            audio = await self._plant.voice.speak(properties["say"], properties.get("language", "en-US"))
            await run.play(Clip(audio, loop))
        elif properties.get("play"):
            await run.play(Clip(await verbs.sound(run, properties["play"]), loop))
        elif properties.get("digits"):
            await send_keys(self._leg, properties["digits"])

    async def _redirect(self, name: str, properties: Json) -> str | Finish:
        """Run the app's TwiML until it sends the call back, ends it, fails, or takes too long."""
        script = Fetch(self._text(properties["url"]), properties.get("method", "POST"))
        try:
            async with asyncio.timeout(float(properties.get("timeout", "14400"))):
                step = await self._visit(script)
        except TimeoutError:
            return "timeout"
        match step:
            case Broken():
                return "fail"
            case Finish():
                return step
            case Goto(script=Fetch() as back):
                returned = dict(parse_qsl(urlsplit(back.url).query, keep_blank_values=True)) | dict(back.form)
                self._widgets[name] = call_form(self._leg) | returned
                return returned.get("FlowEvent", "return")
            case Goto():
                return Finish()

    async def _visit(self, script: Script) -> Goto | Finish | Broken:
        while True:
            step = await self._page(self._leg, script)
            if not isinstance(step, Goto) or (isinstance(step.script, Fetch) and is_flow(step.script.url)):
                return step
            script = step.script

    # ---- Conditions and texts ----------------------------------------------------------------------------------------

    def _split(self, state: Json) -> str | None:
        for transition in state["transitions"]:
            if transition["event"] == "match" and all(self._holds(one) for one in transition["conditions"]):
                following: str | None = transition.get("next")
                return following
        return next((one.get("next") for one in state["transitions"] if one["event"] == "noMatch"), None)

    def _holds(self, condition: Json) -> bool:
        subject = self._text(_expression(condition["arguments"][0])).strip()
        return holds(condition["type"], subject, self._text(condition["value"]).strip())

    def _text(self, template: str) -> str:
        call = call_form(self._leg)
        scope = {
            "widgets": self._widgets,
            "flow": {
                "variables": self._variables,
                "data": {},
                "sid": self._sid,
                "flow_sid": self._flow.sid,
                "channel": {"address": self._leg.to},
            },
            "trigger": {"call": call},
            "contact": {"channel": {"address": self._leg.from_}},
        }
        return liquid.render(template, scope)


def holds(kind: str, subject: str, value: str) -> bool:
    """One condition. Texts are compared without regard to case."""
    negated = kind in ("not_equal_to", "is_not_blank") or kind.startswith("does_not")
    plain = {
        "not_equal_to": "equal_to",
        "is_not_blank": "is_blank",
        "does_not_match_any_of": "matches_any_of",
        "does_not_contain": "contains",
        "does_not_start_with": "starts_with",
    }.get(kind, kind)
    return _plain(plain, subject, value) is not negated


def _plain(kind: str, subject: str, value: str) -> bool:
    one, other = subject.lower(), value.lower()
    match kind:
        case "equal_to":
            return one == other
        case "matches_any_of":
            return one in [part.strip() for part in other.split(",")]
        case "contains":
            return other in one
        case "starts_with":
            return one.startswith(other)
        case "is_blank":
            return not one
        case "regex":
            return re.search(value, subject) is not None
        case "less_than" | "greater_than":
            return _compared(kind, one, other)
        case _:
            raise ValueError(f"the emulator does not judge the condition {kind}")


def _compared(kind: str, one: str, other: str) -> bool:
    try:
        return float(one) < float(other) if kind == "less_than" else float(one) > float(other)
    except ValueError:
        return False


def _expression(argument: str) -> str:
    """An argument is a template, or a bare name."""
    return argument if "{{" in argument else "{{" + argument + "}}"
