"""REST: Calls and IncomingPhoneNumbers of the 2010-04-01 API."""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dragoman.telephony.twilio.emulator import ids, schema
from dragoman.telephony.twilio.emulator.exchange import Exchange, Number, Order, Reporting
from dragoman.telephony.twilio.emulator.line import CallStatus, Direction, Fetch, Inline, Leg, Script
from dragoman.telephony.twilio.emulator.plant import duration_s
from dragoman.telephony.twilio.emulator.rest import Fields, Gate, Json, Problem, classic_page, missing

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_KEYS: Final = re.compile(r"[0-9*#wW]{1,32}")
_EVENTS: Final = frozenset({"initiated", "ringing", "answered", "completed"})
_CREATE: Final = frozenset(
    [
        "To",
        "From",
        "Url",
        "Twiml",
        "ApplicationSid",
        "Method",
        "FallbackUrl",
        "FallbackMethod",
        "StatusCallback",
        "StatusCallbackEvent",
        "StatusCallbackMethod",
        "SendDigits",
        "Timeout",
        "Record",
        "RecordingChannels",
        "RecordingTrack",
        "RecordingStatusCallback",
        "RecordingStatusCallbackMethod",
        "RecordingStatusCallbackEvent",
        "RecordingConfigurationId",
        "SipAuthUsername",
        "SipAuthPassword",
        "MachineDetection",
        "MachineDetectionTimeout",
        "MachineDetectionSpeechThreshold",
        "MachineDetectionSpeechEndThreshold",
        "MachineDetectionSilenceTimeout",
        "AsyncAmd",
        "AsyncAmdStatusCallback",
        "AsyncAmdStatusCallbackMethod",
        "Trim",
        "CallerId",
        "Byoc",
        "CallReason",
        "CallToken",
        "Passports",
        "TimeLimit",
        "ClientNotificationUrl",
    ]
)
_UPDATE: Final = frozenset(
    [
        "Url",
        "Twiml",
        "Method",
        "FallbackUrl",
        "FallbackMethod",
        "StatusCallback",
        "StatusCallbackMethod",
        "Status",
        "TimeLimit",
    ]
)
_NUMBER: Final = frozenset(
    [
        "VoiceUrl",
        "VoiceMethod",
        "VoiceFallbackUrl",
        "VoiceFallbackMethod",
        "StatusCallback",
        "StatusCallbackMethod",
        "FriendlyName",
        "VoiceApplicationSid",
        "TrunkSid",
        "VoiceReceiveMode",
        "VoiceCallerIdLookup",
    ]
)


