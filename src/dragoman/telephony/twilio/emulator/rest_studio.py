"""REST: Studio's flows, and their validator."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dragoman.telephony.twilio.emulator import ids
from dragoman.telephony.twilio.emulator.flow_form import flaws
from dragoman.telephony.twilio.emulator.rest import Fields, Gate, Json, Problem, meta_page, missing
from dragoman.telephony.twilio.emulator.studio import Flow, Studio


class StudioApi:
    """`/v2/Flows` over the account's flows."""

    def __init__(self, studio: Studio, gate: Gate) -> None:
        self._studio = studio
        self._gate = gate

    def routes(self) -> list[Route]:
        route = self._gate.route
        return [
            route("/v2/Flows/Validate", post=self._validate),
            route("/v2/Flows", post=self._create, get=self._list),
            route("/v2/Flows/{sid}", get=self._fetch, post=self._update),
        ]

    async def _validate(self, request: Request) -> Response:
        _definition(await Fields.of(request))
        return JSONResponse({"valid": True})

    async def _create(self, request: Request) -> Response:
        fields = await Fields.of(request)
        flow = Flow(_definition(fields), fields.text("FriendlyName"), _status(fields))
        self._studio.flows[flow.sid] = flow
        return JSONResponse(self._json(flow), 201)

    async def _update(self, request: Request) -> Response:
        flow = self._find(request)
        fields = await Fields.of(request)
        flow.status = _status(fields)
        if fields.has("Definition"):
            flow.definition = _definition(fields)
        flow.revision += 1
        return JSONResponse(self._json(flow))

    async def _fetch(self, request: Request) -> Response:
        return JSONResponse(self._json(self._find(request)))

    async def _list(self, request: Request) -> Response:
        return meta_page(request, "flows", [self._json(flow) for flow in self._studio.flows.values()])

    def _find(self, request: Request) -> Flow:
        flow = self._studio.flows.get(request.path_params["sid"])
        if flow is None:
            raise missing(request)
        return flow

    def _json(self, flow: Flow) -> Json:
        moment = ids.iso8601(ids.now())
        url = f"https://studio.twilio.com/v2/Flows/{flow.sid}"
        return {
            "sid": flow.sid,
            "account_sid": self._gate.account_sid,
            "friendly_name": flow.name,
            "definition": flow.definition,
            "status": flow.status,
            "revision": flow.revision,
            "commit_message": None,
            "valid": True,
            "errors": [],
            "warnings": [],
            "date_created": moment,
            "date_updated": moment,
            "webhook_url": self._studio.webhook_url(flow),
            "url": url,
            "links": {part: f"{url}/{part.title()}" for part in ("test_users", "revisions", "executions")},
        }


def _status(fields: Fields) -> str:
    status = fields.text("Status")
    if status not in ("draft", "published"):
        raise Problem(400, 20001, "Status is draft or published")
    return status


def _definition(fields: Fields) -> Json:
    """The definition in the form; raises Problem (20001) with Studio's list of errors."""
    try:
        definition = json.loads(fields.text("Definition"))
    except ValueError:
        raise Problem(400, 20001, "Definition is not JSON") from None
    wrong = [{"property_path": flaw.path, "message": flaw.message} for flaw in flaws(definition)]
    if wrong:
        raise Problem(400, 20001, "Flow definition is invalid", {"errors": wrong})
    read: Json = definition
    return read
