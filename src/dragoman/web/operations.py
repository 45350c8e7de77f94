"""The HTTP API as one table: what each operation takes and what it may answer.

The routes of `api` and the description in `openapi` are both made from it, so that neither can lack what the other has.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

import msgspec

from dragoman.observe.metrics import CONTENT_TYPE
from dragoman.web.answers import Problem
from dragoman.web.control import ChangeBody, Shown

JSON: Final = "application/json"
EVENTS: Final = "text/event-stream"

Short = Annotated[str, msgspec.Meta(min_length=1, max_length=250)]


# ---- Bodies ----------------------------------------------------------------------------------------------------------


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """Dial the customer `to`, who speaks `language`.

    Addresses are numbers with + and country code, `sip:` or `client:` addresses; languages are tags or names. Without
    `agent` the agent is reached as configured.
    """

    to: Short
    language: Short
    agent_language: Short | None = None
    agent: Short | None = None


class Started(msgspec.Struct):
    """The call is being placed. `captions` is the address of its captions, with a token of its own."""

    call_id: str
    captions: str


class Calls(msgspec.Struct):
    calls: list[Shown]


class HungUp(msgspec.Struct):
    call_id: str


class Live(msgspec.Struct):
    live: bool = True


class Ready(msgspec.Struct, omit_defaults=True):
    """`reasons`: why no new calls are wanted here; empty when they are. `without`: what this server does not do."""

    ready: bool
    reasons: list[str]
    without: list[str] = []


# ---- Operations ------------------------------------------------------------------------------------------------------


class Door(enum.Enum):
    """Who may use an operation."""

    OPEN = enum.auto()
    TOKEN = enum.auto()
    """Who has the API token; 403 for all while none is set."""
    CAPTIONS = enum.auto()
    """Who has the API token, or the call's own captions token."""
    LOGIN = enum.auto()
    """Who has the API token, or a login's cookie."""
    KEY = enum.auto()
    """Who has the room's key."""
    SEAT = enum.auto()
    """Who has a seat in the room."""
    HOST = enum.auto()
    """Who has the API token, a login's cookie, the host's token or the host's seat."""


@dataclass(frozen=True, slots=True)
class Says:
    """One answer: its status, what it means, and its body (None: text of `media`). `headers`: name to meaning."""

    status: int
    what: str
    body: type[msgspec.Struct] | None = None
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """`name` is unique. `takes`: the body's type. `query` and `headers`: what may be sent besides, name to meaning."""

    name: str
    method: str
    path: str
    summary: str
    answers: tuple[Says, ...]
    takes: type[msgspec.Struct] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    door: Door = Door.TOKEN

    @property
    def says(self) -> tuple[Says, ...]:
        """All its answers: its own, and those that follow from its door, its path and its body."""
        doors = _AT_DOOR[self.door]
        no_call = (_NO_CALL,) if "{call_id}" in self.path else ()
        bodies = (_BROKEN, _TOO_LARGE) if self.takes is not None else ()
        return tuple(sorted((*self.answers, *doors, *no_call, *bodies), key=lambda one: one.status))


_NO_TOKEN: Final = Says(401, "the API token is missing or wrong", Problem, headers={"www-authenticate": "Bearer"})
_SHUT: Final = Says(403, "the API is shut: this server has no DRAGOMAN_API_TOKEN", Problem)
_NO_CAPTIONS: Final = Says(403, "neither the API token nor the token of this call's captions", Problem)
_NOBODY: Final = Says(401, "nobody is logged in", Problem)
_STRANGE: Final = Says(403, "a cookie came with a request that our own page did not send", Problem)
_NO_KEY: Final = Says(403, "the room's key is missing or wrong", Problem)
_NO_SEAT: Final = Says(403, "the seat's token is missing or wrong", Problem)
_AT_DOOR: Final[dict[Door, tuple[Says, ...]]] = {
    Door.OPEN: (),
    Door.TOKEN: (_NO_TOKEN, _SHUT),
    Door.CAPTIONS: (_NO_CAPTIONS,),
    Door.LOGIN: (_NOBODY, _STRANGE),
    Door.KEY: (_NO_KEY,),
    Door.SEAT: (_NO_SEAT,),
    Door.HOST: (_NOBODY, _STRANGE),
}
_NO_CALL: Final = Says(404, "there is no such living call", Problem)
_BROKEN: Final = Says(400, "the body is not what this takes; `error` says where", Problem)
_LATER: Final = {"retry-after": "seconds to wait"}
_TOO_LARGE: Final = Says(413, "the body is larger than 64 KiB", Problem)

START: Final = "startCall"
LIST: Final = "listCalls"
SHOW: Final = "showCall"
CHANGE: Final = "changeCall"
HANG_UP: Final = "hangUpCall"
CAPTIONS: Final = "readCaptions"
METRICS: Final = "metrics"
DESCRIBE: Final = "describeApi"

API: Final = (
    Operation(
        START,
        "POST",
        "/api/calls",
        "Start a call: dial the agent, then the customer",
        (
            Says(201, "the call is being placed", Started, headers={"location": "the call's own address"}),
            Says(429, "too many calls with this number in a minute", Problem, headers=_LATER),
            Says(503, "at a limit, or stopping", Problem, headers=_LATER),
        ),
        takes=Wanted,
    ),
    Operation(LIST, "GET", "/api/calls", "The living calls", (Says(200, "all of them", Calls),)),
    Operation(SHOW, "GET", "/api/calls/{call_id}", "One living call", (Says(200, "how it stands", Shown),)),
    Operation(
        CHANGE,
        "PATCH",
        "/api/calls/{call_id}",
        "Carry a living call otherwise from now on",
        (
            Says(200, "how the call now stands", Shown),
            Says(409, "it cannot be carried so; nothing was changed", Problem),
        ),
        takes=ChangeBody,
    ),
    Operation(
        HANG_UP,
        "POST",
        "/api/calls/{call_id}/hangup",
        "End a living call",
        (Says(202, "it is being ended", HungUp),),
    ),
    Operation(
        CAPTIONS,
        "GET",
        "/api/calls/{call_id}/captions",
        "A call's captions, from its start and as they come",
        (
            Says(200, "server-sent events: `caption`, each with a Caption as its data, and `end`", media=EVENTS),
            Says(429, "too many readers of this call", Problem),
        ),
        query={"token": "the token that came with the call"},
        headers={"last-event-id": "the number of the last event that was read"},
        door=Door.CAPTIONS,
    ),
    Operation(METRICS, "GET", "/metrics", "Figures for Prometheus", (Says(200, "its text form", media=CONTENT_TYPE),)),
    # Open: it says what docs/api.md says and nothing of this node, and the tools that read it bring no token.
    Operation(
        DESCRIBE,
        "GET",
        "/api/openapi.json",
        "This description",
        (Says(200, "OpenAPI 3.1", media=JSON),),
        door=Door.OPEN,
    ),
)
"""Those that `api` serves."""

OF_THE_NODE: Final = tuple(one for one in API if one.name in (METRICS, DESCRIBE))
"""Those of them that are about the server and no call."""

HEALTH: Final = (
    Operation("live", "GET", "/live", "Whether the process answers", (Says(200, "it does", Live),), door=Door.OPEN),
    Operation(
        "ready",
        "GET",
        "/ready",
        "Whether new calls are wanted here",
        (Says(200, "they are", Ready), Says(503, "they are not", Ready)),
        door=Door.OPEN,
    ),
)
"""Those that `health` serves."""