class CallsApi:
    """The classic API's resources over the exchange."""

    def __init__(self, exchange: Exchange, gate: Gate) -> None:
        self._exchange = exchange
        self._gate = gate

    def routes(self) -> list[Route]:
        root = "/2010-04-01/Accounts/{account}"
        route = self._gate.route
        return [
            route(root + ".json", get=self._account),
            route(root + "/Calls.json", post=self._create, get=self._list),
            route(root + "/Calls/{sid}.json", get=self._fetch, post=self._update),
            route(root + "/IncomingPhoneNumbers.json", get=self._numbers),
            route(root + "/IncomingPhoneNumbers/{sid}.json", get=self._number, post=self._update_number),
        ]

    async def _account(self, request: Request) -> Response:
        faults = self._gate.faults
        status, kind = ("suspended" if faults.suspended else "active"), ("Trial" if faults.trial else "Full")
        return JSONResponse(
            {"sid": self._gate.account_sid, "status": status, "type": kind, "friendly_name": "Emulated account"}
        )

    # ---- Calls -------------------------------------------------------------------------------------------------------

    async def _create(self, request: Request) -> Response:
        fields = await Fields.of(request)
        self._strange(fields, _CREATE)
        to, from_ = fields.text("To"), fields.text("From")
        self._check_addresses(to, from_)
        if self._gate.faults.rest_not_allowed:
            raise Problem(400, 21216, "Account not allowed to call: a Business Primary Customer Profile is required")
        digits = fields.text("SendDigits")
        if digits and not _KEYS.fullmatch(digits):
            raise Problem(400, 21206, "SendDigits takes at most 32 of 0-9 * # w W")
        script = _script(fields)
        if script is None:
            raise Problem(400, 21205, "Url parameter is required.")
        order = Order(
            reporting=_reporting(fields),
            send_digits=digits,
            timeout_s=fields.whole("Timeout", 60, 1, 600),
            time_limit_s=fields.whole("TimeLimit", 14400, 1, 86400),
            detect_machine=fields.text("MachineDetection") in ("Enable", "DetectMessageEnd"),
        )
        leg = self._exchange.new_leg(from_, to, Direction.OUTBOUND_API)
        leg.script = script
        leg.fallback = _fallback(fields)
        created = call_json(leg)
        self._exchange.place(leg, order)
        if self._gate.faults.take("rest_answers_lost"):
            return Response("Bad Gateway", 502)
        return JSONResponse(created, 201)

    def _check_addresses(self, to: str, from_: str) -> None:
        if not to:
            raise Problem(400, 21201, "No 'To' number is specified")
        if not from_:
            raise Problem(400, 21213, "No 'From' number is specified")
        person = to.startswith(("sip:", "client:"))
        if not person and not _E164.fullmatch(to):
            raise Problem(400, 21211, "The phone number you are attempting to call is not valid.")
        if person and from_.startswith(("sip:", "client:")):
            return
        if not _E164.fullmatch(from_):
            raise Problem(400, 21212, "The source phone number provided is not a valid, E.164 phone number.")
        if from_ not in self._exchange.numbers:
            raise Problem(400, 21210, "The source phone number provided is not yet verified for your account.")

    async def _list(self, request: Request) -> Response:
        wanted = request.query_params
        calls = [call_json(leg) for leg in reversed(self._exchange.calls.values())]
        for parameter, field in (
            ("To", "to"),
            ("From", "from"),
            ("Status", "status"),
            ("ParentCallSid", "parent_call_sid"),
        ):
            if parameter in wanted:
                calls = [call for call in calls if call[field] == wanted[parameter]]
        return classic_page(request, "calls", calls)

    async def _fetch(self, request: Request) -> Response:
        return JSONResponse(call_json(self._leg(request)))

    async def _update(self, request: Request) -> Response:
        leg = self._leg(request)
        fields = await Fields.of(request)
        self._strange(fields, _UPDATE)
        script = _script(fields)
        status = fields.text("Status")
        if status not in ("", "completed", "canceled"):
            raise Problem(400, 20001, "Status is completed or canceled")
        if leg.over.is_set():
            raise missing(request) if status else Problem(400, 21220, "Call is not in-progress. Cannot redirect.")
        if status == "canceled" and leg.live:
            raise Problem(400, 21220, "Call is in-progress. Cannot cancel.")
        if script is not None and not leg.live:
            raise Problem(400, 21220, "Call is not in-progress. Cannot redirect.")
        if fields.has("StatusCallback"):
            self._exchange.report(leg, _reporting(fields) or Reporting(""))
        if status:
            leg.end(CallStatus.COMPLETED if leg.live else CallStatus.CANCELED)
        elif script is not None:
            leg.fallback = _fallback(fields) or leg.fallback
            leg.replace(script)
        return JSONResponse(call_json(leg))

    def _leg(self, request: Request) -> Leg:
        leg = self._exchange.calls.get(request.path_params["sid"])
        if leg is None:
            raise missing(request)
        return leg

    def _strange(self, fields: Fields, known: frozenset[str]) -> None:
        """Twilio ignores parameters that it does not know; here the Debugger lists them."""
        for name in fields.unknown(known):
            self._exchange.plant.alerts.note(20001, "", f"unknown REST parameter {name[:40]}")

    # ---- Numbers -----------------------------------------------------------------------------------------------------

    async def _numbers(self, request: Request) -> Response:
        wanted = request.query_params.get("PhoneNumber", "")
        numbers = [number for number in self._exchange.numbers.values() if not number.domain]
        found = [self._number_json(number) for number in numbers if not wanted or wanted in number.phone_number]
        return classic_page(request, "incoming_phone_numbers", found)

    async def _number(self, request: Request) -> Response:
        return JSONResponse(self._number_json(self._find(request)))

    async def _update_number(self, request: Request) -> Response:
        number = self._find(request)
        fields = await Fields.of(request)
        self._strange(fields, _NUMBER)
        number.voice_url = fields.url("VoiceUrl", 21402) if fields.has("VoiceUrl") else number.voice_url
        number.voice_method = fields.text("VoiceMethod", number.voice_method)
        if fields.has("VoiceFallbackUrl"):
            number.fallback_url = fields.url("VoiceFallbackUrl", 21405)
        number.fallback_method = fields.text("VoiceFallbackMethod", number.fallback_method)
        if fields.has("StatusCallback"):
            number.status_callback = fields.url("StatusCallback", 21609)
        return JSONResponse(self._number_json(number))

    def _find(self, request: Request) -> Number:
        for number in self._exchange.numbers.values():
            if number.sid == request.path_params["sid"] and not number.domain:
                return number
        raise missing(request)

    def _number_json(self, number: Number) -> Json:
        root = f"/2010-04-01/Accounts/{self._gate.account_sid}"
        return {
            "sid": number.sid,
            "account_sid": self._gate.account_sid,
            "friendly_name": number.phone_number,
            "phone_number": number.phone_number,
            "voice_url": number.voice_url,
            "voice_method": number.voice_method,
            "voice_fallback_url": number.fallback_url,
            "voice_fallback_method": number.fallback_method,
            "voice_application_sid": "",
            "trunk_sid": None,
            "voice_receive_mode": "voice",
            "status_callback": number.status_callback,
            "status_callback_method": "POST",
            "capabilities": {"voice": True, "sms": False, "mms": False, "fax": False},
            "api_version": "2010-04-01",
            "uri": f"{root}/IncomingPhoneNumbers/{number.sid}.json",
        }


