"""The HTTP API of browser mode as one table, as `operations` is that of calls."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from dragoman.browser.wire import LanguageShown, PartyShown, Tag, Token
from dragoman.browser_ports import DirectKind
from dragoman.web.operations import Door, Operation, Says

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
PartyName = Annotated[str, msgspec.Meta(max_length=200)]


class RoomProblem(msgspec.Struct):
    """What went wrong, what to do about it, and a word for programs: a code of the socket's, or one of its own."""

    error: str
    fix: str
    code: str


# ---- Bodies ----------------------------------------------------------------------------------------------------------


class LanguagePaired(LanguageShown, frozen=True):
    """`with`: the tags of those from and into which it is interpreted."""

    pairs: list[str] = msgspec.field(name="with", default_factory=list)


class Welcome(msgspec.Struct):
    """`login`: `operator`, `guest` or `none`. `direct`: whether keys for the model itself are given out; `agents`:
    whether phone calls are answered in pages.
    """

    login: str
    languages: list[LanguagePaired]
    max_parties: int
    resume_s: float
    direct: bool
    agents: bool


class LoginWanted(msgspec.Struct, forbid_unknown_fields=True):
    token: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class LoginMade(msgspec.Struct):
    login: str


class InviteWanted(msgspec.Struct, forbid_unknown_fields=True):
    """An invite lasts so many hours and is good for so many rooms."""

    hours: Annotated[float, msgspec.Meta(ge=0.1, le=24 * 31)] = 24.0
    rooms: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1


class InviteMade(msgspec.Struct):
    """`link` has the invite behind its #. `expires_at`: Unix seconds."""

    invite: str
    link: str
    expires_at: float


class RoomAsked(msgspec.Struct, forbid_unknown_fields=True):
    """`languages`: those that may be chosen (none: all); with `one_device` exactly two, side a's first."""

    languages: Annotated[list[Tag], msgspec.Meta(max_length=100)] = []
    one_device: bool = False


class RoomMade(msgspec.Struct):
    """`key` lets people in, `host` makes a seat the host's. `link` has the key behind its #."""

    room: str
    key: str
    host: str
    link: str
    left_s: float


class RoomShown(msgspec.Struct):
    room: str
    one_device: bool
    languages: list[LanguageShown]
    parties: list[PartyShown]
    left_s: float
    over: bool


class SeatAsked(msgspec.Struct, forbid_unknown_fields=True):
    """At a shared device name and language are ignored."""

    key: Key
    name: PartyName = ""
    language: Tag | None = None
    host: Token | None = None


class SeatMade(msgspec.Struct):
    """`seat` is the token to join with."""

    seat: str


class RoomClosed(msgspec.Struct):
    room: str


class KeyWanted(msgspec.Struct, forbid_unknown_fields=True):
    """`source` matters to the conversation kind only, whose instructions name it."""

    target: Tag
    source: Tag
    kind: DirectKind = DirectKind.TRANSLATION


class KeyMade(msgspec.Struct):
    """`value` opens a session: post an SDP offer to `url` with it. `expires_at`: Unix seconds."""

    value: str
    expires_at: float
    url: str
    model: str
    kind: DirectKind


# ---- Operations ------------------------------------------------------------------------------------------------------

_LATER: Final = {"retry-after": "seconds to wait"}
_TOO_MANY: Final = Says(429, "too many requests from this address", RoomProblem, headers=_LATER)
_NO_ROOM: Final = Says(404, "there is no such room, or it is over and forgotten", RoomProblem)
_NO_MORE: Final = Says(503, "at a limit, or stopping", RoomProblem, headers=_LATER)
_STRANGE: Final = Says(403, "the request does not come from our own page", RoomProblem)

WELCOME: Final = "browserMode"
LOG_IN: Final = "logIn"
LOG_OUT: Final = "logOut"
INVITE: Final = "invite"
OPEN_ROOM: Final = "openRoom"
SHOW_ROOM: Final = "showRoom"
SIT_DOWN: Final = "sitDown"
TRANSCRIPT: Final = "readTranscript"
CLOSE_ROOM: Final = "closeRoom"
CLIENT_SECRET: Final = "clientSecret"  # noqa: S105 - an operation's name

ROOMS: Final = (
    Operation(
        WELCOME,
        "GET",
        "/api/browser",
        "Who is logged in here, and which languages there are",
        (Says(200, "for the page", Welcome), _TOO_MANY),
        door=Door.OPEN,
    ),
    Operation(
        LOG_IN,
        "POST",
        "/api/login",
        "Log in with the browser token, the API token or an invite",
        (
            Says(200, "a cookie comes with it", LoginMade, headers={"set-cookie": "the login"}),
            Says(401, "the token is wrong or too old", RoomProblem),
            _STRANGE,
            _TOO_MANY,
        ),
        takes=LoginWanted,
        door=Door.OPEN,
    ),
    Operation(
        LOG_OUT,
        "POST",
        "/api/logout",
        "Take the cookie back",
        (Says(200, "it is void in this browser", LoginMade), _STRANGE, _TOO_MANY),
        door=Door.OPEN,
    ),
    Operation(
        INVITE,
        "POST",
        "/api/invites",
        "Make a token with which somebody else may open rooms",
        (
            Says(201, "the invite", InviteMade),
            Says(403, "a guest invites nobody", RoomProblem),
            _TOO_MANY,
        ),
        takes=InviteWanted,
        door=Door.LOGIN,
    ),
    Operation(
        OPEN_ROOM,
        "POST",
        "/api/rooms",
        "Open a room",
        (
            Says(201, "the room, and what lets people in", RoomMade),
            Says(403, "the invite is used up", RoomProblem),
            _TOO_MANY,
            _NO_MORE,
        ),
        takes=RoomAsked,
        door=Door.LOGIN,
    ),
    Operation(
        SHOW_ROOM,
        "GET",
        "/api/rooms/{room}",
        "A room, for who is about to come in",
        (Says(200, "as it is", RoomShown), _NO_ROOM, _TOO_MANY),
        door=Door.KEY,
    ),
    Operation(
        SIT_DOWN,
        "POST",
        "/api/rooms/{room}/seats",
        "Take a seat in a room",
        (
            Says(201, "the seat", SeatMade),
            Says(403, "the key, or the host's token, is not this room's", RoomProblem),
            Says(409, "the room is full", RoomProblem),
            _NO_ROOM,
            _TOO_MANY,
            _NO_MORE,
        ),
        takes=SeatAsked,
        door=Door.OPEN,
    ),
    Operation(
        TRANSCRIPT,
        "GET",
        "/api/rooms/{room}/transcript.{form}",
        "What was said, as txt, json, srt or vtt",
        (
            Says(200, "so far", media="text/plain"),
            _NO_ROOM,
            _TOO_MANY,
        ),
        door=Door.SEAT,
    ),
    Operation(
        CLOSE_ROOM,
        "DELETE",
        "/api/rooms/{room}",
        "End a room for all",
        (Says(200, "it is over", RoomClosed), _NO_ROOM, _TOO_MANY),
        door=Door.HOST,
    ),
)
"""Those that `room_api` serves."""

DIRECT: Final = (
    Operation(
        CLIENT_SECRET,
        "POST",
        "/api/client-secret",
        "A key of a short life for a session with the speech model itself",
        (
            Says(200, "the key", KeyMade),
            Says(502, "the vendor gave none", RoomProblem),
            _TOO_MANY,
        ),
        takes=KeyWanted,
        door=Door.LOGIN,
    ),
)
"""That of `direct_api`, where keys are given out at all."""
