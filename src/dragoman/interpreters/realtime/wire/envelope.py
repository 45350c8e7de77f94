"""What both realtime protocols share: the error event, event ids, tolerant and strict reading.

A client reads a server tolerantly: unknown members are skipped, an unknown event type is `Unrecognised`. A server reads
a client strictly: an unknown type, member or bad value is a `Rejection`, which the server answers with an `error` event
and which leaves its configuration untouched. Source: OpenAI's reference of 2026-08-21 and openai-python 3.52.
"""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar, cast

import msgspec

from dragoman.errors import LocalWireError, RemoteWireError

MAX_APPEND_BYTES = 15 * 1024 * 1024
"""The most audio that one append event may carry."""

MAX_ID_CHARACTERS = 512
"""An `event_id` longer than this is not echoed."""


Whole = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
"""A number that is counted with: JSON has integers of hundreds of digits, and a float has no place for them."""


class RejectionCode(enum.StrEnum):
    """The `code` of an error event that answers a bad client event."""

    INVALID_VALUE = "invalid_value"
    UNKNOWN_PARAMETER = "unknown_parameter"
    MISSING_PARAMETER = "missing_required_parameter"
    INVALID_JSON = "invalid_json"
    INVALID_EVENT = "invalid_event"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a client event was refused. `param` is the path of the offending member ("session.audio.output.speed")."""

    code: RejectionCode
    message: str
    param: str | None = None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """A server event that we do not know: counted, never fatal. `detail` says what in it was new."""

    type: str
    detail: str = ""


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """Part of a message."""


class ServerEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Anything a server sends. `event_id` is set by `Stamp`; a client need not care about it."""

    event_id: str = ""


class ClientEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """Anything a client sends. `event_id` is echoed by the error event that answers it."""

    event_id: str | None = None


class ErrorDetail(Wire, frozen=True):
    """The body of an error. `type` is a family (`invalid_request_error`, `server_error`), `code` the exact case."""

    type: str
    message: str
    code: str | None = None
    param: str | None = None
    event_id: str | None = None


class ErrorEvent(ServerEvent, frozen=True, tag="error"):
    """Something went wrong. Does not end the session by itself."""

    error: ErrorDetail


def error_for(rejection: Rejection) -> ErrorEvent:
    """The error event that answers a rejected client event."""
    return ErrorEvent(
        error=ErrorDetail(
            type="invalid_request_error",
            message=rejection.message,
            code=rejection.code.value,
            param=rejection.param,
            event_id=rejection.event_id,
        )
    )


