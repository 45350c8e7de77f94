"""What all parts of the emulated network share."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import phonenumbers

from dragoman.telephony.twilio.emulator import ids, tones
from dragoman.telephony.twilio.emulator.alerts import Alerts
from dragoman.telephony.twilio.emulator.courier import Courier
from dragoman.telephony.twilio.emulator.faults import Faults, Pace
from dragoman.telephony.twilio.emulator.line import CallStatus, Leg
from dragoman.telephony.twilio.emulator.ticker import Ticker

Say = Callable[[str, str], bytes | Awaitable[bytes]]
"""Text and language to mu-law at 8 kHz. Called on the event loop: what takes long must be awaitable."""


@dataclass(slots=True)
class Voice:
    """Twilio's text to speech: what the caller of the emulator gave us, else a tone of proportional length."""

    pace: Pace
    say: Say | None = None
    _spoken: dict[tuple[str, str], bytes] = field(default_factory=dict)

    async def speak(self, text: str, language: str) -> bytes:
        """The text as mu-law."""
        if self.say is None:
            return tones.murmur(text, self.pace.say_ms_per_character)
        if (text, language) not in self._spoken:
            made = self.say(text, language)
            self._spoken[text, language] = await made if inspect.isawaitable(made) else made
        return self._spoken[text, language]


@dataclass(slots=True)
class Plant:
    """The shared machinery: who we are, the clock, the road to the app, the Debugger, the switches."""

    account_sid: str
    auth_token: str
    ticker: Ticker
    courier: Courier
    alerts: Alerts
    faults: Faults
    pace: Pace
    voice: Voice
    group: asyncio.TaskGroup


def call_form(leg: Leg) -> dict[str, str]:
    """The parameters that every voice webhook carries."""
    form = {
        "CallSid": leg.sid,
        "AccountSid": leg.account_sid,
        "From": leg.from_,
        "To": leg.to,
        "CallStatus": leg.status.value,
        "ApiVersion": "2010-04-01",
        "Direction": leg.direction.value,
        "Caller": leg.from_,
        "Called": leg.to,
    }
    if leg.parent:
        form["ParentCallSid"] = leg.parent
    if leg.answered_by:
        form["AnsweredBy"] = leg.answered_by
    return form | _places(leg) | leg.extra


def status_form(leg: Leg, sequence: int) -> dict[str, str]:
    """A call status callback (`completed` has the durations)."""
    form = call_form(leg) | {
        "Timestamp": ids.rfc2822(ids.now()) or "",
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
    }
    if leg.status is CallStatus.COMPLETED:
        seconds = duration_s(leg)
        form |= {"CallDuration": str(seconds), "Duration": str(-(-seconds // 60)), "SipResponseCode": "200"}
    return form


def duration_s(leg: Leg) -> int:
    """How long the leg was connected."""
    if leg.started is None or leg.finished is None:
        return 0
    return int((leg.finished - leg.started).total_seconds())


def _places(leg: Leg) -> dict[str, str]:
    """Where the numbers are, as far as their country code tells; cities are blank, as they often are."""
    places: dict[str, str] = {}
    for side, address in (("From", leg.from_), ("To", leg.to), ("Caller", leg.from_), ("Called", leg.to)):
        if not address.startswith("+"):
            continue
        places |= {f"{side}City": "", f"{side}State": "", f"{side}Zip": "", f"{side}Country": _country(address)}
    return places


def _country(address: str) -> str:
    try:
        return phonenumbers.region_code_for_country_code(phonenumbers.parse(address).country_code or 0)
    except phonenumbers.NumberParseException:
        return ""
