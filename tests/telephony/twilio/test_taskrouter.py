"""Task attributes, and what a workspace's events say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.errors import LocalWireError
from dragoman.telephony.twilio.taskrouter import (
    ReservationAccepted,
    Task,
    TaskAttributes,
    TaskDone,
    TaskLost,
    TaskSeen,
    Unreadable,
    read,
    write,
)

pytestmark = pytest.mark.unit

OURS = json.dumps({"from": "+15550001111", "call_sid": "CA1", "dragoman_call": "c1", "conference": {"sid": "CF1"}})


def event(kind: str, **more: str) -> dict[str, str]:
    """An event as TaskRouter posts it (fields of its event reference, read 2026-11)."""
    fields = {
        "EventType": kind,
        "AccountSid": "AC1",
        "WorkspaceSid": "WS1",
        "ResourceType": kind.split(".")[0],
        "ResourceSid": "WR1",
        "TaskSid": "WT1",
        "TaskAttributes": OURS,
        "WorkerSid": "WK1",
        "ReservationSid": "WR1",
    }
    return fields | more


def test_attributes_are_json_whatever_the_caller_is_called() -> None:
    written = write(TaskAttributes(dragoman_call="c1", name='Ann "<b>" \\', caller="+1", caller_language="es"))
    assert json.loads(written)["name"] == 'Ann "<b>" \\'
    assert set(json.loads(written)) == {
        "dragoman_call",
        "caller_language",
        "agent_language",
        "caller",
        "name",
        "panel_token",
        "panel_url",
    }


def test_attributes_that_taskrouter_would_refuse_are_our_bug() -> None:
    with pytest.raises(LocalWireError):
        write(TaskAttributes(dragoman_call="c1", panel_url="x" * 4096))


def test_an_accepted_reservation_names_our_call() -> None:
    assert read(event("reservation.accepted")) == ReservationAccepted("c1", "WR1")
    without = {name: value for name, value in event("reservation.accepted").items() if name != "ReservationSid"}
    assert read(without) == ReservationAccepted("c1", "WR1")


@pytest.mark.parametrize("kind", ["task.canceled", "workflow.timeout", "task.deleted", "task.system-deleted"])
def test_a_task_that_nobody_took_is_lost(kind: str) -> None:
    assert read(event(kind, TaskAssignmentStatus="canceled")) == TaskLost("c1", kind)


def test_a_task_that_is_cleared_away_after_a_good_call_is_not_lost() -> None:
    assert read(event("task.deleted", TaskAssignmentStatus="completed")) == TaskDone("c1")


@pytest.mark.parametrize("kind", ["task.wrapup", "task.completed"])
def test_a_task_whose_agent_is_through_is_done(kind: str) -> None:
    assert read(event(kind, TaskAssignmentStatus="wrapping")) == TaskDone("c1")


WHERE = {"AccountSid": "AC" + "a" * 32, "WorkspaceSid": "WS" + "b" * 32, "TaskSid": "WT" + "c" * 32}
TASK = "/".join(WHERE.values())


@pytest.mark.parametrize("kind", ["task.created", "task-queue.entered", "reservation.created"])
def test_a_task_that_waits_or_is_offered_is_seen_where_it_is(kind: str) -> None:
    assert read(event(kind, **WHERE)) == TaskSeen("c1", TASK)
    assert Task.read(TASK) == Task(*WHERE.values())


def test_who_accepts_says_where_the_task_is() -> None:
    assert read(event("reservation.accepted", **WHERE)) == ReservationAccepted("c1", "WR1", TASK)


@pytest.mark.parametrize("field", WHERE)
def test_a_task_that_is_not_said_whole_is_not_seen(field: str) -> None:
    assert read(event("task.created", **WHERE | {field: "../" + WHERE[field]})) is None


@pytest.mark.parametrize(
    "kind",
    [
        "reservation.timeout",
        "reservation.rejected",
        "reservation.canceled",
        "reservation.rescinded",
        "reservation.failed",
        "reservation.wrapup",
        "reservation.completed",
        "task.updated",
        "task.transfer-initiated",
        "task.transfer-failed",
        "task.transfer-completed",
        "task-queue.timeout",
        "worker.created",
        "",
    ],
)
def test_other_events_say_nothing_about_a_call(kind: str) -> None:
    assert read(event(kind)) is None


@pytest.mark.parametrize("attributes", ["{}", '{"from":"+34600000001","call_sid":"CA1"}', '{"dragoman_call":null}'])
def test_tasks_of_others_are_never_matched_by_number(attributes: str) -> None:
    assert read(event("reservation.accepted", TaskAttributes=attributes)) is None


@pytest.mark.parametrize("attributes", ["", "{", "[]", '{"dragoman_call":7}', "[" * 50_000, "\ud800"])
def test_broken_attributes_are_said_and_nothing_else(attributes: str) -> None:
    found = read(event("reservation.accepted", TaskAttributes=attributes))
    assert isinstance(found, Unreadable)
    assert len(found.reason) <= 120


@given(st.dictionaries(st.sampled_from(["EventType", "TaskAttributes", "ReservationSid", "x"]), st.text()))
def test_no_form_crashes_the_reader(form: dict[str, str]) -> None:
    read(form)
    read({**form, "EventType": "reservation.accepted"})
