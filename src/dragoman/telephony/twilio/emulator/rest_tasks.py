"""REST: TaskRouter, as far as it is used here."""

from __future__ import annotations

import asyncio
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dragoman.telephony.twilio.emulator import ids
from dragoman.telephony.twilio.emulator.rest import Fields, Gate, Json, Problem, meta_page, missing
from dragoman.telephony.twilio.emulator.taskrouter import TaskRouter
from dragoman.telephony.twilio.emulator.tasks import Reservation, ReservationStatus, Task, TaskStatus, Worker, Workflow


class TasksApi:
    """`/v1/Workspaces/...` over the one workspace."""

    def __init__(self, router: TaskRouter, gate: Gate, group: asyncio.TaskGroup) -> None:
        self._router = router
        self._gate = gate
        self._group = group

    def routes(self) -> list[Route]:
        root, route = "/v1/Workspaces", self._gate.route
        here = root + "/{workspace}"
        return [
            route(root, get=self._workspaces),
            route(here, get=self._workspace, post=self._update_workspace),
            route(here + "/Workflows", get=self._workflows),
            route(here + "/Workflows/{sid}", get=self._workflow),
            route(here + "/Workers", get=self._workers),
            route(here + "/Workers/{sid}", get=self._worker),
            route(here + "/Tasks", get=self._tasks, post=self._create_task),
            route(here + "/Tasks/{sid}", get=self._task, post=self._update_task),
            route(here + "/Tasks/{sid}/Reservations", get=self._reservations),
            route(here + "/Tasks/{task}/Reservations/{sid}", get=self._reservation, post=self._answer),
            route(here + "/Events", get=self._events),
        ]

    # ---- Workspace, workflows, workers -------------------------------------------------------------------------------

    async def _workspaces(self, request: Request) -> Response:
        return meta_page(request, "workspaces", [self._workspace_json()])

    async def _workspace(self, request: Request) -> Response:
        self._here(request)
        return JSONResponse(self._workspace_json())

    async def _update_workspace(self, request: Request) -> Response:
        self._here(request)
        fields = await Fields.of(request)
        workspace = self._router.workspace
        if fields.has("EventCallbackUrl"):
            workspace.event_callback_url = fields.url("EventCallbackUrl", 20001)
        if fields.has("EventsFilter"):
            workspace.events_filter = frozenset(filter(None, fields.text("EventsFilter").split(",")))
        return JSONResponse(self._workspace_json())

    async def _workflows(self, request: Request) -> Response:
        self._here(request)
        return meta_page(request, "workflows", [self._workflow_json(one) for one in self._router.workflows.values()])

    async def _workflow(self, request: Request) -> Response:
        self._here(request)
        workflow = self._router.workflows.get(request.path_params["sid"])
        if workflow is None:
            raise missing(request)
        return JSONResponse(self._workflow_json(workflow))

    async def _workers(self, request: Request) -> Response:
        self._here(request)
        return meta_page(request, "workers", [self._worker_json(one) for one in self._router.workers.values()])

    async def _worker(self, request: Request) -> Response:
        self._here(request)
        worker = self._router.workers.get(request.path_params["sid"])
        if worker is None:
            raise missing(request)
        return JSONResponse(self._worker_json(worker))

    def _here(self, request: Request) -> None:
        if request.path_params["workspace"] != self._router.workspace.sid:
            raise missing(request)

    # ---- Tasks and reservations --------------------------------------------------------------------------------------

    async def _tasks(self, request: Request) -> Response:
        self._here(request)
        return meta_page(request, "tasks", [self._task_json(one) for one in self._router.tasks.values()])

    async def _create_task(self, request: Request) -> Response:
        self._here(request)
        fields = await Fields.of(request)
        workflow = self._router.workflows.get(fields.text("WorkflowSid"))
        if workflow is None:
            raise Problem(400, 20001, "WorkflowSid is the sid of no workflow")
        attributes = _attributes(fields)
        timeout_s = fields.whole("Timeout", 86400, 1, 1209600)
        task = self._router.enqueue(workflow, attributes, None, fields.whole("Priority", 0, 0, 2**31), timeout_s)
        return JSONResponse(self._task_json(task), 201)

    async def _task(self, request: Request) -> Response:
        return JSONResponse(self._task_json(self._find_task(request)))

    async def _update_task(self, request: Request) -> Response:
        task = self._find_task(request)
        fields = await Fields.of(request)
        status = fields.text("AssignmentStatus")
        if status and fields.has("Attributes"):
            raise Problem(400, 20001, "AssignmentStatus and Attributes cannot be changed in one request")
        if fields.has("Attributes"):
            task.attributes = _attributes(fields)
        match status:
            case "":
                pass
            case "canceled" if task.status in (TaskStatus.PENDING, TaskStatus.RESERVED):
                self._router.cancel(task, fields.text("Reason"))
            case "wrapping" if task.status is TaskStatus.ASSIGNED:
                self._router.wrap_up(task)
            case "completed" if task.status is TaskStatus.ASSIGNED and task.agent is not None:
                task.agent.end()
            case _:
                raise Problem(400, 20001, f"a task that is {task.status.value} cannot become {status[:20]}")
        return JSONResponse(self._task_json(task))

    def _find_task(self, request: Request) -> Task:
        self._here(request)
        task = self._router.tasks.get(request.path_params["sid"])
        if task is None:
            raise missing(request)
        return task

    async def _reservations(self, request: Request) -> Response:
        task = self._find_task(request)
        found = [one for one in self._router.reservations.values() if one.task is task]
        return meta_page(request, "reservations", [self._reservation_json(one) for one in found])

    async def _reservation(self, request: Request) -> Response:
        return JSONResponse(self._reservation_json(self._find_reservation(request)))

    async def _answer(self, request: Request) -> Response:
        reservation = self._find_reservation(request)
        fields = await Fields.of(request)
        if reservation.status is not ReservationStatus.PENDING:
            raise Problem(409, 40105, f"the reservation is {reservation.status.value}")
        match fields.text("ReservationStatus") or fields.text("Instruction"):
            case "accepted" | "conference" | "accept":
                self._group.create_task(self._accept(reservation))
            case "rejected" | "reject":
                reservation.reject()
            case other:
                raise Problem(400, 20001, f"the emulator has no such answer: {other[:20]}")
        return JSONResponse(self._reservation_json(reservation))

    async def _accept(self, reservation: Reservation) -> None:
        try:
            await reservation.accept()
        except ConnectionError:
            return  # the events say what became of it

    def _find_reservation(self, request: Request) -> Reservation:
        self._here(request)
        reservation = self._router.reservations.get(request.path_params["sid"])
        if reservation is None or reservation.task.sid != request.path_params["task"]:
            raise missing(request)
        return reservation

    async def _events(self, request: Request) -> Response:
        self._here(request)
        events = self._router.events_json()
        wanted = request.query_params
        for parameter in ("EventType", "TaskSid", "ReservationSid"):
            if parameter in wanted:
                events = [one for one in events if _event_field(one, parameter) == wanted[parameter]]
        return meta_page(request, "events", events)

    # ---- Bodies ------------------------------------------------------------------------------------------------------

    def _body(self, sid: str, path: str = "") -> Json:
        workspace = self._router.workspace.sid
        url = f"https://taskrouter.twilio.com/v1/Workspaces/{workspace}{path}"
        return {
            "sid": sid,
            "account_sid": self._gate.account_sid,
            "workspace_sid": workspace,
            "date_created": ids.iso8601(ids.now()),
            "date_updated": ids.iso8601(ids.now()),
            "url": url,
            "links": {},
        }

    def _workspace_json(self) -> Json:
        workspace = self._router.workspace
        return self._body(workspace.sid) | {
            "friendly_name": workspace.name,
            "event_callback_url": workspace.event_callback_url,
            "events_filter": ",".join(sorted(workspace.events_filter)),
            "multi_task_enabled": True,
            "prioritize_queue_order": "FIFO",
        }

    def _workflow_json(self, workflow: Workflow) -> Json:
        return self._body(workflow.sid, f"/Workflows/{workflow.sid}") | {
            "friendly_name": workflow.name,
            "configuration": workflow.configuration,
            "task_reservation_timeout": int(workflow.reservation_timeout_s),
            "assignment_callback_url": None,
            "fallback_assignment_callback_url": None,
        }

    def _worker_json(self, worker: Worker) -> Json:
        return self._body(worker.sid, f"/Workers/{worker.sid}") | {
            "friendly_name": worker.name,
            "attributes": json.dumps(worker.attributes),
            "available": worker.available,
            "activity_name": "Available" if worker.available else "Offline",
        }

    def _task_json(self, task: Task) -> Json:
        return self._body(task.sid, f"/Tasks/{task.sid}") | {
            "age": task.age_s,
            "assignment_status": task.status.value,
            "attributes": task.attributes_json(),
            "priority": task.priority,
            "reason": task.reason or None,
            "task_queue_sid": task.workflow.queue_sid,
            "task_queue_friendly_name": task.workflow.queue_name,
            "task_channel_unique_name": "voice",
            "workflow_sid": task.workflow.sid,
            "workflow_friendly_name": task.workflow.name,
            "timeout": int(task.workflow.task_timeout_s),
        }

    def _reservation_json(self, reservation: Reservation) -> Json:
        path = f"/Tasks/{reservation.task.sid}/Reservations/{reservation.sid}"
        return self._body(reservation.sid, path) | {
            "reservation_status": reservation.status.value,
            "task_sid": reservation.task.sid,
            "worker_sid": reservation.worker.sid,
            "worker_name": reservation.worker.name,
        }


def _attributes(fields: Fields) -> Json:
    try:
        attributes = json.loads(fields.text("Attributes", "{}"))
    except ValueError:
        attributes = None
    if not isinstance(attributes, dict):
        raise Problem(400, 20001, "Attributes is no JSON object")
    return attributes


def _event_field(event: Json, parameter: str) -> object:
    match parameter:
        case "EventType":
            return event["event_type"]
        case "TaskSid":
            return event["event_data"].get("task_sid")
        case _:
            return event["event_data"].get("reservation_sid")
