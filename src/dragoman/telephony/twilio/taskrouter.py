"""TaskRouter: the attributes of our tasks, and what a workspace's event callback says. No I/O.

Source: Twilio's TaskRouter event reference. Events are matched by our own call id in the task's attributes, never by a
phone number.
"""

from __future__ import annotations

import re
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

# The task waits, or is offered to somebody.
_SEEN: Final = frozenset({"task.created", "task-queue.entered", "reservation.created"})

# Whoever took it is through with the call.
_DONE: Final = frozenset({"task.wrapup", "task.completed"})

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
    task: str = ""


@dataclass(frozen=True, slots=True)
class TaskSeen:
    """The task of a call of ours: `task` says where it is (`Task`)."""

    call_id: str
    task: str


@dataclass(frozen=True, slots=True)
class TaskDone:
    """The task of a call of ours is over, or only its agent's after-call work is left."""

    call_id: str


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


TaskEvent = ReservationAccepted | TaskSeen | TaskDone | TaskLost | Unreadable


@dataclass(frozen=True, slots=True)
class Task:
    """Where a task is, as one text: account, workspace, task."""

    account: str
    workspace: str
    task: str

    @classmethod
    def read(cls, text: str) -> Task | None:
        """What `str` made of one; None for anything else."""
        found = _TASK.fullmatch(text)
        return cls(*found.groups()) if found is not None else None

    def __str__(self) -> str:
        return f"{self.account}/{self.workspace}/{self.task}"


_TASK: Final = re.compile(r"(AC[0-9a-f]{32})/(WS[0-9a-f]{32})/(WT[0-9a-f]{32})")


def write(attributes: TaskAttributes) -> str:
    """The attributes as JSON for <Task>; raise LocalWireError when TaskRouter would refuse the size."""
    written = msgspec.json.encode(attributes)
    if len(written) > ATTRIBUTES_LIMIT_BYTES:
        raise LocalWireError("task attributes are larger than TaskRouter takes")
    return written.decode()


def read(form: Mapping[str, str]) -> TaskEvent | None:
    """What an event callback's form says about a call of ours; None when it says nothing that matters."""
    event_type = form.get("EventType", "")
    if event_type not in (_ACCEPTED, *_LOST, *_SEEN, *_DONE):
        return None
    try:
        call_id = _call_of(form.get("TaskAttributes", ""))
    except (msgspec.DecodeError, RecursionError, UnicodeError) as broken:
        reason = str(broken)[:120] if isinstance(broken, msgspec.DecodeError) else type(broken).__name__
        return Unreadable(event_type, reason)
    if call_id is None:
        return None
    task = _task(form)
    if event_type in _SEEN:
        return TaskSeen(call_id, task) if task else None
    if event_type in _DONE or (event_type in _LOST and form.get("TaskAssignmentStatus", "") in _TAKEN):
        return TaskDone(call_id)
    if event_type in _LOST:
        return TaskLost(call_id, event_type)
    reservation = form.get("ReservationSid") or form.get("ResourceSid") or ""
    if not reservation:
        return Unreadable(event_type, "no ReservationSid")
    return ReservationAccepted(call_id, reservation, task)


def _task(form: Mapping[str, str]) -> str:
    """Which task the event is about; "" when it does not say."""
    task = str(Task(form.get("AccountSid", ""), form.get("WorkspaceSid", ""), form.get("TaskSid", "")))
    return task if Task.read(task) is not None else ""


class _Ours(msgspec.Struct):
    """The one attribute that we match by. TaskRouter adds many of its own, other people more."""

    dragoman_call: str | None = None


def _call_of(attributes: str) -> str | None:
    return msgspec.json.decode(attributes.encode(), type=_Ours).dragoman_call or None
