"""TaskRouter: the attributes of our tasks, and what a workspace's event callback says. No I/O.

Source: Twilio's TaskRouter event reference. Events are matched by our own call id in the task's attributes, never by a
phone number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from dragoman.errors import LocalWireError

ATTRIBUTES_LIMIT_BYTES: Final = 4096

_ACCEPTED: Final = "reservation.accepted"

# The task is over and nobody took it. (A reservation that is rejected or times out only moves on to the next agent, a
# task-queue.timeout only to the next target: the workflow says `workflow.timeout` when it has none left.)
_LOST: Final = frozenset({"task.canceled", "task.deleted", "task.system-deleted", "workflow.timeout"})

# A task is deleted after a good conversation too.
_TAKEN: Final = frozenset({"assigned", "wrapping", "completed"})


class TaskAttributes(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent's desktop and the workflow get to know of a call. Visible to supervisors and in reports."""

    dragoman_call: str
    caller_language: str = ""
    agent_language: str = ""
    caller: str = ""
    name: str = ""
    panel_token: str = ""
    panel_url: str = ""


@dataclass(frozen=True, slots=True)
class ReservationAccepted:
    """An agent took the task of a call of ours."""

    call_id: str
    reservation_sid: str


@dataclass(frozen=True, slots=True)
class TaskLost:
    """The task of a call of ours is over, and nobody took it or will."""

    call_id: str
    event_type: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An event that would have mattered, but its attributes are broken."""

    event_type: str
    reason: str


TaskEvent = ReservationAccepted | TaskLost | Unreadable


def write(attributes: TaskAttributes) -> str:
    """The attributes as JSON for <Task>; raise LocalWireError when TaskRouter would refuse the size."""
    written = msgspec.json.encode(attributes)
    if len(written) > ATTRIBUTES_LIMIT_BYTES:
        raise LocalWireError("task attributes are larger than TaskRouter takes")
    return written.decode()


def read(form: Mapping[str, str]) -> TaskEvent | None:
    """What an event callback's form says about a call of ours; None when it says nothing that matters."""
    event_type = form.get("EventType", "")
    if event_type != _ACCEPTED and event_type not in _LOST:
        return None
    try:
        call_id = _call_of(form.get("TaskAttributes", ""))
    except (msgspec.DecodeError, RecursionError, UnicodeError) as broken:
        reason = str(broken)[:120] if isinstance(broken, msgspec.DecodeError) else type(broken).__name__
        return Unreadable(event_type, reason)
    if call_id is None:
        return None
    if event_type != _ACCEPTED:
        taken = form.get("TaskAssignmentStatus", "") in _TAKEN
        return None if taken else TaskLost(call_id, event_type)
    reservation = form.get("ReservationSid") or form.get("ResourceSid") or ""
    if not reservation:
        return Unreadable(event_type, "no ReservationSid")
    return ReservationAccepted(call_id, reservation)


class _Ours(msgspec.Struct):
    """The one attribute that we match by. TaskRouter adds many of its own, other people more."""

    dragoman_call: str | None = None


def _call_of(attributes: str) -> str | None:
    return msgspec.json.decode(attributes.encode(), type=_Ours).dragoman_call or None
