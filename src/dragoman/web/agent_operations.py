"""The HTTP API of agents who answer phone calls in their pages, as one table."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from dragoman.browser.wire import LanguageShown
from dragoman.browser_ports import GoneWhy
from dragoman.web.operations import EVENTS, Door, Operation, Says
from dragoman.web.room_operations import RoomProblem, SeatMade

PageName = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class CallWaiting(msgspec.Struct):
    """`call` is this ring's name, and no number. `caller`: who calls, as far as agents may know."""

    call: str
    language: LanguageShown
    caller: str
    waited_s: float


class CallGone(msgspec.Struct):
    """A call that rang until lately: an agent took it, or nobody will."""

    call: str
    why: GoneWhy


class DutyShown(msgspec.Struct):
    """The data of a `calls` event: everything as it is now. `page` is what this page answers as."""

    page: str
    calls: list[CallWaiting]
    gone: list[CallGone]


class Answering(msgspec.Struct, forbid_unknown_fields=True):
    """Which page answers, or does not."""

    page: PageName


class Declined(msgspec.Struct):
    call: str


DUTY: Final = "agentCalls"
ACCEPT: Final = "acceptCall"
DECLINE: Final = "declineCall"

_LATER: Final = {"retry-after": "seconds to wait"}
_TOO_MANY: Final = Says(429, "too many requests from this address", RoomProblem, headers=_LATER)
_GUEST: Final = Says(403, "a guest answers no calls, or the request does not come from our own page", RoomProblem)

AGENTS: Final = (
    Operation(
        DUTY,
        "GET",
        "/api/agent/calls",
        "The calls that wait for an agent, as they come; who reads this is on duty",
        (
            Says(200, "all that waits, at each change", media=EVENTS),
            _GUEST,
            _TOO_MANY,
            Says(503, "too many pages are on duty, or the server stops", RoomProblem, headers=_LATER),
        ),
        door=Door.LOGIN,
    ),
    Operation(
        ACCEPT,
        "POST",
        "/api/agent/calls/{call}/accept",
        "Answer a call: the first page has it",
        (
            Says(200, "the seat's token, to join with", SeatMade),
            _GUEST,
            Says(404, "it rings no more", RoomProblem),
            Says(409, "another agent was first", RoomProblem),
            _TOO_MANY,
        ),
        takes=Answering,
        door=Door.LOGIN,
    ),
    Operation(
        DECLINE,
        "POST",
        "/api/agent/calls/{call}/decline",
        "Leave a call to the other agents",
        (Says(200, "it rings here no more", Declined), _GUEST, _TOO_MANY),
        takes=Answering,
        door=Door.LOGIN,
    ),
)
"""Those that `agent_api` serves."""
