"""TaskRouter's things: workspace, workflow, worker, task, reservation. They only hold; `taskrouter` moves them."""

from __future__ import annotations

import asyncio
import enum
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from dragoman.telephony.twilio.emulator import ids
from dragoman.telephony.twilio.emulator.line import Leg
from dragoman.telephony.twilio.emulator.phone import Phone

Attributes = dict[str, Any]


class TaskStatus(enum.Enum):
    PENDING = "pending"
    RESERVED = "reserved"
    ASSIGNED = "assigned"
    WRAPPING = "wrapping"
    COMPLETED = "completed"
    CANCELED = "canceled"

    @property
    def over(self) -> bool:
        return self in (TaskStatus.COMPLETED, TaskStatus.CANCELED)


class ReservationStatus(enum.Enum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TIMEOUT = "timeout"
    CANCELED = "canceled"
    RESCINDED = "rescinded"
    WRAPPING = "wrapping"
    COMPLETED = "completed"

    @property
    def holds_worker(self) -> bool:
        """Whether the worker can take nothing else meanwhile."""
        return self in (ReservationStatus.PENDING, ReservationStatus.ACCEPTED, ReservationStatus.WRAPPING)


class QueueResult(enum.Enum):
    """Why a call left its queue."""

    BRIDGED = "bridged"
    ERROR = "error"
    HANGUP = "hangup"
    LEAVE = "leave"
    QUEUE_FULL = "queue-full"
    SYSTEM_ERROR = "system-error"


@dataclass(slots=True)
class Workspace:
    """`events_filter` empty = no events are sent. `beep` and `hold_music` are what Flex adds to what a waiting call
    hears: a beep (to both) when the agent joins, and music before that, even with `waitUrl=""`.
    """

    event_callback_url: str = ""
    events_filter: frozenset[str] = frozenset()
    beep: bool = False
    hold_music: bool = False
    name: str = "Flex Task Assignment"
    sid: str = field(default_factory=lambda: ids.sid("WS"))


@dataclass(slots=True)
class Workflow:
    sid: str
    name: str = "Assign to Anyone"
    reservation_timeout_s: float = 120.0
    task_timeout_s: float = 86400.0
    queue_sid: str = field(default_factory=lambda: ids.sid("WQ"))
    queue_name: str = "Everyone"
    configuration: str = ""


class Task:
    """A piece of work; `leg` is the call that waits in <Enqueue> (None for one made by REST)."""

    def __init__(self, workflow: Workflow, attributes: Attributes, leg: Leg | None, priority: int) -> None:
        self.sid = ids.sid("WT")
        self.queue_sid = ids.sid("QU")
        self.workflow = workflow
        self.attributes = attributes
        self.leg = leg
        self.priority = priority
        self.status = TaskStatus.PENDING
        self.reason = ""
        self.created: datetime = ids.now()
        self.agent: Leg | None = None
        """The accepted worker's leg."""
        self.joined = asyncio.Event()
        self.left: asyncio.Future[QueueResult] = asyncio.get_running_loop().create_future()
        self.refused_by: set[str] = set()
        """Workers who let a reservation of it go by: others come first."""

    @property
    def age_s(self) -> int:
        return int((ids.now() - self.created).total_seconds())

    def leave(self, result: QueueResult) -> None:
        """The call leaves the queue. Only the first reason counts."""
        if not self.left.done():
            self.left.set_result(result)
        self.joined.set()

    def attributes_json(self) -> str:
        return json.dumps(self.attributes)


class Answering(Protocol):
    """What a reservation needs of the router."""

    async def accept(self, reservation: Reservation) -> Phone: ...

    def reject(self, reservation: Reservation) -> None: ...

    def transfer(self, reservation: Reservation, to: Worker) -> Reservation: ...

    def dispatch(self) -> None: ...


class Worker:
    """Somebody who takes tasks, one at a time. Set `available` to send them on a break."""

    def __init__(self, name: str, attributes: Attributes, router: Answering) -> None:
        self.sid = ids.sid("WK")
        self.name = name
        self.attributes = attributes
        self.reservations: list[Reservation] = []
        self.offered: asyncio.Queue[Reservation] = asyncio.Queue()
        self._available = True
        self._router = router

    @property
    def address(self) -> str:
        return "client:" + self.name

    @property
    def available(self) -> bool:
        return self._available

    @available.setter
    def available(self, available: bool) -> None:
        self._available = available
        self._router.dispatch()

    @property
    def free(self) -> bool:
        return self._available and not any(one.status.holds_worker for one in self.reservations)

    async def reservation(self, timeout_s: float = 10) -> Reservation:
        """The next reservation that is still open. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while True:
                reservation = await self.offered.get()
                if reservation.status is ReservationStatus.PENDING:
                    return reservation


class Reservation:
    """A task offered to a worker. `transfer_from` is the one that it takes over, when it is a transfer."""

    def __init__(self, task: Task, worker: Worker, router: Answering, transfer_from: Reservation | None = None) -> None:
        self.sid = ids.sid("WR")
        self.task = task
        self.worker = worker
        self.status = ReservationStatus.PENDING
        self.transfer_from = transfer_from
        self.created = ids.now()
        self._router = router

    async def accept(self) -> Phone:
        """Take it, as an agent in Flex does: the worker's phone rings, is picked up, and is joined with the call."""
        return await self._router.accept(self)

    def reject(self) -> None:
        self._router.reject(self)

    def transfer(self, to: Worker) -> Reservation:
        """Offer the running task to somebody else; when they accept, they take this one's place."""
        return self._router.transfer(self, to)