def _script(fields: Fields) -> Script | None:
    """The document that the request names: Twiml before Url, as Twilio has it."""
    text = fields.text("Twiml")
    if len(text) > schema.INLINE_LIMIT:
        raise Problem(400, 21219, f"Twiml has more than {schema.INLINE_LIMIT} characters")
    if text:
        return Inline(text)
    url = fields.url("Url", 21205)
    return Fetch(url, fields.text("Method", "POST")) if url else None


def _fallback(fields: Fields) -> Fetch | None:
    url = fields.url("FallbackUrl", 21205)
    return Fetch(url, fields.text("FallbackMethod", "POST")) if url else None


def _reporting(fields: Fields) -> Reporting | None:
    url = fields.url("StatusCallback", 21609)
    events = frozenset(fields.texts("StatusCallbackEvent")) or frozenset({"completed"})
    if events - _EVENTS:
        raise Problem(
            400, 21626, "Invalid StatusCallbackEvent: one field for each of initiated, ringing, answered, completed"
        )
    return Reporting(url, fields.text("StatusCallbackMethod", "POST"), events) if url else None


def call_json(leg: Leg) -> Json:
    """A call resource."""
    root = f"/2010-04-01/Accounts/{leg.account_sid}/Calls/{leg.sid}"
    status = CallStatus.QUEUED if leg.status is CallStatus.INITIATED else leg.status
    parts = ("notifications", "recordings", "payments", "events", "siprec", "streams", "transcriptions")
    return {
        "sid": leg.sid,
        "account_sid": leg.account_sid,
        "status": status.value,
        "direction": leg.direction.value,
        "from": leg.from_,
        "from_formatted": leg.from_,
        "to": leg.to,
        "to_formatted": leg.to,
        "date_created": ids.rfc2822(leg.created),
        "date_updated": ids.rfc2822(leg.finished or leg.started or leg.created),
        "start_time": ids.rfc2822(leg.started),
        "end_time": ids.rfc2822(leg.finished),
        "duration": str(duration_s(leg)) if leg.finished else None,
        "price": None,
        "price_unit": "USD",
        "parent_call_sid": leg.parent or None,
        "phone_number_sid": None,
        "answered_by": leg.answered_by or None,
        "forwarded_from": leg.extra.get("ForwardedFrom"),
        "caller_name": None,
        "group_sid": None,
        "trunk_sid": None,
        "annotation": None,
        "queue_time": "0",
        "api_version": "2010-04-01",
        "uri": root + ".json",
        "subresource_uris": {part: f"{root}/{part.capitalize()}.json" for part in parts},
    }