class Stamp:
    """Encodes server events, each with its own `event_id`. `seed` makes the ids unique among sessions."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._numbers = itertools.count(1)

    def __call__(self, event: ServerEvent) -> bytes:
        """One JSON text message as UTF-8. An event that carries an id already keeps it."""
        if not event.event_id:
            event = msgspec.structs.replace(event, event_id=f"event_{self._seed}_{next(self._numbers)}")
        return encode(event)


def encode(event: ServerEvent | ClientEvent) -> bytes:
    """One JSON text message as UTF-8; raises LocalWireError when the event cannot be written."""
    try:
        return msgspec.json.encode(event)
    except (TypeError, ValueError, OverflowError) as error:
        raise LocalWireError(f"cannot encode {type(event).__name__}: {error}") from error


ServerEventT = TypeVar("ServerEventT", bound=ServerEvent)
ClientEventT = TypeVar("ClientEventT", bound=ClientEvent)


def read_server(decode: Callable[[bytes], ServerEventT], message: bytes) -> ServerEventT | Unrecognised:
    """Read a server's message tolerantly; raises RemoteWireError when it is no event or breaks its own form."""
    try:
        return decode(message)
    except msgspec.ValidationError as error:
        kind = _peek(message).get("type")
        if not isinstance(kind, str):
            raise RemoteWireError("a server message without a type") from error
        if str(error).startswith("Invalid value"):
            return Unrecognised(kind, str(error))
        raise RemoteWireError(f"a broken {kind}: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteWireError(f"a server message that is not JSON: {error}") from error


def read_client(decode: Callable[[bytes], ClientEventT], message: bytes, known: str) -> ClientEventT | Rejection:
    """Read a client's message strictly. `known` lists the accepted types for the error text."""
    try:
        event = decode(message)
    except msgspec.ValidationError as error:
        return _rejection(str(error), message, known)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Rejection(RejectionCode.INVALID_JSON, f"We could not parse your event as JSON: {error}")
    if event.__struct_config__.forbid_unknown_fields:
        return event
    path = _unknown_member(event, _peek(message), "")
    if path is not None:
        return Rejection(RejectionCode.UNKNOWN_PARAMETER, f"Unknown parameter: '{path}'.", path, event.event_id)
    return event


_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>[^`]+)`")
_PATH = re.compile(r" - at `(?P<path>[^`]+)`$")


def _rejection(text: str, message: bytes, known: str) -> Rejection:
    """Make a Rejection of a msgspec complaint (its wording is pinned by tests)."""
    event_id = _event_id(message)
    found = _PATH.search(text)
    path = _spelled(found["path"]) if found else ""
    reason = _PATH.sub("", text)
    if missing := _MISSING.match(text):
        param = _under(path, missing["name"])
        return Rejection(RejectionCode.MISSING_PARAMETER, f"Missing required parameter: '{param}'.", param, event_id)
    if unknown := _UNKNOWN.match(text):
        param = _under(path, unknown["name"])
        return Rejection(RejectionCode.UNKNOWN_PARAMETER, f"Unknown parameter: '{param}'.", param, event_id)
    if path == "type":
        return Rejection(RejectionCode.INVALID_VALUE, f"{reason}. Supported values are: {known}.", "type", event_id)
    if not path:
        return Rejection(RejectionCode.INVALID_EVENT, f"An event is a JSON object: {reason}.", None, event_id)
    return Rejection(RejectionCode.INVALID_VALUE, f"Invalid '{path}': {reason}.", path, event_id)


def _spelled(path: str) -> str:
    """`$.session.tools[...].name` as the API spells it: `session.tools.name`."""
    return path.removeprefix("$").replace("[...]", "").lstrip(".")


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _peek(message: bytes) -> dict[str, Any]:
    """The message as a plain object; empty when it is none."""
    try:
        found = msgspec.json.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _event_id(message: bytes) -> str | None:
    found = _peek(message).get("event_id")
    return found if isinstance(found, str) and len(found) <= MAX_ID_CHARACTERS else None


def _unknown_member(value: object, raw: object, path: str) -> str | None:
    """The path of the first member of `raw` that the struct `value` has no place for."""
    if isinstance(value, msgspec.Struct) and isinstance(raw, dict):
        fields = dict(zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True))
        for name, inner in raw.items():
            if name in fields:
                deeper = _unknown_member(getattr(value, fields[name]), inner, _under(path, name))
                if deeper is not None:
                    return deeper
            elif name != value.__struct_config__.tag_field:
                return _under(path, name)
    if isinstance(value, list) and isinstance(raw, list):
        for number, (one, inner) in enumerate(zip(value, raw, strict=True)):
            deeper = _unknown_member(one, inner, f"{path}[{number}]")
            if deeper is not None:
                return deeper
    return None


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a client event breaks."""

    param: str
    message: str
    code: RejectionCode = RejectionCode.INVALID_VALUE

    def rejection(self, event_id: str | None) -> Rejection:
        return Rejection(self.code, f"Invalid '{self.param}': {self.message}", self.param, event_id)


def within(param: str, value: float | msgspec.UnsetType | None, low: float, high: float) -> Broken | None:
    """A number that must lie in a closed range; absent and null are left to the types."""
    if value is None or isinstance(value, msgspec.UnsetType) or low <= value <= high:
        return None
    side = f"greater than or equal to {low:g}" if value < low else f"less than or equal to {high:g}"
    return Broken(param, f"expected a value {side}, but got {_shown(value)} instead.")


def _shown(number: float) -> str:
    """A number as people read it; JSON has integers that no float can hold."""
    try:
        return f"{number:g}"
    except OverflowError:
        return "a number of hundreds of digits"


def one_of(param: str, value: object, allowed: tuple[str, ...]) -> Broken | None:
    """A word that must be in a list; absent and null are left to the types."""
    if value is None or isinstance(value, msgspec.UnsetType) or value in allowed:
        return None
    return Broken(param, f"'{value}'. Supported values are: {', '.join(repr(one) for one in allowed)}.")


def first(rules: list[Broken | None]) -> Broken | None:
    """The first broken rule."""
    return next((one for one in rules if one is not None), None)


def with_event_id(rejection: Rejection, event_id: str | None) -> Rejection:
    """The same rejection, echoing another event's id."""
    return replace(rejection, event_id=event_id)
