"""TaskRouter's engine: offers waiting tasks to free workers, and tells the workspace's event callback all of it.

Source: TaskRouter's REST and event pages. Routing is simple: by priority and age, to a free worker; those who let the
task go by come last. Workflow configurations are stored and not evaluated.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from dragoman.telephony.twilio.emulator import ids, tones
from dragoman.telephony.twilio.emulator.exchange import Exchange
from dragoman.telephony.twilio.emulator.line import Bridge, CallStatus, Clip, Direction, Leg
from dragoman.telephony.twilio.emulator.phone import Phone
from dragoman.telephony.twilio.emulator.task_events import event_form
from dragoman.telephony.twilio.emulator.tasks import (
    Attributes,
    QueueResult,
    Reservation,
    ReservationStatus,
    Task,
    TaskStatus,
    Worker,
    Workflow,
    Workspace,
)

_JOIN_S = 15.0
"""How long a worker's phone may ring after the reservation was accepted."""


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, as it was or would have been sent."""

    type: str
    form: dict[str, str]


class TaskRouter:
    """One workspace and everything in it."""

    def __init__(self, exchange: Exchange) -> None:
        self.workspace = Workspace()
        self.workflows: dict[str, Workflow] = {}
        self.workers: dict[str, Worker] = {}
        self.tasks: dict[str, Task] = {}
        self.reservations: dict[str, Reservation] = {}
        self.events: list[Happened] = []
        self._exchange = exchange
        self._plant = exchange.plant

    # ---- Workers and tasks come -------------------------------------------------------------------------------------

    def worker(self, name: str, attributes: Attributes | None = None) -> Worker:
        """The worker of that name; made when new."""
        for worker in self.workers.values():
            if worker.name.lower() == name.lower():
                return worker
        worker = Worker(name, attributes or {}, self)
        self.workers[worker.sid] = worker
        self.dispatch()
        return worker

    def enqueue(
        self, workflow: Workflow, attributes: Attributes, leg: Leg | None, priority: int, timeout_s: float
    ) -> Task:
        """A new task, offered as soon as somebody is free."""
        task = Task(workflow, attributes, leg, priority)
        self.tasks[task.sid] = task
        self._tell("task.created", task)
        self._tell("task-queue.entered", task)
        self._plant.group.create_task(self._expire_task(task, timeout_s))
        self.dispatch()
        return task

    def dispatch(self) -> None:
        """Offer waiting tasks to free workers."""
        waiting = [task for task in self.tasks.values() if task.status is TaskStatus.PENDING and self._routed(task)]
        for task in sorted(waiting, key=lambda task: -task.priority):
            free = [worker for worker in self.workers.values() if worker.free]
            if not free:
                return
            fresh = [worker for worker in free if worker.sid not in task.refused_by]
            self._offer(task, (fresh or free)[0])

    def _routed(self, task: Task) -> bool:
        """Whether TaskRouter knows of it: a call in a plain queue is nobody's task."""
        return task.workflow.sid in self.workflows

    def _offer(self, task: Task, worker: Worker, transfer_from: Reservation | None = None) -> Reservation:
        reservation = Reservation(task, worker, self, transfer_from)
        self.reservations[reservation.sid] = reservation
        worker.reservations.append(reservation)
        if transfer_from is None:
            task.status = TaskStatus.RESERVED
        self._tell("reservation.created", task, reservation)
        worker.offered.put_nowait(reservation)
        self._plant.group.create_task(self._expire(reservation))
        return reservation

    # ---- Workers answer ----------------------------------------------------------------------------------------------

    async def accept(self, reservation: Reservation) -> Phone:
        """Ring the worker's phone and join it with the waiting call."""
        self._need_pending(reservation)
        task, worker = reservation.task, reservation.worker
        reservation.status = ReservationStatus.ACCEPTED
        phone = self._exchange.phone(worker.address)
        caller = task.leg.from_ if task.leg is not None else "client:taskrouter"
        leg = self._exchange.new_leg(caller, worker.address, Direction.OUTBOUND_API)
        status = await self._exchange.ring(leg, _JOIN_S)
        if status is not CallStatus.IN_PROGRESS or task.status.over:
            leg.end(CallStatus.COMPLETED if leg.live else status)
            self._let_go(reservation, ReservationStatus.CANCELED, "reservation.canceled")
            raise ConnectionError("the task was gone, or the worker's phone was not answered")
        self._assign(reservation, leg)
        self._plant.group.create_task(self._until_hung_up(reservation, leg))
        return phone

    def _assign(self, reservation: Reservation, leg: Leg) -> None:
        task = reservation.task
        before, task.agent = task.agent, leg
        task.status = TaskStatus.ASSIGNED
        if task.leg is not None:
            members = {"worker": leg.sid, "customer": task.leg.sid}
            task.attributes["conference"] = {"sid": ids.sid("CF"), "participants": members}
        self._tell("reservation.accepted", task, reservation)
        if reservation.transfer_from is not None:
            self._tell("task.transfer-completed", task)
        self.join_audio(task)
        task.joined.set()
        if before is not None:
            before.end()

    def join_audio(self, task: Task) -> None:
        """Let the waiting call and the worker's phone hear each other."""
        leg, agent = task.leg, task.agent
        if leg is None or agent is None or leg.over.is_set() or agent.over.is_set():
            return
        if isinstance(leg.source, Bridge) and leg.source.other is agent:
            return
        beep = self.workspace.beep
        leg.source = Bridge(agent, Clip(tones.beep()) if beep else None)
        agent.source = Bridge(leg, Clip(tones.beep()) if beep else None)

    def reject(self, reservation: Reservation) -> None:
        self._need_pending(reservation)
        self._let_go(reservation, ReservationStatus.REJECTED, "reservation.rejected")

    def transfer(self, reservation: Reservation, to: Worker) -> Reservation:
        if reservation.status is not ReservationStatus.ACCEPTED:
            raise RuntimeError("only an accepted reservation can be transferred")
        self._tell("task.transfer-initiated", reservation.task)
        return self._offer(reservation.task, to, reservation)

    def _need_pending(self, reservation: Reservation) -> None:
        if reservation.status is not ReservationStatus.PENDING:
            raise RuntimeError(f"the reservation is {reservation.status.value}")

    def _let_go(self, reservation: Reservation, status: ReservationStatus, event: str) -> None:
        """The offer came to nothing: the task waits again (a transfer just fails)."""
        task = reservation.task
        reservation.status = status
        task.refused_by.add(reservation.worker.sid)
        self._tell(event, task, reservation)
        if reservation.transfer_from is not None:
            self._tell("task.transfer-attempt-failed", task)
            self._tell("task.transfer-failed", task)
        elif not task.status.over:
            task.status = TaskStatus.PENDING
        self.dispatch()

    # ---- The end -----------------------------------------------------------------------------------------------------

    async def _expire(self, reservation: Reservation) -> None:
        await asyncio.sleep(reservation.task.workflow.reservation_timeout_s)
        if reservation.status is ReservationStatus.PENDING:
            worker = reservation.worker
            worker.available = False
            self._let_go(reservation, ReservationStatus.TIMEOUT, "reservation.timeout")
            self._tell("worker.activity.update", reservation.task, reservation)

    async def _expire_task(self, task: Task, timeout_s: float) -> None:
        await asyncio.sleep(min(timeout_s, task.workflow.task_timeout_s))
        if task.status in (TaskStatus.PENDING, TaskStatus.RESERVED):
            self._tell("workflow.timeout", task)
            self.cancel(task, "Task TTL Exceeded")

    async def _until_hung_up(self, reservation: Reservation, leg: Leg) -> None:
        """Wait for the worker's phone to be hung up (or taken away by a transfer)."""
        await leg.over.wait()
        task = reservation.task
        if task.agent is leg:
            told = task.status is TaskStatus.WRAPPING
            task.status = TaskStatus.WRAPPING if not task.status.over else task.status
            self._wrap_up(reservation)
            self._complete(task, told)
            task.leave(QueueResult.BRIDGED)
        else:
            self._wrap_up(reservation)
        self.dispatch()

    def _wrap_up(self, reservation: Reservation) -> None:
        reservation.status = ReservationStatus.WRAPPING
        self._tell("reservation.wrapup", reservation.task, reservation)
        reservation.status = ReservationStatus.COMPLETED
        self._tell("reservation.completed", reservation.task, reservation)

    def _complete(self, task: Task, told: bool = False) -> None:
        if task.status.over:
            return
        if not told:
            self._tell("task.wrapup", task)
        task.status, task.reason = TaskStatus.COMPLETED, "hangup"
        self._tell("task.completed", task)

    def wrap_up(self, task: Task) -> None:
        """The call is over for the agent, by REST; what comes after a call is still to be done."""
        task.status = TaskStatus.WRAPPING
        self._tell("task.wrapup", task)

    def gone(self, task: Task) -> None:
        """The waiting call is over: hung up, or sent elsewhere."""
        if task.agent is not None and not task.agent.over.is_set():
            task.agent.end()
        elif not task.status.over:
            self.cancel(task, "hangup")
        task.leave(QueueResult.HANGUP)

    def cancel(self, task: Task, reason: str = "") -> None:
        """Take a task back: its open offers are withdrawn, its call leaves the queue."""
        if task.status.over:
            return
        task.status, task.reason = TaskStatus.CANCELED, reason
        for reservation in self.reservations.values():
            if reservation.task is task and reservation.status is ReservationStatus.PENDING:
                reservation.status = ReservationStatus.CANCELED
                self._tell("reservation.canceled", task, reservation)
        self._tell("task.canceled", task)
        if task.agent is not None:
            task.agent.end()
        task.leave(QueueResult.LEAVE)
        self.dispatch()

    def _tell(self, event: str, task: Task, reservation: Reservation | None = None) -> None:
        if not self._routed(task):
            return
        form = event_form(event, self._plant.account_sid, self.workspace, task, reservation)
        self.events.append(Happened(event, form))
        if event in self.workspace.events_filter:
            self._plant.courier.callback(self.workspace.event_callback_url, form, lane=self.workspace.sid)

    def events_json(self) -> list[dict[str, Any]]:
        """The events as the Events resource lists them, newest first."""
        return [
            {
                "sid": event.form["Sid"],
                "event_type": event.type,
                "event_date": event.form["Timestamp"],
                "resource_type": event.form["ResourceType"],
                "resource_sid": event.form["ResourceSid"],
                "account_sid": self._plant.account_sid,
                "workspace_sid": self.workspace.sid,
                "description": event.form["EventDescription"],
                "event_data": {_snake(name): value for name, value in event.form.items()},
            }
            for event in reversed(self.events)
        ]


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")
