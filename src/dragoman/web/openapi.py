"""The description of the HTTP API for programs: OpenAPI 3.1, made from the table of operations and their types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from dragoman.domain.effects import Caption
from dragoman.web.logins import COOKIE, SAFE_COOKIE
from dragoman.web.operations import API, EVENTS, HEALTH, JSON, Door, Operation, Says

Json = dict[str, Any]

_SECURITY: Final[dict[Door, list[dict[str, list[str]]]]] = {
    Door.OPEN: [],
    Door.TOKEN: [{"apiToken": []}],
    Door.CAPTIONS: [{"apiToken": []}, {"captionsToken": []}],
    Door.LOGIN: [{"apiToken": []}, {"login": []}],
    Door.KEY: [{"roomKey": []}],
    Door.SEAT: [{"seatToken": []}],
    Door.HOST: [{"apiToken": []}, {"login": []}, {"seatToken": []}, {"hostToken": []}],
}
_SCHEMES: Final = {
    "apiToken": {"type": "http", "scheme": "bearer", "description": "DRAGOMAN_API_TOKEN"},
    "captionsToken": {"type": "apiKey", "in": "query", "name": "token", "description": "opens one call's captions"},
    "login": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": f"over HTTPS: {SAFE_COOKIE}"},
    "roomKey": {"type": "http", "scheme": "bearer", "description": "what stands behind the # of a room's link"},
    "seatToken": {"type": "http", "scheme": "bearer", "description": "one seat's own"},
    "hostToken": {"type": "http", "scheme": "bearer", "description": "of who opened the room"},
}
_EVENT: Final = {
    "type": "object",
    "description": "one server-sent event; the data of a `caption` is a Caption, that of `calls` what waits for an "
    "agent (docs/browser-protocol.md), that of `end` an empty object",
    "properties": {
        "event": {"enum": ["caption", "calls", "end"]},
        "id": {"type": "string", "description": "the caption's number, for Last-Event-ID"},
        "data": {"type": "string", "contentMediaType": JSON},
    },
    "required": ["event", "data"],
}
_BODILESS: Final[Json] = {EVENTS: _EVENT, JSON: {"type": "object"}}
"""Schemas of answers that no type of ours stands for, by media; the others are text."""
_IN_PATH: Final = re.compile(r"\{(\w+)\}")
_REF: Final = "#/components/schemas/{name}"


def described(operations: Iterable[Operation] = (*API, *HEALTH)) -> Json:
    """The whole document."""
    operations = tuple(operations)
    bodies = [one.takes for one in operations if one.takes] + [
        says.body for one in operations for says in one.says if says.body
    ]
    named = list(dict.fromkeys([*bodies, Caption]))
    references, schemas = msgspec.json.schema_components(named, ref_template=_REF)
    schema_of = dict(zip(named, references, strict=True))
    paths: dict[str, Json] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Dragoman", "version": "1", "description": "Start, see, change and end interpreted calls."},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _SCHEMES},
    }


def _operation(one: Operation, schema_of: dict[Any, Json]) -> Json:
    made: Json = {
        "operationId": one.name,
        "summary": one.summary,
        "security": _SECURITY[one.door],
        "parameters": _parameters(one),
        "responses": _responses(one.says, schema_of),
    }
    if one.takes is not None:
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": schema_of[one.takes]}}}
    return made


def _parameters(one: Operation) -> list[Json]:
    """The captions' token is left out: it stands among the security schemes."""
    schema = {"type": "string"}
    by_path = [{"name": name, "in": "path", "required": True, "schema": schema} for name in _IN_PATH.findall(one.path)]
    others = [
        {"name": name, "in": place, "description": what, "schema": schema}
        for place, found in (("query", one.query), ("header", one.headers))
        for name, what in found.items()
        if not (one.door is Door.CAPTIONS and name == "token")
    ]
    return [*by_path, *others]


def _responses(answers: Iterable[Says], schema_of: dict[Any, Json]) -> Json:
    """By status; those that share one are told together."""
    found: dict[str, Json] = {}
    for says in answers:
        schema = _BODILESS.get(says.media, {"type": "string"}) if says.body is None else schema_of[says.body]
        made: Json = {"description": says.what, "content": {says.media: {"schema": schema}}}
        if says.headers:
            made["headers"] = {
                name: {"description": what, "schema": {"type": "string"}} for name, what in says.headers.items()
            }
        before = found.get(str(says.status))
        if before is not None:
            made["description"] = f"{before['description']}; or {made['description']}"
        found[str(says.status)] = made
    return found
