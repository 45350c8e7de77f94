"""`<Dial>`: ring somebody else and join the two legs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from dragoman.telephony.twilio.emulator.alerts import AlertCode
from dragoman.telephony.twilio.emulator.exchange import Exchange, Reporting, send_keys
from dragoman.telephony.twilio.emulator.line import Bridge, CallStatus, Direction, Leg, Line
from dragoman.telephony.twilio.emulator.plant import duration_s
from dragoman.telephony.twilio.emulator.run import Run, Step
from dragoman.telephony.twilio.emulator.twiml import Verb
from dragoman.telephony.twilio.emulator.whisper import Whisper

_PREFIX = {"Client": "client:", "Number": "", "Sip": ""}


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody to ring; `noun` has their options."""

    address: str
    noun: Verb | None


class Dial:
    """The verb: all nouns ring at once, the first who answers hears their `whisper` and is joined."""

    def __init__(self, exchange: Exchange, whisper: Whisper) -> None:
        self._exchange = exchange
        self._whisper = whisper

    async def __call__(self, run: Run, verb: Verb) -> Step:
        targets = [Target(_PREFIX[noun.name] + _name(noun), noun) for noun in verb.children]
        if verb.text and not targets:
            targets = [Target(verb.text, None)]
        dialled: list[Leg] = []
        joined = False
        try:
            status, leg = await self._ring(run, verb, targets, dialled)
            if leg is not None:
                joined = await self._whisper(run, leg, _noun(leg, targets))
                if joined:
                    await self._talk(run.leg, leg, verb.number("timeLimit", 14400))
                status = CallStatus.COMPLETED
        finally:
            run.leg.source = None
            for one in dialled:
                one.end(CallStatus.COMPLETED if one.live else CallStatus.NO_ANSWER)
        run.leg.note(Line.VERB, f"Dial ended: {status.value}")
        if not verb.get("action"):
            return None
        form = {"DialCallStatus": status.value}
        if dialled:
            last = leg or dialled[-1]
            form |= {"DialCallSid": last.sid, "DialCallDuration": str(duration_s(last))}
            form["DialBridged"] = str(joined).lower()
        return run.goto(verb.get("action"), verb.get("method"), form)

    async def _ring(
        self, run: Run, verb: Verb, targets: list[Target], dialled: list[Leg]
    ) -> tuple[CallStatus, Leg | None]:
        """Ring all; the first who answers, or how the last of them did not."""
        caller = verb.get("callerId") or run.leg.from_
        if not self._may_call_as(run.leg, caller, targets):
            reason = "callerId is neither a number of the account nor of the calling leg"
            run.leg.note(Line.ERROR, f"{AlertCode.CALLER_ID.value} {reason}")
            run.plant.alerts.note(AlertCode.CALLER_ID, run.leg.sid, reason)
            return CallStatus.FAILED, None
        timeout_s = float(verb.number("timeout", 30))
        status = CallStatus.FAILED
        async with asyncio.TaskGroup() as group:
            ringing: dict[asyncio.Task[CallStatus], Leg] = {}
            for target in targets:
                leg = self._exchange.new_leg(caller, target.address, Direction.OUTBOUND_DIAL, run.leg.sid)
                dialled.append(leg)
                self._report(leg, target.noun)
                ringing[group.create_task(self._exchange.ring(leg, timeout_s))] = leg
            while ringing:
                done, _ = await asyncio.wait(ringing, return_when=asyncio.FIRST_COMPLETED)
                for one in done:
                    leg = ringing.pop(one)
                    status = one.result()
                    if status is CallStatus.IN_PROGRESS:
                        for other, loser in ringing.items():
                            other.cancel()
                            loser.end(CallStatus.CANCELED)
                        await self._digits(leg, targets)
                        return status, leg
                    leg.end(status)
        return status, None

    def _may_call_as(self, leg: Leg, caller: str, targets: list[Target]) -> bool:
        """Towards phone numbers Twilio shows only the calling leg's numbers and the account's own."""
        to_numbers = any(not target.address.startswith(("client:", "sip:", "sips:")) for target in targets)
        known = caller in self._exchange.numbers or caller in (leg.from_, leg.to)
        return not to_numbers or (known and not caller.startswith("client:"))

    async def _digits(self, leg: Leg, targets: list[Target]) -> None:
        noun = _noun(leg, targets)
        if noun is not None:
            await send_keys(leg, noun.get("sendDigits"))

    def _report(self, leg: Leg, noun: Verb | None) -> None:
        if noun is not None and noun.get("statusCallback"):
            events = frozenset(noun.get("statusCallbackEvent", "completed").split())
            self._exchange.report(leg, Reporting(noun.get("statusCallback"), events=events))

    async def _talk(self, one: Leg, other: Leg, limit_s: int) -> None:
        """Until the other side hangs up, or the time is over."""
        one.source, other.source = Bridge(other), Bridge(one)
        try:
            async with asyncio.timeout(limit_s):
                await other.over.wait()
        except TimeoutError:
            other.end()


def _noun(leg: Leg, targets: list[Target]) -> Verb | None:
    """The noun by which a leg was dialled."""
    return next((target.noun for target in targets if target.address == leg.to), None)


def _name(noun: Verb) -> str:
    """What a noun dials: its text, or a client's <Identity>."""
    return noun.text or next((child.text for child in noun.children if child.name == "Identity"), "")
