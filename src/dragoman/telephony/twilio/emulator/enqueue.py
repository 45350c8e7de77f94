"""`<Enqueue>`: a call waits, with music or a waiting document, until a worker takes its task."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from dragoman.telephony.twilio.emulator import ids, tones
from dragoman.telephony.twilio.emulator.alerts import AlertCode
from dragoman.telephony.twilio.emulator.line import Clip, Fetch, Leg, Line
from dragoman.telephony.twilio.emulator.run import Broken, Goto, Interpreter, Performer, Run, Step
from dragoman.telephony.twilio.emulator.taskrouter import TaskRouter
from dragoman.telephony.twilio.emulator.tasks import QueueResult, Task, Workflow
from dragoman.telephony.twilio.emulator.twiml import Verb


class Enqueue:
    """The verb. `waiting_verbs` are those that a waiting document may use."""

    def __init__(self, router: TaskRouter, waiting_verbs: Mapping[str, Performer]) -> None:
        self._router = router
        self._waiting_verbs = waiting_verbs

    async def __call__(self, run: Run, verb: Verb) -> Step:
        task = self._task(run, verb)
        if isinstance(task, Task):
            result, queue_sid = await self._wait(run, verb, task), task.queue_sid
            waited_s = task.age_s
        else:
            result, queue_sid, waited_s = task, "", 0
        run.leg.note(Line.VERB, f"Enqueue ended: {result.value}")
        if verb.get("action"):
            form = {"QueueResult": result.value, "QueueSid": queue_sid, "QueueTime": str(waited_s)}
            return run.goto(verb.get("action"), verb.get("method"), form)
        return None

    # ---- The task ----------------------------------------------------------------------------------------------------

    def _task(self, run: Run, verb: Verb) -> Task | QueueResult:
        """The task for this call, or why there is none."""
        workflow = self._workflow(run, verb)
        if workflow is None:
            return QueueResult.ERROR
        noun = next((noun for noun in verb.children if noun.name == "Task"), None)
        given = self._attributes(run, noun)
        if given is None:
            return QueueResult.ERROR
        priority = noun.number("priority", 0) if noun is not None else 0
        timeout_s = noun.number("timeout", 86400) if noun is not None else 86400
        return self._router.enqueue(workflow, _call_attributes(run.leg) | given, run.leg, priority, timeout_s)

    def _workflow(self, run: Run, verb: Verb) -> Workflow | None:
        """The workflow of the task; a plain queue has one of its own in which nobody works."""
        sid = verb.get("workflowSid")
        if not sid:
            return Workflow(ids.sid("WW"), verb.text or "default")
        workflow = self._router.workflows.get(sid)
        if workflow is None:
            _complain(run, AlertCode.WORKFLOW, f"no such workflow: {sid[:40]}")
        return workflow

    def _attributes(self, run: Run, noun: Verb | None) -> dict[str, Any] | None:
        if noun is None or not noun.text:
            return {}
        try:
            attributes = json.loads(noun.text)
        except ValueError:
            attributes = None
        if not isinstance(attributes, dict):
            _complain(run, AlertCode.TASK_ATTRIBUTES, "the task's attributes are no JSON object")
            return None
        return attributes

    # ---- Waiting -----------------------------------------------------------------------------------------------------

    async def _wait(self, run: Run, verb: Verb, task: Task) -> QueueResult:
        try:
            async with asyncio.TaskGroup() as group:
                holding = group.create_task(self._hold(run, verb, task))
                await task.joined.wait()
                holding.cancel()
            self._router.join_audio(task)
            result = await task.left
        except asyncio.CancelledError:
            self._router.gone(task)
            raise
        run.leg.source = None
        return result

    async def _hold(self, run: Run, verb: Verb, task: Task) -> None:
        """What the waiting call hears, for ever."""
        url = verb.attributes.get("waitUrl")
        if url is None or (not url and self._router.workspace.hold_music):
            await run.play(Clip(tones.hold_music(), loop=0))
        elif url:
            await self._waiting_document(run, url, verb.get("waitUrlMethod"), task)

    async def _waiting_document(self, run: Run, url: str, method: str, task: Task) -> None:
        interpreter = Interpreter(run.plant, {**self._waiting_verbs, **_exits(task)}, _no_flow)
        first = run.goto(url, method)
        step: object = first
        while True:
            if isinstance(step, Broken):
                return
            script = step.script if isinstance(step, Goto) else first.script if isinstance(first, Goto) else None
            if not isinstance(script, Fetch):
                return
            form = (("QueueSid", task.queue_sid), ("QueueTime", str(task.age_s)), *self._position(task))
            began = asyncio.get_running_loop().time()
            step = await interpreter.page(run.leg, Fetch(script.url, script.method, script.form + form))
            if asyncio.get_running_loop().time() - began < 0.02:
                await asyncio.sleep(1)  # an empty waiting document is not asked for in a circle

    def _position(self, task: Task) -> tuple[tuple[str, str], ...]:
        waiting = [one for one in self._router.tasks.values() if not one.joined.is_set()]
        place = waiting.index(task) + 1 if task in waiting else 1
        return (
            ("QueuePosition", str(place)),
            ("CurrentQueueSize", str(len(waiting))),
            ("AvgQueueTime", "0"),
            ("MaxQueueSize", "1000"),
        )


def _exits(task: Task) -> dict[str, Performer]:
    """The verbs by which a waiting document ends the wait; they are cut off where they stand."""

    async def leave(run: Run, verb: Verb) -> Step:
        task.leave(QueueResult.LEAVE)
        await asyncio.Event().wait()
        return None

    async def hang_up(run: Run, verb: Verb) -> Step:
        run.leg.end()
        await asyncio.Event().wait()
        return None

    return {"Leave": leave, "Hangup": hang_up}


async def _no_flow(leg: Leg, fetch: Fetch) -> Broken:
    return Broken(fetch.url, AlertCode.RETRIEVAL)


def _call_attributes(leg: Leg) -> dict[str, Any]:
    """What TaskRouter itself puts on a task made of a call."""
    return {
        "call_sid": leg.sid,
        "account_sid": leg.account_sid,
        "api_version": "2010-04-01",
        "direction": leg.direction.value,
        "from": leg.from_,
        "to": leg.to,
        "caller": leg.from_,
        "called": leg.to,
    }


def _complain(run: Run, code: AlertCode, reason: str) -> None:
    run.leg.note(Line.ERROR, f"{code.value} {reason}")
    run.plant.alerts.note(code, run.leg.sid, reason)
