"""What the caller hears in the queue, and what becomes of the contact centre's task."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.domain.call import (
    Accepted,
    DialFailed,
    Dialled,
    EndAsked,
    Notice,
    Opening,
    QueueMoved,
    Role,
    TaskKnown,
)
from dragoman.domain.control import PersonAsked
from dragoman.domain.effects import CallEffect, CloseTask, Tell
from dragoman.domain.outcome import DialFailure, Outcome, Result
from dragoman.relay.call_machine import Joined, Left, Pressed, State, WaitingLong, begin, step
from dragoman.relay.call_state import CallState, Event
from tests.fakes.relay_parts import setup

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT
STILL = Tell(CALLER, Notice.STILL_WAITING)


def place(number: int) -> Tell:
    return Tell(CALLER, Notice.QUEUE_POSITION, number)


class Queue:
    """A caller who waits while the agent's leg is queued."""

    def __init__(self, **of: object) -> None:
        self.state: CallState
        self.state, _ = begin(replace(setup(), **of))  # type: ignore[arg-type]
        self.happens(Joined(CALLER), Dialled(AGENT, "CA2"), Joined(AGENT))

    def happens(self, *events: Event) -> list[CallEffect]:
        """What the last of them led to."""
        effects: list[CallEffect] = []
        for event in events:
            self.state, effects = step(self.state, event)
        return effects


# ---- Waiting ---------------------------------------------------------------------------------------------------------


def test_who_waits_is_told_a_new_place_and_else_that_we_go_on() -> None:
    queue = Queue()
    assert queue.happens(WaitingLong()) == [STILL], "no place is known"
    assert queue.happens(QueueMoved(3)) == [], "not at any time"
    assert queue.happens(WaitingLong()) == [place(3)]
    assert queue.happens(WaitingLong()) == [STILL], "the same place"
    assert queue.happens(QueueMoved(2), QueueMoved(1), WaitingLong()) == [place(1)]


@pytest.mark.parametrize(
    "happened",
    [
        Accepted(AGENT, "WR1"),
        Left(CALLER, clean=False),
        Pressed(CALLER, "*"),
        EndAsked(Outcome(Result.US, "asked")),
    ],
)
def test_nobody_is_told_who_does_not_wait(happened: Event) -> None:
    queue = Queue()
    queue.happens(QueueMoved(3), happened)
    assert queue.happens(WaitingLong()) == []


def test_who_is_asked_to_agree_is_told_nothing_else() -> None:
    queue = Queue(opening=Opening(consent=frozenset({CALLER})))
    assert queue.happens(WaitingLong()) == []
    queue.happens(Pressed(CALLER, "1"))
    assert queue.happens(WaitingLong()) == [STILL]


def test_an_agent_who_waits_for_a_customer_is_told_nothing() -> None:
    queue = Queue(first=AGENT, carrier_call="")
    assert queue.happens(WaitingLong()) == []


# ---- The task --------------------------------------------------------------------------------------------------------

TASK = TaskKnown("WT1")


def closed(effects: list[CallEffect]) -> list[CloseTask]:
    return [effect for effect in effects if isinstance(effect, CloseTask)]


def test_the_task_is_taken_back_when_nobody_took_it_and_wrapped_up_when_somebody_did() -> None:
    queue = Queue()
    assert closed(queue.happens(TASK, Left(CALLER, clean=True))) == [CloseTask("WT1", taken=False)]
    queue = Queue()
    assert closed(queue.happens(TASK, Accepted(AGENT, "WR1"), Left(AGENT, clean=True))) == [
        CloseTask("WT1", taken=True)
    ]


def test_a_task_that_is_over_at_the_contact_centre_is_left_alone() -> None:
    queue = Queue()
    queue.happens(TASK, TaskKnown(""))
    effects = queue.happens(DialFailed(AGENT, DialFailure.NO_AGENT))
    assert queue.state.state is State.OVER
    assert closed(effects) == []


def test_a_task_that_we_hear_of_when_all_is_over_is_closed_once() -> None:
    queue = Queue()
    queue.happens(Left(CALLER, clean=True))
    assert queue.happens(TASK) == [CloseTask("WT1", taken=False)]
    assert queue.happens(TASK) == []
    assert queue.happens(TaskKnown("")) == []


def test_an_agent_who_goes_to_a_person_keeps_the_task() -> None:
    for who, taken in ((AGENT, []), (CALLER, [CloseTask("WT1", taken=True)])):
        queue = Queue(person="client:desk")
        assert closed(queue.happens(TASK, Accepted(AGENT, "WR1"), PersonAsked(who))) == taken
        assert queue.happens(TASK) == [], "nor later"
