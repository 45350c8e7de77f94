"""What Twilio and a contact centre do around a call, in the order in which they do it: signed webhooks, REST, an agent.

The caller's number asks `/incoming-call`, its stream opens; the app then dials its agent leg through our REST. That leg
asks its own URL what to do, and on its far side arrives at `/outbound-call`, keys its digits, is queued, and accepted.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, parse_qsl, urlsplit
from xml.etree import ElementTree

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from dragoman.telephony.twilio.signature import HEADER, sign

STEP_S: Final = 20.0
CALLER_NUMBER: Final = "+12025550123"
FLEX_NUMBER: Final = "+12025550124"


@dataclass(frozen=True, slots=True)
class Account:
    """A made-up account, and where its app is."""

    app_url: str
    sid: str
    token: str
    workflow: str

    @classmethod
    def made_up(cls, app_url: str) -> Account:
        return cls(app_url, f"AC{secrets.token_hex(16)}", secrets.token_hex(16), f"WW{secrets.token_hex(16)}")


@dataclass(frozen=True, slots=True)
class Stream:
    """A <Stream> that the app asked for."""

    url: str
    parameters: dict[str, str]
    call_sid: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Dial:
    """A leg that the app placed: its URL and the digits it will key."""

    sid: str
    url: str
    digits: str


class ContactCentre:
    """Plays Twilio for many calls at once. `routes` are its REST side."""

    def __init__(self, account: Account, http: httpx2.AsyncClient) -> None:
        self._account = account
        self._http = http
        self._dials: dict[str, asyncio.Future[Dial]] = {}
        self.hung_up = 0

    def routes(self) -> list[BaseRoute]:
        calls = "/2010-04-01/Accounts/{account}/Calls"
        return [
            Route(calls + ".json", self._create, methods=["POST"]),
            Route(calls + "/{sid}.json", self._update, methods=["POST"]),
        ]

    async def _create(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        dial = Dial(f"CA{secrets.token_hex(16)}", form["Url"], form.get("SendDigits", "").lstrip("w"))
        call_id = parse_qs(urlsplit(dial.url).query)["call"][0]
        if call_id in self._dials:  # else it is of a caller whom somebody else plays
            self._dials[call_id].set_result(dial)
        return JSONResponse({"sid": dial.sid, "status": "queued"}, 201)

    async def _update(self, request: Request) -> Response:
        self.hung_up += 1
        return JSONResponse({"sid": request.path_params["sid"], "status": "completed"})

    # -- A call, step by step ------------------------------------------------------------------------------------------

    async def ring_assistant(self, number: int) -> Stream:
        """Somebody calls the assistant; the stream that the app answers with."""
        return await self._rings(number, "/twilio/voice")

    async def _rings(self, number: int, path: str) -> Stream:
        form = {"From": f"+1202555{number:04d}", "To": CALLER_NUMBER, "CallStatus": "ringing"}
        sid = f"CA{secrets.token_hex(16)}"
        return self._stream(await self._ask(f"{self._account.app_url}{path}", sid, form), sid)

    async def ring(self, number: int) -> Stream:
        """A customer calls; the stream that the app answers with."""
        stream = await self._rings(number, "/incoming-call?lang=es")
        self._dials[stream.parameters["call"]] = asyncio.get_running_loop().create_future()
        return stream

    async def fetched(self, call_id: str) -> Dial:
        """The dial that the app places for the agent, once its caller's stream is there."""
        async with asyncio.timeout(STEP_S):
            return await self._dials[call_id]

    async def arrive(self, dial: Dial) -> dict[str, str]:
        """The dialled leg's far side: its digits, then the queue; the attributes of its task."""
        sid, app_url = f"CA{secrets.token_hex(16)}", self._account.app_url
        form = {"From": CALLER_NUMBER, "To": FLEX_NUMBER, "CallStatus": "ringing"}
        gather = await self._ask(f"{app_url}/outbound-call", sid, form)
        action = gather.findall(".//Gather")[0].attrib["action"]
        queued = await self._ask(action, sid, form | {"Digits": dial.digits, "CallStatus": "in-progress"})
        attributes: dict[str, str] = json.loads(queued.findall(".//Task")[0].text or "{}")
        return attributes

    async def answered(self, dial: Dial) -> Stream:
        """The dialled leg's near side: its stream."""
        form = {"From": CALLER_NUMBER, "To": FLEX_NUMBER, "CallStatus": "in-progress"}
        return self._stream(await self._ask(dial.url, dial.sid, form), dial.sid)

    async def accept(self, attributes: dict[str, str]) -> None:
        """An agent takes the task."""
        event = {
            "EventType": "reservation.accepted",
            "AccountSid": self._account.sid,
            "ReservationSid": f"WR{secrets.token_hex(16)}",
            "TaskAttributes": json.dumps(attributes),
            "TaskAssignmentStatus": "assigned",
        }
        await self._post(f"{self._account.app_url}/reservation-accepted", event)

    # -- Asking the app ------------------------------------------------------------------------------------------------

    async def _ask(self, url: str, sid: str, form: dict[str, str]) -> ElementTree.Element:
        asked = {"CallSid": sid, "AccountSid": self._account.sid, "Direction": "inbound"} | form
        return ElementTree.fromstring(await self._post(url, asked))  # noqa: S314 - it is our own app's

    async def _post(self, url: str, form: dict[str, str]) -> str:
        signature = sign(self._account.token, url, list(form.items()))
        answer = await self._http.post(url, data=form, headers={HEADER: signature})
        answer.raise_for_status()
        return answer.text

    def _stream(self, document: ElementTree.Element, sid: str) -> Stream:
        stream = document.findall(".//Stream")[0]
        parameters = {one.attrib["name"]: one.attrib["value"] for one in stream.findall("Parameter")}
        url = stream.attrib["url"]
        return Stream(url, parameters, sid, {HEADER: sign(self._account.token, url)})
