"""TaskRouter's events as forms. Source: TaskRouter's "Events" reference (fact sheet, 2.3)."""

from __future__ import annotations

import json

from dragoman.telephony.twilio.emulator import ids
from dragoman.telephony.twilio.emulator.tasks import Reservation, Task, Worker, Workspace


def event_form(
    event: str, account_sid: str, workspace: Workspace, task: Task, reservation: Reservation | None
) -> dict[str, str]:
    """The parameters of one event."""
    kind = event.partition(".")[0]
    moment = ids.now()
    subject = _subject(kind, task, reservation)
    form = {
        "EventType": event,
        "AccountSid": account_sid,
        "WorkspaceSid": workspace.sid,
        "WorkspaceName": workspace.name,
        "EventDescription": _description(event, task, reservation),
        "ResourceType": "task" if kind == "task-queue" else kind,
        "ResourceSid": subject,
        "Timestamp": str(int(moment.timestamp())),
        "TimestampMs": str(int(moment.timestamp() * 1000)),
        "Sid": ids.sid("EV"),
    }
    form |= _task(task)
    if reservation is not None:
        form |= _worker(reservation.worker) | {"ReservationSid": reservation.sid}
    return form


def _subject(kind: str, task: Task, reservation: Reservation | None) -> str:
    if reservation is not None:
        return reservation.worker.sid if kind == "worker" else reservation.sid
    return task.workflow.sid if kind == "workflow" else task.sid


def _description(event: str, task: Task, reservation: Reservation | None) -> str:
    if reservation is None:
        return f"Task {task.sid}: {event}"
    return f"Worker {reservation.worker.name}, reservation {reservation.sid}, task {task.sid}: {event}"


def _task(task: Task) -> dict[str, str]:
    form = {
        "TaskSid": task.sid,
        "TaskAttributes": task.attributes_json(),
        "TaskAge": str(task.age_s),
        "TaskPriority": str(task.priority),
        "TaskAssignmentStatus": task.status.value,
        "TaskChannelUniqueName": "voice",
        "TaskQueueSid": task.workflow.queue_sid,
        "TaskQueueName": task.workflow.queue_name,
        "WorkflowSid": task.workflow.sid,
        "WorkflowName": task.workflow.name,
    }
    if task.reason:
        done = "TaskCompletedReason" if task.status.value == "completed" else "TaskCanceledReason"
        form[done] = task.reason
    return form


def _worker(worker: Worker) -> dict[str, str]:
    return {
        "WorkerSid": worker.sid,
        "WorkerName": worker.name,
        "WorkerAttributes": json.dumps(worker.attributes),
        "WorkerActivityName": "Available" if worker.available else "Offline",
        "WorkerVersion": "1",
    }
